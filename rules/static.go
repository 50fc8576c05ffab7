package rules

import (
	"math"
	"slices"
	"strings"
)

// fact is what a leaf says about one name, where that is simple: being true means
// the name has a value, and that one of the set, or in the range, or the flag.
type fact struct {
	name     string
	set      []string // texts
	excludes bool     // the text is none of the set
	ranged   bool
	lo, hi   bound
	flag     Truth // of a name that is true or false
}

// bound is an end of a range.
type bound struct {
	at   float64
	open bool // the end itself does not belong to it
}

// factName returns the name an operand reads, "" where it is more than a name.
func factName(o operand) string {
	if o.entry == nil || o.entry.text == nil && o.entry.num == nil && o.entry.get == nil {
		return ""
	}
	return o.entry.Name.Name
}

func equalFact(l, r operand, negate bool) *fact {
	name := factName(l)
	if name == "" || r.fixed == nil {
		return nil
	}
	f := &fact{name: name}
	switch r.fixed.kind {
	case kText:
		f.set = []string{r.fixed.text}
	case kNumber:
		f.ranged, f.lo, f.hi = true, bound{at: r.fixed.num}, bound{at: r.fixed.num}
	case kBool:
		f.flag = truthOf(*r.fixed)
	default:
		return nil
	}
	if negate {
		return f.negate()
	}
	return f
}

func orderFact(l, r operand, operator string) *fact {
	name := factName(l)
	if name == "" || r.fixed == nil || r.fixed.kind != kNumber {
		return nil
	}
	f := &fact{name: name, ranged: true, lo: bound{at: math.Inf(-1)}, hi: bound{at: math.Inf(1)}}
	switch operator {
	case "<", "<=":
		f.hi = bound{at: r.fixed.num, open: operator == "<"}
	default:
		f.lo = bound{at: r.fixed.num, open: operator == ">"}
	}
	return f
}

func rangeFact(l operand, lo, hi float64) *fact {
	name := factName(l)
	if name == "" {
		return nil
	}
	return &fact{name: name, ranged: true, lo: bound{at: lo}, hi: bound{at: hi}}
}

func memberFact(l, r operand) *fact {
	name := factName(l)
	if name == "" || r.fixed == nil || len(r.lists) == 0 || r.typ.elem == nil || r.typ.elem.kind != tText {
		return nil
	}
	f := &fact{name: name}
	for _, e := range r.lists {
		f.set = append(f.set, e.fixed.text)
	}
	return f
}

// negate returns what the leaf being false says, nil where that is not simple.
func (f *fact) negate() *fact {
	if f == nil {
		return nil
	}
	n := *f
	switch {
	case f.flag != NotReached:
		n.flag = not(f.flag)
	case f.set != nil:
		n.excludes = !f.excludes
	case math.IsInf(f.lo.at, -1) && !math.IsInf(f.hi.at, 1):
		n.lo, n.hi = bound{at: f.hi.at, open: !f.hi.open}, bound{at: math.Inf(1)}
	case math.IsInf(f.hi.at, 1) && !math.IsInf(f.lo.at, -1):
		n.hi, n.lo = bound{at: f.lo.at, open: !f.lo.open}, bound{at: math.Inf(-1)}
	default:
		return nil
	}
	return &n
}

// known is all that a conjunction says about one name.
type knowledge struct {
	allowed  []string // nil: any
	excluded []string
	lo, hi   bound
	flags    [2]bool // false was said, true was said
}

func (k *knowledge) add(f *fact) {
	switch {
	case f.flag == True:
		k.flags[1] = true
	case f.flag == False:
		k.flags[0] = true
	case f.ranged:
		if f.lo.at > k.lo.at || f.lo.at == k.lo.at && f.lo.open {
			k.lo = f.lo
		}
		if f.hi.at < k.hi.at || f.hi.at == k.hi.at && f.hi.open {
			k.hi = f.hi
		}
	case f.excludes:
		k.excluded = append(k.excluded, f.set...)
	case k.allowed == nil:
		k.allowed = slices.Clone(f.set)
	default:
		k.allowed = slices.DeleteFunc(k.allowed, func(s string) bool { return !slices.Contains(f.set, s) })
	}
}

// values returns the texts that remain, and whether they are known.
func (k *knowledge) values() ([]string, bool) {
	if k.allowed == nil {
		return nil, false
	}
	return slices.DeleteFunc(slices.Clone(k.allowed), func(s string) bool { return slices.Contains(k.excluded, s) }), true
}

// impossible says whether no value satisfies all that is known.
func (k *knowledge) impossible() bool {
	if left, ok := k.values(); ok && len(left) == 0 {
		return true
	}
	return k.lo.at > k.hi.at || k.lo.at == k.hi.at && (k.lo.open || k.hi.open) || k.flags[0] && k.flags[1]
}

// implies says whether every value that satisfies what is known satisfies f.
func (k *knowledge) implies(f *fact) bool {
	switch {
	case f.flag == True:
		return k.flags[1]
	case f.flag == False:
		return k.flags[0]
	case f.ranged:
		lo := k.lo.at > f.lo.at || k.lo.at == f.lo.at && (k.lo.open || !f.lo.open)
		hi := k.hi.at < f.hi.at || k.hi.at == f.hi.at && (k.hi.open || !f.hi.open)
		return lo && hi
	}
	left, ok := k.values()
	if !f.excludes {
		return ok && len(left) > 0 && !slices.ContainsFunc(left, func(s string) bool { return !slices.Contains(f.set, s) })
	}
	return !slices.ContainsFunc(f.set, func(s string) bool {
		return !slices.Contains(k.excluded, s) && (!ok || slices.Contains(left, s))
	})
}

