package all

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"leadhub/lead"
	"leadhub/transforms"
)

var update = flag.Bool("update", false, "write the example into docs/lead.md")

const page = "../../docs/lead.md"

// The example that users read is what the chain makes, byte for byte.
func TestDocumentedExample(t *testing.T) {
	t.Parallel()
	l := openprospect()
	l.Revision = 1
	l.Scores.Raw = []lead.RawScore{{Name: "qualification_score", Value: "85", Scale: "0-100"}}
	l.Source = lead.Source{
		Vendor: "openprospect", Receiver: "openprospect", Channel: "webhook", Event: "delivery.company_qualified",
		VendorLeadID: "pros_456def", VendorCompanyID: "comp_xyz789", DeliveryID: "del_123abc",
		OccurredAt: time.Date(2025, 11, 30, 12, 0, 0, 0, time.UTC), ReceivedAt: time.Date(2025, 11, 30, 12, 0, 1, 0, time.UTC),
	}
	Chain(transforms.DefaultBands()).Apply(&l)
	l.Seal()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(&l); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)```json\n(.*?)```")
	found := block.FindSubmatch(text)
	if found == nil {
		t.Fatal("docs/lead.md has no example")
	}
	if *update {
		text = block.ReplaceAllLiteral(text, []byte("```json\n"+b.String()+"```"))
		if err := os.WriteFile(page, text, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(b.String(), string(found[1])); diff != "" {
		t.Errorf("the example in docs/lead.md is not what comes out (go test ./transforms/all -update writes it) (-code +page):\n%s", diff)
	}
}

// table returns the rows of the table with the given header, without the lines that make it one.
func table(t *testing.T, header string) [][]string {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(text), header+"\n")
	if !ok {
		t.Fatalf("docs/lead.md has no table %q", header)
	}
	var rows [][]string
	for line := range strings.Lines(rest) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") {
			break
		}
		if strings.HasPrefix(line, "|---") {
			continue
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		rows = append(rows, cells)
	}
	if len(rows) < 3 {
		t.Fatalf("docs/lead.md: table %q has %d rows", header, len(rows))
	}
	return rows
}

func TestDocumentedAddresses(t *testing.T) {
	t.Parallel()
	chain := Chain(transforms.DefaultBands())
	for _, row := range table(t, "| as sent | city | region | postal code | country |") {
		l := lead.Lead{Company: lead.Company{Address: lead.Address{Raw: row[0]}}}
		chain.Apply(&l)
		a := l.Company.Address
		if diff := cmp.Diff(row[1:], []string{a.City, a.Region, a.PostalCode, a.Country}); diff != "" {
			t.Errorf("docs/lead.md: %s (-page +code):\n%s", row[0], diff)
		}
	}
}
