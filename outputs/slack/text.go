package slack

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"
)

// Every text of a vendor goes through text or link: Slack reads <!channel>,
// <@U1> and <https://…|label> as commands, so `&`, `<` and `>` are escaped
// (documented), and lines are joined, so that no value can look like a part of
// the message that we wrote.

// text returns s on one line, escaped, and at most limit characters long after
// escaping. It never ends within an entity.
func text(s string, limit int) string {
	var b strings.Builder
	b.Grow(min(len(s)+16, limit+8))
	length, kept, fits := 0, 0, true
	for _, c := range strings.Join(strings.FieldsFunc(s, isBlank), " ") {
		if isInvisible(c) {
			continue
		}
		piece := escape(c)
		n := size(piece)
		if length+n > limit {
			fits = false
			break
		}
		b.WriteString(piece)
		length += n
		if length <= limit-1 {
			kept = b.Len()
		}
	}
	if fits {
		return b.String()
	}
	return b.String()[:kept] + "…"
}

// code returns s as code: nothing in it is formatted.
func code(s string, limit int) string {
	s = text(strings.ReplaceAll(s, "`", "'"), limit-2)
	if s == "" {
		return ""
	}
	return "`" + s + "`"
}

func escape(c rune) string {
	switch c {
	case '&':
		return "&amp;"
	case '<':
		return "&lt;"
	case '>':
		return "&gt;"
	default:
		return string(c)
	}
}

// size counts as JavaScript does, which is never less than the characters people
// see: Slack does not document how its limits count.
func size(s string) int {
	n := 0
	for _, c := range s {
		n += utf16.RuneLen(c)
	}
	return n
}

// isBlank names what separates words, line breaks and control characters included.
func isBlank(c rune) bool { return unicode.IsSpace(c) || unicode.IsControl(c) }

// isInvisible names characters that change how others are shown, such as the one
// that reverses the direction of writing. The joiner of emoji stays.
func isInvisible(c rune) bool {
	const joiner = '\u200d'
	return c != joiner && (unicode.Is(unicode.Cf, c) || c == '\u2028' || c == '\u2029')
}

// maxURL is the longest URL that becomes a link, in characters.
const maxURL = 300

// link returns a link to raw with a label, which is escaped already; the label
// alone where raw is not a plain web address.
func link(raw, label string) string {
	if address := webURL(raw); address != "" {
		// A second bar would be read as more of the command.
		return "<" + address + "|" + strings.ReplaceAll(label, "|", "¦") + ">"
	}
	return label
}

// webURL returns raw, escaped for a link, if it is an absolute http(s) URL of a
// sensible form; else "".
func webURL(raw string) string {
	u, err := url.Parse(strings.TrimSpace(raw))
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil {
		return ""
	}
	s := u.String()
	odd := strings.ContainsFunc(s, func(c rune) bool { return c <= ' ' || c > '~' || strings.ContainsRune("<>|\"`\\^{}", c) })
	if odd || len(s) > maxURL {
		return ""
	}
	return strings.ReplaceAll(s, "&", "&amp;")
}

var (
	plainEmail  = regexp.MustCompile(`^[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,180}\.[A-Za-z]{2,24}$`)
	plainPhone  = regexp.MustCompile(`^\+[0-9]{5,15}$`)
	plainDomain = regexp.MustCompile(`^[a-z0-9](?:[a-z0-9-]{0,62}\.){1,8}[a-z]{2,24}$`)
)

func emailLink(address string, limit int) string {
	if plainEmail.MatchString(address) {
		return "<mailto:" + address + "|" + address + ">"
	}
	return text(address, limit)
}

func phoneLink(number string, limit int) string {
	if plainPhone.MatchString(number) {
		return "<tel:" + number + "|" + number + ">"
	}
	return text(number, limit)
}

// moment shows a time in the reader's own time zone.
func moment(t time.Time) string {
	t = t.UTC()
	return fmt.Sprintf("<!date^%d^{date_short_pretty} {time}|%s>", t.Unix(), t.Format("2 Jan 2006 15:04 UTC"))
}
