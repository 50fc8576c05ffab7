package bench

import (
	"errors"
	"fmt"
	"runtime"
	"time"

	"leadhub/lead"
	"leadhub/routes"
	"leadhub/rules"
)

// decideStep names the measurement of rules and routes, which needs no process.
const decideStep = "rules and routes, in this process"

// table of n routes, none of which wants the lead, before one that takes all.
func decideTable(n int) (*routes.Table, error) {
	compiler := rules.NewCompiler()
	t := &routes.Table{}
	for i := range n {
		when, problems := compiler.Compile([]string{
			`lead_potential == "high"`,
			fmt.Sprintf(`company.domain == "customer-%d.com"`, i),
		}, false)
		if len(problems) > 0 {
			return nil, problems[0]
		}
		t.Routes = append(t.Routes, routes.Route{
			Name: fmt.Sprintf("route-%d", i), When: when, To: []routes.Target{{Output: "sink"}}, OnError: routes.OnErrorFallback,
		})
	}
	t.Routes = append(t.Routes, routes.Route{Name: "everything-else", To: []routes.Target{{Output: "rest"}}, OnError: routes.OnErrorFallback})
	return t, nil
}

func decideInput(at time.Time) *rules.Input {
	score := 90
	return &rules.Input{
		Lead: &lead.Lead{
			Schema: lead.Schema, Kind: lead.KindCompany, LeadPotential: lead.PotentialHigh, Score: &score,
			Company: lead.Company{Name: "Sunshine Promo Co.", Domain: "sunshinepromo.com"},
		},
		Vendor: "prospektr", Receiver: "prospektr", Event: "prospect.added", ReceivedAt: at, IsNew: true,
	}
}

// measureDecide times a decision over 10 and over 1,000 routes, and one rule
// without a trace, each for about the given time.
func measureDecide(clock *Clock, each time.Duration) (f figures, err error) {
	const few, many = 10, 1000
	scope, in := rules.NewScope(), decideInput(clock.Now())
	for _, m := range []struct {
		routes int
		to     *float64
	}{{few, &f.decideFew}, {many, &f.decideMany}} {
		t, err := decideTable(m.routes)
		if err != nil {
			return f, err
		}
		wrong := false
		*m.to, _ = timed(clock, each, func() {
			scope.Reset(in)
			d := t.Decide(scope)
			wrong = wrong || d.Route != "everything-else"
		})
		*m.to /= 1000 // ns to µs
		if wrong {
			return f, errors.New("a route took a lead that it does not want")
		}
	}
	rule, problems := rules.NewCompiler().Compile([]string{`lead_potential == "high" and score >= 80 and company.region in ["FL", "GA"]`}, false)
	if len(problems) > 0 {
		return f, problems[0]
	}
	in.Lead.Company.Address.Region = "FL"
	scope.Reset(in)
	wrong := false
	f.eval, f.evalAllocs = timed(clock, each, func() {
		v, err := rule.Eval(scope)
		wrong = wrong || v != rules.True || err != nil
	})
	if wrong {
		return f, errors.New("a rule that is true was not")
	}
	return f, nil
}

// timed returns the nanoseconds and the allocations of one call.
func timed(clock *Clock, each time.Duration, call func()) (ns, allocs float64) {
	const batch = 64
	call() // what is made once is not part of it
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start, n := clock.Since(), 0
	for clock.Since()-start < each {
		for range batch {
			call()
		}
		n += batch
	}
	took := clock.Since() - start
	runtime.ReadMemStats(&after)
	return float64(took.Nanoseconds()) / float64(n), float64(after.Mallocs-before.Mallocs) / float64(n)
}
