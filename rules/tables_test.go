package rules

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// lists are the tables and calendars of the tests and of docs/rules.md.
func lists(t testing.TB) *Data {
	t.Helper()
	newYork, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	hours, err := ParseHours([]string{"Mon-Fri 09:00-18:00"})
	if err != nil {
		t.Fatal(err)
	}
	holidays := []time.Time{time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC)}
	return &Data{
		Tables: map[string]*Table{
			"customers": NewTable(TableData{
				Name: "customers", Version: "1f3a9c2d", Key: "domain", Like: "company.domain",
				Columns: []string{"domain", "since", "Account owner"},
				Rows: map[string][]string{
					"acme.com": {"acme.com", "2021", "Kim"}, "globex.example": {"globex.example", "", "Lee"}, "42": {"42", "2020", ""},
					"12345678901234567890": {"12345678901234567890", "2019", ""},
				},
			}),
			"territories": NewTable(TableData{
				Name: "territories", Version: "00000001", Key: "region", Like: "company.region",
				Columns: []string{"region", "team"},
				Rows:    map[string][]string{"FL": {"FL", "south-east"}, "GA": {"GA", ""}},
				Clean: func(s string) string {
					if s == "Florida" {
						return "FL"
					}
					return s
				},
			}),
			"words": NewTable(TableData{
				Name: "words", Version: "00000002", Key: "word", Columns: []string{"word", "is"},
				Rows: map[string][]string{"new": {"new", "CEO"}, "acme": {"acme", "x"}, "ceo": {"CEO", ""}, "vp sales": {"VP  Sales", "vp"}},
			}),
			"gone": UnknownTable("gone", "ffffffff"),
		},
		Calendars: map[string]*Calendar{"us-east": NewCalendar("us-east", "", hours, newYork, holidays)},
	}
}

func TestTableRules(t *testing.T) {
	const tr, fa, mi = True, False, Missing
	c := NewCompiler(WithData(lists(t)))
	j := jane()
	j.Raw = func() any {
		return map[string]any{"account": 42.0, "big": json.Number("42"), "long": json.Number("12345678901234567890"), "domain": " ACME.com ", "list": []any{"x", "Acme.com"}, "yes": true, "blank": "  "}
	}
	for _, tt := range []struct {
		clause     string
		jane, bare Truth
	}{
		{`company.domain in table("customers")`, tr, mi},
		{`company.domain not in table("customers")`, fa, mi},
		{`not (company.domain in table("customers"))`, fa, mi},
		{`company.region in table("customers")`, fa, mi},
		{`raw.domain in table("customers")`, tr, mi}, // cleaned as the keys are
		{`raw.account in table("customers")`, tr, mi},
		{`raw.big in table("customers")`, tr, mi},
		{`table("customers", raw.long).since == "2019"`, tr, mi},
		{`raw.yes in table("customers")`, mi, mi},
		{`raw.blank in table("customers")`, mi, mi},
		{`"acme.com" in table("customers")`, tr, tr},
		{`any(raw.list, # in table("customers"))`, tr, mi},
		{`all(raw.list, # in table("customers"))`, fa, mi},
		{`any(raw.list, table("customers", #).since == "2021")`, tr, mi},
		{`company.domain in table("gone")`, mi, mi},
		{`table("gone", company.domain).whatever == "x"`, mi, mi},
		{`table("customers", company.domain).since == "2021"`, tr, mi},
		{`table("customers", company.domain).since != "2021"`, fa, mi},
		{`float(table("customers", company.domain).since) < 2022`, tr, mi},
		{`table("customers", company.domain)["Account owner"] == "Kim"`, tr, mi},
		{`table("customers", "globex.example").since == "2021"`, mi, mi}, // a blank cell
		{`has(table("customers", "globex.example").since)`, fa, fa},
		{`has(table("customers", company.domain).since)`, tr, fa},
		{`(table("customers", company.region).since ?? "never") == "never"`, tr, tr}, // no such row
		{`table("territories", company.region).team == "south-east"`, tr, mi},
		{`table("territories", "Florida").team in ["south-east", "x"]`, tr, tr},
		{`table("customers", company.domain).since contains "20" and company.region in table("territories")`, tr, mi},
		{`in_hours("us-east")`, fa, fa}, // Monday 18:30 and Sunday 03:00 in New York
		{`not in_hours("us-east")`, tr, tr},
	} {
		r, errs := c.Compile([]string{tt.clause}, false)
		if len(errs) > 0 {
			t.Errorf("%s: %v", tt.clause, errs[0])
			continue
		}
		s := NewScope()
		for in, want := range map[*Input]Truth{j: tt.jane, bare(): tt.bare} {
			s.Reset(in)
			if got, err := r.Eval(s); got != want || err != nil {
				t.Errorf("%s: %v, %v; want %v", tt.clause, got, err, want)
			}
		}
	}
	if want := []string{"Account owner", "since"}; !slices.Equal(c.TableColumns("customers"), want) {
		t.Errorf("columns read of customers: %q, want %q", c.TableColumns("customers"), want)
	}
}

