package rules

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"leadhub/lead"
)

// jane is a lead that has nearly everything.
func jane() *Input {
	return &Input{
		Vendor: "prospektr", Receiver: "prospektr-eu", Event: "prospect.added", Tenant: "t1", IsNew: true,
		ReceivedAt: time.Date(2026, 3, 2, 23, 30, 0, 0, time.UTC), // a Monday
		Raw: func() any {
			var v any
			if err := json.Unmarshal([]byte(`{"score":"85","n":85,"yes":true,"null":null,"empty":"","none":[],
				"items":[{"name":"a","price":3},{"name":"b"}],"deep":{"a":{"b":"c"}},"ids":[5,6],"Deal size":"big"}`), &v); err != nil {
				panic(err)
			}
			return v
		},
		Lead: &lead.Lead{
			Kind: lead.KindPerson, Status: "qualified", LeadPotential: lead.PotentialHigh, Score: new(85), Confidence: new(60),
			Tags: []string{"new", "eu"}, Reasons: []string{"hiring"}, Custom: map[string]string{"plan": "gold", "Deal size": "5000", "seats": "about 50"},
			Person: &lead.Person{
				FullName: "Jane Doe", FirstName: "Jane", LastName: "Doe", Title: "VP of Sales", Seniority: lead.SeniorityVP,
				Emails: []lead.Email{{Value: "jane@acme.com", Type: lead.EmailWork, Primary: true}, {Value: "j@home.example", Type: lead.EmailPersonal}},
				Phones: []lead.Phone{{Raw: "(407) 555-0101", E164: "+14075550101"}},
			},
			Company: lead.Company{
				Name: "Acme", Domain: "acme.com", Address: lead.Address{City: "Miami", Region: "FL", Country: "US", PostalCode: "02110"},
				Size: lead.Size{Raw: "50-200", Min: new(50), Max: new(200)}, Technologies: []string{"HubSpot", "Stripe"},
				Emails: []lead.Email{{Value: "info@acme.com", Type: lead.EmailRole}},
			},
			Source: lead.Source{
				Vendor: "prospektr", Channel: "webhook", OccurredAt: time.Date(2026, 3, 2, 20, 0, 0, 0, time.UTC),
				ReceivedAt: time.Date(2026, 3, 2, 23, 30, 0, 0, time.UTC),
			},
		},
	}
}

// bare is a company that nothing is known of.
func bare() *Input {
	return &Input{
		Vendor: "salesos", Receiver: "salesos", Event: "lead.created",
		ReceivedAt: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC), Lead: &lead.Lead{},
	}
}

