package slack

import (
	"fmt"
	"strconv"
	"strings"

	slackapi "github.com/slack-go/slack"

	"leadhub/lead"
	"leadhub/outputs"
)

// leadBlocks is the message about a lead: who, how promising, the facts, why it
// came here, what the vendor says, and where it came from.
func leadBlocks(d *outputs.Delivery, chosen []*slackapi.TextBlockObject) []slackapi.Block {
	l := d.Lead
	blocks := []slackapi.Block{header(d, prefix(d)+who(l)), section(grade(l))}
	if chosen == nil {
		chosen = facts(l)
	}
	if len(chosen) > 0 {
		blocks = append(blocks, slackapi.NewSectionBlock(nil, chosen, nil))
	}
	if b := why(d); b != nil {
		blocks = append(blocks, b)
	}
	if b := reasons(l); b != nil {
		blocks = append(blocks, b)
	}
	return append(blocks, origin(d))
}

// leadText is the same in one sentence.
func leadText(d *outputs.Delivery) string {
	l := d.Lead
	s := prefix(d)
	switch l.LeadPotential {
	case lead.PotentialHigh, lead.PotentialMedium, lead.PotentialLow:
		s += potential(l.LeadPotential) + " lead: "
	default:
		s += "Lead: "
	}
	s += who(l)
	if l.Score != nil {
		s += ", score " + strconv.Itoa(*l.Score)
	}
	return s
}

// prefix marks what must not be taken for a new, real lead.
func prefix(d *outputs.Delivery) string {
	s := ""
	if d.Lead.IsTest {
		s = "TEST: "
	}
	if d.Previous != nil {
		s += "Update: "
	}
	return s
}

// who names the person and the company.
func who(l *lead.Lead) string {
	name := text(l.DisplayName(), maxName)
	company := text(l.Company.Name, maxName)
	if company == "" || company == name {
		return name
	}
	return name + " — " + company
}

func potential(p lead.Potential) string {
	switch p {
	case lead.PotentialHigh:
		return "High potential"
	case lead.PotentialMedium:
		return "Medium potential"
	case lead.PotentialLow:
		return "Low potential"
	default:
		return "Potential unknown"
	}
}

// grade says how promising the lead is.
func grade(l *lead.Lead) string {
	parts := []string{"*" + potential(l.LeadPotential) + "*"}
	if l.Score != nil {
		parts = append(parts, fmt.Sprintf("score *%d* of 100", *l.Score))
	}
	if l.Confidence != nil {
		parts = append(parts, fmt.Sprintf("confidence %d %%", *l.Confidence))
	}
	s := strings.Join(parts, "  ·  ")
	if l.IsTest {
		s = ":test_tube: *This is a test, not a real lead.*\n" + s
	}
	return s
}

// facts are all that is known of a lead.
func facts(l *lead.Lead) []*slackapi.TextBlockObject {
	var fields []*slackapi.TextBlockObject
	for _, name := range factNames() {
		if label, value := factOf(l, name); value != "" {
			fields = append(fields, markdown("*"+label+"*\n"+value))
		}
	}
	return fields
}

func title(p *lead.Person) string {
	level := ""
	switch p.Seniority {
	case lead.SeniorityCLevel:
		level = "C-level"
	case lead.SeniorityVP:
		level = "VP"
	case lead.SeniorityDirector:
		level = "Director"
	case lead.SeniorityManager:
		level = "Manager"
	case lead.SeniorityIC:
		level = "Individual contributor"
	case lead.SeniorityUnknown:
	}
	s := text(p.Title, maxTitle)
	switch {
	case level == "" || strings.HasPrefix(s, level):
		return s
	case s == "":
		return level
	default:
		return s + " (" + level + ")"
	}
}

func company(c *lead.Company) string {
	label := text(c.Name, maxName)
	if label == "" {
		label = text(c.Domain, maxName)
	}
	if label == "" {
		return ""
	}
	switch {
	case webURL(c.Website) != "":
		label = link(c.Website, label)
	case plainDomain.MatchString(c.Domain):
		label = link("https://"+c.Domain, label)
	}
	if c.Domain != "" && c.Name != "" {
		label += " (" + text(c.Domain, maxName) + ")"
	}
	return label
}

func people(s lead.Size) string {
	switch {
	case s.Min != nil && s.Max != nil && *s.Min == *s.Max:
		return fmt.Sprintf("%d people", *s.Min)
	case s.Min != nil && s.Max != nil:
		return fmt.Sprintf("%d–%d people", *s.Min, *s.Max)
	case s.Min != nil:
		return fmt.Sprintf("%d or more people", *s.Min)
	case s.Max != nil:
		return fmt.Sprintf("up to %d people", *s.Max)
	default:
		return text(s.Raw, maxValue)
	}
}

func location(a lead.Address) string {
	var parts []string
	for _, p := range []string{a.City, a.Region, a.Country} {
		if p = text(p, maxValue/3); p != "" {
			parts = append(parts, p)
		}
	}
	if len(parts) == 0 {
		return text(a.Raw, maxValue)
	}
	return strings.Join(parts, ", ")
}

func linkedIn(l *lead.Lead) string {
	var links []string
	if p := l.Person; p != nil && webURL(p.LinkedInURL) != "" {
		links = append(links, link(p.LinkedInURL, "Person"))
	}
	if webURL(l.Company.LinkedInURL) != "" {
		links = append(links, link(l.Company.LinkedInURL, "Company"))
	}
	return strings.Join(links, ", ")
}

func owner(l *lead.Lead) string {
	if l.Owner == nil {
		return ""
	}
	s := text(l.Owner.Name, maxName)
	if s == "" {
		s = text(l.Owner.ID, maxName)
	}
	if l.AssignedBecause != "" {
		s += " (" + text(l.AssignedBecause, maxValue-maxName) + ")"
	}
	return s
}

// reasons is what the vendor says in the lead's favour.
func reasons(l *lead.Lead) slackapi.Block {
	lines := make([]string, len(l.Reasons))
	for i, r := range l.Reasons {
		lines[i] = text(r, maxReason)
	}
	list := bullets(lines, maxReasons)
	if list == "" {
		return nil
	}
	return section("*What " + text(l.Source.Vendor, maxName) + " says*" + list)
}

// origin is the small print.
func origin(d *outputs.Delivery) slackapi.Block {
	l := d.Lead
	parts := []string{text(l.Source.Vendor, maxName)}
	if !l.Source.ReceivedAt.IsZero() {
		parts = append(parts, "received "+moment(l.Source.ReceivedAt))
	}
	if l.Revision > 1 {
		parts = append(parts, "revision "+strconv.Itoa(l.Revision))
	}
	id := code(l.ID, maxName)
	if page := hubPage(d, "/leads/"+l.ID); page != "" {
		id = link(page, "Open in leadhub") + "  ·  " + id
	}
	return smallPrint(append(parts, id))
}

// hubPage is the address of one of the hub's pages; "" where the hub has no
// address that readers could reach.
func hubPage(d *outputs.Delivery, path string) string {
	if d.HubURL == "" {
		return ""
	}
	return strings.TrimRight(d.HubURL, "/") + path
}
