package tables

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"leadhub/internal/plugin"
	"leadhub/rules"
)

// cleaners are simple stand-ins for those of leads.
func cleaners() map[string]func(string) (string, bool) {
	return map[string]func(string) (string, bool){
		"domain": func(s string) (string, bool) {
			s = strings.TrimPrefix(strings.ToLower(s), "www.")
			return s, strings.Contains(s, ".")
		},
		"phone": func(s string) (string, bool) { return s, strings.HasPrefix(s, "+") },
	}
}

func spec(key string) Spec {
	return Spec{Name: "t", Path: "t.csv", Key: key, Cleaners: cleaners()}
}

func lines(problems []plugin.Problem) []string {
	var out []string
	for _, p := range problems {
		out = append(out, p.String())
	}
	return out
}

func TestParse(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		key, text string
		cells     map[string]string // "key/column": cell
		rows      int
	}{
		"comma":                        {"domain", "domain,owner\nwww.Acme.com,Kim\nglobex.example,\n", map[string]string{"acme.com/owner": "Kim", "ACME.com/owner": "Kim", "globex.example/owner": "", "x.example/owner": "", "acme.com/nothing": ""}, 2},
		"semicolon":                    {"domain", "domain;owner\r\nacme.com;Kim, Lee\r\n", map[string]string{"acme.com/owner": "Kim, Lee"}, 1},
		"tab":                          {"domain", "owner\tdomain\n\tacme.com\nKim\tglobex.example\n", map[string]string{"acme.com/owner": "", "globex.example/owner": "Kim"}, 2},
		"byte order mark":              {"domain", "\ufeffdomain,owner\nacme.com,Kim\n", map[string]string{"acme.com/owner": "Kim"}, 1},
		"quoted names and spaces":      {"Company name", "\"Company name\", \"The owner\"\n  \"Acme,  Inc.\", \"says \"\"hi\"\"\"\n", map[string]string{"ACME, Inc./The owner": `says "hi"`}, 1},
		"newlines in quotes":           {"name", "name,note\nAcme,\"one\ntwo\n\nthree\"\nGlobex,x", map[string]string{"acme/note": "one\ntwo\n\nthree", "globex/note": "x"}, 2},
		"blank lines":                  {"domain", "\n\ndomain,owner\n\n,\nacme.com,Kim\n , \n\n", map[string]string{"acme.com/owner": "Kim"}, 1},
		"Excel's sep":                  {"domain", "sep=;\ndomain;owner\nacme.com;Kim\n", map[string]string{"acme.com/owner": "Kim"}, 1},
		"old line ends":                {"domain", "domain,owner\racme.com,Kim\r", map[string]string{"acme.com/owner": "Kim"}, 1},
		"one column":                   {"domain", "domain\nacme.com\n", map[string]string{"acme.com/domain": "acme.com"}, 1},
		"the key tells what separates": {"domain", "a; b; c; d, domain\nx,acme.com\n", map[string]string{"acme.com/a; b; c; d": "x"}, 1},
		"columns without a name":       {"domain", "domain,,\nacme.com,x,\n", map[string]string{"acme.com/domain": "acme.com"}, 1},
		"ids keep their zeros":         {"id", "id,x\n007,a\n7,b\n", map[string]string{"007/x": "a", "7/x": "b"}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			table, problems := Parse(spec(tt.key), []byte(tt.text))
			if table == nil || len(problems) > 0 {
				t.Fatalf("problems %v", problems)
			}
			for at, want := range tt.cells {
				i := strings.LastIndexByte(at, '/')
				if got := table.Cell(at[:i], at[i+1:]); got != want {
					t.Errorf("%s is %q, want %q", at, got, want)
				}
			}
			if table.Len() != tt.rows {
				t.Errorf("%d rows, want %d", table.Len(), tt.rows)
			}
		})
	}
}

