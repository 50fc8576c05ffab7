package rules

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Hours are the spans of a week in which a calendar is open, by the clock on the
// wall: one may run over midnight.
type Hours struct {
	days [7][]opening // by the weekday on which they begin, Sunday first
}

// opening is a span of a day in minutes after midnight. The end does not belong to
// it; beyond 24 hours it lies on the next day.
type opening struct{ from, to int }

const dayMinutes = 24 * 60

// MaxHours bounds the text of opening hours, in characters.
const MaxHours = 1000

// HoursError is a mistake in opening hours.
type HoursError struct {
	Item       int // index into the texts given to ParseHours
	Offset     int // in characters from the text's start
	Message    string
	Suggestion string // what to write instead; "" where there is no telling
}

// Error returns the message.
func (e *HoursError) Error() string { return e.Message }

// ParseHours reads opening hours as people write them: "Mon-Fri 09:00-18:00, Sat
// 10:00-14:00". Days stand before the spans they are for; spans without days are
// for the days before them, at the beginning for every day. A span whose end is not
// after its beginning runs over midnight; it belongs to the day on which it begins.
// 24:00 is the end of a day. Several texts mean all of them.
func ParseHours(texts []string) (Hours, error) {
	var h Hours
	for i, text := range texts {
		p := &hoursParser{text: []rune(text), hours: &h}
		if err := p.parse(); err != nil {
			err.Item = i
			return Hours{}, err
		}
	}
	if len(texts) == 0 {
		return Hours{}, &HoursError{Message: "there are no hours", Suggestion: `write "Mon-Fri 09:00-18:00"`}
	}
	for d := range h.days {
		slices.SortFunc(h.days[d], func(a, b opening) int { return a.from - b.from })
	}
	return h, nil
}

// String writes the hours day by day, as ParseHours reads them.
func (h Hours) String() string {
	var b strings.Builder
	for i := range 7 {
		d := (i + 1) % 7 // a week begins on Monday
		for k, s := range h.days[d] {
			if k == 0 {
				if b.Len() > 0 {
					b.WriteString(", ")
				}
				b.WriteString(time.Weekday(d).String()[:3])
			}
			end := s.to
			if end > dayMinutes {
				end -= dayMinutes
			}
			fmt.Fprintf(&b, " %02d:%02d-%02d:%02d", s.from/60, s.from%60, end/60, end%60)
		}
	}
	return b.String()
}

// hoursParser reads one text.
type hoursParser struct {
	text  []rune
	pos   int
	hours *Hours

	days  [7]bool
	named bool // some day was named
	fresh bool // days were named since the last span
}

// parse reads the text: words are days, what begins with a digit is a span.
func (p *hoursParser) parse() *HoursError {
	if len(p.text) > MaxHours {
		return p.fail(MaxHours, "", "the hours are longer than %d characters", MaxHours)
	}
	spans := 0
	for {
		p.skip()
		if p.pos == len(p.text) {
			break
		}
		var err *HoursError
		switch r := p.text[p.pos]; {
		case unicode.IsDigit(r):
			err = p.span()
			spans++
		case unicode.IsLetter(r):
			err = p.dayRange()
		default:
			err = p.fail(p.pos, `write them like "Mon-Fri 09:00-18:00"`, "did not expect %q here", r)
		}
		if err != nil {
			return err
		}
	}
	switch {
	case spans == 0 && !p.named:
		return p.fail(0, `write "Mon-Fri 09:00-18:00"`, "there are no hours")
	case spans == 0 || p.fresh:
		return p.fail(len(p.text), "write from when to when: 09:00-18:00", "these days have no hours")
	}
	return nil
}

func (p *hoursParser) fail(at int, suggestion, format string, args ...any) *HoursError {
	return &HoursError{Offset: at, Message: fmt.Sprintf(format, args...), Suggestion: suggestion}
}

// skip goes to what follows spaces and commas.
func (p *hoursParser) skip() {
	for p.pos < len(p.text) && (unicode.IsSpace(p.text[p.pos]) || strings.ContainsRune(",;&", p.text[p.pos])) {
		p.pos++
	}
}

func (p *hoursParser) word() string {
	from := p.pos
	for p.pos < len(p.text) && (unicode.IsLetter(p.text[p.pos]) || p.text[p.pos] == '.') {
		p.pos++
	}
	return strings.ToLower(strings.TrimSuffix(string(p.text[from:p.pos]), "."))
}

// dash takes the dash between two days or two times, with spaces around it.
func (p *hoursParser) dash() bool {
	at := p.pos
	for at < len(p.text) && unicode.IsSpace(p.text[at]) {
		at++
	}
	if at < len(p.text) && strings.ContainsRune("-–—", p.text[at]) {
		p.pos = at + 1
		for p.pos < len(p.text) && unicode.IsSpace(p.text[p.pos]) {
			p.pos++
		}
		return true
	}
	return false
}

