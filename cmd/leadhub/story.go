package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"leadhub/internal/hub"
	"leadhub/lead"
)

const (
	lineWidth = 100 // how wide text for people may be
	nameWidth = 12  // of the column of field names
)

// storyteller prints explanations.
type storyteller struct {
	*app
	full bool // every lead in full
	zone *time.Location
}

func (p *storyteller) line(format string, args ...any) { fmt.Fprintf(p.stdout, format+"\n", args...) }

func (p *storyteller) explain(e *hub.Explanation) error {
	p.line("%s", p.style.paint(bold, clean(e.Input)))
	receiver := e.Receiver
	if e.Vendor != e.Receiver {
		receiver += " (" + e.Vendor + ")"
	}
	p.field("receiver", receiver)
	p.verification(e.Verification)
	for _, n := range e.Notes {
		p.field("note", n)
	}
	p.mapping(e.Mapping)
	if e.Unmapped != "" {
		p.line("  %s%s", p.style.paint(dim, pad("event", nameWidth)), p.style.paint(red, "✗ unmapped: ")+clean(e.Unmapped))
		p.line("")
		p.line("The hub keeps an event like this, shows it and can replay it; nothing is sent anywhere.")
		return nil
	}
	p.event(e)
	p.field("outcome", e.Outcome)
	for i := range e.Stories {
		if e.Stories[i].Lead != nil {
			p.line("")
		}
		if err := p.story(&e.Stories[i], i, len(e.Stories)); err != nil {
			return err
		}
	}
	return nil
}

func (p *storyteller) verification(v hub.Verification) {
	mark, c := "?", yellow
	switch v.Result {
	case hub.VerifiedYes:
		mark, c = "✓", green
	case hub.VerifiedRejected:
		mark, c = "✗", red
	case hub.VerifiedUnknown:
	}
	s := string(v.Result)
	if v.Reason != "" {
		s += ": " + v.Reason
	}
	if v.Hint != "" {
		s += " (" + v.Hint + ")"
	}
	if v.Status != 0 {
		s += fmt.Sprintf("; the hub would answer %d and keep no event", v.Status)
	}
	for i, l := range wrap(clean(s), lineWidth-16) {
		name := ""
		if i == 0 {
			name = "signature"
		} else {
			mark = " "
		}
		p.line("  %s%s %s", p.style.paint(dim, pad(name, nameWidth)), p.style.paint(c, mark), l)
	}
}

func (p *storyteller) event(e *hub.Explanation) {
	ev := e.Event
	s := ev.Name
	if ev.Kind == "notice" {
		s += " (a notice: " + ev.Subject + ")"
	}
	if n := len(e.Stories); n > 1 {
		s += fmt.Sprintf(", %d leads", n)
	}
	if ev.IsTest {
		s += ", marked as a test"
	}
	p.field("event", s)
	p.field("received", localTime(e.ReceivedAt, p.zone))
	if ev.OccurredAt != nil && !ev.OccurredAt.Equal(e.ReceivedAt) {
		p.field("occurred", localTime(*ev.OccurredAt, p.zone))
	}
	p.field("tenant", ev.Tenant)
	p.field("lists", strings.Join(e.Lists, ", "))
}

func (p *storyteller) story(s *hub.Story, i, n int) error {
	if s.Lead != nil {
		title := "Lead"
		if n > 1 {
			title = fmt.Sprintf("Lead %d of %d", i+1, n)
		}
		if err := p.lead(title, s.Lead); err != nil {
			return err
		}
	}
	width := clauseWidth(s)
	if s.Tests != nil {
		p.tests(s, width)
	}
	p.line("")
	if s.Outcome == "repeat" || s.Outcome == "stale" || s.Outcome == "echo" {
		p.result(s)
		return nil
	}
	heading := "Routes, in order"
	if s.Lead == nil {
		heading = "Notices, in order"
	}
	p.line("%s", p.style.paint(bold, heading))
	if len(s.Routes) == 0 {
		p.line("  none in the configuration")
	}
	names := 0
	for _, step := range s.Routes {
		names = max(names, textWidth(clean(step.Name)))
	}
	for j := range s.Routes {
		p.step(&s.Routes[j], j+1, min(names, 30), width)
	}
	p.line("")
	p.result(s)
	return nil
}

// tests says whether it is a test, and by what.
func (p *storyteller) tests(s *hub.Story, width int) {
	answer := "no"
	switch {
	case s.IsTest && s.Tests.Result == hub.StepMatched && len(s.Tests.Clauses) > 0:
		answer = "yes"
	case s.IsTest:
		answer = "yes, it is marked as one by the vendor or by leadhub send"
	case s.Tests.Error != "":
		answer = "no: " + s.Tests.Error
	}
	p.line("")
	p.line("%s %s", p.style.paint(bold, "Is it a test?"), clean(answer))
	p.clauses(s.Tests.Clauses, width)
}

func (p *storyteller) lead(title string, l *lead.Lead) error {
	p.line("%s", p.style.paint(bold, title+": "+clean(l.DisplayName()))+" "+p.style.paint(dim, clean(l.ID)))
	if p.full {
		data, err := json.MarshalIndent(l, "  ", "  ")
		if err != nil {
			return err
		}
		p.line("  %s", data)
		return nil
	}
	if l.Person != nil {
		p.field("person", joined(", ", l.Person.FullName, l.Person.Title, seniority(l.Person.Seniority)))
	}
	p.field("company", joined(", ", bracketed(l.Company.Name, l.Company.Domain), place(l.Company.Address), l.Company.Industry, employees(l.Company.Size)))
	p.field("email", l.PrimaryEmail())
	p.field("phone", l.PrimaryPhone())
	p.field("potential", grade(l))
	p.field("status", l.Status)
	p.field("tags", strings.Join(l.Tags, ", "))
	p.field("reasons", strings.Join(l.Reasons, "; "))
	return nil
}

func grade(l *lead.Lead) string {
	s := string(l.LeadPotential)
	if l.Score != nil {
		s += fmt.Sprintf(", score %d", *l.Score)
	}
	if l.Confidence != nil {
		s += fmt.Sprintf(", confidence %d%%", *l.Confidence)
	}
	return s
}

func seniority(s lead.Seniority) string {
	if s == lead.SeniorityUnknown {
		return ""
	}
	return strings.ReplaceAll(string(s), "_", "-")
}

func place(a lead.Address) string { return joined(" ", a.City, a.Region, a.Country) }

func employees(s lead.Size) string {
	switch {
	case s.Min != nil && s.Max != nil && *s.Min != *s.Max:
		return fmt.Sprintf("%d–%d employees", *s.Min, *s.Max)
	case s.Min != nil && s.Max != nil:
		return fmt.Sprintf("%d employees", *s.Min)
	case s.Min != nil:
		return fmt.Sprintf("%d or more employees", *s.Min)
	case s.Max != nil:
		return fmt.Sprintf("up to %d employees", *s.Max)
	case s.Raw != "":
		return "size " + s.Raw
	default:
		return ""
	}
}

func bracketed(name, domain string) string {
	if name == "" || domain == "" {
		return name + domain
	}
	return name + " (" + domain + ")"
}

// joined joins the parts that are not empty.
func joined(sep string, parts ...string) string {
	var have []string
	for _, p := range parts {
		if p != "" {
			have = append(have, p)
		}
	}
	return strings.Join(have, sep)
}
