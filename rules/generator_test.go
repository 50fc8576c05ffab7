package rules

import (
	"math/rand/v2"
	"time"

	"leadhub/lead"
)

// gen makes random conditions.
type gen struct{ *rand.Rand }

func pick[T any](g gen, from ...T) T { return from[g.IntN(len(from))] }

func (g gen) words() string {
	return pick(g, "VP Sales", "new", "CEO", "acme", "x", "Head of VP", "vp")
}

func (g gen) textName() refExpr {
	return refName(pick(g, "title", "status", "vendor", "company.name", "custom.plan", "first_name", "company.city"))
}

func (g gen) numName() refExpr {
	return refName(pick(g, "score", "confidence", "company.employees_min"))
}

func (g gen) listName() refExpr { return refName(pick(g, "tags", "company.technologies", "reasons")) }

func (g gen) rawName() refExpr {
	return refName(pick(g, "raw.n", "raw.s", "raw.b", "raw.list", "raw.deep.n", "raw.deep.s", "raw.gone.far", "raw.null", "raw.empty", "raw.none"))
}

func (g gen) num() refExpr { return refLit{float64(pick(g, 1, 5, 49, 50, 80, 99))} }

func (g gen) text() refExpr {
	switch g.IntN(7) {
	case 6:
		return refCell{g.textName(), pick(g, "word", "is")}
	case 0:
		return refOp{"??", g.textName(), refLit{g.words()}}
	case 1:
		return refFn{pick(g, "lower", "upper"), []refExpr{g.textName()}}
	default:
		return g.textName()
	}
}

func (g gen) number() refExpr {
	switch g.IntN(9) {
	case 0:
		return refOp{"??", g.numName(), g.num()}
	case 1:
		return refFn{"len", []refExpr{pick(g, g.textName(), g.listName())}}
	case 2:
		return refOp{pick(g, "+", "-", "*"), g.numName(), pick(g, g.numName(), g.num())}
	case 3:
		return refQuant{"count", g.list(), g.elemCond()}
	case 4:
		return refFn{"abs", []refExpr{g.numName()}}
	default:
		return g.numName()
	}
}

func (g gen) list() refExpr {
	switch g.IntN(8) {
	case 0:
		return refOp{"??", g.listName(), refList{}}
	case 1:
		return refName("raw.list")
	default:
		return g.listName()
	}
}

func (g gen) elemCond() refExpr {
	switch g.IntN(6) {
	case 5:
		return refTable{refName("#"), g.IntN(2) == 0}
	case 0:
		return refOp{pick(g, "startsWith", "contains"), refName("#"), refLit{g.words()}}
	case 1:
		return refBool{pick(g, "and", "or"), []refExpr{
			refOp{"==", refName("#"), refLit{g.words()}}, refOp{pick(g, ">", "<="), g.numName(), g.num()},
		}}
	case 2:
		return refNot{refOp{"!=", refName("#"), g.textName()}}
	default:
		return refOp{pick(g, "==", "!="), refName("#"), refLit{g.words()}}
	}
}

// leaf returns a comparison.
func (g gen) leaf() refExpr {
	texts := refList{refLit{"nothing"}}
	for range g.IntN(11) {
		texts = append(texts, refLit{g.words()})
	}
	order := pick(g, "<", "<=", ">", ">=", "==", "!=")
	switch g.IntN(18) {
	case 16:
		return refTable{pick(g, g.text(), g.rawName(), g.number()), g.IntN(2) == 0}
	case 17:
		return refOp{pick(g, "==", "!=", "contains"), refCell{pick(g, g.text(), g.rawName()), pick(g, "word", "is")}, refLit{g.words()}}
	case 0, 1:
		return refOp{pick(g, "==", "!="), g.text(), refLit{g.words()}}
	case 2, 3:
		return refOp{order, g.number(), g.num()}
	case 4:
		return refOp{order, g.num(), g.number()}
	case 5:
		return refOp{pick(g, "contains", "startsWith", "endsWith", "not contains"), g.text(), refLit{pick(g, "new", "Sales", "c", "VP ")}}
	case 6:
		return refIn{g.text(), texts, g.IntN(2) == 0}
	case 7:
		return refIn{refLit{g.words()}, g.list(), g.IntN(2) == 0}
	case 8:
		return refFn{"has", []refExpr{pick(g, g.textName(), g.numName(), g.listName(), g.rawName())}}
	case 9:
		return refQuant{pick(g, "any", "all", "none", "one"), g.list(), g.elemCond()}
	case 10:
		return refOp{order, g.rawName(), pick(g, g.num(), refExpr(refLit{"s"}), g.numName())}
	case 11:
		return refName(pick(g, "is_test", "is_new", "raw.b"))
	case 12:
		return refOp{pick(g, "==", "!=", "<"), g.text(), g.textName()}
	case 13:
		return refIn{g.text(), refList{g.textName(), refLit{g.words()}}, g.IntN(2) == 0}
	case 14:
		return refFn{"has_word", []refExpr{g.textName(), refLit{pick(g, "vp", "sales", "acme")}}}
	default:
		return refIn{g.number(), refList{g.num(), g.num()}, g.IntN(2) == 0}
	}
}

