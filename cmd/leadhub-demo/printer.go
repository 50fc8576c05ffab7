package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode"

	"leadhub/internal/hub"
	"leadhub/lead"
)

// printer tells the demo's story in at most lineWidth columns. Colour only
// repeats what the words say.
type printer struct {
	w     io.Writer
	color bool
	shown int // messages of Slack so far: the first is shown whole
}

const lineWidth = 100

type colour string

const (
	red    colour = "31"
	green  colour = "32"
	yellow colour = "33"
	bold   colour = "1"
	dim    colour = "2"
)

func (p *printer) paint(c colour, s string) string {
	if !p.color || s == "" {
		return s
	}
	return "\x1b[" + string(c) + "m" + s + "\x1b[0m"
}

func (p *printer) line(format string, args ...any) { _, _ = fmt.Fprintf(p.w, format+"\n", args...) }

// row prints a name and a text that may continue on further lines.
func (p *printer) row(name, text string) {
	const indent, column = 3, 10
	for i, l := range wrap(clean(text), lineWidth-indent-column) {
		if i > 0 {
			name = ""
		}
		p.line("%*s%s%s", indent, "", p.paint(dim, fmt.Sprintf("%-*s", column, name)), l)
	}
}

func (p *printer) title(d *demo, payloads int) {
	p.line("%s", p.paint(bold, "leadhub demo: four vendors in, Slack and a CRM out. All of it on this machine."))
	p.line("")
	p.row("hub", d.url+", the real binary; its configuration is "+d.config)
	p.row("Slack", d.slackURL+", a stand-in that is too busy once (429)")
	p.row("CRM", d.crmURL+", a stand-in that is down once (503)")
	p.line("")
	p.line("%d captured payloads, each signed as its vendor signs and sent over HTTP:", payloads)
}

func (p *printer) sent(s sent) {
	p.line("")
	name := s.name
	if s.again {
		name += ", the same once more"
	}
	p.line("%s %s", p.paint(bold, name), p.paint(dim, strings.Repeat("─", max(0, lineWidth-len([]rune(name))-1))))
	answer := fmt.Sprintf("%d %s", s.result.Status, http.StatusText(s.result.Status))
	if s.result.OK {
		answer += ", kept as " + s.result.EventID
	} else {
		answer += ": " + s.result.Meaning
	}
	p.row("sent", answer)
}

// event tells what became of an event: leads or notice, route and why, deliveries.
func (p *printer) event(e *hub.EventDetail, why *hub.Explanation, failed map[string][]int, slack *slackStandIn) {
	name := ""
	if why.Event != nil {
		name = why.Event.Name
	}
	switch e.Outcome {
	case "leads":
		p.row("event", fmt.Sprintf("%s, %s", name, plural(len(e.Leads), "lead")))
	case "notice":
		p.row("event", name+", a notice: "+noticeSubject(e))
	default:
		p.row("event", strings.TrimSuffix(fmt.Sprintf("%s, %s: %s", name, e.Outcome, e.Note), ": "))
	}
	rest := slices.Clone(e.Deliveries)
	for i := range e.Leads {
		l := &e.Leads[i]
		story := storyOf(why, l.Lead)
		p.lead(l, story)
		rest = slices.DeleteFunc(rest, func(d hub.DeliveryItem) bool {
			if d.Lead == l.Lead {
				p.delivery(&d, failed[d.ID], slack)
			}
			return d.Lead == l.Lead
		})
	}
	if len(e.Leads) == 0 && len(why.Stories) == 1 && why.Stories[0].Route != "" {
		p.route(why.Stories[0].Outcome, why.Stories[0].Route, "", &why.Stories[0])
	}
	for i := range rest {
		p.delivery(&rest[i], failed[rest[i].ID], slack)
	}
	if e.Outcome == "notice" && len(e.Deliveries) == 0 {
		p.row("result", "kept, sent nowhere: no notice rule asks for it")
	}
}

