package all_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"leadhub/lead"
	"leadhub/receivers"
	"leadhub/receivers/all"
	"leadhub/receivers/generic"
	"leadhub/receivers/generic/generictest"
	"leadhub/receivers/receivertest"
	"leadhub/transforms"
	cleaning "leadhub/transforms/all"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden is the form of a <event>.golden.json: the event as Parse read it, and
// its leads as every rule and output sees them.
type golden struct {
	Event      string      `json:"event"`
	Kind       string      `json:"kind"`
	Subject    string      `json:"subject,omitempty"`
	Tenant     string      `json:"tenant,omitempty"`
	DeliveryID string      `json:"delivery_id,omitempty"`
	OccurredAt *time.Time  `json:"occurred_at,omitempty"`
	Test       bool        `json:"test,omitempty"`
	Leads      []lead.Lead `json:"leads,omitempty"`
}

func goldenOf(e *receivers.Event, chain transforms.Chain) golden {
	g := golden{Event: e.Name, Kind: "leads", Subject: e.Subject, Tenant: e.Tenant, DeliveryID: e.DeliveryID, Test: e.Test, Leads: e.Leads}
	if e.Kind == receivers.KindNotice {
		g.Kind = "notice"
	}
	if !e.OccurredAt.IsZero() {
		g.OccurredAt = &e.OccurredAt
	}
	for i := range g.Leads { // as internal/pipeline does it
		chain.Apply(&g.Leads[i])
		g.Leads[i].IsTest = e.Test
		g.Leads[i].Seal()
	}
	return g
}

func TestGolden(t *testing.T) {
	chain := cleaning.Chain(transforms.DefaultBands())
	root := filepath.Join("..", "..", "testdata")
	cases := generictest.Variants(t, filepath.Join(root, "generic"))
	for _, kind := range all.Kinds() {
		if kind.Name != generic.Kind.Name {
			cases = append(cases, generictest.Variant{Name: kind.Name, Dir: filepath.Join(root, kind.Name), Kind: kind})
		}
	}
	for _, c := range cases {
		dir := c.Dir
		r := receivertest.Build(t, c.Kind, receivertest.Secret)
		for _, f := range receivertest.Fixtures(t, dir) {
			t.Run(c.Name+"/"+f.Name, func(t *testing.T) {
				event, err := r.Parse(receivertest.Request(t, r, &f, receivertest.Received()))
				if err != nil {
					t.Fatal(err)
				}
				var got bytes.Buffer
				enc := json.NewEncoder(&got)
				enc.SetEscapeHTML(false)
				enc.SetIndent("", "  ")
				if err := enc.Encode(goldenOf(&event, chain)); err != nil {
					t.Fatal(err)
				}
				file := filepath.Join(dir, f.Name+".golden.json")
				if *update {
					if err := os.WriteFile(file, got.Bytes(), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(file)
				if err != nil {
					t.Fatalf("%v (write it with -update, then read it)", err)
				}
				if diff := cmp.Diff(string(want), got.String()); diff != "" {
					t.Errorf("the mapping changed (-golden +now); if that is meant: -update\n%s", diff)
				}
			})
		}
	}
}
