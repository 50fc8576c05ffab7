package rules

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

type said struct {
	clause     string
	offset     int
	message    string
	suggestion string
	warning    bool
}

// TestMessages is what people who know SQL, spreadsheets and other systems write,
// and what they are told: every answer of a clause, in the order of the text.
func TestMessages(t *testing.T) {
	c := NewCompiler(WithValues("receiver", []string{"prospektr", "salesos"}))
	for _, want := range slices.Collect(grouped(answers())) {
		clause := want[0].clause
		r, errs := c.Compile([]string{clause}, false)
		var got []said
		for _, e := range errs {
			got = append(got, said{clause, e.Offset, e.Message, e.Suggestion, e.Warning})
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(said{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", clause, diff)
		}
		usable := !slices.ContainsFunc(want, func(s said) bool { return !s.warning })
		if _, err := r.Eval(NewScope()); (err == nil) != usable {
			t.Errorf("%s: evaluating it gives the error %v", clause, err)
		}
	}
}

// TestUnexpanded checks that nothing is said about a literal with a variable in
// it that is not set: it may be right.
func TestUnexpanded(t *testing.T) {
	c := NewCompiler()
	for _, clause := range []string{
		`email endsWith "${DOMAIN}"`, `email == "${EMAIL}"`, `lead_potential == "${GRADE}"`, `company.country in ["${COUNTRY}", "US"]`,
		`company.region != "${REGION}"`, `company.domain == "${DOMAIN}"`, `lower(title) contains "${WORD}"`,
	} {
		if _, errs := c.Compile([]string{clause}, false); len(errs) > 0 {
			t.Errorf("%s: %v", clause, errs[0])
		}
	}
}

// TestSuggestionsCompile follows the suggestions that are whole conditions.
func TestSuggestionsCompile(t *testing.T) {
	c := NewCompiler(WithValues("receiver", []string{"prospektr", "salesos"}))
	followed := 0
	for _, a := range answers() {
		a.suggestion = strings.TrimPrefix(a.suggestion, "write ")
		if !strings.ContainsAny(a.suggestion, "<>=(") && !strings.Contains(a.suggestion, " in ") && !strings.Contains(a.suggestion, "With ") ||
			strings.ContainsAny(a.suggestion, "…`;") || strings.Contains(a.suggestion, ", or ") || strings.HasPrefix(a.suggestion, "use ") || strings.HasPrefix(a.suggestion, "add ") {
			continue
		}
		k := &checker{compiler: c, rule: &Rule{}}
		if src, is := parse(a.suggestion); is != nil {
			continue // half a condition: ==
		} else if k.src = src; k.value(src.root).typ.kind == tBad {
			t.Errorf("%s: the suggestion %s: %v", a.clause, a.suggestion, k.errs)
		}
		followed++
	}
	if followed < 40 {
		t.Errorf("only %d suggestions were followed", followed)
	}
}

// TestOffsets checks that an offset counts characters, not bytes.
func TestOffsets(t *testing.T) {
	c := NewCompiler()
	for _, clause := range []string{`title == "Größe" and scor > 3`, "title == \"日本\" and\nscor > 3", "title == \"\\u00e9é\" and scor > 3"} {
		_, errs := c.Compile([]string{"is_new", clause}, false)
		want := utf8.RuneCountInString(clause[:strings.Index(clause, "scor ")])
		if len(errs) != 1 || errs[0].Clause != 1 || errs[0].Offset != want {
			t.Errorf("%q: %+v, want clause 1, offset %d", clause, errs, want)
		}
	}
}

func grouped(list []said) func(func([]said) bool) {
	return func(yield func([]said) bool) {
		for len(list) > 0 {
			n := 1
			for n < len(list) && list[n].clause == list[0].clause {
				n++
			}
			if !yield(list[:n]) {
				return
			}
			list = list[n:]
		}
	}
}

func answers() []said {
	return []said{
		{`lead_potential == "High"`, 18, `lead_potential has no value "High"; it has "high", "medium", "low", "unknown"`, `write "high"`, false},
		{"lead_potential == high", 18, "a text needs quotes", `write "high"`, false},
		{"lead_potential", 0, "lead_potential is a text; a condition must be true or false", `write lead_potential == "high"`, false},
		{"score", 0, "score is a number; a condition must be true or false", "write score >= 80", false},
		{`score == "80"`, 9, `score is a number, "80" is a text: they are never equal`, "write 80", false},
		{"title > 3", 8, "title is a text, 3 is a number: > cannot compare them", "write len(title) > 3", false},
		{"score = 80", 6, "a single = sets a value; comparing is ==", "write ==", false},
		{"score <> 80", 6, "<> is SQL for different", "write !=", false},
		{`lead_potential == "high" AND score >= 80`, 25, "operators are written in lower case", "write and", false},
		{"score is null", 6, "whether a value is missing is asked with has()", "write not has(score)", false},
		{"score IS NOT NULL", 6, "whether there is a value is asked with has()", "write has(score)", false},
		{`title like "%VP%"`, 6, "`like` is SQL", `write title contains "VP"`, false},
		{"score > 1 & score < 3", 10, "a single & is not an operator", "write and", false},
		{"is_new | is_test", 7, "a single | is not an operator", "write or", false},
		{"lead_potential == “high”", 18, "these are typographic quotes, not straight ones", `write "high"`, false},
		{`not lead_potential == "low"`, 0, "`not` belongs to lead_potential alone here, not to the comparison", `write lead_potential != "low"`, false},
		{`title contains "VP"`, 6, `this also finds "VP" inside longer words, as VP in VPN`, `write has_word(title, "vp")`, true},
		{"", 0, "the condition is empty", "write a condition, or remove the line", false},
		{"  ", 0, "the condition is empty", "write a condition, or remove the line", false},
		{`title == "VP`, 9, "the text that begins here is never closed", `add " where it ends`, false},
		{"(score > 3", 0, "this ( is never closed", "add )", false},
		{"score > 3)", 9, "this ) closes nothing", "remove it, or add its partner before", false},
		{`company.region == "Florida"`, 18, "a region of the United States or Canada is written as its two letters", `write "FL"`, false},
		{`company.region == "fl"`, 18, "regions are written in capitals", `write "FL"`, true},
		{`company.country == "USA"`, 19, "a country is written as its two ISO 3166 letters, in capitals", `write "US"`, false},
		{"lead.score > 3", 0, "there is no name lead.score", "write score", false},
		{"company.size > 50", 0, "there is no name company.size", "write company.employees_min", false},
		{"now() > received_at", 0, "now() would answer differently at every replay", "write received_at", false},
		{`received_at > "2026-01-01"`, 14, `received_at is a time, "2026-01-01" is a text: > cannot compare them`, `write date("2026-01-01")`, false},
		{"score ?? 0 >= 80", 11, "put parentheses around the `??` and its default", "write (score ?? 0) >= 80", false},
		{"score >= 80%", 11, "a number is written without %", "write 80", false},
		{"company.employees_min >= 1,000", 25, "a number is written without commas", "write 1000", false},
		{`company.region in ("FL", "GA")`, 18, "a list has square brackets", `write ["FL", "GA"]`, false},
		{`company.region == "FL" or "GA"`, 26, `"GA" alone is a value, not a condition`, `write company.region in ["FL", "GA"]`, false},
		{`company.region == "FL" or "GA" or "AL"`, 26, `"GA" alone is a value, not a condition`, `write company.region in ["FL", "GA", "AL"]`, false},
		{`tags contains "x"`, 5, "tags is a list; whether something is in it is asked with in", `write "x" in tags`, false},
		{`tags == "x"`, 5, "tags is a list; whether something is in it is asked with in", `write "x" in tags`, false},
		{`title matches "\d+"`, 16, "a backslash starts a special character in a text", "write it twice (\\\\), or put the text between backticks: `\\d+`", false},
		{`title matches "("`, 14, "the pattern is not a regular expression: missing closing ) in (", "", false},
		{`lead_potential >= "medium"`, 15, ">= compares letters here, not ranks: name the values", `write lead_potential in ["high", "medium"]`, false},
		{`receiver == "prospector"`, 12, `receiver has no value "prospector"; it has "prospektr", "salesos"`, `write "prospektr"`, false},
		{`domain == "acme.com"`, 0, "there is no name domain", "write company.domain", false},
		{`compny.region == "FL"`, 0, "there is no name compny.region", "write company.region", false},
		{`titel == "x"`, 0, "there is no name titel", "write title", false},
		{`is_test == "true"`, 11, `is_test is true or false, "true" is a text: they are never equal`, "write true", false},
		{"score == nil", 9, "whether there is a value is asked with has()", "write not has(score)", false},
		{`title startswith "x"`, 6, "the operator is spelt differently", "write startsWith", false},
		{"score between 50 and 80", 6, "`between` is SQL", "write score >= 50 and score <= 80", false},
		{`company.region in "FL"`, 18, "a list has square brackets", `write ["FL"]`, false},
		{`"VP" in title`, 8, "title is a text, not a list", `write title contains "VP"`, false},
		{"custom.plan > 5", 14, "custom.plan is a text, 5 is a number: > cannot compare them", "write float(custom.plan) > 5", false},
		{`table("customers")`, 6, "the configuration has no tables", "add it to `tables:`, with its file and key", false},
		{"has(lower(title))", 4, "has() takes a name", "write has(score)", false},
		{"score >= 0.8", 9, "score runs from 0 to 100", "write 80", true},
		{`company == "Acme"`, 0, "company is a group of names, not a value: company.name, company.domain, company.website, company.industry, company.segment, …", "write company.name", false},
		{"email endsWith @example.com", 15, "did not expect @ here", "texts need quotes", false},
		{"if score > 3 then is_new", 0, "a condition says what must be true, without `if`", "join conditions with `and`, `or` and `not`", false},
		{"if score > 3 then is_new", 13, "a condition says what must be true, without `then`", "join conditions with `and`, `or` and `not`", false},
		{"score >", 7, "the condition ends where something should follow", "", false},
		{"score > > 3", 8, "did not expect > here", "", false},
		{`title == ""`, 9, "an empty text counts as missing: this is never true", "write not has(title)", false},
		{`lower(title) contains "Vice"`, 13, `this also finds "Vice" inside longer words, as VP in VPN`, `write has_word(title, "vice")`, true},
		{`lower(title) contains "Vice"`, 22, "what lower() returns has no capital letters: this is never true", `write "vice"`, true},
		{`person.emails[0].typ == "work"`, 17, "person.emails[0] is an e-mail address; it has nothing called typ", "write type", false},
		{`person.emails.value == "x"`, 14, "person.emails is a list; which entry is meant?", "write any(person.emails, .value == …)", false},
		{`any(person.emails, .type == "Work")`, 28, `.type has no value "Work"; it has "work", "personal", "role"`, `write "work"`, false},
		{`has_word(tags, "x")`, 9, "tags is a list; has_word() takes a text", `write any(tags, has_word(#, "x"))`, false},
		{"let x = 1; x > 3", 0, "a condition says what must be true, without `let`", "join conditions with `and`, `or` and `not`", false},
		{"let x = 1; x > 3", 6, "a single = sets a value; comparing is ==", "write ==", false},
		{"let x = 1; x > 3", 9, "did not expect ; here", "join two conditions with `and`, or write a list: it means all of them", false},
		{`title[0:3] == "VP "`, 0, "a part of a text or list cannot be cut out; use startsWith, endsWith or matches", `write title startsWith "VP"`, false},
		{"1 / 0 > 1", 2, "division by zero", "", false},
		{"score > 80 and", 14, "the condition ends where something should follow", "", false},
		{"not title", 4, "title is a text; a condition must be true or false", "write has(title)", false},
		{`company.domain == "www.Acme.com"`, 18, "a domain is kept as acme.com, in lower case: this is never equal", `write "acme.com"`, true},
		{`company.regoin == "FL"`, 0, "there is no name company.regoin", "write company.region", false},
		{`leadPotential == "high"`, 0, "there is no name leadPotential", "write lead_potential", false},
		{`contact.email endsWith "@x.com"`, 0, "there is no name contact.email", "write email", false},
		{`company.address.region == "FL"`, 0, "there is no name company.address.region", "write company.region", false},
		{`address.region == "FL"`, 0, "there is no name address.region", "write company.region", false},
		{`Company.Region == "FL"`, 0, "there is no name Company.Region", "write company.region", false},
		{"score.value > 3", 6, "score is a number; it has nothing called value", "", false},
		{`title.lower() == "x"`, 6, "title has no function lower()", "write lower(title)", false},
		{"received_at.hour() > 3", 12, "received_at has no function hour()", "write received_at.Hour(), Minute(), Weekday(), Day(), Month(), Year() or YearDay()", false},
		{`received_at.Format("x") == "y"`, 12, "received_at has no function Format()", "write received_at.Hour(), Minute(), Weekday(), Day(), Month(), Year() or YearDay()", false},
		{`seniority >= "director"`, 10, ">= compares letters here, not ranks: name the values", `write seniority in ["c_level", "vp", "director"]`, false},
		{`"director" <= seniority`, 11, "<= compares letters here, not ranks: name the values", `write seniority in ["c_level", "vp", "director"]`, false},
		{`score in [80, "90"]`, 14, `score is a number, "90" is a text: they are never equal`, "write 90", false},
		{`score in ["80"]`, 10, `score is a number, "80" is a text: they are never equal`, "write 80", false},
		{`lead_potential in ["High", "medium", "lo"]`, 19, `lead_potential has no value "High"; it has "high", "medium", "low", "unknown"`, `write "high"`, false},
		{`lead_potential in ["High", "medium", "lo"]`, 37, `lead_potential has no value "lo"; it has "high", "medium", "low", "unknown"`, `write "low"`, false},
		{`company.country in ["USA", "Canada", "us", "Narnia"]`, 20, "a country is written as its two ISO 3166 letters, in capitals", `write "US"`, false},
		{`company.country in ["USA", "Canada", "us", "Narnia"]`, 27, "a country is written as its two ISO 3166 letters, in capitals", `write "CA"`, false},
		{`company.country in ["USA", "Canada", "us", "Narnia"]`, 37, "a country is written as its two ISO 3166 letters, in capitals", `write "US"`, false},
		{`company.country in ["USA", "Canada", "us", "Narnia"]`, 43, `"Narnia" is no country's two ISO 3166 letters`, `write "US"`, false},
		{`company.region in ["Florida", "Ga", "Bavaria"]`, 19, "a region of the United States or Canada is written as its two letters", `write "FL"`, false},
		{`company.region in ["Florida", "Ga", "Bavaria"]`, 30, "regions are written in capitals", `write "GA"`, true},
		{`kind == "contact"`, 8, `kind has no value "contact"; it has "person", "company"`, `write "person"`, false},
		{`seniority == "C-Level"`, 13, `seniority has no value "C-Level"; it has "c_level", "vp", "director", "manager", "ic", "unknown"`, `write "c_level"`, false},
		{`lead_potential == "hot"`, 18, `lead_potential has no value "hot"; it has "high", "medium", "low", "unknown"`, `write "high"`, false},
		{`score > 80 || company.region = "FL"`, 29, "a single = sets a value; comparing is ==", "write ==", false},
		{`title = "a" AND score <> 3 or company.name is not null`, 6, "a single = sets a value; comparing is ==", "write ==", false},
		{`title = "a" AND score <> 3 or company.name is not null`, 12, "operators are written in lower case", "write and", false},
		{`title = "a" AND score <> 3 or company.name is not null`, 22, "<> is SQL for different", "write !=", false},
		{`title = "a" AND score <> 3 or company.name is not null`, 43, "whether there is a value is asked with has()", "write has(company.name)", false},
		{"NOT is_test", 0, "operators are written in lower case", "write not", false},
		{"company.name LIKE 'Acme%'", 13, "`like` is SQL", `write company.name startsWith "Acme"`, false},
		{`title not like "%intern%"`, 6, "`like` is SQL", `write title not contains "intern"`, false},
		{"score => 80", 6, "at least is written the other way round", "write >=", false},
		{"score =< 80", 6, "at most is written the other way round", "write <=", false},
		{"score === 80", 6, "comparing has two =", "write ==", false},
		{"score ≥ 80", 6, "this sign is written with two characters", "write >=", false},
		{"(score > 3]", 10, "this ] does not close the ( before it", "write )", false},
		{`company.region in ["FL", "GA"`, 18, "this [ is never closed", "add ]", false},
		{`"VP`, 0, "the text that begins here is never closed", `add " where it ends`, false},
		{"title == 'O'Brien'", 17, "the text that begins here is never closed", "add ' where it ends", false},
		{"title == ‘VP’", 9, "these are typographic quotes, not straight ones", `write "VP"`, false},
		{`score > 80, lead_potential == "high"`, 10, "did not expect , here", "write and", false},
		{`score > 80 lead_potential == "high"`, 11, "did not expect lead_potential here", "join two conditions with `and` or `or`; texts need quotes", false},
		{"has score", 0, "has() needs parentheses", "write has(score)", false},
		{"has()", 0, "has() takes one value", "write has(score)", false},
		{`has("score")`, 4, "has() takes a name", "write has(score)", false},
		{"has(score, title)", 0, "has() takes one value", "write has(score)", false},
		{"not has score", 4, "has() needs parentheses", "write has(score)", false},
		{`tags in ["x"]`, 5, "tags is a list; whether something is in it is asked with in", `write "x" in tags`, false},
		{`tags == ["x"]`, 5, "tags is a list; whether something is in it is asked with in", `write "x" in tags`, false},
		{`"x" in person.emails`, 7, "the entries of person.emails are not texts", `write any(person.emails, .value == "x")`, false},
		{"email in person.emails", 9, "the entries of person.emails are not texts", "write any(person.emails, .value == email)", false},
		{`any(tags, x == "y")`, 10, "there is no name x", "", false},
		{"any(tags)", 8, "this needs a list and a condition", `write any(tags, # == "x")`, false},
		{`# == "x"`, 0, "did not expect # here", `# stands for an entry inside any(), all(), none(), one() and count(): any(tags, # == "x")`, false},
		{"any(tags, score)", 10, "score is a number; a condition must be true or false", "write score >= 80", false},
		{`any(title, # == "x")`, 4, "any() takes a list; title is a text", `write any(tags, # == "x")`, false},
		{"len(score) > 3", 4, "len() takes a text or a list; score is a number", "", false},
		{`lower(score) == "x"`, 6, "lower() takes a text; score is a number", "write string(score)", false},
		{"max(score) > 3", 0, "max() takes at least 2 values", "write max(score, confidence)", false},
		{`date("31.01.2026") < received_at`, 5, `"31.01.2026" is not a date`, `write date("2026-01-31"), or date("2026-01-31 09:00")`, false},
		{`received_at - source.occurred_at > "1h"`, 35, `received_at - source.occurred_at is a duration, "1h" is a text: > cannot compare them`, `write duration("1h")`, false},
		{`received_at - source.occurred_at > duration("1 hour")`, 44, `"1 hour" is not a duration`, `write duration("36h"), or duration("90m")`, false},
		{`score + "1" > 3`, 0, "+ takes a text; score is a number", "write string(score)", false},
		{"-title > 3", 1, "- takes a number; title is a text", "write float(title)", false},
		{"score == lead_potential", 9, "score is a number, lead_potential is a text: they are never equal", "", false},
		{"score == title", 9, "score is a number, title is a text: they are never equal", "", false},
		{`(title ?? 0) == "x"`, 10, "the default must be what title is: a text, not a number", `write "0"`, false},
		{"score ?? nil", 9, "a default of nil changes nothing", "write score", false},
		{"title matches status", 14, "the pattern must be written in the condition", "write title matches `^VP\\b`", false},
		{`score matches "x"`, 0, "matches takes a text; score is a number", "write string(score)", false},
		{"is_test > 3", 10, "is_test is true or false, 3 is a number: > cannot compare them", "write is_test, or not is_test", false},
		{`is_test in ["a"]`, 12, `is_test is true or false, "a" is a text: they are never equal`, "", false},
		{"raw", 0, "raw is the whole payload, not a condition", "write has(raw.data)", false},
		{"raw.x and 3", 10, "3 alone is a number, not a condition: compare it with something", "write score == 3", false},
		{"custom", 0, "custom is a group of names; a condition must be true or false", "write has(custom)", false},
		{`custom == "x"`, 0, "custom is a group of names: which of them?", "write custom.plan", false},
		{`"plan" in custom`, 10, "whether the vendor sent a field is asked with has()", `write has(custom["plan"])`, false},
		{`custom[title] == "x"`, 7, "which of the vendor's own fields is said in quotes", `write custom["plan"]`, false},
		{"person", 0, "person is a group of names; a condition must be true or false", "write has(person)", false},
		{`person == "x"`, 0, "person is a group of names: which of them?", "write person.plan", false},
		{`person.name == "x"`, 0, "there is no name person.name", "write full_name", false},
		{`source.vendor == "x" and`, 24, "the condition ends where something should follow", "", false},
		{"vendor in [salesos]", 11, "there is no name salesos; a text needs quotes", `write "salesos"`, false},
		{"title == CEO", 9, "there is no name CEO; a text needs quotes", `write "CEO"`, false},
		{"title != null", 9, "whether there is a value is asked with has()", "write has(title)", false},
		{"null == title", 0, "whether there is a value is asked with has()", "write not has(title)", false},
		{"score == None", 9, "whether there is a value is asked with has()", "write not has(score)", false},
		{"is_test == yes", 11, "there is no name yes", "write true", false},
		{"TRUE", 0, "true and false are written in lower case", "write true", false},
		{"today() > received_at", 0, "today() would answer differently at every replay", "write received_at", false},
		{"length(title) > 3", 0, "there is no function length()", "write len", false},
		{`startsWith(title, "x")`, 0, "startsWith stands between its two texts", `write title startsWith "x"`, false},
		{`contains(title, "x")`, 0, "contains stands between its two texts", `write title contains "x"`, false},
		{`toLowerCase(title) == "x"`, 0, "there is no function toLowerCase()", "write lower", false},
		{`lowr(title) == "x"`, 0, "there is no function lowr()", "write lower", false},
		{"if(score > 3, true, false)", 0, "there is no function if()", "write a and b, a or b, or not a", false},
		{`score > 3 ? "a" : "b"`, 12, `"a" alone is a text, not a condition: compare it with something`, `write title == "a"`, false},
		{`score > 3 ? "a" : "b"`, 18, `"b" alone is a text, not a condition: compare it with something`, `write title == "b"`, false},
		{"score > 3 ? true : 1", 19, "1 alone is a number, not a condition: compare it with something", "write score == 1", false},
		{"score ?: 3", 0, "?: is not an operator", "write or", false},
		{"score > 150", 8, "score runs from 0 to 100", "write 100", true},
		{"score == -5", 9, "score runs from 0 to 100", "write 0", true},
		{"confidence > 0.75", 13, "confidence runs from 0 to 100", "write 75", true},
		{`email == "@example.com"`, 9, "no whole address begins with @", `write email endsWith "@example.com"`, true},
		{`email endsWith "@Example.com"`, 15, "email is always in lower case: this is never true", `write "@example.com"`, true},
		{`email == "Jane@Example.com"`, 9, "email is always in lower case: this is never equal", `write "jane@example.com"`, true},
		{`status == "Qualified"`, 10, "status is always in lower case: this is never equal", `write "qualified"`, true},
		{`company.domain == "https://acme.com/"`, 18, "a domain is kept as acme.com, in lower case: this is never equal", `write "acme.com"`, true},
		{`company.domain endsWith ".EDU"`, 24, "company.domain is always in lower case: this is never true", `write ".edu"`, true},
		{`lower(title) == "VP"`, 16, "what lower() returns has no capital letters: this is never true", `write "vp"`, true},
		{`title contains "vp"`, 6, `this also finds "vp" inside longer words, as VP in VPN`, `write has_word(title, "vp")`, true},
		{`person.title contains "CEO"`, 13, `this also finds "CEO" inside longer words, as VP in VPN`, `write has_word(person.title, "ceo")`, true},
		{`not title contains "VP"`, 0, "`not` belongs to title alone here, not to the comparison", `write title not contains "VP"`, false},
		{`not "x" in tags`, 0, "`not` belongs to \"x\" alone here, not to the comparison", `write "x" not in tags`, false},
		{"not score >= 80 and is_new", 0, "`not` belongs to score alone here, not to the comparison", "write not (score >= 80)", false},
		{`!lead_potential == "high"`, 0, "`not` belongs to lead_potential alone here, not to the comparison", `write lead_potential != "high"`, false},
		{`not (lead_potential) == "high"`, 0, "`not` belongs to lead_potential alone here, not to the comparison", `write lead_potential != "high"`, false},
		{`company.name == ""`, 16, "an empty text counts as missing: this is never true", "write not has(company.name)", false},
		{`company.name != ""`, 16, "an empty text counts as missing: this is never true", "write has(company.name)", false},
		{"score == 12345678901234567890", 9, "the number is too large", "", false},
		{"score == 9007199254740993", 9, "a number this long loses its last digits; ids are texts", `write "9007199254740993"`, false},
		{"score >= 80 percent", 12, "did not expect percent here", "join two conditions with `and` or `or`; texts need quotes", false},
		{`title == "a\qb"`, 12, "a backslash starts a special character in a text", "write it twice (\\\\), or put the text between backticks: `\\d+`", false},
		{"title matches `(?<x`", 14, "the pattern is not a regular expression: invalid named capture in (?<x", "", false},
		{"score..80", 0, "a range stands after `in`", "write score in 50..80", false},
		{"score in 50-80", 9, "50-80 is a number, not a list", "write 50..80", false},
		{`raw.items.0.name == "x"`, 9, "an entry of a list is named by its number in square brackets", "write [0]", false},
		{`raw.first name == "x"`, 10, "did not expect name here", "join two conditions with `and` or `or`; texts need quotes", false},
		{`{"a": 1} == 3`, 0, "a list has square brackets", `write ["FL", "GA"]`, false},
		{"[score > 3]", 0, "[score > 3] is a list; a condition must be true or false", "write len([score > 3]) > 0", false},
		{`lead_potential ?? "hihg" == "x"`, 25, "put parentheses around the `??` and its default", `write (lead_potential ?? "hihg") == "x"`, false},
		{`(lead_potential ?? "hihg") == "high"`, 19, `lead_potential has no value "hihg"; it has "high", "medium", "low", "unknown"`, `write "high"`, false},
		{"company.region == FL", 18, "a text needs quotes", `write "FL"`, false},
		{"company.region > 3", 17, "company.region is a text, 3 is a number: > cannot compare them", "write len(company.region) > 3", false},
		{"company", 0, "company is a group of names, not a value: company.name, company.domain, company.website, company.industry, company.segment, …", "write company.name", false},
		{"source", 0, "source is a group of names, not a value: source.vendor, source.receiver, source.channel, source.tenant, source.event, …", "write source.vendor", false},
		{`score > "80"`, 8, `score is a number, "80" is a text: > cannot compare them`, "write 80", false},
		{`"80" < score`, 7, `"80" is a text, score is a number: < cannot compare them`, "write 80", false},
		{"title == 3", 9, "title is a text, 3 is a number: they are never equal", `write "3"`, false},
		{"company.postal_code == 33101", 23, "company.postal_code is a text, 33101 is a number: they are never equal", `write "33101"`, false},
		{"company.postal_code > 33101", 22, "company.postal_code is a text, 33101 is a number: > cannot compare them", "write len(company.postal_code) > 33101", false},
		{"has_word(title)", 0, "has_word() takes 2 values", `write has_word(title, "vp")`, false},
		{`has_word(title, "")`, 16, "the word is empty", `write has_word(title, "vp")`, false},
		{`b"x" == title`, 0, "a text has no letter before its quotes", "", false},
		{"x", 0, "there is no name x", "", false},
		{"and", 0, "did not expect and here", "", false},
		{")", 0, "this ) closes nothing", "remove it, or add its partner before", false},
		{`"`, 0, "the text that begins here is never closed", `add " where it ends`, false},
		{"score > 80 -- hot", 14, "there is no name hot", "", false},
		{"score > 80 # hot", 11, "did not expect # here", `# stands for an entry inside any(), all(), none(), one() and count(): any(tags, # == "x")`, false},
		{"score /* x", 6, "the comment that begins here is never closed", "add */ where it ends", false},
		{"event == lead.created", 9, "there is no name lead.created; a text needs quotes", `write "lead.created"`, false},
		{`tags contains ["a","b"]`, 5, "tags is a list; whether something is in it is asked with in", `write any(tags, # in ["a","b"])`, false},
		{"score between 50", 6, "`between` is SQL", "write score >= 50 and score <= 80", false},
		{"score isnt 3", 6, "did not expect isnt here", "join two conditions with `and` or `or`; texts need quotes", false},
		{`title is "CEO"`, 6, "`is` is not an operator", "write ==", false},
		{`title is not "CEO"`, 6, "`is not` is not an operator", "write !=", false},
		{`in_hours("us-east")`, 9, "the configuration has no calendars", "add it to `calendars:`, with its hours", false},
		{"\u200bscore > 3", 0, "there is an invisible character here", "delete it and type the space again", false},
	}
}