// TestEval is the language by example: each condition over a lead that has nearly
// everything and over one that has nearly nothing.
func TestEval(t *testing.T) {
	const tr, fa, mi = True, False, Missing
	tests := []struct {
		clause     string
		jane, bare Truth
	}{
		{`lead_potential == "high"`, tr, fa}, // never missing: unknown is a value
		{`lead_potential == "unknown"`, fa, tr},
		{`lead_potential != "low"`, tr, tr},
		{`has(lead_potential)`, tr, tr},
		{`seniority == "vp"`, tr, mi},
		{`seniority != "ic"`, tr, mi},
		{`kind == "company"`, fa, tr},
		{`score >= 80`, tr, mi},
		{`score < 80`, fa, mi},
		{`not (score >= 80)`, fa, mi},
		{`score != 80`, tr, mi},
		{`80 <= score`, tr, mi},
		{`50 < score < 90`, tr, mi},
		{`score in 80..90`, tr, mi},
		{`score in [85, 86]`, tr, mi},
		{`score not in [1, 2]`, tr, mi},
		{`has(score)`, tr, fa},
		{`not has(score)`, fa, tr},
		{`(score ?? 0) >= 80`, tr, fa},
		{`(score ?? 0) + 10 > (confidence ?? 0)`, tr, tr},
		{`score > confidence`, tr, mi},
		{`score >= 80 or vendor == "salesos"`, tr, tr}, // missing or true
		{`score >= 80 or vendor == "other"`, tr, mi},   // missing or false
		{`score >= 80 and vendor == "other"`, fa, fa},  // missing and false
		{`score < 80 and vendor == "salesos"`, fa, mi}, // missing and true
		{`not (score >= 80 and vendor == "other")`, tr, tr},
		{`score >= 80 ? is_new : true`, tr, mi},
		{`has(score) ? score >= 80 : is_new`, tr, fa},
		{`title contains "Sales"`, tr, mi},
		{`title not contains "Sales"`, fa, mi},
		{`title == "vp of sales"`, fa, mi}, // the case counts
		{`lower(title) == "vp of sales"`, tr, mi},
		{`has_word(title, "vp")`, tr, mi},
		{`has_word(title, "of sales")`, tr, mi},
		{`has_word(title, "sale")`, fa, mi},
		{"title matches `(?i)^vp\\b`", tr, mi},
		{`title startsWith "VP" and title endsWith "Sales"`, tr, mi},
		{`trim(" " + title + " ") == title`, tr, mi},
		{`email endsWith "@acme.com"`, tr, mi},
		{`phone == "+14075550101"`, tr, mi},
		{`company.region in ["FL", "GA"]`, tr, mi},
		{`company.region not in ["FL", "GA"]`, fa, mi},
		{`company.country == "US"`, tr, mi},
		{`company.postal_code startsWith "02"`, tr, mi},
		{`company.employees_min >= 50 and company.employees_max <= 200`, tr, mi},
		{`company.email == "info@acme.com"`, tr, mi},
		{`company["region"] == "FL"`, tr, mi},
		{`"HubSpot" in company.technologies`, tr, mi},
		{`"HubSpot" not in company.technologies`, fa, mi},
		{`"eu" in tags`, tr, mi},
		{`"us" in tags`, fa, mi},
		{`"us" not in (tags ?? [])`, tr, tr},
		{`len(tags) == 0`, fa, tr},
		{`len(title) == 11`, tr, mi},
		{`has(tags)`, tr, fa},
		{`tags[0] == "new"`, tr, mi},
		{`tags[-1] == "eu"`, tr, mi},
		{`tags[7] == "eu"`, mi, mi},
		{`any(tags, # == "eu")`, tr, mi},
		{`any(tags, # startsWith "x")`, fa, mi},
		{`all(tags, len(#) > 1)`, tr, mi},
		{`none(tags, # == "x")`, tr, mi},
		{`one(tags, # == "eu")`, tr, mi},
		{`count(tags, # != "x") == 2`, tr, mi},
		{`any(tags, #index == 1 and # == "eu")`, tr, mi},
		{`any(tags, any(company.technologies, # == "Stripe") and # == "eu")`, tr, mi},
		{`any(person.emails, .type == "personal" and not .primary)`, tr, mi},
		{`person.emails[0].value == "jane@acme.com"`, tr, mi},
		{`person.phones[0].raw == "(407) 555-0101"`, tr, mi},
		{`has(person)`, tr, fa},
		{`has(custom)`, tr, fa},
		{`custom.plan == "gold"`, tr, mi},
		{`custom.colour != "red"`, mi, mi},
		{`custom["Deal size"] == "5000"`, tr, mi},
		{`float(custom["Deal size"]) > 4000`, tr, mi},
		{`int(custom.seats) > 10`, mi, mi}, // not a number
		{`string(score) == "85"`, tr, mi},
		{`any(split(custom.plan, "o"), # == "g")`, tr, mi},
		{`replace(phone, "+1", "") == "4075550101"`, tr, mi},
		{`min(score, confidence) == 60 and max(score, confidence) == 85`, tr, mi},
		{`round(score / 10) == 9 and floor(score / 10) == 8 and ceil(score / 10) == 9 and abs(-score) == 85`, tr, mi},
		{`score % 10 == 5 and score ** 2 == 7225`, tr, mi},
		{`raw.n == 85`, tr, mi},
		{`raw.score == 85`, mi, mi}, // a text and a number cannot be compared
		{`raw.score != 85`, mi, mi},
		{`raw.score > 80`, mi, mi},
		{`float(raw.score) > 80`, tr, mi},
		{`raw.yes`, tr, mi},
		{`raw.n`, mi, mi}, // neither true nor false
		{`raw.null == 1`, mi, mi},
		{`raw.empty != "x"`, mi, mi}, // an empty text is missing in the payload too
		{`has(raw.empty) or has(raw.none) or has(raw.null)`, fa, fa},
		{`len(raw.none) == 0`, tr, mi},
		{`raw.deep.a.b == "c"`, tr, mi},
		{`raw.deep.a.b.c.d == "c"`, mi, mi},
		{`raw?.deep?.a.b == "c"`, tr, mi},
		{`raw["Deal size"] == "big"`, tr, mi},
		{`raw.items[0].price == 3`, tr, mi},
		{`raw.items[5].price == 3`, mi, mi},
		{`raw.items[0.5].price == 3`, mi, mi},
		{`any(raw.items, .price > 2)`, tr, mi},
		{`all(raw.items, .price > 2)`, mi, mi}, // the second one has no price
		{`all(raw.items, .name != "z")`, tr, mi},
		{`5 in raw.ids`, tr, mi},
		{`"5" in raw.ids`, mi, mi},
		{`7 not in raw.ids`, tr, mi},
		{`"a" in raw.deep`, tr, mi}, // a key of an object
		{`"z" in raw.deep`, fa, mi},
		{`len(raw.n) > 0`, mi, mi},
		{`lower(raw.n) == "x"`, mi, mi},
		{`-raw.score < 0`, mi, mi},
		{`raw.n + 5 == 90 and raw.score + "!" == "85!"`, tr, mi},
		{`raw.n + raw.n == 170`, tr, mi},
		{`raw.gone.for.ever == 1`, mi, mi},
		{`not (raw.gone == 1)`, mi, mi},
		{`received_at > date("2026-03-02")`, tr, fa},
		{`received_at.Hour() >= 18`, tr, fa},
		{`received_at.Weekday() in [1, 2, 3, 4, 5]`, tr, fa},
		{`received_at.Day() == 2 and received_at.Month() == 3 and received_at.Year() == 2026`, tr, fa},
		{`received_at - source.occurred_at > duration("3h")`, tr, mi},
		{`source.occurred_at + duration("4h") > received_at`, tr, mi},
		{`source.channel == "webhook"`, tr, mi},
		{`is_test`, fa, fa},
		{`is_new`, tr, fa},
		{`is_new == true`, tr, fa},
		{`not is_new`, fa, tr},
		{`(is_new or is_test) == true`, tr, fa},
		{`title in [status, "VP of Sales"]`, tr, mi},
		{`vendor in [title, "salesos"]`, fa, tr}, // equal to one: the missing other does not matter
		{`vendor in [title, "x"]`, fa, mi},
		{`vendor in []`, fa, fa},
		{`true`, tr, tr},
		{`1 < 2 and "a" in ["a"]`, tr, tr},
	}
	c, s := NewCompiler(), NewScope()
	for _, test := range tests {
		r, errs := c.Compile([]string{test.clause}, false)
		if r.broken {
			t.Errorf("%s: %d: %v (%s)", test.clause, errs[0].Offset, errs[0], errs[0].Suggestion)
			continue
		}
		for _, in := range []struct {
			name string
			*Input
			want Truth
		}{{"jane", jane(), test.jane}, {"bare", bare(), test.bare}} {
			s.Reset(in.Input)
			if got, err := r.Eval(s); err != nil || got != in.want {
				t.Errorf("%s over %s: %v (%v), want %v", test.clause, in.name, got, err, in.want)
			}
		}
	}
}