// dayRange reads `Mon`, `Mon-Fri` or `daily`.
func (p *hoursParser) dayRange() *HoursError {
	at := p.pos
	word := p.word()
	if !p.fresh {
		p.days = [7]bool{}
	}
	p.named, p.fresh = true, true
	if word == "daily" {
		p.days = [7]bool{true, true, true, true, true, true, true}
		return nil
	}
	from, ok := dayOf(word)
	if !ok {
		return p.notADay(at, word)
	}
	to := from
	if p.dash() {
		at = p.pos
		if at == len(p.text) || !unicode.IsLetter(p.text[at]) {
			return p.fail(at, `write days like "Mon-Fri"`, "a day must follow the dash")
		}
		if word = p.word(); word != "" {
			if to, ok = dayOf(word); !ok {
				return p.notADay(at, word)
			}
		}
	}
	for d := from; ; d = (d + 1) % 7 {
		p.days[d] = true
		if d == to {
			return nil
		}
	}
}

func (p *hoursParser) notADay(at int, word string) *HoursError {
	switch word {
	case "to", "until", "till", "through", "thru", "bis":
		return p.fail(at, "write a dash: Mon-Fri, 09:00-18:00", "%q is not a day", word)
	case "am", "pm", "noon", "midnight", "h", "uhr":
		return p.fail(at, "write times from 00:00 to 24:00: 18:00 is 6 pm", "%q is not a day", word)
	case "weekdays", "weekday", "workdays", "business":
		return p.fail(at, "write Mon-Fri", "%q is not a day", word)
	case "weekends", "weekend":
		return p.fail(at, "write Sat-Sun", "%q is not a day", word)
	case "everyday", "every", "always", "all":
		return p.fail(at, "write daily", "%q is not a day", word)
	case "closed":
		return p.fail(at, "leave the day out: it is closed whenever it is not open", "%q is not a day", word)
	}
	if utf8.RuneCountInString(word) > 20 {
		return p.fail(at, "days are Mon, Tue, Wed, Thu, Fri, Sat and Sun", "this is not a day")
	}
	return p.fail(at, "days are Mon, Tue, Wed, Thu, Fri, Sat and Sun", "%q is not a day", word)
}

// dayOf reads a day's English name: in full, or its first letters if they are at least two.
func dayOf(word string) (int, bool) {
	for d := range 7 {
		full := strings.ToLower(time.Weekday(d).String())
		if len(word) >= 2 && strings.HasPrefix(full, word) || word == "weds" && d == 3 {
			return d, true
		}
	}
	return 0, false
}

// span reads `09:00-18:00`.
func (p *hoursParser) span() *HoursError {
	at := p.pos
	from, err := p.clock()
	if err != nil {
		return err
	}
	if !p.dash() {
		return p.fail(p.pos, "write from when to when: 09:00-18:00", "a span of time has an end")
	}
	to, err := p.clock()
	if err != nil {
		return err
	}
	switch {
	case from == dayMinutes:
		return p.fail(at, "write 00:00", "a span cannot begin at 24:00")
	case from == to:
		return p.fail(at, "for a whole day write 00:00-24:00", "the span begins when it ends")
	case to < from:
		to += dayMinutes
	}
	if !p.named {
		p.days = [7]bool{true, true, true, true, true, true, true}
	}
	for d, on := range p.days {
		if on {
			p.hours.days[d] = append(p.hours.days[d], opening{from, to})
		}
	}
	p.fresh = false
	return nil
}

// clock reads a time of day in minutes.
func (p *hoursParser) clock() (int, *HoursError) {
	at := p.pos
	number := func() (n, digits int) {
		for p.pos < len(p.text) && p.text[p.pos] >= '0' && p.text[p.pos] <= '9' && digits < 5 {
			n = 10*n + int(p.text[p.pos]-'0')
			p.pos++
			digits++
		}
		return n, digits
	}
	const like = "write it like 09:00 or 18:30"
	hour, digits := number()
	if digits == 0 || digits > 2 {
		return 0, p.fail(at, like, "this is not a time of day")
	}
	minute, colon := 0, p.pos < len(p.text) && p.text[p.pos] == ':'
	if colon {
		p.pos++
		if minute, digits = number(); digits != 2 {
			return 0, p.fail(at, like, "this is not a time of day")
		}
	}
	if suffix, end := p.suffix(); suffix != "" {
		if hour < 1 || hour > 12 || minute > 59 {
			return 0, p.fail(at, like, "this is not a time of day")
		}
		hour %= 12
		if suffix == "pm" {
			hour += 12
		}
		p.pos = end
		return 0, p.fail(at, fmt.Sprintf("write %02d:%02d", hour, minute), "times are written from 00:00 to 24:00, without am and pm")
	}
	switch {
	case !colon:
		return 0, p.fail(at, fmt.Sprintf("write %02d:00", min(hour, 24)), "a time of day has hours and minutes")
	case minute > 59 || hour > 24 || hour == 24 && minute > 0:
		return 0, p.fail(at, "times of day are from 00:00 to 24:00", "this is not a time of day")
	}
	return hour*60 + minute, nil
}

// suffix looks for am or pm after a time.
func (p *hoursParser) suffix() (string, int) {
	at := p.pos
	for at < len(p.text) && p.text[at] == ' ' {
		at++
	}
	if at+1 < len(p.text) {
		s := strings.ToLower(string(p.text[at : at+2]))
		if (s == "am" || s == "pm") && (at+2 == len(p.text) || !unicode.IsLetter(p.text[at+2])) {
			return s, at + 2
		}
	}
	return "", 0
}
