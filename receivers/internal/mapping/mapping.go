// Package mapping holds what the receivers share when they turn a vendor's
// payload into leads: tolerant reading of names, addresses, scores and times, and
// the bounds that keep one payload from filling a lead. It knows no vendor.
package mapping

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"leadhub/lead"
	"leadhub/receivers"
	"leadhub/receivers/internal/hook"
	"leadhub/receivers/internal/jsondoc"
)

// The bounds of what a lead takes over. The payload itself is kept whole, so
// nothing is lost: rules can still read it as raw. How long a text may be is for
// the transforms.
const (
	maxList    = 200 // entries of a list
	maxCustom  = 50  // custom values
	maxName    = 100 // characters of an event's name
	maxSubject = 200 // characters of a notice's subject
)

// Missing is the error for a field that a payload cannot do without.
func Missing(field string) error { return fmt.Errorf("%s: missing", field) }

// NotA is the error for a field of the wrong type.
func NotA(field, want string) error { return fmt.Errorf("%s: not %s", field, want) }

// Parse reads a request's body into doc and returns its object.
func Parse(doc *jsondoc.Doc, body []byte) (jsondoc.Value, error) {
	if err := doc.Parse(body); err != nil {
		return jsondoc.Value{}, fmt.Errorf("body: %w", err)
	}
	root := doc.Root()
	if root.Kind() != jsondoc.Object {
		return jsondoc.Value{}, NotA("body", "an object")
	}
	return root, nil
}

// Key returns an event's key from what identifies it. An event sent for trying
// out has another key than the same event sent in earnest, so that a trial can
// never make the real one a repeat.
func Key(test bool, vendor string, parts ...[]byte) string {
	h := sha256.New()
	for _, p := range parts {
		// Each part is closed by its length, so that ("a","bc") and ("ab","c") differ.
		_, _ = h.Write(p)
		var n [8]byte
		for i, l := 0, len(p); i < 8; i, l = i+1, l>>8 {
			n[i] = byte(l)
		}
		_, _ = h.Write(n[:])
	}
	var sum [sha256.Size]byte
	h.Sum(sum[:0])
	mark := ":live:"
	if test {
		mark = ":test:"
	}
	return vendor + mark + hex.EncodeToString(sum[:16])
}

// Event begins an event of the request: whether it is a test is settled here.
func Event(r *receivers.Request, name string) receivers.Event {
	return receivers.Event{Name: Line(name, maxName), Test: hook.IsTest(r.Header)}
}

// Source describes where the leads of an event came from. The pipeline adds what
// only it knows: the receiver's name and the channel.
func Source(vendor string, e *receivers.Event, received time.Time) lead.Source {
	occurred := e.OccurredAt
	if occurred.IsZero() {
		occurred = received
	}
	return lead.Source{
		Vendor: vendor, Tenant: e.Tenant, Event: e.Name, DeliveryID: e.DeliveryID,
		OccurredAt: occurred, ReceivedAt: received,
	}
}

// Notice makes the event one that carries no leads.
func Notice(e *receivers.Event, subject string) {
	e.Kind = receivers.KindNotice
	e.Subject = Line(subject, maxSubject)
}

// Line returns s on one line, of at most n characters; what was cut shows as an ellipsis.
func Line(s string, n int) string {
	if strings.ContainsAny(s, "\n\t") {
		s = strings.Join(strings.Fields(s), " ")
	}
	if len(s) <= n || utf8.RuneCountInString(s) <= n {
		return s
	}
	for i := range s {
		if n--; n == 0 {
			return strings.TrimRight(s[:i], " ") + "…"
		}
	}
	return s
}

// Email returns one address as a list, as the vendor sent it; nil where it sent
// none. Whether it is an address at all, lead.Email.Usable says.
func Email(value string) []lead.Email {
	if value == "" {
		return nil
	}
	return []lead.Email{{Value: value, Primary: true}}
}

// Phone returns one number as a list, as the vendor sent it; nil where it sent none.
func Phone(value string) []lead.Phone {
	if value == "" {
		return nil
	}
	return []lead.Phone{{Raw: value}}
}

// Word returns the grade that a vendor's word names, "" if it names none.
func Word(text string) lead.Potential {
	for _, p := range [...]lead.Potential{lead.PotentialHigh, lead.PotentialMedium, lead.PotentialLow} {
		if strings.EqualFold(text, string(p)) {
			return p
		}
	}
	return ""
}

// Score reads a vendor's score, 0 to scale, as 0 to 100; what lies outside is
// clamped. It is nil where there is no number.
func Score(v jsondoc.Value, scale float64) *int {
	f, ok := v.Float()
	if !ok {
		return nil
	}
	return Percent(f * 100 / scale)
}

// Confidence reads a share as 0 to 100: "0.85" is 85. A number above 1 is taken
// for a percentage already. It is nil where there is no number, or a negative one.
func Confidence(v jsondoc.Value) *int {
	f, ok := v.Float()
	if !ok || f < 0 {
		return nil
	}
	if f <= 1 {
		f *= 100
	}
	return Percent(f)
}

// Percent rounds a number to 0 to 100; what lies outside is clamped.
func Percent(f float64) *int {
	n := int(math.Round(min(max(f, 0), 100)))
	return &n
}

// RawScore keeps a figure or word as the vendor sent it.
func RawScore(l *lead.Lead, name string, v jsondoc.Value, scale string) {
	if text := v.Text(); text != "" {
		l.Scores.Raw = append(l.Scores.Raw, lead.RawScore{Name: name, Value: text, Scale: scale})
	}
}