// TestErrors holds what has no answer: neither true nor false nor missing.
func TestErrors(t *testing.T) {
	c, s := NewCompiler(), NewScope()
	deep := strings.Repeat("replace(", 30) + "raw.score" + strings.Repeat(`, "8", "88888888")`, 30) + ` == "x"`
	for clause, want := range map[string]string{
		`1 / (score - 85) > 0`:                      "1 / (score - 85) > 0: division by zero",
		`is_new and 5 % (score - 85) == 0`:          "5 % (score - 85) == 0: division by zero",
		`score ** 400 > 0`:                          "score ** 400 > 0: the result is too large a number",
		`any(tags, 1 / (score - 85) > 0)`:           "any(tags, 1 / (score - 85) > 0): division by zero",
		`(1 / (score - 85) > 0) == true`:            "(1 / (score - 85) > 0) == true: division by zero",
		`1 / (score - 85) in [1, 2]`:                "1 / (score - 85) in [1, 2]: division by zero",
		`score == 85 ? 1 / (score - 85) > 0 : true`: "1 / (score - 85) > 0: division by zero",
		deep: deep + ": too much work: a text of more than 1048576 bytes",
	} {
		r, errs := c.Compile([]string{clause}, false)
		if len(errs) > 0 {
			t.Errorf("%s: %v", clause, errs)
			continue
		}
		s.Reset(jane())
		trace := make([]Truth, r.Leaves())
		got, err := r.Trace(s, trace)
		if got != NotReached || err == nil || err.Error() != want {
			t.Errorf("%s: %v, %v; want the error %s", clause, got, err, want)
		}
		if _, _, failed := r.Judge(trace); failed < 0 {
			t.Errorf("%s: the trace %v does not say which leaf failed", clause, trace)
		}
		s.Reset(bare())
		if got, err := r.Eval(s); err != nil || got == True {
			t.Errorf("%s over a lead without a score: %v, %v; want missing or false", clause, got, err)
		}
	}
}

