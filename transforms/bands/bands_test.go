package bands

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"leadhub/lead"
	"leadhub/transforms"
	"leadhub/transforms/transformtest"
)

func TestContract(t *testing.T) {
	t.Parallel()
	transformtest.Check(t, New(transforms.DefaultBands()))
	transformtest.Check(t, New(transforms.Bands{High: 10, Medium: 5}))
}

func TestApply(t *testing.T) {
	t.Parallel()
	moved := transforms.Bands{High: 60, Medium: 20, Words: map[lead.Potential]int{lead.PotentialHigh: 75}}
	tests := []struct {
		name      string
		bands     transforms.Bands
		word      lead.Potential
		score     *int
		want      lead.Potential
		wantScore *int
	}{
		{"neither", transforms.DefaultBands(), "", nil, lead.PotentialUnknown, nil},
		{"unknown is no word", transforms.DefaultBands(), "unknown", nil, lead.PotentialUnknown, nil},
		{"unknown with a score", transforms.DefaultBands(), "Unknown", new(85), lead.PotentialHigh, new(85)},
		{"word high", transforms.DefaultBands(), "high", nil, lead.PotentialHigh, new(90)},
		{"word medium", transforms.DefaultBands(), " MEDIUM", nil, lead.PotentialMedium, new(60)},
		{"word low", transforms.DefaultBands(), "Low", nil, lead.PotentialLow, new(30)},
		{"score 100", transforms.DefaultBands(), "", new(100), lead.PotentialHigh, new(100)},
		{"score 80", transforms.DefaultBands(), "", new(80), lead.PotentialHigh, new(80)},
		{"score 79", transforms.DefaultBands(), "", new(79), lead.PotentialMedium, new(79)},
		{"score 50", transforms.DefaultBands(), "", new(50), lead.PotentialMedium, new(50)},
		{"score 49", transforms.DefaultBands(), "", new(49), lead.PotentialLow, new(49)},
		{"score 0 is a score", transforms.DefaultBands(), "", new(0), lead.PotentialLow, new(0)},
		{"both stay", transforms.DefaultBands(), "low", new(95), lead.PotentialLow, new(95)},
		{"above", transforms.DefaultBands(), "", new(850), lead.PotentialHigh, new(100)},
		{"below", transforms.DefaultBands(), "", new(-3), lead.PotentialLow, new(0)},
		{"moved bands", moved, "", new(60), lead.PotentialHigh, new(60)},
		{"moved word", moved, "high", nil, lead.PotentialHigh, new(75)},
		{"a word without a score", moved, "low", nil, lead.PotentialLow, nil},
	}
	for _, tt := range tests {
		l := lead.Lead{LeadPotential: tt.word, Score: tt.score, Confidence: new(120)}
		New(tt.bands).Apply(&l)
		want := lead.Lead{LeadPotential: tt.want, Score: tt.wantScore, Confidence: new(100)}
		if diff := cmp.Diff(want, l); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestAnotherWordIsKept(t *testing.T) {
	t.Parallel()
	l := lead.Lead{LeadPotential: "Very High", Scores: lead.Scores{Raw: []lead.RawScore{{Name: "fit", Value: "7"}}}}
	New(transforms.DefaultBands()).Apply(&l)
	want := lead.Lead{LeadPotential: lead.PotentialUnknown, Scores: lead.Scores{Raw: []lead.RawScore{
		{Name: "fit", Value: "7"}, {Name: "lead_potential", Value: "Very High", Scale: "high|medium|low"},
	}}}
	if diff := cmp.Diff(want, l); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestTheCallersBandsMayChange(t *testing.T) {
	t.Parallel()
	b := transforms.DefaultBands()
	tr := New(b)
	b.Words[lead.PotentialHigh] = 1
	l := lead.Lead{LeadPotential: "high"}
	tr.Apply(&l)
	if *l.Score != 90 {
		t.Errorf("score %d, want 90", *l.Score)
	}
}