func noticeSubject(e *hub.EventDetail) string {
	if e.Notice == nil {
		return ""
	}
	return e.Notice.Subject
}

func storyOf(why *hub.Explanation, id string) *hub.Story {
	for i := range why.Stories {
		if l := why.Stories[i].Lead; l != nil && l.ID == id {
			return &why.Stories[i]
		}
	}
	return nil
}

func (p *printer) lead(l *hub.LeadOutcome, story *hub.Story) {
	text := l.Name
	if story != nil && story.Lead != nil {
		text = describe(story.Lead)
	}
	if l.Revision > 1 {
		text += fmt.Sprintf(" (revision %d)", l.Revision)
	}
	p.row("lead", text)
	p.route(l.Outcome, l.Route, l.Note, story)
}

// describe is a lead in a line: who, where, how good.
func describe(l *lead.Lead) string {
	parts := []string{l.DisplayName()}
	if l.Person != nil {
		parts = append(parts, l.Person.Title, l.Company.Name)
	}
	a := l.Company.Address
	parts = append(parts, strings.TrimSpace(a.City+" "+a.Region), "potential "+string(l.LeadPotential))
	if l.Score != nil {
		parts = append(parts, fmt.Sprintf("score %d", *l.Score))
	}
	parts = slices.DeleteFunc(parts, func(s string) bool { return s == "" })
	return strings.Join(slices.Compact(parts), ", ")
}

// route says which route decided and why.
func (p *printer) route(outcome, route, note string, story *hub.Story) {
	text := outcome
	switch {
	case outcome == "test":
		text = "a test: where `tests:` says, and nowhere else"
	case route != "":
		text += " by " + route
	}
	if note != "" {
		text += ": " + note
	}
	if story != nil {
		if because := because(story, route); because != "" {
			text += ", because " + because
		}
	}
	p.row("route", text)
}

// because lists the clauses of the route that decided, with what they saw.
func because(s *hub.Story, route string) string {
	for i := range s.Routes {
		step := &s.Routes[i]
		if step.Name != route || step.Result != hub.StepMatched {
			continue
		}
		if len(step.Clauses) == 0 {
			return "no route before it wanted it"
		}
		var parts []string
		for _, c := range step.Clauses {
			var saw []string
			for _, v := range c.Saw {
				saw = append(saw, fmt.Sprintf("%s is %v", v.Name, v.Value))
			}
			parts = append(parts, strings.TrimSuffix(c.Text+" ("+strings.Join(saw, ", ")+")", " ()"))
		}
		return strings.Join(parts, " and ")
	}
	return ""
}

func (p *printer) delivery(d *hub.DeliveryItem, failed []int, slack *slackStandIn) {
	text := destination(d.Output, d.Target) + ": " + d.State
	c := green
	switch {
	case d.State != "delivered" && d.State != "already there":
		c = red
		if d.Note != "" {
			text += ": " + d.Note
		}
	case d.Tries > 1:
		c = yellow
		text += fmt.Sprintf(" at try %d", d.Tries)
		if len(failed) > 0 {
			text += ", after " + statuses(failed)
		}
	}
	mark := "✓"
	if c == red {
		mark = "✗"
	}
	p.line("   %s%s %s", p.paint(dim, fmt.Sprintf("%-10s", "→")), p.paint(c, mark), clip(clean(text), lineWidth-15))
	if d.State != "delivered" || d.RemoteID == "" {
		return
	}
	if m, ok := slack.find(d.RemoteID); ok {
		p.message(&m)
	}
}

// message shows what a person would see in Slack: the first one whole, later ones in short.
func (p *printer) message(m *slackMessage) {
	const short, why = 3, "Why it is here" // which the row above has said
	lines := m.lines()
	if p.shown++; p.shown > 1 {
		n := len(lines)
		if i := slices.Index(lines, why); i > 0 {
			n = i
		}
		if n = min(n, short); n < len(lines) {
			lines = append(lines[:n:n], "…")
		}
	}
	for _, l := range lines {
		p.line("             %s %s", p.paint(dim, "│"), clip(clean(l), lineWidth-15))
	}
}

