// Package seniority reads the level that a job title speaks of.
package seniority

import (
	_ "embed" // the lists of words
	"strings"
	"unicode"

	"leadhub/lead"
	"leadhub/transforms"
	"leadhub/transforms/internal/memo"
)

// New returns the transform. It looks for whole words, in English, German,
// French, Spanish, Italian, Portuguese, Dutch and the Nordic languages, and takes
// the highest level they name: "VP Sales & Founder" is c_level. It knows that a
// vice president is no president, an "Assistant to the CEO" no chief and a
// "Product Owner" no owner. A former position counts for nothing. A title that
// names no level is unknown, as is an absent one; a level that is set already and
// is one of the known ones stays.
func New() transforms.Transform {
	return transforms.Func(newReader().apply)
}

func (r *reader) apply(l *lead.Lead) {
	if l.Person == nil {
		return
	}
	switch l.Person.Seniority {
	case lead.SeniorityCLevel, lead.SeniorityVP, lead.SeniorityDirector, lead.SeniorityManager, lead.SeniorityIC:
		return
	default:
		l.Person.Seniority = r.level(l.Person.Title)
	}
}

// level remembers the answers: titles repeat.
func (r *reader) level(title string) lead.Seniority {
	if title == "" || len(title) > 300 {
		return lead.SeniorityUnknown
	}
	if s, ok := r.known.Get(title); ok {
		return s
	}
	s := r.read(title)
	r.known.Put(strings.Clone(title), s)
	return s
}

// rank orders the levels; 0 is unknown.
type rank int

const (
	unknown rank = iota
	ic
	manager
	director
	vp
	cLevel
)

func (r rank) seniority() lead.Seniority {
	return [...]lead.Seniority{
		lead.SeniorityUnknown, lead.SeniorityIC, lead.SeniorityManager, lead.SeniorityDirector, lead.SeniorityVP, lead.SeniorityCLevel,
	}[r]
}

//go:embed words.txt
var wordList string

// newReader reads words.txt: a line "level: phrase, phrase". A phrase is one word
// or several; "none" takes the meaning from a phrase that holds a word of a level,
// "assistant" and "former" are single words.
func newReader() *reader {
	names := map[string]rank{"none": unknown, "ic": ic, "manager": manager, "director": director, "vp": vp, "c_level": cLevel}
	r := &reader{
		levels: map[string]rank{}, assistant: map[string]bool{}, former: map[string]bool{},
		known: memo.New[string, lead.Seniority](2048),
	}
	for line := range strings.Lines(wordList) {
		level, phrases, ok := strings.Cut(line, ":")
		if !ok {
			continue
		}
		for phrase := range strings.SplitSeq(phrases, ",") {
			phrase = strings.TrimSpace(phrase)
			switch level {
			case "assistant":
				r.assistant[phrase] = true
			case "former":
				r.former[phrase] = true
			default:
				r.levels[phrase] = names[level]
			}
		}
	}
	return r
}

type reader struct {
	levels            map[string]rank
	assistant, former map[string]bool
	known             *memo.Memo[string, lead.Seniority]
}

// longest is the number of words in the longest phrase.
const longest = 4

func (r *reader) read(title string) lead.Seniority {
	words := split(title)
	best, assistant := unknown, false
	for i := 0; i < len(words); {
		w := words[i]
		switch {
		case r.former[w]:
			return best.seniority() // what follows is over
		case r.about(words[i:]):
			i = len(words) // what follows is somebody else's level
			continue
		case r.assistant[w]:
			assistant = true
			best = max(best, ic)
			i++
			continue
		}
		level, n := r.phrase(words[i:])
		if n == 0 {
			i++
			continue
		}
		if i > 0 && r.assistant[words[i-1]] {
			level = under(level)
			assistant = false // "Assistant Director": a level of its own
		}
		best = max(best, level)
		i += n
	}
	if assistant { // "VP Assistant", "Assistentin der Geschäftsführung"
		return lead.SeniorityIC
	}
	return best.seniority()
}

// under returns the level of an assistant vice president, director, manager.
func under(r rank) rank {
	switch r {
	case vp:
		return director
	case director, manager:
		return manager
	default:
		return ic
	}
}

// phrase returns the level of the longest known phrase that words begin with, and
// its number of words.
func (r *reader) phrase(words []string) (rank, int) {
	for n := min(longest, len(words)); n > 0; n-- {
		if level, ok := r.levels[strings.Join(words[:n], " ")]; ok {
			return level, n
		}
	}
	if words[0] == "chief" { // chief … officer, whatever stands between
		for i := 2; i < min(6, len(words)); i++ {
			if words[i] == "officer" {
				return cLevel, i + 1
			}
		}
	}
	switch w := strings.TrimSuffix(words[0], "in"); { // Vertriebsleiterin, Flugbegleiter, avdelingsleder
	case strings.HasSuffix(w, "begleiter"):
		return ic, 1
	case strings.HasSuffix(w, "leiter"):
		return director, 1
	case strings.HasSuffix(w, "leder"):
		return manager, 1
	}
	// "Sales Head", "Engineering Lead", but not "Head Chef", "Lead Engineer"
	if len(words) == 1 {
		switch words[0] {
		case "head":
			return director, 1
		case "lead", "leader":
			return manager, 1
		}
	}
	return unknown, 0
}

// about says whether the words lead over to somebody else: "to the CEO",
// "for our directors", "reporting to", "office of".
func (r *reader) about(words []string) bool {
	if len(words) < 2 {
		return false
	}
	switch words[0] {
	case "to", "for":
		next := words[1:]
		if next[0] == "the" || next[0] == "our" {
			if words[0] == "to" {
				return true
			}
			next = next[1:]
		}
		if len(next) == 0 {
			return false
		}
		level, n := r.phrase(next)
		return n > 0 && level >= director
	case "reporting", "office", "buro", "bureau":
		return words[1] == "to" || words[1] == "of" || words[1] == "des" || words[1] == "der" || words[1] == "du"
	}
	return false
}

// split returns the words of a title, in lower case and without accents on Latin
// letters; "v.p." is "vp", "Vice-President" is two words.
func split(title string) []string {
	var b strings.Builder
	b.Grow(len(title))
	for _, r := range title {
		switch r = unaccented(unicode.ToLower(r)); {
		case r == '.' || r == '\'' || r == '’':
		case r == 'ß':
			b.WriteString("ss")
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			b.WriteRune(r)
		case r == '&' || r == '+':
			b.WriteString(" and ")
		default:
			b.WriteByte(' ')
		}
	}
	return strings.Fields(b.String())
}

func unaccented(r rune) rune {
	if r < 0x80 {
		return r
	}
	const from, to = "àáâãäåçèéêëìíîïñòóôõöøùúûüýÿœæ", "aaaaaaceeeeiiiinoooooouuuuyyoa"
	for i, f := range []rune(from) {
		if f == r {
			return rune(to[i])
		}
	}
	return r
}
