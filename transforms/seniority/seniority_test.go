package seniority

import (
	"strings"
	"testing"

	"leadhub/lead"
	"leadhub/transforms/transformtest"
)

func TestContract(t *testing.T) {
	t.Parallel()
	transformtest.Check(t, New())
}

func TestApply(t *testing.T) {
	t.Parallel()
	titles := map[lead.Seniority][]string{
		lead.SeniorityCLevel: {
			"CEO", "ceo", "C.E.O.", "CTO", "Chief Executive Officer", "Chief Technology Officer", "Chief Information Security Officer", "Chief Executive",
			"Interim CFO", "Deputy CEO", "CEO & Founder", "Founder/CEO", "Co-Founder", "Owner", "Business Owner", "Owner-Operator", "Managing Partner", "Partner",
			"Partner, Tax", "President", "President & COO", "VP Sales & Founder", "Chairman of the Board", "Managing Director", "Director, CEO",
			"Geschäftsführer", "Geschaeftsfuehrerin", "Geschäftsführender Gesellschafter", "Vorstand", "Inhaberin", "PDG", "Président Directeur Général",
			"Directeur Général", "Director General", "Consejero Delegado", "Amministratore Delegato", "Algemeen directeur", "Eigenaar", "Verkställande direktör",
			"Gründer", "Gérant", "Member of the Board", "Presidente",
		},
		lead.SeniorityVP: {
			"VP", "V.P. Sales", "SVP, Engineering", "Vice President", "Vice-President", "Senior Vice President of Sales", "VP of IT", "VP, Go to Market",
			"Vicepresidente", "Vice-président", "Vizepräsidentin", "Vice President and Director", "VP - Office Operations",
		},
		lead.SeniorityDirector: {
			"Director", "Director of Sales", "Sales Director", "Directeur", "Directrice Marketing", "Head of Growth", "Global Head of Sales", "Sales Head", "Leiter Einkauf",
			"Vertriebsleiter", "Marketingleiterin", "Direktor", "Direttore commerciale", "General Manager", "Chief of Staff", "Chief of Staff to the CEO",
			"Director, Office of the CEO", "Director for Partner Success", "Assistant Vice President", "Associate Director",
		},
		lead.SeniorityManager: {
			"Manager", "Sales Manager", "Marketing Mgr.", "Product Manager", "Office Manager", "Team Lead", "Engineering Lead", "Teamleiterin", "Projektleiter", "Gerente de ventas",
			"Jefe de ventas", "Assistant Manager", "Assistant Director", "Partner Manager", "Chef de projet", "Manager, reporting to the CEO",
		},
		lead.SeniorityIC: {
			"Software Engineer", "Lead Engineer", "Principal Engineer", "Senior Account Executive", "SDR", "Assistant to the CEO", "Executive Assistant to the VP of Sales",
			"VP Assistant", "CEO Assistant", "PA to CEO", "EA to the President", "Assistentin der Geschäftsführung", "Assistente di direzione", "Vorstandsassistentin",
			"Product Owner", "Data Owner", "Sachbearbeiter", "Ingénieur", "Consultant", "Advisor to the CEO", "Solutions Architect", "Werkstudent", "Flugbegleiterin", "Associate",
			"Assistant", "Secretary to the Managing Director", "Assistant",
		},
		lead.SeniorityUnknown: {
			"", "  ", "Wizard", "VPN", "Coordination", "HR Business Partner", "Client Partner", "Former CEO", "Ex-CEO", "Retired", "ceos", "Directory", "Head Chef", "Officer", "Chief", "Chief Architectural", "🙂",
			"Preceptor", "Sales", "Executive", strings.Repeat("CEO ", 200),
		},
	}
	tr := New()
	for want, list := range titles {
		for _, title := range list {
			for range 2 { // the second answer is remembered
				l := lead.Lead{Person: &lead.Person{Title: title}}
				tr.Apply(&l)
				if got := l.Person.Seniority; got != want || l.Person.Title != title {
					t.Errorf("%q: %s, want %s", title, got, want)
				}
			}
		}
	}
}

func TestAGivenLevelStays(t *testing.T) {
	t.Parallel()
	for given, want := range map[lead.Seniority]lead.Seniority{
		"vp": "vp", "unknown": "c_level", "": "c_level", "Chief": "c_level",
	} {
		l := lead.Lead{Person: &lead.Person{Title: "CEO", Seniority: given}}
		New().Apply(&l)
		if l.Person.Seniority != want {
			t.Errorf("given %q: %s, want %s", given, l.Person.Seniority, want)
		}
	}
}

// A phrase that split never produces, or that is too long, could never match.
func TestWords(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for line := range strings.Lines(wordList) {
		level, phrases, ok := strings.Cut(strings.TrimSpace(line), ":")
		if !ok {
			t.Errorf("line %q has no level", line)
			continue
		}
		switch level {
		case "none", "ic", "manager", "director", "vp", "c_level", "assistant", "former":
		default:
			t.Errorf("%q is no level", level)
		}
		for p := range strings.SplitSeq(phrases, ",") {
			p = strings.TrimSpace(p)
			words := split(p)
			if p == "" || strings.Join(words, " ") != p || len(words) > longest {
				t.Errorf("%q can never match: %q", p, words)
			}
			if other, twice := seen[p]; twice && other != level {
				t.Errorf("%q is %s and %s", p, other, level)
			}
			seen[p] = level
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{"Assistant to the CEO", "Chief of", "Vice-", "to the", "of", "🙂 VP\xff", "Chief a b c d officer"} {
		f.Add(s)
	}
	r := newReader()
	f.Fuzz(func(t *testing.T, title string) {
		if got := r.read(title); got == "" {
			t.Errorf("%q: no level at all", title)
		}
		if got, want := r.read(" "+strings.ToUpper(title)), r.read(strings.ToUpper(title)); got != want {
			t.Errorf("%q: a space in front makes %s of %s", title, got, want)
		}
	})
}

func BenchmarkKnown(b *testing.B) {
	tr := New()
	l := lead.Lead{Person: &lead.Person{Title: "Assistant to the Chief Executive Officer"}}
	b.ReportAllocs()
	for b.Loop() {
		l.Person.Seniority = ""
		tr.Apply(&l)
	}
}

func BenchmarkRead(b *testing.B) {
	r := newReader()
	b.ReportAllocs()
	for b.Loop() {
		r.read("Senior Vice President of Business Development")
	}
}