func TestTableMessages(t *testing.T) {
	c := NewCompiler(WithData(lists(t)))
	for _, want := range []said{
		{`company.domain in table("custmers")`, 24, `there is no table "custmers"`, `write "customers"`, false},
		{`company.domain in table("x")`, 24, `there is no table "x"`, "add it to `tables:`; there are \"customers\", \"gone\", \"territories\", \"words\"", false},
		{`company.domain in table(customers)`, 24, `the table's name is a text and must be written in the condition`, `write table("customers")`, false},
		{`company.domain in table(title)`, 24, `the table's name is a text and must be written in the condition`, `write table("customers")`, false},
		{`company.domain in customers`, 18, `there is no name customers; a table is written table("customers")`, `write table("customers")`, false},
		{`customers.since == "2021"`, 0, `there is no name customers.since; a table is written table("customers")`, `write table("customers", company.domain).since`, false},
		{`table("customers")`, 0, `table("customers") is a table, not a condition: what is looked for in it?`, `write company.domain in table("customers")`, false},
		{`table("customers", company.domain)`, 0, `table("customers", company.domain) is a row of a table, not a condition: which column is meant?`, `write table("customers", company.domain).since == "…"`, false},
		{`company.domain == table("customers")`, 15, `table("customers") is a table; whether something is in it is asked with in`, `write company.domain in table("customers")`, false},
		{`table("territories", company.region) == "south-east"`, 0, `table("territories", company.region) is a row of a table: which column is meant?`, `write table("territories", company.region).team`, false},
		{`table("customers").since == "2021"`, 0, `which row of the table is meant?`, `write table("customers", company.domain).since`, false},
		{`table("customers", company.domain).sinc == "2021"`, 35, `the table customers has no column "sinc"`, `write since`, false},
		{`table("customers", company.domain).account_owner == "Kim"`, 35, `the table customers has no column "account_owner"`, `write table("customers", company.domain)["Account owner"]`, false},
		{`table("customers", company.domain).colour == "x"`, 35, `the table customers has no column "colour"`, `use one of its columns: "domain", "since", "Account owner"`, false},
		{`tags in table("customers")`, 0, `tags is a list; what is looked for in a table is a text`, `write any(tags, # in table("customers"))`, false},
		{`is_new in table("customers")`, 0, `what is looked for in a table is a text or a number; is_new is true or false`, ``, false},
		{`table("customers", is_new).since == "x"`, 19, `the key of a row is a text or a number; is_new is true or false`, ``, false},
		{`table("customers", company.domain).since > 5`, 43, `table("customers", company.domain).since is a text, 5 is a number: > cannot compare them`, `write float(table("customers", company.domain).since) > 5`, false},
		{`table() == "x"`, 0, `table() takes 1 or 2 values`, `write company.domain in table("customers"), or table("territories", company.region).team`, false},
		{`has(table("customers"))`, 4, `has() takes a name`, `write has(score)`, false},
		{`company.domain in (is_new ? table("customers") : table("words"))`, 49, ``, ``, false},
		{`in_hours("us-est")`, 9, `there is no calendar "us-est"`, `write "us-east"`, false},
		{`in_hours("emea")`, 9, `there is no calendar "emea"`, "add it to `calendars:`; there are \"us-east\"", false},
		{`in_hours(tenant)`, 9, `the calendar's name is a text and must be written in the condition`, `write in_hours("us-east")`, false},
	} {
		_, errs := c.Compile([]string{want.clause}, false)
		if want.message == "" { // whatever it says, it is a mistake, and no panic
			if len(errs) == 0 || errs[0].Warning {
				t.Errorf("%s: %v", want.clause, errs)
			}
			continue
		}
		var got []said
		for _, e := range errs {
			got = append(got, said{want.clause, e.Offset, e.Message, e.Suggestion, e.Warning})
		}
		if diff := cmp.Diff([]said{want}, got, cmp.AllowUnexported(said{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", want.clause, diff)
		}
	}
}

// TestTableTrace checks what a trace shows of tables and calendars.
func TestTableTrace(t *testing.T) {
	c := NewCompiler(WithData(lists(t)))
	for clause, want := range map[string][]Value{
		`company.domain in table("customers")`:                       {{Name: "company.domain", Text: `"acme.com"`}, {Name: "customers", Text: "version 1f3a9c2d"}},
		`company.domain in table("gone")`:                            {{Name: "company.domain", Text: `"acme.com"`}},
		`table("territories", company.region).team == "x"`:           {{Name: "company.region", Text: `"FL"`}, {Name: `table("territories", company.region).team`, Text: `"south-east"`}},
		`any(tags, table("customers", #).since == "x")`:              {{Name: "tags", Text: `["new", "eu"]`}},
		`in_hours("us-east")`:                                        {{Name: "us-east", Text: "closed on Mon 18:30, opens Tue 09:00"}},
		`table("customers", company.city)["Account owner"] == "Kim"`: {{Name: "company.city", Text: `"Miami"`}, {Name: `table("customers", company.city)["Account owner"]`, Missing: true}},
	} {
		r, errs := c.Compile([]string{clause}, false)
		if len(errs) > 0 {
			t.Fatalf("%s: %v", clause, errs[0])
		}
		s := NewScope()
		s.Reset(jane())
		if diff := cmp.Diff(want, r.Values(s, 0)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", clause, diff)
		}
	}
}

// TestNewVersion checks that Input.Data decides where it is set.
func TestNewVersion(t *testing.T) {
	data := lists(t)
	c := NewCompiler(WithData(data))
	r, errs := c.Compile([]string{`company.domain in table("customers") and in_hours("us-east")`}, false)
	if len(errs) > 0 {
		t.Fatal(errs[0])
	}
	s, in := NewScope(), jane()
	in.ReceivedAt = time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC)
	for _, step := range []struct {
		data *Data
		want Truth
	}{
		{nil, True},
		{&Data{Tables: map[string]*Table{"customers": NewTable(TableData{Name: "customers"})}}, False},
		{&Data{Tables: data.Tables, Calendars: map[string]*Calendar{"us-east": NewCalendar("us-east", "", Hours{}, time.UTC, nil)}}, False},
		{data, True},
	} {
		in.Data = step.data
		s.Reset(in)
		if got, err := r.Eval(s); got != step.want || err != nil {
			t.Errorf("with %+v: %v, %v; want %v", step.data, got, err, step.want)
		}
	}
}

// TestTableUnreachable checks that two routes over one table are compared as they are written.
func TestTableUnreachable(t *testing.T) {
	c := NewCompiler(WithData(lists(t)))
	rule := func(clause string) *Rule {
		r, errs := c.Compile([]string{clause}, false)
		if len(errs) > 0 {
			t.Fatal(errs[0])
		}
		return r
	}
	in := rule(`company.domain in table("customers")`)
	if !in.Covers(rule(`company.domain in  table("customers") and score > 5`)) || in.Covers(rule(`company.domain in table("words")`)) {
		t.Error("a rule covers what it is a part of, and nothing else")
	}
	if !rule(`company.domain in table("customers") and not (company.domain in table("customers"))`).Never() {
		t.Error("in a table and not in it at once is never true")
	}
}

func TestLookUpAllocatesNothing(t *testing.T) {
	s := NewScope()
	s.Reset(jane())
	c := NewCompiler(WithData(lists(t)))
	for _, clause := range []string{`company.domain in table("customers")`, `table("territories", company.region).team == "south-east"`, `not in_hours("us-east")`} {
		r, errs := c.Compile([]string{clause}, false)
		if len(errs) > 0 {
			t.Fatal(errs[0])
		}
		if n := testing.AllocsPerRun(100, func() {
			if v, err := r.Eval(s); v != True || err != nil {
				t.Errorf("%s: %v, %v", clause, v, err)
			}
		}); n > 0 {
			t.Errorf("%s: %v allocations", clause, n)
		}
	}
}

func BenchmarkTable(b *testing.B) {
	rows := map[string][]string{}
	for i := range 100_000 {
		key := fmt.Sprintf("company%d.example", i)
		rows[key] = []string{key, "x"}
	}
	data := &Data{Tables: map[string]*Table{"big": NewTable(TableData{Name: "big", Columns: []string{"domain", "team"}, Rows: rows})}}
	c := NewCompiler(WithData(data))
	r, errs := c.Compile([]string{`company.domain not in table("big")`}, false)
	if len(errs) > 0 {
		b.Fatal(errs[0])
	}
	s := NewScope()
	s.Reset(jane())
	for b.Loop() {
		if v, err := r.Eval(s); v != True || err != nil {
			b.Fatal(v, err)
		}
	}
}