func statuses(codes []int) string {
	var out []string
	for _, c := range codes {
		if c == 0 {
			out = append(out, "no answer")
			continue
		}
		out = append(out, fmt.Sprintf("%d %s", c, http.StatusText(c)))
	}
	return strings.Join(out, ", ")
}

func destination(output, target string) string { return strings.TrimSpace(output + " " + target) }

func (p *printer) forged(name string, r *hub.SendResult) {
	p.line("")
	title := name + ", signed with a wrong secret"
	p.line("%s %s", p.paint(bold, title), p.paint(dim, strings.Repeat("─", max(0, lineWidth-len([]rune(title))-1))))
	text := fmt.Sprintf("%d %s", r.Status, http.StatusText(r.Status))
	if r.Status == http.StatusUnauthorized {
		text += ": rejected, no event and no lead"
	}
	p.row("sent", text)
}

func (p *printer) ledger(text string) {
	p.line("")
	p.line("%s", p.paint(bold, "leadhub ledger: is everything that came in somewhere?"))
	p.line("%s", strings.TrimSpace(text)) // as the command prints it: its tables need the whole width
}

func (p *printer) standing(who string, s standing) {
	text := strings.Join(s.lines, ", ")
	if text == "" {
		text = "nothing"
	}
	p.line("")
	for _, l := range wrap(fmt.Sprintf("%s %s; %s twice", who, text, none(s.duplicates)), lineWidth) {
		p.line("%s", l)
	}
}

func none(n int) string {
	if n == 0 {
		return "none"
	}
	return fmt.Sprint(n)
}

func (p *printer) verdict(problems []string, took time.Duration) {
	p.line("")
	if len(problems) == 0 {
		p.line("%s", p.paint(green, fmt.Sprintf("✓ All went as it should, in %.1f s.", took.Seconds())))
		return
	}
	p.line("%s", p.paint(red, fmt.Sprintf("✗ %s:", plural(len(problems), "problem"))))
	for _, text := range problems {
		for i, l := range wrap(clean(text), lineWidth-5) {
			lead := "   • "
			if i > 0 {
				lead = "     "
			}
			p.line("%s%s", lead, l)
		}
	}
}

func (p *printer) serving(d *demo) {
	p.line("")
	p.line("%s", p.paint(bold, "The hub goes on serving until Ctrl-C. In another terminal, for instance:"))
	for _, command := range []string{
		"events list", "leads list", "deliveries list", "explain evt_1",
		"send --live " + short(d.testdata) + "/salesos/lead.created.body.json",
	} {
		p.line("   %s -c %s %s", short(d.hub), d.config, command)
	}
	p.line("")
	p.line("What arrives at Slack and the CRM from now on is shown here:")
}

// short is a path as one would type it here.
func short(path string) string {
	here, err := os.Getwd()
	if err != nil {
		return path
	}
	rel, err := filepath.Rel(here, path)
	if err != nil || len(rel) > len(path) {
		return path
	}
	return rel
}

// clean makes text from outside safe for a terminal.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			return ' '
		case unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r):
			return '\uFFFD'
		default:
			return r
		}
	}, s)
}

// clip shortens text to so many characters.
func clip(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	return strings.TrimRight(string(r[:n-1]), " ") + "…"
}

// wrap breaks text at blanks into lines of at most n characters.
func wrap(s string, n int) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(s) {
		switch {
		case line == "":
			line = word
		case len([]rune(line))+1+len([]rune(word)) <= n:
			line += " " + word
		default:
			lines = append(lines, line)
			line = word
		}
	}
	if line != "" || len(lines) == 0 {
		lines = append(lines, line)
	}
	return lines
}
