// Package linkedin writes LinkedIn addresses in one form.
package linkedin

import (
	"strings"

	"leadhub/lead"
	"leadhub/transforms"
)

// New returns the transform. The address of a person's profile becomes
// "https://www.linkedin.com/in/janedoe", that of a company's page
// "https://www.linkedin.com/company/acme" (likewise school and showcase), without
// country, query and sub-pages, in lower case. Everything else stays as sent:
// Sales Navigator links, other sites, bare names.
func New() transforms.Transform { return transforms.Func(apply) }

func apply(l *lead.Lead) {
	if l.Person != nil {
		l.Person.LinkedInURL = normalise(l.Person.LinkedInURL, "in")
	}
	l.Company.LinkedInURL = normalise(l.Company.LinkedInURL, "company", "school", "showcase")
}

// normalise returns the one form of an address whose first path element is one of
// kinds; any other address as it is.
func normalise(raw string, kinds ...string) string {
	s := strings.TrimSpace(raw)
	if i := strings.Index(s, "://"); i >= 0 {
		s = s[i+3:]
	}
	host, path, ok := strings.Cut(s, "/")
	host = strings.ToLower(host)
	if !ok || host != "linkedin.com" && !strings.HasSuffix(host, ".linkedin.com") {
		return raw
	}
	if i := strings.IndexAny(path, "?#"); i >= 0 {
		path = path[:i]
	}
	kind, rest, _ := strings.Cut(path, "/")
	name, _, _ := strings.Cut(rest, "/")
	if name == "" || strings.ContainsAny(name, " \t\r\n<>\"") {
		return raw
	}
	for _, k := range kinds {
		if strings.EqualFold(kind, k) {
			return "https://www.linkedin.com/" + k + "/" + lower(name)
		}
	}
	return raw
}

// lower returns a name in lower case. The ids that LinkedIn makes for members
// ("ACoAAB…") are told apart by case and stay.
func lower(name string) string {
	if strings.HasPrefix(name, "AC") && len(name) > 30 {
		return name
	}
	return strings.ToLower(name)
}