// Texts reads a list of texts. One text alone is a list of one; of objects the
// name counts; what is empty is left out.
func Texts(v jsondoc.Value) []string {
	if v.Kind() != jsondoc.Array {
		if s := v.Text(); s != "" {
			return []string{s}
		}
		return nil
	}
	var list []string
	for c := v.First(); c.Kind() != jsondoc.Missing && len(list) < maxList; c = c.Next() {
		s := c.Text()
		if c.Kind() == jsondoc.Object {
			s = c.GetText("name", "title", "value")
		}
		if s == "" {
			continue
		}
		if list == nil {
			list = make([]string, 0, min(c.Len()+4, maxList))
		}
		list = append(list, s)
	}
	return list
}

// Items is Texts for lists of names that a vendor may also send as one text,
// separated by commas or semicolons.
func Items(v jsondoc.Value) []string {
	if v.Kind() != jsondoc.String {
		return Texts(v)
	}
	var list []string
	for s := range strings.FieldsFuncSeq(v.Text(), func(r rune) bool { return r == ',' || r == ';' }) {
		if s = strings.TrimSpace(s); s != "" && len(list) < maxList {
			list = append(list, s)
		}
	}
	return list
}

// Custom keeps the scalar fields of an object that have no place of their own in
// the lead, in the order they came, each under its name with prefix before it.
// mapped says which have a place. The lead's map is copied, never written into:
// the leads of one event may share it.
func Custom(l *lead.Lead, prefix string, v jsondoc.Value, mapped func(key string) bool) {
	copied := false
	for c := v.First(); c.Kind() != jsondoc.Missing; c = c.Next() {
		key := c.Key()
		value := c.Text()
		if value == "" || mapped(key) {
			continue
		}
		if !copied {
			l.Custom = maps.Clone(l.Custom)
			copied = true
		}
		AddCustom(l, prefix+key, value)
	}
}

// AddCustom keeps one value under a name, if there is one and there is room.
func AddCustom(l *lead.Lead, key, value string) {
	if key = strings.TrimSpace(key); key == "" || value == "" || len(l.Custom) >= maxCustom {
		return
	}
	if l.Custom == nil {
		l.Custom = make(map[string]string)
	}
	l.Custom[key] = value
}

// Nobody says whether there is nothing in p by which one could know or reach someone.
func Nobody(p *lead.Person) bool {
	return p.FullName == "" && p.FirstName == "" && p.LastName == "" && p.Emails == nil && p.Phones == nil && p.LinkedInURL == ""
}

// The times that are read, in seconds: from 2000, because what lies before is a
// default or no time at all, to 9999, because JSON has no year of five digits.
const (
	minUnix = 946684800
	maxUnix = 253402300799
)

// layouts are how vendors write times, all with any fraction of a second. A time
// without a zone is UTC.
func layouts() [6]string {
	return [6]string{
		time.RFC3339, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05",
		"2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05Z07", "2006-01-02 15:04:05",
	}
}

// Time reads a time: ISO 8601, or seconds or milliseconds since 1970, also as
// text. It is zero where there is none. It has milliseconds, which is what is
// stored, and is not after received: nothing is known before it happened, and one
// clock that runs ahead must not make every later event look old.
func Time(v jsondoc.Value, received time.Time) time.Time { return ParseTime(v.Text(), received) }

// ParseTime is Time for a text.
func ParseTime(text string, received time.Time) time.Time {
	if text == "" {
		return time.Time{}
	}
	t, ok := unix(text)
	if !ok {
		for _, layout := range layouts() {
			var err error
			if t, err = time.Parse(layout, text); err == nil {
				break
			}
		}
	}
	if t.Unix() < minUnix || t.Unix() > maxUnix {
		return time.Time{}
	}
	if !received.IsZero() && t.After(received) {
		t = received
	}
	return t.UTC().Truncate(time.Millisecond)
}

// unix reads seconds or milliseconds; from 1e11 on it must be milliseconds, as
// seconds that would be the year 5138.
func unix(text string) (time.Time, bool) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		f, ok := jsondoc.ParseFloat(text)
		if !ok || math.Abs(f) > 1e15 {
			return time.Time{}, false
		}
		if f < 1e11 {
			f *= 1000
		}
		return time.UnixMilli(int64(f)), true
	}
	if n < 1e11 {
		return time.Unix(n, 0), true
	}
	return time.UnixMilli(n), true
}

// IsDeletion says whether an event's name speaks of something being taken away.
// Deletions are notices, never leads.
func IsDeletion(event string) bool {
	_, verb, _ := strings.Cut(event, ".")
	switch strings.ToLower(verb) {
	case "deleted", "removed", "archived", "erased":
		return true
	}
	return false
}

// Subject puts a notice's subject together, `Import "Spring list" completed: 120
// rows`: what it is about, its name (see Quote), what happened to it, and
// details; each part may be "".
func Subject(what, name, happened, details string) string {
	for _, part := range [...]string{name, happened} {
		if part != "" {
			what += " " + part
		}
	}
	if details != "" {
		what += ": " + details
	}
	return what
}

// Quote puts a name in quotes, if there is one.
func Quote(name string) string {
	if name == "" {
		return ""
	}
	return `"` + Line(name, maxName) + `"`
}

// Detail returns `name value`, "" where there is no value.
func Detail(name, value string) string {
	if value == "" {
		return ""
	}
	return name + " " + value
}

// Details joins those that are there.
func Details(list ...string) string {
	return strings.Join(slices.DeleteFunc(list, func(s string) bool { return s == "" }), ", ")
}

// maxID bounds an id that comes in a header, which nothing else bounds.
const maxID = 200

// ID reads an id from a header.
func ID(header string) string { return Line(strings.TrimSpace(header), maxID) }
