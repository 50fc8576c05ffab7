package rules

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"leadhub/lead"
)

// Delivery is what the templates of an output see beside the lead or the notice.
type Delivery struct {
	ID      string // the delivery's
	EventID string
	Route   string
	Because []string
	HubURL  string // of the hub's pages; "" if there is none
	Subject string // of a notice
}

// ForOutputs returns a Compiler for the templates of outputs: it knows what c
// knows, but not raw, since the vendor's payload is not kept with a delivery, and
// besides that what Delivery, the lead's identity and its owner hold.
func (c *Compiler) ForOutputs() *Compiler {
	o := *c
	o.names = maps.Clone(c.names)
	delete(o.names, nameRaw)
	o.list = slices.DeleteFunc(slices.Clone(c.list), func(e *entry) bool { return e.raw })
	extra := outputNames()
	for i := range extra {
		o.names[extra[i].Name.Name] = &extra[i]
		o.list = append(o.list, &extra[i])
	}
	o.output = true
	return &o
}

// ForNotices returns a Compiler whose templates know the vocabulary of notices alone.
func (c *Compiler) ForNotices() *Compiler {
	o := *c
	o.notices = true
	return &o
}

// Values returns the values a name can have, where it is an enumeration; nil otherwise.
func (c *Compiler) Values(name string) []string {
	if e := c.names[name]; e != nil {
		return slices.Clone(e.Values)
	}
	return nil
}

// Nearest returns the candidate that a word was probably meant to be, "" if none is near.
func Nearest(word string, candidates []string) string { return nearest(word, candidates) }

// OutputVocabulary returns the names that templates have beside those of rules.
func OutputVocabulary() []Name {
	list := outputNames()
	names := make([]Name, len(list))
	for i := range list {
		names[i] = list[i].Name
	}
	return names
}

func outputNames() []entry {
	names := []entry{
		noticed(deliveryText("route", "the route that sends the lead here", func(d *Delivery) string { return d.Route })),
		noticed(entry{
			Name: Name{Name: "because", Type: typeTexts, Doc: "the conditions of that route, all of them true, as they stand in the configuration"},
			typ:  typ{kind: tList, elem: &typ{kind: tText}},
			get: func(in *Input) value {
				if in.Delivery == nil {
					return value{kind: kEmpty}
				}
				return texts(&in.Delivery.Because)
			},
		}),
		noticed(deliveryText("delivery_id", "the delivery: the same in every try, different for every revision and target", func(d *Delivery) string { return d.ID })),
		noticed(deliveryText("event_id", "the hub's event: `evt_42`", func(d *Delivery) string { return d.EventID })),
		noticed(deliveryText("hub_url", "the address of the hub's pages, where `server.public_url` says it", func(d *Delivery) string { return d.HubURL })),
		noticed(deliveryText("subject", "what a notice is about, in a few words; missing for a lead", func(d *Delivery) string { return d.Subject })),
		leadText("id", "the lead: the same for ever", func(l *lead.Lead) string { return l.ID }),
		{
			Name: Name{Name: "revision", Type: typeNumber, Doc: "1 for a new lead, one more for every change"},
			typ:  typ{kind: tNumber},
			num: func(in *Input) (float64, bool) {
				if in.Lead == nil {
					return 0, false
				}
				return float64(in.Lead.Revision), true
			},
		},
		leadText("group_id", "shared by the leads that came in one event", func(l *lead.Lead) string { return l.GroupID }),
		leadText("assigned_because", "why the lead belongs to its owner", func(l *lead.Lead) string { return l.AssignedBecause }),
	}
	return append(names, ownerNames()...)
}

func ownerNames() []entry {
	owner := func(name, doc string, get func(*lead.Owner) string) entry {
		return leadText(name, doc, func(l *lead.Lead) string {
			if l.Owner == nil {
				return ""
			}
			return get(l.Owner)
		})
	}
	return []entry{
		owner("owner.id", "the lead's owner, as the configuration names them", func(o *lead.Owner) string { return o.ID }),
		owner("owner.name", "the owner's name", func(o *lead.Owner) string { return o.Name }),
		owner("owner.email", "the owner's e-mail address", func(o *lead.Owner) string { return o.Email }),
		{
			Name: Name{Name: "owner", Type: typeKeys, Doc: "the owner's id in another system, as `owner.hubspot_id`"},
			typ:  typ{kind: tKeys},
			keys: func(in *Input) map[string]string {
				if in.Lead == nil || in.Lead.Owner == nil {
					return nil
				}
				return in.Lead.Owner.IDs
			},
			get: func(in *Input) value {
				if in.Lead == nil || in.Lead.Owner == nil {
					return value{}
				}
				return value{kind: kObject}
			},
		},
	}
}

func deliveryText(name, doc string, get func(*Delivery) string) entry {
	return textEntry(name, doc, func(in *Input) string {
		if in.Delivery == nil {
			return ""
		}
		return get(in.Delivery)
	})
}

var rawName = regexp.MustCompile(`^there is no name raw\b`)

// mendOutput gives the answers that fit where a lead goes out.
func (c *Compiler) mendOutput(text string, reads []read, errs []*Error) []*Error {
	if !c.output {
		return errs
	}
	for _, e := range errs {
		if rawName.MatchString(e.Message) {
			e.Message = "the vendor's payload (raw) is not kept with what is sent: an output sees the lead"
			e.Suggestion = "use the lead's names, or custom for the vendor's own fields"
		}
		e.Suggestion = strings.Replace(e.Suggestion, ", is_test or raw", " or is_test", 1)
	}
	for _, r := range reads {
		name, ok := strings.CutPrefix(r.text, "owner.")
		if !ok || c.names[r.text] != nil || strings.HasSuffix(name, "_id") {
			continue
		}
		suggestion := "the owner has id, name, email, and an id in each system, such as hubspot_id"
		if near := nearest(r.text, []string{"owner.id", "owner.name", "owner.email"}); near != "" {
			suggestion = "write " + near
		}
		before, _, _ := strings.Cut(text, r.text)
		errs = append(errs, &Error{Offset: utf8.RuneCountInString(before), Message: "there is no name " + r.text, Suggestion: suggestion})
	}
	return errs
}
