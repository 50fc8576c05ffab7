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

// TestSuggestionsCompile follows the suggestions that are whole conditions.
func TestSuggestionsCompile(t *testing.T) {
	c := NewCompiler(WithValues("receiver", []string{"prospektr", "salesos"}))
	followed := 0
	for _, a := range answers() {
		if !strings.ContainsAny(a.suggestion, "<>=(") && !strings.Contains(a.suggestion, " in ") && !strings.Contains(a.suggestion, "With ") ||
			strings.ContainsAny(a.suggestion, "…`;") || strings.Contains(a.suggestion, "), ") || strings.HasPrefix(a.suggestion, "add ") {
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
		{`lead_potential == "High"`, 18, `lead_potential has no value "High"; it has "high", "medium", "low", "unknown"`, `"high"`, false},
		{"lead_potential == high", 18, "a text needs quotes", `"high"`, false},
		{"lead_potential", 0, "lead_potential is a text; a condition must be true or false", `lead_potential == "high"`, false},
		{"score", 0, "score is a number; a condition must be true or false", "score >= 80", false},
		{`score == "80"`, 9, `score is a number, "80" is a text: they are never equal`, "80", false},
		{"title > 3", 8, "title is a text, 3 is a number: > cannot compare them", "len(title) > 3", false},
		{"score = 80", 6, "a single = sets a value; comparing is ==", "==", false},
		{"score <> 80", 6, "<> is SQL for different", "!=", false},
		{`lead_potential == "high" AND score >= 80`, 25, "operators are written in lower case", "and", false},
		{"score is null", 6, "whether a value is missing is asked with has()", "not has(score)", false},
		{"score IS NOT NULL", 6, "whether there is a value is asked with has()", "has(score)", false},
		{`title like "%VP%"`, 6, "`like` is SQL", `title contains "VP"`, false},
		{"score > 1 & score < 3", 10, "a single & is not an operator", "and", false},
		{"is_new | is_test", 7, "a single | is not an operator", "or", false},
		{"lead_potential == “high”", 18, "these are typographic quotes, not straight ones", `"high"`, false},
		{`not lead_potential == "low"`, 0, "`not` belongs to lead_potential alone here, not to the comparison", `lead_potential != "low"`, false},
		{`title contains "VP"`, 6, `this also finds "VP" inside longer words, as VP in VPN`, `has_word(title, "vp")`, true},
		{"", 0, "the condition is empty", "write a condition, or remove the line", false},
		{"  ", 0, "the condition is empty", "write a condition, or remove the line", false},
		{`title == "VP`, 9, "the text that begins here is never closed", `add " where it ends`, false},
		{"(score > 3", 0, "this ( is never closed", "add )", false},
		{"score > 3)", 9, "this ) closes nothing", "remove it, or add its partner before", false},
		{`company.region == "Florida"`, 18, "a region of the United States or Canada is written as its two letters", `"FL"`, false},
		{`company.region == "fl"`, 18, "regions are written in capitals", `"FL"`, true},
		{`company.country == "USA"`, 19, "a country is written as its two ISO 3166 letters, in capitals", `"US"`, false},
		{"lead.score > 3", 0, "there is no name lead.score", "score", false},
		{"company.size > 50", 0, "there is no name company.size", "company.employees_min", false},
		{"now() > received_at", 0, "now() would answer differently at every replay", "received_at", false},
		{`received_at > "2026-01-01"`, 14, `received_at is a time, "2026-01-01" is a text: > cannot compare them`, `date("2026-01-01")`, false},
		{"score ?? 0 >= 80", 11, "put parentheses around the `??` and its default", "(score ?? 0) >= 80", false},
		{"score >= 80%", 11, "a number is written without %", "80", false},
		{"company.employees_min >= 1,000", 25, "a number is written without commas", "1000", false},
		{`company.region in ("FL", "GA")`, 18, "a list has square brackets", `["FL", "GA"]`, false},
		{`company.region == "FL" or "GA"`, 26, `"GA" alone is a value, not a condition`, `company.region in ["FL", "GA"]`, false},
		{`company.region == "FL" or "GA" or "AL"`, 26, `"GA" alone is a value, not a condition`, `company.region in ["FL", "GA", "AL"]`, false},
		{`tags contains "x"`, 5, "tags is a list; whether something is in it is asked with in", `"x" in tags`, false},
		{`tags == "x"`, 5, "tags is a list; whether something is in it is asked with in", `"x" in tags`, false},
		{`title matches "\d+"`, 16, "a backslash starts a special character in a text", "write it twice (\\\\), or put the text between backticks: `\\d+`", false},
		{`title matches "("`, 14, "the pattern is not a regular expression: missing closing ) in (", "", false},
		{`lead_potential >= "medium"`, 15, ">= compares letters here, not ranks: name the values", `lead_potential in ["high", "medium"]`, false},
		{`receiver == "prospector"`, 12, `receiver has no value "prospector"; it has "prospektr", "salesos"`, `"prospektr"`, false},
		{`domain == "acme.com"`, 0, "there is no name domain", "company.domain", false},
		{`compny.region == "FL"`, 0, "there is no name compny.region", "company.region", false},
		{`titel == "x"`, 0, "there is no name titel", "title", false},
		{`is_test == "true"`, 11, `is_test is true or false, "true" is a text: they are never equal`, "true", false},
		{"score == nil", 9, "whether there is a value is asked with has()", "not has(score)", false},
		{`title startswith "x"`, 6, "the operator is spelt differently", "startsWith", false},
		{"score between 50 and 80", 6, "`between` is SQL", "score >= 50 and score <= 80", false},
		{`company.region in "FL"`, 18, "a list has square brackets", `["FL"]`, false},
		{`"VP" in title`, 8, "title is a text, not a list", `title contains "VP"`, false},
		{"custom.plan > 5", 14, "custom.plan is a text, 5 is a number: > cannot compare them", "float(custom.plan) > 5", false},
		{`table("customers")`, 0, "there is no function table()", "", false},
		{"has(lower(title))", 4, "has() takes a name", "has(score)", false},
		{"score >= 0.8", 9, "score runs from 0 to 100", "80", true},
		{`company == "Acme"`, 0, "company is a group of names, not a value: company.name, company.domain, company.website, company.industry, company.segment, …", "company.name", false},
		{"email endsWith @example.com", 15, "did not expect @ here", "texts need quotes", false},
		{"if score > 3 then is_new", 0, "a condition says what must be true, without `if`", "join conditions with `and`, `or` and `not`", false},
		{"if score > 3 then is_new", 13, "a condition says what must be true, without `then`", "join conditions with `and`, `or` and `not`", false},
		{"score >", 7, "the condition ends where something should follow", "", false},
		{"score > > 3", 8, "did not expect > here", "", false},
		{`title == ""`, 9, "an empty text counts as missing: this is never true", "not has(title)", false},
		{`lower(title) contains "Vice"`, 13, `this also finds "Vice" inside longer words, as VP in VPN`, `has_word(title, "vice")`, true},
		{`lower(title) contains "Vice"`, 22, "what lower() returns has no capital letters: this is never true", `"vice"`, true},
		{`person.emails[0].typ == "work"`, 17, "person.emails[0] is an e-mail address; it has nothing called typ", "type", false},
		{`person.emails.value == "x"`, 14, "person.emails is a list; which entry is meant?", "any(person.emails, .value == …)", false},
		{`any(person.emails, .type == "Work")`, 28, `.type has no value "Work"; it has "work", "personal", "role"`, `"work"`, false},
		{`has_word(tags, "x")`, 9, "tags is a list; has_word() takes a text", `any(tags, has_word(#, "x"))`, false},
		{"let x = 1; x > 3", 0, "a condition says what must be true, without `let`", "join conditions with `and`, `or` and `not`", false},
		{"let x = 1; x > 3", 6, "a single = sets a value; comparing is ==", "==", false},
		{"let x = 1; x > 3", 9, "did not expect ; here", "join two conditions with `and`, or write a list: it means all of them", false},
		{`title[0:3] == "VP "`, 0, "a part of a text or list cannot be cut out; use startsWith, endsWith or matches", `title startsWith "VP"`, false},
		{"1 / 0 > 1", 2, "division by zero", "", false},
		{"score > 80 and", 14, "the condition ends where something should follow", "", false},
		{"not title", 4, "title is a text; a condition must be true or false", "has(title)", false},
		{`company.domain == "www.Acme.com"`, 18, "a domain is kept as acme.com, in lower case: this is never equal", `"acme.com"`, true},
		{`company.regoin == "FL"`, 0, "there is no name company.regoin", "company.region", false},
		{`leadPotential == "high"`, 0, "there is no name leadPotential", "lead_potential", false},
		{`contact.email endsWith "@x.com"`, 0, "there is no name contact.email", "email", false},
		{`company.address.region == "FL"`, 0, "there is no name company.address.region", "company.region", false},
		{`address.region == "FL"`, 0, "there is no name address.region", "company.region", false},
		{`Company.Region == "FL"`, 0, "there is no name Company.Region", "company.region", false},
		{"score.value > 3", 6, "score is a number; it has nothing called value", "", false},
		{`title.lower() == "x"`, 6, "title has no function lower()", "lower(title)", false},
		{"received_at.hour() > 3", 12, "received_at has no function hour()", "received_at.Hour(), .Weekday(), .Day(), .Month(), .Year()", false},
		{`received_at.Format("x") == "y"`, 12, "received_at has no function Format()", "received_at.Hour(), .Weekday(), .Day(), .Month(), .Year()", false},
		{`seniority >= "director"`, 10, ">= compares letters here, not ranks: name the values", `seniority in ["c_level", "vp", "director"]`, false},
		{`"director" <= seniority`, 11, "<= compares letters here, not ranks: name the values", `seniority in ["c_level", "vp", "director"]`, false},
		{`score in [80, "90"]`, 14, `score is a number, "90" is a text: they are never equal`, "90", false},
		{`score in ["80"]`, 10, `score is a number, "80" is a text: they are never equal`, "80", false},
		{`lead_potential in ["High", "medium", "lo"]`, 19, `lead_potential has no value "High"; it has "high", "medium", "low", "unknown"`, `"high"`, false},
		{`lead_potential in ["High", "medium", "lo"]`, 37, `lead_potential has no value "lo"; it has "high", "medium", "low", "unknown"`, `"low"`, false},
		{`company.country in ["USA", "Canada", "us", "Narnia"]`, 20, "a country is written as its two ISO 3166 letters, in capitals", `"US"`, false},
		{`company.country in ["USA", "Canada", "us", "Narnia"]`, 27, "a country is written as its two ISO 3166 letters, in capitals", `"CA"`, false},
		{`company.country in ["USA", "Canada", "us", "Narnia"]`, 37, "a country is written as its two ISO 3166 letters, in capitals", `"US"`, false},
		{`company.country in ["USA", "Canada", "us", "Narnia"]`, 43, `"Narnia" is no country's two ISO 3166 letters`, `"US"`, false},
		{`company.region in ["Florida", "Ga", "Bavaria"]`, 19, "a region of the United States or Canada is written as its two letters", `"FL"`, false},
		{`company.region in ["Florida", "Ga", "Bavaria"]`, 30, "regions are written in capitals", `"GA"`, true},
		{`kind == "contact"`, 8, `kind has no value "contact"; it has "person", "company"`, `"person"`, false},
		{`seniority == "C-Level"`, 13, `seniority has no value "C-Level"; it has "c_level", "vp", "director", "manager", "ic", "unknown"`, `"c_level"`, false},
		{`lead_potential == "hot"`, 18, `lead_potential has no value "hot"; it has "high", "medium", "low", "unknown"`, `"high"`, false},
		{`score > 80 || company.region = "FL"`, 29, "a single = sets a value; comparing is ==", "==", false},
		{`title = "a" AND score <> 3 or company.name is not null`, 6, "a single = sets a value; comparing is ==", "==", false},
		{`title = "a" AND score <> 3 or company.name is not null`, 12, "operators are written in lower case", "and", false},
		{`title = "a" AND score <> 3 or company.name is not null`, 22, "<> is SQL for different", "!=", false},
		{`title = "a" AND score <> 3 or company.name is not null`, 43, "whether there is a value is asked with has()", "has(company.name)", false},
		{"NOT is_test", 0, "operators are written in lower case", "not", false},
		{"company.name LIKE 'Acme%'", 13, "`like` is SQL", `company.name startsWith "Acme"`, false},
		{`title not like "%intern%"`, 6, "`like` is SQL", `title not contains "intern"`, false},
		{"score => 80", 6, "at least is written the other way round", ">=", false},
		{"score =< 80", 6, "at most is written the other way round", "<=", false},
		{"score === 80", 6, "comparing has two =", "==", false},
		{"score ≥ 80", 6, "this sign is written with two characters", ">=", false},
		{"(score > 3]", 10, "this ] does not close the ( before it", ")", false},
		{`company.region in ["FL", "GA"`, 18, "this [ is never closed", "add ]", false},
		{`"VP`, 0, "the text that begins here is never closed", `add " where it ends`, false},
		{"title == 'O'Brien'", 17, "the text that begins here is never closed", "add ' where it ends", false},
		{"title == ‘VP’", 9, "these are typographic quotes, not straight ones", `"VP"`, false},
		{`score > 80, lead_potential == "high"`, 10, "did not expect , here", "and", false},
		{`score > 80 lead_potential == "high"`, 11, "did not expect lead_potential here", "join two conditions with `and` or `or`; texts need quotes", false},
		{"has score", 0, "has() needs parentheses", "has(score)", false},
		{"has()", 0, "has() takes one value", "has(score)", false},
		{`has("score")`, 4, "has() takes a name", "has(score)", false},
		{"has(score, title)", 0, "has() takes one value", "has(score)", false},
		{"not has score", 4, "has() needs parentheses", "has(score)", false},
		{`tags in ["x"]`, 5, "tags is a list; whether something is in it is asked with in", `"x" in tags`, false},
		{`tags == ["x"]`, 5, "tags is a list; whether something is in it is asked with in", `"x" in tags`, false},
		{`"x" in person.emails`, 7, "the entries of person.emails are not texts", `any(person.emails, .value == "x")`, false},
		{"email in person.emails", 9, "the entries of person.emails are not texts", "any(person.emails, .value == email)", false},
		{`any(tags, x == "y")`, 10, "there is no name x", "", false},
		{"any(tags)", 8, "this needs a list and a condition", `any(tags, # == "x")`, false},
		{`# == "x"`, 0, "did not expect # here", `# stands for an entry inside any(), all(), none(), one() and count(): any(tags, # == "x")`, false},
		{"any(tags, score)", 10, "score is a number; a condition must be true or false", "score >= 80", false},
		{`any(title, # == "x")`, 4, "any() takes a list; title is a text", `any(tags, # == "x")`, false},
		{"len(score) > 3", 4, "len() takes a text or a list; score is a number", "", false},
		{`lower(score) == "x"`, 6, "lower() takes a text; score is a number", "string(score)", false},
		{"max(score) > 3", 0, "max() takes at least 2 values", "max(score, confidence)", false},
		{`date("31.01.2026") < received_at`, 5, `"31.01.2026" is not a date`, `date("2026-01-31"), date("2026-01-31 09:00")`, false},
		{`received_at - source.occurred_at > "1h"`, 35, `received_at - source.occurred_at is a duration, "1h" is a text: > cannot compare them`, `duration("1h")`, false},
		{`received_at - source.occurred_at > duration("1 hour")`, 44, `"1 hour" is not a duration`, `duration("36h"), duration("90m")`, false},
		{`score + "1" > 3`, 0, "+ takes a text; score is a number", "string(score)", false},
		{"-title > 3", 1, "- takes a number; title is a text", "float(title)", false},
		{"score == lead_potential", 9, "score is a number, lead_potential is a text: they are never equal", "", false},
		{"score == title", 9, "score is a number, title is a text: they are never equal", "", false},
		{`(title ?? 0) == "x"`, 10, "the default must be what title is: a text, not a number", `"0"`, false},
		{"score ?? nil", 9, "a default of nil changes nothing", "score", false},
		{"title matches status", 14, "the pattern must be written in the condition", "title matches `^VP\\b`", false},
		{`score matches "x"`, 0, "matches takes a text; score is a number", "string(score)", false},
		{"is_test > 3", 10, "is_test is true or false, 3 is a number: > cannot compare them", "is_test, not is_test", false},
		{`is_test in ["a"]`, 12, `is_test is true or false, "a" is a text: they are never equal`, "", false},
		{"raw", 0, "raw is the whole payload, not a condition", "has(raw.data)", false},
		{"raw.x and 3", 10, "3 alone is a number, not a condition: compare it with something", "score == 3", false},
		{"custom", 0, "custom is a group of names; a condition must be true or false", "has(custom)", false},
		{`custom == "x"`, 0, "custom is a group of names: which of them?", "custom.plan", false},
		{`"plan" in custom`, 10, "whether the vendor sent a field is asked with has()", `has(custom["plan"])`, false},
		{`custom[title] == "x"`, 7, "which of the vendor's own fields is said in quotes", `custom["plan"]`, false},
		{"person", 0, "person is a group of names; a condition must be true or false", "has(person)", false},
		{`person == "x"`, 0, "person is a group of names: which of them?", "person.plan", false},
		{`person.name == "x"`, 0, "there is no name person.name", "full_name", false},
		{`source.vendor == "x" and`, 24, "the condition ends where something should follow", "", false},
		{"vendor in [salesos]", 11, "there is no name salesos; a text needs quotes", `"salesos"`, false},
		{"title == CEO", 9, "there is no name CEO; a text needs quotes", `"CEO"`, false},
		{"title != null", 9, "whether there is a value is asked with has()", "has(title)", false},
		{"null == title", 0, "whether there is a value is asked with has()", "not has(title)", false},
		{"score == None", 9, "whether there is a value is asked with has()", "not has(score)", false},
		{"is_test == yes", 11, "there is no name yes", "true", false},
		{"TRUE", 0, "true and false are written in lower case", "true", false},
		{"today() > received_at", 0, "today() would answer differently at every replay", "received_at", false},
		{"length(title) > 3", 0, "there is no function length()", "len", false},
		{`startsWith(title, "x")`, 0, "startsWith stands between its two texts", `title startsWith "x"`, false},
		{`contains(title, "x")`, 0, "contains stands between its two texts", `title contains "x"`, false},
		{`toLowerCase(title) == "x"`, 0, "there is no function toLowerCase()", "lower", false},
		{`lowr(title) == "x"`, 0, "there is no function lowr()", "lower", false},
		{"if(score > 3, true, false)", 0, "there is no function if()", "a and b, a or b, not a", false},
		{`score > 3 ? "a" : "b"`, 12, `"a" alone is a text, not a condition: compare it with something`, `title == "a"`, false},
		{`score > 3 ? "a" : "b"`, 18, `"b" alone is a text, not a condition: compare it with something`, `title == "b"`, false},
		{"score > 3 ? true : 1", 19, "1 alone is a number, not a condition: compare it with something", "score == 1", false},
		{"score ?: 3", 0, "?: is not an operator", "or", false},
		{"score > 150", 8, "score runs from 0 to 100", "100", true},
		{"score == -5", 9, "score runs from 0 to 100", "0", true},
		{"confidence > 0.75", 13, "confidence runs from 0 to 100", "75", true},
		{`email == "@example.com"`, 9, "no whole address begins with @", `email endsWith "@example.com"`, true},
		{`email endsWith "@Example.com"`, 15, "email is always in lower case: this is never true", `"@example.com"`, true},
		{`email == "Jane@Example.com"`, 9, "email is always in lower case: this is never equal", `"jane@example.com"`, true},
		{`status == "Qualified"`, 10, "status is always in lower case: this is never equal", `"qualified"`, true},
		{`company.domain == "https://acme.com/"`, 18, "a domain is kept as acme.com, in lower case: this is never equal", `"acme.com"`, true},
		{`company.domain endsWith ".EDU"`, 24, "company.domain is always in lower case: this is never true", `".edu"`, true},
		{`lower(title) == "VP"`, 16, "what lower() returns has no capital letters: this is never true", `"vp"`, true},
		{`title contains "vp"`, 6, `this also finds "vp" inside longer words, as VP in VPN`, `has_word(title, "vp")`, true},
		{`person.title contains "CEO"`, 13, `this also finds "CEO" inside longer words, as VP in VPN`, `has_word(person.title, "ceo")`, true},
		{`not title contains "VP"`, 0, "`not` belongs to title alone here, not to the comparison", `title not contains "VP"`, false},
		{`not "x" in tags`, 0, "`not` belongs to \"x\" alone here, not to the comparison", `"x" not in tags`, false},
		{"not score >= 80 and is_new", 0, "`not` belongs to score alone here, not to the comparison", "not (score >= 80)", false},
		{`!lead_potential == "high"`, 0, "`not` belongs to lead_potential alone here, not to the comparison", `lead_potential != "high"`, false},
		{`not (lead_potential) == "high"`, 0, "`not` belongs to lead_potential alone here, not to the comparison", `lead_potential != "high"`, false},
		{`company.name == ""`, 16, "an empty text counts as missing: this is never true", "not has(company.name)", false},
		{`company.name != ""`, 16, "an empty text counts as missing: this is never true", "has(company.name)", false},
		{"score == 12345678901234567890", 9, "the number is too large", "", false},
		{"score == 9007199254740993", 9, "a number this long loses its last digits; ids are texts", `"9007199254740993"`, false},
		{"score >= 80 percent", 12, "did not expect percent here", "join two conditions with `and` or `or`; texts need quotes", false},
		{`title == "a\qb"`, 12, "a backslash starts a special character in a text", "write it twice (\\\\), or put the text between backticks: `\\d+`", false},
		{"title matches `(?<x`", 14, "the pattern is not a regular expression: invalid named capture in (?<x", "", false},
		{"score..80", 0, "a range stands after `in`", "score in 50..80", false},
		{"score in 50-80", 9, "50-80 is a number, not a list", "50..80", false},
		{`raw.items.0.name == "x"`, 9, "an entry of a list is named by its number in square brackets", "[0]", false},
		{`raw.first name == "x"`, 10, "did not expect name here", "join two conditions with `and` or `or`; texts need quotes", false},
		{`{"a": 1} == 3`, 0, "a list has square brackets", `["FL", "GA"]`, false},
		{"[score > 3]", 0, "[score > 3] is a list; a condition must be true or false", "len([score > 3]) > 0", false},
		{`lead_potential ?? "hihg" == "x"`, 25, "put parentheses around the `??` and its default", `(lead_potential ?? "hihg") == "x"`, false},
		{`(lead_potential ?? "hihg") == "high"`, 19, `lead_potential has no value "hihg"; it has "high", "medium", "low", "unknown"`, `"high"`, false},
		{"company.region == FL", 18, "a text needs quotes", `"FL"`, false},
		{"company.region > 3", 17, "company.region is a text, 3 is a number: > cannot compare them", "len(company.region) > 3", false},
		{"company", 0, "company is a group of names, not a value: company.name, company.domain, company.website, company.industry, company.segment, …", "company.name", false},
		{"source", 0, "source is a group of names, not a value: source.vendor, source.receiver, source.channel, source.tenant, source.event, …", "source.vendor", false},
		{`score > "80"`, 8, `score is a number, "80" is a text: > cannot compare them`, "80", false},
		{`"80" < score`, 7, `"80" is a text, score is a number: < cannot compare them`, "80", false},
		{"title == 3", 9, "title is a text, 3 is a number: they are never equal", `"3"`, false},
		{"company.postal_code == 33101", 23, "company.postal_code is a text, 33101 is a number: they are never equal", `"33101"`, false},
		{"company.postal_code > 33101", 22, "company.postal_code is a text, 33101 is a number: > cannot compare them", "len(company.postal_code) > 33101", false},
		{"has_word(title)", 0, "has_word() takes 2 values", `has_word(title, "vp")`, false},
		{`has_word(title, "")`, 16, "the word is empty", `has_word(title, "vp")`, false},
		{`b"x" == title`, 0, "a text has no letter before its quotes", "", false},
		{"x", 0, "there is no name x", "", false},
		{"and", 0, "did not expect and here", "", false},
		{")", 0, "this ) closes nothing", "remove it, or add its partner before", false},
		{`"`, 0, "the text that begins here is never closed", `add " where it ends`, false},
		{"score > 80 -- hot", 14, "there is no name hot", "", false},
		{"score > 80 # hot", 11, "did not expect # here", `# stands for an entry inside any(), all(), none(), one() and count(): any(tags, # == "x")`, false},
		{"score /* x", 6, "the comment that begins here is never closed", "add */ where it ends", false},
		{"event == lead.created", 9, "there is no name lead.created; a text needs quotes", `"lead.created"`, false},
		{`tags contains ["a","b"]`, 5, "tags is a list; whether something is in it is asked with in", `any(tags, # in ["a","b"])`, false},
		{"score between 50", 6, "`between` is SQL", "score >= 50 and score <= 80", false},
		{"score isnt 3", 6, "did not expect isnt here", "join two conditions with `and` or `or`; texts need quotes", false},
		{`title is "CEO"`, 6, "`is` is not an operator", "==", false},
		{`title is not "CEO"`, 6, "`is not` is not an operator", "!=", false},
		{`in_hours("us-east")`, 0, "there is no function in_hours()", "", false},
		{"\u200bscore > 3", 0, "there is an invisible character here", "delete it and type the space again", false},
	}
}
