package routes

// UnreachableRoute is a route that no lead ever takes.
type UnreachableRoute struct {
	Index int    // into Table.Routes, or into Table.Notices
	By    string // the route before it that takes everything first; "" if its own rule is never true
	Why   string // for the person who writes the YAML
}

// Unreachable returns the routes that provably no lead takes: those whose rule is
// never true, and those behind a route that takes every lead they would take.
// A route it does not name may be unreachable all the same.
func (t *Table) Unreachable() []UnreachableRoute { return unreachable(t.Routes, "route") }

// UnreachableNotices is Unreachable for the entries of `notices:`.
func (t *Table) UnreachableNotices() []UnreachableRoute { return unreachable(t.Notices, "notice") }

func unreachable(list []Route, kind string) []UnreachableRoute {
	var out []UnreachableRoute
	for i := range list {
		if why, by, dead := dead(list, i, kind); dead {
			out = append(out, UnreachableRoute{Index: i, By: by, Why: why})
		}
	}
	return out
}

// dead says why no lead takes route i.
func dead(list []Route, i int, kind string) (why, by string, dead bool) {
	r := &list[i]
	if r.When != nil && r.When.Never() {
		return "its conditions can never all be true", "", true
	}
	for k := range i {
		before := &list[k]
		if before.Continue {
			continue
		}
		name := label(before, k, kind)
		switch {
		case before.When == nil:
			return name + " before it has no `when` and takes everything", before.Name, true
		case before.When.Always():
			return "the condition of " + name + " before it is always true: it takes everything", before.Name, true
		case r.When != nil && before.When.Covers(r.When):
			return "whatever matches it matches " + name + " before it", before.Name, true
		}
	}
	return "", "", false
}

func label(r *Route, i int, kind string) string {
	if kind == "notice" {
		return r.noticeLabel(i)
	}
	return "route " + r.Name
}
