package all

import (
	"leadhub/lead"
	"leadhub/transforms/domain"
	"leadhub/transforms/email"
	"leadhub/transforms/phone"
)

// Cleaners returns, by the kind of a table's keys, how a key gets the form that
// leads have after the chain: "www.Acme.com" is acme.com in both. Each returns
// false for a text that is none of its kind. They are safe for concurrent use.
func Cleaners() map[string]func(string) (string, bool) {
	return map[string]func(string) (string, bool){
		"domain": domain.Of,
		"email":  email.Of,
		"phone":  phone.Of,
		"region": func(text string) (string, bool) {
			code, _, ok := lead.RegionCode(text)
			if !ok { // regions elsewhere are free texts
				code = lead.PlaceKey(text)
			}
			return code, code != ""
		},
		"country": lead.CountryCode,
	}
}