func TestMistakes(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		key, text string
		want      []string
	}{
		"empty":      {"domain", "", []string{"t.csv:1: error: the file is empty: its first line names the columns"}},
		"blank":      {"domain", "\n \n", []string{"t.csv:1: error: the file is empty: its first line names the columns"}},
		"UTF-16":     {"domain", "\xff\xfed\x00o\x00", []string{`t.csv:1: error: the file is UTF-16 text, not UTF-8: save it as "CSV UTF-8 (comma delimited)"`}},
		"workbook":   {"domain", "PK\x03\x04xxxx", []string{`t.csv:1: error: the file is an Excel workbook, not a CSV file: save it as "CSV UTF-8 (comma delimited)"`}},
		"web page":   {"domain", "<!DOCTYPE html>\n<html>", []string{"t.csv:1: error: the file is a web page, not a CSV file: see where it is downloaded from: it may need a login"}},
		"zero bytes": {"domain", "domain\nä\x00", []string{`t.csv:2:2: error: the file is no text: it holds a zero byte: save it as "CSV UTF-8 (comma delimited)"`}},
		"Latin-1": {"domain", "domain,city\nacme.com,K\xf6ln\nglobex.example,\xc3\xbcM\xfcnchen\n", []string{
			`t.csv:2:11: error: this line is not UTF-8 text: accents and umlauts in it cannot be read: save it as "CSV UTF-8 (comma delimited)"`,
			`t.csv:3:18: error: this line is not UTF-8 text: accents and umlauts in it cannot be read: save it as "CSV UTF-8 (comma delimited)"`,
		}},
		"no key column":  {"domain", "name,owner\nAcme,Kim\n", []string{`t.csv:1:1: error: there is no column "domain": its first line must name the columns; it has name, owner`}},
		"no first line":  {"domain", "acme.com\nglobex.example\n", []string{`t.csv:1:1: error: there is no column "domain": its first line must name the columns, with commas, semicolons or tabs between them`}},
		"another case":   {"domain", "owner, Domain\nKim,acme.com\n", []string{"t.csv:1:8: error: the key is called \"domain\" in the configuration, and \"Domain\" here: write `key: Domain`"}},
		"a misspelt key": {"domian", "owner,domain\nKim,acme.com\n", []string{"t.csv:1:7: error: the key is called \"domian\" in the configuration, and \"domain\" here: write `key: domain`"}},
		"columns twice":  {"domain", "domain,owner,owner\nacme.com,a,b\n", []string{`t.csv:1:14: error: two columns are called "owner": rename one of the two`}},
		"blank key": {"domain", "owner,domain\nKim,acme.com\nLee,\nMax,#N/A\n", []string{
			`t.csv:3:5: error: the key "domain" is blank: fill it in, or remove the line`,
			`t.csv:4:5: error: the key "domain" is blank: fill it in, or remove the line`,
			`t.csv:4:5: warning: #N/A is an error of the spreadsheet: the cell counts as blank: correct the formula it comes from`,
		}},
		"duplicate keys": {"domain", "domain\nacme.com\nglobex.example\n\nwww.ACME.com\nglobex.example\n", []string{
			`t.csv:5:1: error: the key "www.ACME.com" is the same as "acme.com" in line 2: keep one of the two lines`,
			`t.csv:6:1: error: the key "globex.example" is in line 3 already: keep one of the two lines`,
		}},
		"wrong columns": {"domain", "domain,owner\nacme.com\nglobex.example,Kim,Lee\nx.example,ok\n", []string{
			`t.csv:2: error: this line has 1 column, the first one has 2 columns: leave a cell that has no value empty, but keep its comma`,
			`t.csv:3:20: error: this line has 3 columns, the first one has 2 columns: put quotes around a value that holds a comma`,
		}},
		"lines after a value of several": {"name", "name,note\nAcme,\"one\ntwo\"\n,x\n", []string{`t.csv:4:1: error: the key "name" is blank: fill it in, or remove the line`}},
		"lines after sep":                {"name", "sep=;\nname;note\n;x\n", []string{`t.csv:3:1: error: the key "name" is blank: fill it in, or remove the line`}},
		"a quote inside": {"name", "name,note\nAcme,die \"Leute\" dort\n", []string{
			`t.csv:2:10: error: a quote in the middle of a value: put the whole value in quotes, and write each quote inside it twice: "the ""Acme"" people"`,
		}},
		"a quote without end": {"name", "name,note\nAcme,x\nGlobex,\"never\nends,\n", []string{`t.csv:3:1: error: a value in quotes begins in this line and never ends: put a " at its end`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			table, problems := Parse(spec(tt.key), []byte(tt.text))
			if table != nil {
				t.Error("there is a table")
			}
			if diff := cmp.Diff(tt.want, lines(problems)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestWarnings(t *testing.T) {
	t.Parallel()
	text := "phone,owner,n\n+14075550101,Kim ,1.5\n1.40756E+10,#REF!,1.23E+11\n407 555 0101,####,2e3\nn/a,Lee  ,#N/A\n"
	table, problems := Parse(spec("phone"), []byte(text))
	if table == nil {
		t.Fatal(problems)
	}
	want := []string{
		`t.csv:2:14: warning: "Kim " has spaces at its end: it is read without them (and 1 more like it)`,
		`t.csv:3:1: warning: the spreadsheet shortened a number to 1.40756E+10: its last digits are lost (and 1 more like it): format the column as text in the spreadsheet, and put the numbers in again`,
		`t.csv:3:13: warning: #REF! is an error of the spreadsheet: the cell counts as blank (and 1 more like it): correct the formula it comes from`,
		`t.csv:4:1: warning: "407 555 0101" cannot be read as a phone number: it is compared as a text (and 1 more like it): write numbers with their country: +1 407 555 0101`,
		`t.csv:4:14: warning: the spreadsheet wrote "####", because the column was too narrow: make the column wider and save the file again`,
	}
	if diff := cmp.Diff(want, lines(problems)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if table.Cell("+14075550101", "owner") != "Kim" || table.Cell("1.40756E+10", "owner") != "" || table.Len() != 4 {
		t.Error("the table is not what the file says")
	}
}

func TestManyMistakesAreCut(t *testing.T) {
	t.Parallel()
	_, problems := Parse(spec("domain"), []byte("domain,x\n"+strings.Repeat(",y\n", 50_000)))
	if got := lines(problems); len(got) != maxProblems+1 || got[maxProblems] != "t.csv: error: and 49980 more errors in this file" {
		t.Errorf("%d problems, the last is %s", len(got), got[len(got)-1])
	}
}

func TestBounds(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"domain" + strings.Repeat(",x", 256):                   "t.csv:1:518: error: the file has more than 256 columns",
		"domain,x\nacme.com," + strings.Repeat("y", MaxCell+1): "t.csv:2:10: error: a cell is longer than 32 KiB: is a quote missing at its end?",
	} {
		if _, problems := Parse(spec("domain"), []byte(text)); len(problems) != 1 || problems[0].String() != want {
			t.Errorf("%.40s: %v", text, problems)
		}
	}
	s := spec("domain")
	s.MinRows = 3
	_, problems := Parse(s, []byte("domain\nacme.com\n"))
	if diff := cmp.Diff([]string{"t.csv: error: the table has 1 row, and `min_rows` is 3: see whether the file is whole, or lower `min_rows`"}, lines(problems)); diff != "" {
		t.Error(diff)
	}
	table, problems := Parse(spec("domain"), []byte("domain\n"))
	if table == nil || len(problems) != 1 || problems[0].String() != "t.csv: warning: the table has no rows" {
		t.Errorf("%v", problems)
	}
}

func TestKinds(t *testing.T) {
	t.Parallel()
	for column, want := range map[string]string{
		"domain": "domain", "Company Domain": "domain", "website_url": "domain", "E-mail": "email", "work_email": "email", "Phone number": "phone",
		"State": "region", "billing_state": "region", "country_code": "country", "name": "text", "statement": "text", "id": "text", "": "text",
	} {
		if got := KindOf(column); got != want {
			t.Errorf("%q is %s, want %s", column, got, want)
		}
	}
	// What a key is compared with is cleaned like the keys.
	s := spec("domain")
	s.Kind = KindText
	table, _ := Parse(s, []byte("domain\nWWW.Acme.com\n"))
	if table.Has("www.acme.com") != rules.True || table.Has("acme.com") != rules.False || table.Has(" ") != rules.Missing {
		t.Error("`clean: text` must not read domains")
	}
}

// TestDocumentedKinds checks the table of kinds in docs/tables.md.
func TestDocumentedKinds(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(filepath.Join("..", "..", "docs", "tables.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, text, ok := strings.Cut(string(raw), "| `clean` | chosen for a column called | what counts as the same |\n|---|---|---|\n")
	if !ok {
		t.Fatal("docs/tables.md has no table of kinds")
	}
	text, _, _ = strings.Cut(text, "\n\n")
	var kinds []string
	for line := range strings.SplitSeq(text, "\n") {
		cells := strings.Split(line, " | ")
		kind := strings.Trim(cells[0], "| `")
		kinds = append(kinds, kind)
		for column := range strings.SplitSeq(cells[1], ", ") {
			if got := KindOf(column); got != kind {
				t.Errorf("docs/tables.md: a column called %s is cleaned as %s, not %s", column, got, kind)
			}
		}
	}
	if diff := cmp.Diff(Kinds(), kinds); diff != "" {
		t.Errorf("kinds in docs/tables.md (-code +docs):\n%s", diff)
	}
}

func TestLoad(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "customers.csv")
	if err := os.WriteFile(path, []byte("domain\nacme.com\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	written := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	if err := os.Chtimes(path, written, written); err != nil {
		t.Fatal(err)
	}
	s := Spec{Name: "customers", Path: path, Key: "domain", MaxAge: 7 * 24 * time.Hour}
	table, stamp, problems, err := Load(s, written.Add(7*24*time.Hour))
	if err != nil || len(problems) > 0 || table.String() != "customers@"+table.Version() || len(table.Version()) != 8 || !stamp.Modified.Equal(written) || stamp.Size != 16 {
		t.Fatalf("%v %v %v %+v", table, problems, err, stamp)
	}
	_, _, problems, err = Load(s, written.Add(9*24*time.Hour+time.Hour))
	want := []string{path + ": warning: the file is 9d old, and `max_age` is 7d: see why it is not written any more"}
	if diff := cmp.Diff(want, lines(problems)); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if err := os.WriteFile(path, []byte("domain\nacme.com\nx.example\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if again, _, _, err := Load(s, written); err != nil || again.Version() == table.Version() {
		t.Errorf("another content has the version %s too (%v)", table.Version(), err)
	}

	for file, want := range map[string]string{
		filepath.Join(dir, "nothing.csv"): "there is no file " + filepath.Join(dir, "nothing.csv"),
		dir:                               dir + " is a folder",
	} {
		s.Path = file
		if _, _, _, err := Load(s, written); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", file, err, want)
		}
	}
	large := filepath.Join(dir, "large.csv")
	if err := os.WriteFile(large, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(large, MaxFile+1); err != nil {
		t.Fatal(err)
	}
	if _, err := Look(large); err == nil || err.Error() != fmt.Sprintf("the file %s is larger than 64 MiB", large) {
		t.Error(err)
	}
}

func TestHolidays(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		text string
		days int
		want []string
	}{
		"dates alone": {"2026-12-25\n2026-12-26\n", 2, nil},
		"with names":  {"date,name\n2026-11-26,Thanksgiving\n\n# next year\n2027-01-01,\"New Year, of course\"\n", 2, nil},
		"semicolons":  {"\ufeffDatum;Name\r\n2026-10-03;Tag der Einheit\r\n", 1, nil},
		"nothing":     {"\n", 0, nil},
		"twice":       {"2026-12-25\n2026-12-25,Christmas\n", 1, []string{"h.csv:2:1: warning: 2026-12-25 is in line 1 already: remove one of the two lines"}},
		"other writing": {"12/25/2026\n3.10.2026\nDecember 25, 2026\n4/7/2026\n5/5/2026\nfriday\n2026-02-30\n", 0, []string{
			`h.csv:1:1: error: "12/25/2026" is not a date: write 2026-12-25`,
			`h.csv:2:1: error: "3.10.2026" is not a date: write 2026-10-03`,
			`h.csv:3:1: error: "December 25" is not a date: write year, month and day: 2026-12-25`,
			`h.csv:4:1: error: "4/7/2026" is not a date: write 2026-04-07, or 2026-07-04`,
			`h.csv:5:1: error: "5/5/2026" is not a date: write 2026-05-05`,
			`h.csv:6:1: error: "friday" is not a date: write year, month and day: 2026-12-25`,
			`h.csv:7:1: error: "2026-02-30" is not a date: write year, month and day: 2026-12-25`,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			days, problems := ParseHolidays("h.csv", []byte(tt.text))
			if diff := cmp.Diff(tt.want, lines(problems)); diff != "" || len(days) != tt.days {
				t.Errorf("%d days (-want +got):\n%s", len(days), diff)
			}
		})
	}
	path := filepath.Join(t.TempDir(), "us.csv")
	if err := os.WriteFile(path, []byte("2025-12-26\n2025-12-25\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, v, _, problems, err := LoadHolidays(path, time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC))
	want := []string{path + ": warning: all holidays are over: the last one was 2025-12-26: add those of 2026"}
	if diff := cmp.Diff(want, lines(problems)); diff != "" || err != nil || len(v) != 8 {
		t.Errorf("%v %q (-want +got):\n%s", err, v, diff)
	}
}

// FuzzParse reads anything as a table and as holidays: no panic, every problem in
// the file and on one line, and a table exactly where there is no error.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"domain,x\nacme.com,1\n", "domain;x\r\n\"a\nb\";2", "\ufeffdomain\tx\n\t\n", "sep=;\ndomain;x\n", "\xff\xfe", "domain\nK\xf6ln", "domain,\"x\n", "#N/A,domain\n1.2E+11,#REF!\n",
		"2026-12-25,Christmas\n12/24/2026", "domain\r\ra\r\nb",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		table, problems := Parse(spec("domain"), []byte(text))
		days, more := ParseHolidays("t.csv", []byte(text))
		for i, list := range [][]plugin.Problem{problems, more} {
			failed := false
			for _, p := range list {
				failed = failed || p.Severity == plugin.SeverityError
				if p.File != "t.csv" || p.Message == "" || strings.ContainsAny(p.String(), "\n\r") || p.Line < 0 || p.Line > strings.Count(text, "\n")+strings.Count(text, "\r")+1 || p.Col < 0 || p.Col > len(text)+1 {
					t.Fatalf("%q: %+v", text, p)
				}
			}
			if i == 0 && failed != (table == nil) || i == 1 && failed != (days == nil) {
				t.Fatalf("%q: problems %v, table %v, days %v", text, list, table, days)
			}
		}
		if table != nil && table.Len() > strings.Count(text, "\n")+strings.Count(text, "\r") {
			t.Fatalf("%q has %d rows", text, table.Len())
		}
	})
}

func BenchmarkParse(b *testing.B) {
	var text strings.Builder
	text.WriteString("domain,owner,team\n")
	for i := range 100_000 {
		fmt.Fprintf(&text, "company%d.example,Owner %d,south-east\n", i, i%50)
	}
	data := []byte(text.String())
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if table, problems := Parse(spec("domain"), data); table == nil {
			b.Fatal(problems)
		}
	}
}
