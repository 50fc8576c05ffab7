package rules

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/expr-lang/expr/ast"
)

// unknownName answers a name that the vocabulary does not have.
func (c *checker) unknownName(n ast.Node, root *ast.IdentifierNode, path []segment) {
	at := c.src.start(n)
	parts := []string{root.Value}
	for _, s := range path {
		if s.index != nil {
			break
		}
		parts = append(parts, s.name)
	}
	full := strings.Join(parts, ".")
	if len(path) == 0 && c.quoteless(at, root.Value) {
		return
	}
	if t := c.compiler.data.Table(root.Value); t != nil {
		suggestion := "table(" + quote(t.name) + ")"
		if len(path) > 0 {
			suggestion = t.asCell(path[0].name)
		}
		c.errorf(at, suggestion, "there is no name %s; a table is written table(%s)", full, quote(t.name))
		return
	}
	suggestion := c.suggestName(full)
	if len(path) == 0 && c.compiler.group(root.Value) {
		below := c.namesBelow(root.Value)
		c.errorf(at, below[0], "%s is a group of names, not a value: %s", root.Value, strings.Join(append(below[:min(len(below), 5)], "…"), ", "))
		return
	}
	if suggestion == "" && c.peer != nil && c.peer.text != nil {
		c.errorf(at, quote(full), "there is no name %s; a text needs quotes", full)
		return
	}
	c.errorf(at, suggestion, "there is no name %s", full)
}

// quoteless answers `lead_potential == high` and `is_test == TRUE`.
func (c *checker) quoteless(at int, name string) bool {
	lower := strings.ToLower(name)
	switch lower {
	case "true", "false":
		c.errorf(at, lower, "true and false are written in lower case")
		return true
	case "yes":
		c.errorf(at, "true", "there is no name %s", name)
		return true
	case "no":
		c.errorf(at, "false", "there is no name %s", name)
		return true
	case "null", "none", "undefined":
		c.errorf(at, "has(score), or score ?? 0", "there is no %s; whether there is a value is asked with has()", name)
		return true
	}
	if c.peer != nil {
		for _, v := range c.peer.Values {
			if strings.EqualFold(v, name) {
				c.errorf(at, quote(v), "a text needs quotes")
				return true
			}
		}
		if c.peer.form == formRegion || c.peer.form == formCountry {
			c.errorf(at, quote(strings.ToUpper(name)), "a text needs quotes")
			return true
		}
	}
	return false
}

// namesBelow returns the names of a group.
func (c *checker) namesBelow(group string) []string {
	var names []string
	for _, e := range c.compiler.list {
		if strings.HasPrefix(e.Name.Name, group+".") {
			names = append(names, e.Name.Name)
		}
	}
	return names
}

// suggestName returns the name that was probably meant, "" if none is near.
func (c *checker) suggestName(full string) string {
	lower := strings.ToLower(full)
	for _, prefix := range []string{"lead.", "contact.", "prospect.", "event.", "input.", "payload.", "data.", "$env."} {
		if rest, ok := strings.CutPrefix(lower, prefix); ok {
			if c.usable(rest) {
				return rest
			}
			if s := c.suggestName(rest); s != "" {
				return s
			}
			if prefix == "payload." || prefix == "data." {
				return "raw." + full[len(prefix):]
			}
		}
	}
	if c.usable(lower) {
		return lower
	}
	if a := alias(lower); a != "" && c.usable(a) {
		return a
	}
	// leadPotential, Company_Region, and the last part alone: address.region.
	flat := flat(lower)
	last := flat
	if i := strings.LastIndexByte(lower, '.'); i >= 0 {
		last = strings.ReplaceAll(lower[i+1:], "_", "")
	}
	var usable, whole []string
	for _, e := range c.compiler.list {
		if name := e.Name.Name; c.usable(name) {
			usable = append(usable, name)
			if strings.ReplaceAll(strings.ReplaceAll(name, "_", ""), ".", "") == flat {
				return name
			}
			if i := strings.LastIndexByte(name, '.'); i >= 0 && strings.ReplaceAll(name[i+1:], "_", "") == last {
				whole = append(whole, name)
			}
			if strings.ReplaceAll(name, "_", "") == last && strings.Contains(lower, ".") {
				whole = append([]string{name}, whole...)
			}
		}
	}
	if len(whole) > 0 {
		i := slices.IndexFunc(whole, func(n string) bool { return strings.HasPrefix(lower, strings.SplitN(n, ".", 2)[0]) })
		return whole[max(i, 0)]
	}
	return nearest(lower, usable)
}