// term is a leaf that must be true, or with not set false.
type term struct {
	leaf int
	not  bool
}

// conjunction is a rule taken apart: all terms must hold, and of every choice
// one alternative.
type conjunction struct {
	terms   []term
	choices [][]conjunction
}

// conjoin adds a part of the tree that must be true, or with neg false.
func (j *conjunction) conjoin(n *node, neg bool) {
	switch {
	case n.op == opLeaf:
		j.terms = append(j.terms, term{n.leaf, neg})
	case n.op == opNot:
		j.conjoin(&n.kids[0], !neg)
	case n.op == opIf: // says too little
	case (n.op == opAnd) != neg:
		for i := range n.kids {
			j.conjoin(&n.kids[i], neg)
		}
	default:
		var choice []conjunction
		for i := range n.kids {
			var alt conjunction
			alt.conjoin(&n.kids[i], neg)
			choice = append(choice, alt)
		}
		j.choices = append(j.choices, choice)
	}
}

func (r *Rule) conjunction() conjunction {
	var j conjunction
	for i := range r.roots {
		j.conjoin(&r.roots[i], false)
	}
	return j
}

// knowledge returns what terms say, by name.
func (r *Rule) knowledge(terms []term) map[string]*knowledge {
	m := map[string]*knowledge{}
	for _, t := range terms {
		f := r.leaves[t.leaf].fact
		if t.not {
			f = f.negate()
		}
		if f == nil {
			continue
		}
		k := m[f.name]
		if k == nil {
			k = &knowledge{lo: bound{at: math.Inf(-1)}, hi: bound{at: math.Inf(1)}}
			if f.name == "score" || f.name == "confidence" {
				k.lo, k.hi = bound{at: 0}, bound{at: 100}
			}
			m[f.name] = k
		}
		k.add(f)
	}
	return m
}

// maxChoices bounds the work of looking for contradictions.
const maxChoices = 256

// contradicts says whether the rule asks for what cannot be at the same time.
func (r *Rule) contradicts() bool {
	j := r.conjunction()
	budget := maxChoices
	return r.impossible(j.terms, j.choices, &budget)
}

func (r *Rule) impossible(terms []term, choices [][]conjunction, budget *int) bool {
	*budget--
	if *budget < 0 {
		return false
	}
	said := map[string]bool{} // by text: must be true
	for _, t := range terms {
		l := r.leaves[t.leaf]
		if l.fixed == True && t.not || l.fixed == False && !t.not {
			return true
		}
		if was, ok := said[l.canon]; ok && was == t.not {
			return true
		}
		said[l.canon] = !t.not
	}
	for _, k := range r.knowledge(terms) {
		if k.impossible() {
			return true
		}
	}
	if len(choices) == 0 {
		return false
	}
	for _, alt := range choices[0] {
		more := slices.Concat(terms, alt.terms)
		rest := slices.Concat(alt.choices, choices[1:])
		if !r.impossible(more, rest, budget) {
			return false
		}
	}
	return true
}

// Covers says whether the rule is provably true whenever other is; false proves
// nothing. It compares clauses as they are written and simple facts about one
// name: `score >= 50` covers `score >= 80`.
func (r *Rule) Covers(other *Rule) bool {
	if r.broken || other.broken {
		return false
	}
	mine, theirs := r.conjunction(), other.conjunction()
	for i := range r.roots {
		if hasIf(&r.roots[i]) {
			return false
		}
	}
	known := other.knowledge(theirs.terms)
	said := map[string]bool{}
	for _, t := range theirs.terms {
		said[termKey(other, t)] = true
	}
	for _, t := range mine.terms {
		l := r.leaves[t.leaf]
		if l.fixed == True && !t.not || l.fixed == False && t.not || said[termKey(r, t)] {
			continue
		}
		f := l.fact
		if t.not {
			f = f.negate()
		}
		if f == nil || known[f.name] == nil || !known[f.name].implies(f) {
			return false
		}
	}
	written := map[string]bool{}
	for _, c := range theirs.choices {
		written[other.choiceKey(c)] = true
	}
	for _, c := range mine.choices {
		if !written[r.choiceKey(c)] {
			return false
		}
	}
	return true
}

func hasIf(n *node) bool {
	return n.op == opIf || slices.ContainsFunc(n.kids, func(k node) bool { return hasIf(&k) })
}

func termKey(r *Rule, t term) string {
	if t.not {
		return "not " + r.leaves[t.leaf].canon
	}
	return r.leaves[t.leaf].canon
}

// choiceKey writes a choice so that equal ones, in whatever order, are equal.
func (r *Rule) choiceKey(choice []conjunction) string {
	alts := make([]string, 0, len(choice))
	for _, alt := range choice {
		parts := make([]string, 0, len(alt.terms)+len(alt.choices))
		for _, t := range alt.terms {
			parts = append(parts, termKey(r, t))
		}
		for _, c := range alt.choices {
			parts = append(parts, r.choiceKey(c))
		}
		slices.Sort(parts)
		alts = append(alts, "("+strings.Join(parts, " and ")+")")
	}
	slices.Sort(alts)
	return "(" + strings.Join(alts, " or ") + ")"
}

// constant returns True or False where the rule is that whatever the input.
func (r *Rule) constant() Truth {
	t := make([]Truth, len(r.leaves))
	for i, l := range r.leaves {
		t[i] = Missing
		if l.fixed == True || l.fixed == False {
			t[i] = l.fixed
		}
	}
	v, _, _ := r.Judge(t)
	return v
}