func TestTooMuchWork(t *testing.T) {
	r, _ := NewCompiler().Compile([]string{`any(raw.list, any(raw.list, # == "x"))`}, false)
	list := make([]any, 1000)
	for i := range list {
		list[i] = "y"
	}
	s := NewScope()
	s.Reset(&Input{Raw: func() any { return map[string]any{"list": list} }})
	if _, err := r.Eval(s); err == nil || !strings.HasSuffix(err.Error(), "too much work: more than 100000 list entries looked at") {
		t.Errorf("a million entries: %v", err)
	}
}

// TestPanic checks that a payload whose decoding panics is an error of every rule
// that reads it, and of no other, and is asked for once.
func TestPanic(t *testing.T) {
	c, s := NewCompiler(), NewScope()
	calls := 0
	s.Reset(&Input{Vendor: "v", Raw: func() any { calls++; panic("boom") }})
	reads, _ := c.Compile([]string{`raw.x == 1`}, true)
	if _, err := reads.Eval(s); err == nil || err.Error() != "raw.x == 1: unexpected failure: boom" {
		t.Errorf("first: %v", err)
	}
	if _, err := reads.Eval(s); err == nil || err.Error() != "raw.x == 1: the payload could not be decoded" {
		t.Errorf("second: %v", err)
	}
	if v := reads.Values(s, 0); len(v) > 0 && !v[0].Missing {
		t.Errorf("values: %v", v)
	}
	other, _ := c.Compile([]string{`vendor == "v"`}, true)
	if got, err := other.Eval(s); got != True || err != nil {
		t.Errorf("a rule without raw: %v, %v", got, err)
	}
	if calls != 1 {
		t.Errorf("the payload was asked for %d times", calls)
	}
}

