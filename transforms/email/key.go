package email

import "leadhub/transforms/internal/mail"

// Of returns the address in a text in the form that leads have it in: in lower
// case, without a name or "mailto:" around it. ok is false where there is none, or
// more than one.
func Of(text string) (address string, ok bool) {
	if a, ok := mail.Address(text); ok {
		return a, true
	}
	all, rest := mail.Split(text)
	if len(all) != 1 || len(rest) > 0 {
		return "", false
	}
	return all[0], true
}