func flat(s string) string {
	return strings.NewReplacer("_", "", ".", "", "-", "").Replace(s)
}

// usable says whether a name exists where this clause stands.
func (c *checker) usable(name string) bool {
	e := c.compiler.names[name]
	return e != nil && (e.Notice || !c.notice) && !e.only
}

// alias knows what other systems call things.
func alias(name string) string {
	if a := companyAlias(name); a != "" {
		return a
	}
	switch name {
	case "name", "contact_name", "person.name", "fullname":
		return "full_name"
	case "potential", "grade", "rating", "quality", "lead_grade":
		return "lead_potential"
	case "lead_score", "icp_score", "fit", "scores.fit", "qualification_score", "points":
		return "score"
	case "job_title", "jobtitle", "role", "position", "person.job_title":
		return "title"
	case "level", "job_level":
		return "seniority"
	case "source", "provider", "lead_source", "type":
		return "vendor"
	case "event_type", "event_name":
		return "event"
	case "now", "today", "date", "time", "created_at", "timestamp", "current_date", "sysdate":
		return "received_at"
	case "linkedin", "linkedin_url":
		return "person.linkedin_url"
	case "mail", "e_mail", "email_address", "contact_email", "person.email":
		return "email"
	case "mobile", "telephone", "phone_number", "tel", "person.phone":
		return "phone"
	case "test":
		return "is_test"
	case "new":
		return "is_new"
	case "lead_status", "stage":
		return "status"
	case "workspace", "account_id":
		return "tenant"
	case "tag", "labels", "label":
		return "tags"
	case "fields", "custom_fields", "properties":
		return "custom"
	case "payload", "body", "data", "json":
		return "raw"
	default:
		return ""
	}
}

// companyAlias knows what other systems call a company's fields.
func companyAlias(name string) string {
	switch name {
	case "company.size", "company.employees", "company.employee_count", "company.headcount", "employees",
		"employee_count", "size", "headcount", "company_size", "company.size.min", "number_of_employees":
		return "company.employees_min"
	case "company.size.max":
		return "company.employees_max"
	case "company", "company_name", "account", "account_name", "account.name", "organization", "organisation":
		return "company.name"
	case "state", "province", "company.state", "company.province", "company.address.region", "company.address.state", "address.state":
		return "company.region"
	case "zip", "zip_code", "zipcode", "postcode", "company.zip", "company.address.postal_code", "company.postcode":
		return "company.postal_code"
	case "website", "url", "company.url":
		return "company.website"
	case "tech", "tech_stack", "stack", "technology":
		return "company.technologies"
	case "clients", "customers":
		return "company.notable_clients"
	default:
		return ""
	}
}

// nearest returns the candidate that differs least from a word, "" where none is
// near enough to have been meant.
func nearest(word string, candidates []string) string {
	best, least := "", 0
	w := strings.ToLower(word)
	limit := max(1, utf8.RuneCountInString(w)/3)
	for _, c := range candidates {
		d := distance(w, strings.ToLower(c), limit)
		if d <= limit && (best == "" || d < least) {
			best, least = c, d
		}
	}
	return best
}

// distance is the number of letters to add, drop, change or swap with their
// neighbour to get from a to b; more than limit where it is more.
func distance(a, b string, limit int) int {
	x, y := []rune(a), []rune(b)
	if len(x)-len(y) > limit || len(y)-len(x) > limit || len(x) > 100 {
		return limit + 1
	}
	before, prev, row := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(x); i++ {
		row[0] = i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			row[j] = min(prev[j]+1, row[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, prev, row = prev, row, before
	}
	return prev[len(y)]
}