func TestValues(t *testing.T) {
	r, errs := NewCompiler(WithLocation(time.FixedZone("", -5*3600))).Compile([]string{
		`lead_potential in ["low"] or score >= 80`,
		`(custom.colour ?? "none") == title`,
		`any(tags, # == vendor) or len(raw.items) > 0 or received_at > source.occurred_at`,
		`is_new and person.emails[0].value == "x" and raw.deep.a == 1 and "ü\"" == status`,
	}, false)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	s := NewScope()
	in := jane()
	in.Lead.Status = "ü\"\n" + strings.Repeat("x", 500)
	s.Reset(in)
	var got [][]Value
	for i := range r.Leaves() {
		got = append(got, r.Values(s, i))
	}
	want := [][]Value{
		{{Name: "lead_potential", Text: `"high"`}},
		{{Name: "score", Text: "85"}},
		{{Name: "custom.colour", Missing: true}, {Name: "title", Text: `"VP of Sales"`}},
		{{Name: "tags", Text: `["new", "eu"]`}, {Name: "vendor", Text: `"prospektr"`}},
		{{Name: "raw.items", Text: `[{…}, {…}]`}},
		{{Name: "received_at", Text: `"2026-03-02T18:30:00-05:00"`}, {Name: "source.occurred_at", Text: `"2026-03-02T15:00:00-05:00"`}},
		{{Name: "is_new", Text: "true"}},
		{{Name: "person.emails[0].value", Text: `"jane@acme.com"`}},
		{{Name: "raw.deep.a", Text: "{…}"}},
		{{Name: "status", Text: `"ü\"\n` + strings.Repeat("x", 194) + "…"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestLeaves(t *testing.T) {
	clauses := []string{
		"not (company.region not in [\"FL\",\n \"GA\"]) and (is_new)",
		`any(tags, (# == "x") or (# == "y")) or ("a" + title) == "ab" ? received_at.Hour() > 3 : 3 < received_at.Hour()`,
		`50 < score < (80)`,
	}
	r, errs := NewCompiler().Compile(clauses, false)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	want := []LeafInfo{
		{0, 5, "company.region not in [\"FL\",\n \"GA\"]"},
		{0, 47, "is_new"},
		{1, 0, `any(tags, (# == "x") or (# == "y"))`},
		{1, 39, `("a" + title) == "ab"`},
		{1, 63, `received_at.Hour() > 3`},
		{1, 88, `3 < received_at.Hour()`},
		{2, 0, `50 < score`},
		{2, 5, `score < (80)`},
	}
	var got []LeafInfo
	for i := range r.Leaves() {
		got = append(got, r.Leaf(i))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, l := range got {
		if at := strings.Index(clauses[l.Clause], l.Text); at != l.Offset && l.Text != "score < (80)" {
			t.Errorf("%q is at %d, not at %d", l.Text, at, l.Offset)
		}
	}
}

func TestNotices(t *testing.T) {
	c, s := NewCompiler(), NewScope()
	_, errs := c.Compile([]string{`event startsWith "campaign." and title == "x"`}, true)
	want := []*Error{{
		Offset: 33, Message: "title is a field of leads; a notice has none",
		Suggestion: "use vendor, receiver, event, tenant, received_at, is_test or raw",
	}}
	if diff := cmp.Diff(want, errs); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	s.Reset(&Input{Event: "campaign.created", Raw: func() any { return map[string]any{"id": 5.0} }})
	r, errs := c.Compile([]string{`event startsWith "campaign."`, `raw.id == 5`, `not is_test`}, true)
	if got, err := r.Eval(s); got != True || err != nil || len(errs) > 0 {
		t.Errorf("%v, %v, %v", got, err, errs)
	}
	// `tests.when` is compiled for leads and asked about notices as well.
	for _, n := range Vocabulary() {
		r, errs := c.Compile([]string{"has(" + n.Name + ")"}, false)
		if r.broken {
			t.Fatalf("%s: %v", n.Name, errs)
		}
		got, err := r.Eval(s)
		if err != nil || got == True && !n.Notice {
			t.Errorf("has(%s) in a notice: %v, %v", n.Name, got, err)
		}
	}
}

func TestCompileLimits(t *testing.T) {
	c := NewCompiler()
	for name, clauses := range map[string][]string{
		"no clauses":   nil,
		"too many":     make([]string, MaxClauses+1),
		"too long":     {`title == "` + strings.Repeat("x", MaxClause) + `"`},
		"too many ops": {strings.Repeat("1+", 1500) + "1 > 0"},
		"not UTF-8":    {"title == \"\xff\""},
		"deep":         {strings.Repeat("(", 2000) + "true" + strings.Repeat(")", 2000)},
		"deep not":     {strings.Repeat("!", 3000) + "true"},
	} {
		r, errs := c.Compile(clauses, false)
		if name == "deep" {
			if len(errs) > 0 {
				t.Errorf("%s: %v", name, errs)
			}
			continue
		}
		if len(errs) == 0 || errs[0].Warning {
			t.Errorf("%s: no error", name)
		}
		if _, err := r.Eval(NewScope()); err == nil {
			t.Errorf("%s: the rule can be used", name)
		}
	}
}
