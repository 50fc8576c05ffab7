package rules

import (
	"fmt"
	"testing"
)

func TestTry(t *testing.T) {
	c := NewCompiler(WithValues("receiver", []string{"prospektr", "salesos"}))
	for _, s := range []string{
		`lead_potential == "High"`, `lead_potential == high`, `lead_potential`, `score`, `score == "80"`, `title > 3`, `score = 80`, `score <> 80`,
		`lead_potential == "high" AND score >= 80`, `score is null`, `score IS NOT NULL`, `title like "%VP%"`, `score > 1 & score < 3`, `a | b`,
		`lead_potential == “high”`, `not lead_potential == "low"`, `title contains "VP"`, `50 < score < 80`, ``, `title == "VP`, `(score > 3`, `score > 3)`,
		`company.region == "Florida"`, `company.region == "fl"`, `company.country == "USA"`, `lead.score > 3`, `company.size > 50`, `now() > received_at`, `received_at > "2026-01-01"`,
		`score ?? 0 >= 80`, `score >= 80%`, `company.employees_min >= 1,000`, `company.region in ("FL", "GA")`, `company.region == "FL" or "GA"`, `tags contains "x"`,
		`tags == "x"`, `title matches "\d+"`, `title matches "("`, `lead_potential >= "medium"`, `receiver == "prospector"`, `domain == "acme.com"`, `compny.region == "FL"`,
		`titel == "x"`, `is_test == "true"`, `score == nil`, `title startswith "x"`, `score between 50 and 80`, `company.region in "FL"`, `"VP" in title`, `custom.plan > 5`,
		`table("customers")`, `has(lower(title))`, `score >= 0.8`, `company == "Acme"`, `email endsWith @example.com`, `if score > 3 then true`, `score >`, `score > > 3`, `title == ""`,
		`lower(title) contains "VP"`, `person.emails[0].typ == "work"`, `any(person.emails, .type == "Work")`, `score in 50..80`, `company.region not in ["FL"]`, `has_word(tags, "x")`, "tags | any(# == \"x\")", `let x = 1; x > 3`, `title[0:3] == "VP "`, `score.foo > 3`, `true`, `1 / 0 > 1`,`score > 80 and`, `title == "a" "b"`, `not title`, `company.domain == "www.Acme.com"`,
	} {
		r, errs := c.Compile([]string{s}, false)
		fmt.Printf("%s\n", s)
		for _, e := range errs {
			w := "E"
			if e.Warning {
				w = "W"
			}
			fmt.Printf("    %s %d %s  => %s\n", w, e.Offset, e.Message, e.Suggestion)
		}
		if !r.broken {
			for i := range r.Leaves() {
				fmt.Printf("    leaf %+v never=%v always=%v\n", r.Leaf(i), r.Never(), r.Always())
			}
		}
	}
}