func (g gen) cond(depth int) refExpr {
	if depth == 0 || g.IntN(3) == 0 {
		return refLeaf{g.leaf()}
	}
	switch g.IntN(8) {
	case 0, 1:
		return refNot{g.cond(depth - 1)}
	case 2:
		return refIf{g.cond(depth - 1), g.cond(depth - 1), g.cond(depth - 1)}
	default:
		kids := []refExpr{g.cond(depth - 1), g.cond(depth - 1)}
		for g.IntN(3) == 0 {
			kids = append(kids, g.cond(depth-1))
		}
		return refBool{pick(g, "and", "or"), kids}
	}
}

// maybe returns v, or its zero value every third time, unless all is set.
func maybe[T any](g gen, all bool, v T) T {
	if !all && g.IntN(3) == 0 {
		var zero T
		return zero
	}
	return v
}

func (g gen) strings(all bool) []string {
	list := []string{}
	for range g.IntN(3) {
		list = append(list, g.words())
	}
	if all {
		list = append(list, g.words())
	}
	return list
}

// input makes a random lead and the reference's view of it; with all, nothing is missing.
func (g gen) input(all bool) (*Input, map[string]any) {
	num := func() *int { n := pick(g, 1, 5, 49, 50, 51, 80, 99); return &n }
	l := &lead.Lead{
		Kind: lead.KindPerson, LeadPotential: lead.PotentialHigh,
		Status: maybe(g, all, g.words()), Score: maybe(g, all, num()), Confidence: maybe(g, all, num()),
		Tags: g.strings(all), Reasons: g.strings(all),
		Custom: map[string]string{"plan": maybe(g, all, g.words())},
		Company: lead.Company{
			Name: maybe(g, all, g.words()), Technologies: g.strings(all), Address: lead.Address{City: maybe(g, all, g.words())},
			Size: lead.Size{Min: maybe(g, all, num())},
		},
	}
	l.Person = maybe(g, all, &lead.Person{FirstName: maybe(g, all, g.words()), Title: maybe(g, all, g.words())})
	payload := map[string]any{
		"n": pick[any](g, 50.0, 80.0, "80"), "s": pick[any](g, "s", "t", 3.0), "b": pick[any](g, true, false, "true"),
		"list": pick[any](g, []any{"new", "x"}, []any{"x", 3.0}, "x"), "deep": map[string]any{"n": 5.0, "s": "s"}, "null": nil, "empty": "", "none": []any{},
	}
	in := &Input{
		Lead: l, Vendor: maybe(g, all, g.words()), IsTest: g.IntN(2) == 0, IsNew: g.IntN(2) == 0,
		ReceivedAt: time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC), Raw: func() any { return payload },
	}
	return in, refView(in, payload)
}

func refView(in *Input, payload map[string]any) map[string]any {
	l := in.Lead
	list := func(texts []string) []any {
		out := []any{}
		for _, s := range texts {
			out = append(out, s)
		}
		return out
	}
	num := func(n *int) any {
		if n == nil {
			return nil
		}
		return float64(*n)
	}
	m := map[string]any{
		"vendor": in.Vendor, "is_test": in.IsTest, "is_new": in.IsNew, "status": l.Status, "title": nil, "first_name": nil,
		"score": num(l.Score), "confidence": num(l.Confidence), "tags": list(l.Tags), "reasons": list(l.Reasons),
		"custom": map[string]any{"plan": l.Custom["plan"]}, "raw": payload,
		"company": map[string]any{
			"name": l.Company.Name, "city": l.Company.Address.City, "employees_min": num(l.Company.Size.Min),
			"technologies": list(l.Company.Technologies),
		},
	}
	if l.Person != nil {
		m["title"], m["first_name"] = l.Person.Title, l.Person.FirstName
	}
	return m
}
