package archtest

import (
	"slices"
	"strings"
)

// Rules are the rules of ARCHITECTURE.
func Rules() []Rule {
	return slices.Concat(core(), kinds(), owners(), tests())
}

// core keeps the schema and the decisions free of everything else.
func core() []Rule {
	return []Rule{
		{
			Name: "lead imports the standard library only",
			Why:  "every package depends on the schema, so the schema depends on nothing",
			Forbids: func(from string, to Import) bool {
				return under(from, "lead") && !to.Standard && (!to.Ours || !under(to.Path, "lead"))
			},
		},
		{
			Name: "rules and routes know nothing of ours but lead (and routes the rules)",
			Why:  "they are pure: a decision must be explainable offline and the same for ever",
			Forbids: func(from string, to Import) bool {
				switch {
				case !to.Ours || under(to.Path, "lead"):
					return false
				case under(from, "rules"):
					return !under(to.Path, "rules")
				case under(from, "routes"):
					return !under(to.Path, "routes", "rules")
				}
				return false
			},
		},
		{
			Name: "rules and routes reach no network and no database, not even through others",
			Why:  "they are pure: a decision must be explainable offline and the same for ever",
			Deep: true,
			Forbids: func(from string, to Import) bool {
				return under(from, "rules", "routes") && to.Standard && (to.Path == "net" || under(to.Path, "net/http", "database/sql"))
			},
		},
		{
			Name: "transforms know nothing of ours but lead",
			Why:  "they are pure: replaying an event must clean its leads as the first time",
			Forbids: func(from string, to Import) bool {
				return under(from, "transforms") && (to.Ours && !under(to.Path, "transforms", "lead") ||
					to.Standard && under(to.Path, "net/http", "database/sql", "os"))
			},
		},
	}
}

// kinds keeps vendors, outputs and transforms apart.
func kinds() []Rule {
	const folders = "receivers outputs transforms"
	return []Rule{
		{
			Name: "one vendor, output or transform does not know another",
			Why:  "siblings never meet: adding or removing one touches no other",
			Forbids: func(from string, to Import) bool {
				for kind := range strings.FieldsSeq(folders) {
					if to.Ours && siblings(kind, from, to.Path) {
						return true
					}
				}
				return false
			},
		},
		{
			Name: "receivers and outputs do not know each other, nor the routes",
			Why:  "a source cannot know a destination; what goes where is the configuration's to say",
			Forbids: func(from string, to Import) bool {
				return to.Ours && (under(from, "receivers") && under(to.Path, "outputs", "routes") ||
					under(from, "outputs") && under(to.Path, "receivers", "routes"))
			},
		},
		{
			Name: "only commands import receivers/all, outputs/all and transforms/all",
			Why:  "only a command chooses what is linked",
			Forbids: func(from string, to Import) bool {
				return to.Ours && under(to.Path, "receivers/all", "outputs/all", "transforms/all") && !under(from, "cmd")
			},
		},
		{
			Name: "internal packages know no vendor, output kind or transform by name",
			Why:  "kinds are injected: a new one is a new folder and one line in its list",
			Forbids: func(from string, to Import) bool {
				return under(from, "internal") && to.Ours && strings.Contains(to.Path, "/") && under(to.Path, strings.Fields(folders)...) && !isTest(to.Path)
			},
		},
	}
}

// siblings says whether from and to are two different kinds in one folder. What
// stands beside the kinds (internal, all, a package for tests) is none.
func siblings(folder, from, to string) bool {
	a, okA := kindOf(folder, from)
	b, okB := kindOf(folder, to)
	return okA && okB && a != b
}

func kindOf(folder, path string) (string, bool) {
	rest, ok := strings.CutPrefix(path, folder+"/")
	kind, _, _ := strings.Cut(rest, "/")
	return kind, ok && kind != "all" && kind != "internal" && !isTest(kind)
}

// owners give each big dependency one place.
func owners() []Rule {
	only := func(what, why string, owners []string, packages ...string) Rule {
		return Rule{
			Name: what + " only in " + strings.Join(owners, ", "),
			Why:  why,
			Forbids: func(from string, to Import) bool {
				return !to.Ours && under(to.Path, packages...) && !under(from, owners...)
			},
		}
	}
	return []Rule{
		only("Fiber", "its buffers are used again: whoever keeps a header keeps the next request's, and the race detector does not see it",
			[]string{"internal/server", "internal/bench"}, "github.com/gofiber/fiber"),
		only("Watermill", "it must stay replaceable", []string{"internal/queue", "internal/pipeline"}, "github.com/ThreeDotsLabs"),
		only("expr", "one package owns the meaning of rules", []string{"rules"}, "github.com/expr-lang/expr"),
		only("slack-go", "one package owns Slack", []string{"outputs/slack"}, "github.com/slack-go"),
		only("databases", "one owner for the tables and their transactions", []string{"internal/store", "internal/queue"},
			"database/sql", "github.com/jackc/pgx", "github.com/lib/pq", "modernc.org/sqlite", "github.com/pressly/goose", "github.com/mattn/go-sqlite3"),
		only("phonenumbers", "a call costs 18 µs and its answers are remembered in one place", []string{"transforms/phone"}, "github.com/nyaruka/phonenumbers"),
	}
}

// tests keep what is for tests out of what users run.
func tests() []Rule {
	return []Rule{
		{
			Name: "production code imports no testing package",
			Why:  "test code has no place in users' binaries",
			Forbids: func(from string, to Import) bool {
				if isTest(from) {
					return false
				}
				return to.Standard && under(to.Path, "testing") || to.Ours && isTest(to.Path) ||
					under(to.Path, "github.com/google/go-cmp", "go.uber.org/goleak", "github.com/rogpeppe/go-internal/testscript")
			},
		},
		{
			Name: "the product's binary holds no fake, not even through others",
			Why:  "a stand-in that answers for a vendor or a target must not be reachable in production",
			Deep: true,
			Forbids: func(from string, to Import) bool {
				return under(from, "cmd/leadhub") && to.Ours && (isTest(to.Path) || under(to.Path, "cmd/leadhub-demo", "internal/bench"))
			},
		},
	}
}
