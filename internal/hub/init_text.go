package hub

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"leadhub/internal/plugin"
)

// secretSize is how many random bytes a secret holds.
const secretSize = 32

// secretText writes random bytes as a secret.
func secretText(how plugin.Make, raw []byte) string {
	if how == plugin.MakeWebhook {
		return "whsec_" + base64.StdEncoding.EncodeToString(raw)
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

// yaml is the configuration.
func (s *starter) yaml() string {
	var b strings.Builder
	b.WriteString(`# leadhub: which leads come in, and where each one goes.
#
#   leadhub check      names every mistake, with its line and what to write instead
#   leadhub explain    says where a lead would go, and why
#   leadhub serve      starts the hub
#
# Put quotes around every text with $ # { : or @ in it: without them YAML reads
# something else. "${NAME}" is replaced by the variable NAME of the file .env.

version: 1
`)
	comment(&b, "timezone: "+s.options.Timezone, "for every date and time in this file")
	b.WriteString("\nserver:\n")
	comment(&b, `  listen: ":8080"`, "where the vendors' webhooks arrive")
	comment(&b, `  # admin: "127.0.0.1:8081"`, "for commands on other computers; keep it off the internet")
	if s.options.PublicURL == "" {
		b.WriteString("  # public_url: " + strconv.Quote(PlaceholderURL) + "\n")
	} else {
		comment(&b, "  public_url: "+strconv.Quote(s.options.PublicURL), "how the hub is reached from outside")
	}
	b.WriteString("\nstore:\n")
	comment(&b, `  url: "sqlite://data/leadhub.db"`, "a file, relative to this one")
	section(&b, "Where leads come from", "Each vendor posts to the hub's public address with the path below.")
	b.WriteString("receivers:\n")
	for _, e := range s.receivers {
		b.WriteString(indent(e.guide.Example))
	}
	section(&b, "Where leads can go", "")
	b.WriteString("outputs:\n")
	for _, e := range s.outputs {
		b.WriteString(indent(e.guide.Example))
	}
	s.decisions(&b)
	return b.String()
}

// decisions are the tests, the routes and the notices.
func (s *starter) decisions(b *strings.Builder) {
	home := s.home()
	section(b, "Leads for trying out",
		"They reach these outputs and no others: the ones the vendors mark as tests, those\nof `leadhub send`, and those for which `when` is true.")
	b.WriteString("tests:\n  when: email endsWith \"@example.com\"\n")
	comment(b, "  to: ["+home+"]", "add an output to see tests there, too")
	section(b, "Which lead goes where", "From top to bottom; the first route that matches decides.")
	b.WriteString(`routes:
  - name: disqualified
    when: status == "disqualified"
    suppress: disqualified by the vendor # kept back on purpose; the reason is shown

`)
	s.highPotential(b)
	comment(b, "  # - name: executives-in-the-southeast", "another route; take away the \"# \" to use it")
	comment(b, "  #   when:", "a list means all of them")
	b.WriteString(`  #     - seniority in ["c_level", "vp"] or has_word(title, "founder")
  #     - company.region in ["FL", "GA", "SC"]
  #   to: [` + home + `]

`)
	comment(b, "  - name: everything-else", "the last route has no `when`, so no lead is lost")
	b.WriteString("    to: [" + home + "]\n")
	section(b, "What is not a lead", "Imports, exports, campaigns, deals, deletions. What no entry matches is kept, not sent.")
	b.WriteString(`# notices:
#   - name: failures
#     when: event endsWith ".failed"
#     to: [` + home + `]
`)
}

// home is the name of the output for what no other route wants.
func (s *starter) home() string { return s.outputs[len(s.outputs)-1].guide.Entry() }

// highPotential are the routes to the outputs that were chosen. What came from a
// vendor does not go back there: it would be there twice.
func (s *starter) highPotential(b *strings.Builder) {
	all := s.destinations("")
	if len(all) == 0 {
		return
	}
	for _, vendor := range s.returning() {
		b.WriteString("  - name: high-potential-from-" + vendor + "\n")
		comment(b, "    when:", "a list means all of them")
		b.WriteString("      - lead_potential == \"high\"\n      - vendor == " + strconv.Quote(vendor) + "\n")
		to := s.destinations(vendor)
		if len(to) == 0 {
			to = []string{s.home()}
		}
		list(b, to)
	}
	b.WriteString("  - name: high-potential\n")
	comment(b, `    when: lead_potential == "high"`, "docs/rules.md says what else can stand here")
	list(b, all)
}

func list(b *strings.Builder, to []string) {
	b.WriteString("    to:\n")
	for _, d := range to {
		b.WriteString("      - " + d + "\n")
	}
	b.WriteByte('\n')
}

// returning are the vendors that leads come from and also go to.
func (s *starter) returning() []string {
	var vendors []string
	for _, r := range s.receivers {
		if slices.ContainsFunc(s.outputs, func(o entry) bool { return s.vendors[o.guide.Entry()] == r.kind }) {
			vendors = append(vendors, r.kind)
		}
	}
	return vendors
}

// destinations are what a route lists to reach every output that was chosen, but
// those into a vendor's own system.
func (s *starter) destinations(except string) []string {
	var to []string
	for _, e := range s.outputs {
		name := e.guide.Entry()
		switch {
		case e.guide.Home, except != "" && s.vendors[name] == except:
		case e.guide.Target != "":
			to = append(to, name+": "+strconv.Quote(e.guide.Target))
		default:
			to = append(to, name)
		}
	}
	return to
}

// commentColumn is where comments behind values begin, as in config.example.yaml.
const commentColumn = 42

func comment(b *strings.Builder, text, why string) {
	fmt.Fprintf(b, "%-*s # %s\n", commentColumn-2, text, why)
}

func section(b *strings.Builder, title, words string) {
	b.WriteString("\n# ── " + title + " " + strings.Repeat("─", max(3, 76-len(title))) + "\n")
	if words != "" {
		b.WriteString("# " + strings.ReplaceAll(words, "\n", "\n# ") + "\n")
	}
}

// indent moves an example two columns to the right, but for the comments behind
// its values, which stay in their column.
func indent(block string) string {
	var b strings.Builder
	for line := range strings.Lines(block) {
		code := strings.TrimLeft(line, " ")
		before := line[:len(line)-len(code)]
		if code, why, ok := strings.Cut(code, "  # "); ok {
			comment(&b, "  "+before+strings.TrimRight(code, " "), strings.TrimSpace(why))
			continue
		}
		b.WriteString("  " + line)
	}
	return b.String()
}

// dotenv writes the variables that .env does not have yet.
func dotenv(file string, variables []variableOf, make func(plugin.Make) string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# The secrets of %s, one per line: NAME=value.\n# Nobody but you may read this file, and it does not belong into git.\n", file)
	for _, v := range variables {
		fmt.Fprintf(&b, "\n# %s: %s.\n", v.title, v.Doc)
		if v.Make == plugin.MakeNone {
			fmt.Fprintf(&b, "# Only you have it: write it behind the = and take away the \"# \" before the name.\n# %s=%s\n", v.Name, v.Form)
			continue
		}
		fmt.Fprintf(&b, "%s=%s\n", v.Name, make(v.Make))
	}
	return b.String()
}
