// Package all lists the kinds of receivers that leadhub is built with. Adding one
// is one line here.
package all

import (
	"leadhub/receivers"
	"leadhub/receivers/generic"
	"leadhub/receivers/openprospect"
	"leadhub/receivers/prospectb2b"
	"leadhub/receivers/prospektr"
	"leadhub/receivers/salesos"
)

// Kinds returns every kind of receiver, in the order in which they are listed to users.
func Kinds() []receivers.Kind {
	return []receivers.Kind{
		prospectb2b.Kind,
		prospektr.Kind,
		openprospect.Kind,
		salesos.Kind,
		generic.Kind,
	}
}
