package slack_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"leadhub/lead"
	"leadhub/outputs"
	"leadhub/outputs/outputtest"
	"leadhub/outputs/slack"
	"leadhub/outputs/slack/slacktest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func offline(t testing.TB, block string) outputs.Output {
	t.Helper()
	out, err := outputtest.Build(t, slack.Kind, block, "")
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestMessages(t *testing.T) {
	later := outputtest.LeadDelivery(2, "#hot")
	later.Lead.Revision = 3
	later.Previous = &outputs.Sent{Revision: 2, RemoteID: "C0HOT000001:1700000000.000100"}
	owned := outputtest.LeadDelivery(3, "#hot")
	owned.Lead.Owner, owned.Lead.AssignedBecause = &lead.Owner{ID: "u1", Name: "Sam Lee"}, "territory Southeast"
	owned.HubURL = "https://hub.example.com/"
	last := outputtest.LeadDelivery(4, "#hot")
	last.Because, last.Lead.LeadPotential, last.Lead.Score = nil, lead.PotentialUnknown, nil
	for name, d := range map[string]*outputs.Delivery{
		"lead":    outputtest.LeadDelivery(1, "#hot"),
		"company": outputtest.CompanyDelivery("#hot"),
		"notice":  outputtest.NoticeDelivery("#hot"),
		"update":  later,
		"owned":   owned,
		"last":    last,
	} {
		t.Run(name, func(t *testing.T) {
			r, err := offline(t, "token: "+slacktest.Token).Render(d)
			if err != nil {
				t.Fatal(err)
			}
			var got bytes.Buffer
			if err := json.Indent(&got, r.Body, "", "  "); err != nil {
				t.Fatal(err)
			}
			got.WriteByte('\n')
			file := filepath.Join("testdata", name+".golden.json")
			if *update {
				if err := os.WriteFile(file, got.Bytes(), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got.String()); diff != "" {
				t.Errorf("(-want +got, -update rewrites):\n%s", diff)
			}
		})
	}
}

// ours are the commands that leadhub itself writes: dates and links whose address
// cannot end the command.
var ours = regexp.MustCompile(`<!date\^[0-9]+\^\{date_short_pretty\} \{time\}\|[^<>|]*>` +
	`|<(?:https?://|mailto:|tel:)[^<>| ]+\|[^<>|]+>`)

// safe fails the test if a text would make Slack do something.
func safe(t *testing.T, s string) {
	t.Helper()
	rest := ours.ReplaceAllString(s, "")
	if i := strings.IndexAny(rest, "<>"); i >= 0 {
		t.Errorf("an unescaped %q in %q", rest[i:i+1], s)
	}
	for at, c := range rest {
		if c != '&' {
			continue
		}
		if tail := rest[at:]; !strings.HasPrefix(tail, "&amp;") && !strings.HasPrefix(tail, "&lt;") && !strings.HasPrefix(tail, "&gt;") {
			t.Errorf("an unescaped or cut & in %q", s)
		}
	}
}

type rendered struct {
	Text   string            `json:"text"`
	Blocks []slacktest.Block `json:"blocks"`
}

func read(t *testing.T, body []byte) slacktest.Message {
	t.Helper()
	var m rendered
	if err := json.Unmarshal(body, &m); err != nil {
		t.Fatal(err)
	}
	return slacktest.Message{Text: m.Text, Blocks: m.Blocks}
}

func TestNothingOfAVendorIsACommand(t *testing.T) {
	out := offline(t, "token: "+slacktest.Token)
	for _, evil := range []string{
		"<!channel>", "<!here|here>", "<@U012AB3CD>", "<#C012AB3CD>", "<!subteam^S1>", "<https://evil.example|your bank>", "a&b<c>d", "&lt;!channel&gt;",
		"line\n*Owner*\nsomeone", "right\u202eto left", "\x00\x07", "\xff", strings.Repeat("&", 9000), strings.Repeat("👩‍👩‍👧‍👦", 900),
		strings.Repeat("<!channel>\n", 500), "https://evil.example/|x>", "`code` ``` more", "javascript:alert(1)", "https://u:p@evil.example",
	} {
		d := outputtest.LeadDelivery(1, "#hot")
		l := d.Lead
		l.Person.FullName, l.Person.Title, l.Person.LinkedInURL, l.Company.LinkedInURL = evil, evil, evil, evil
		l.Person.Emails[0].Value, l.Person.Phones[0].E164, l.Status, l.Source.Vendor = evil, evil, evil, evil
		l.Company.Name, l.Company.Domain, l.Company.Website, l.Company.Industry = evil, evil, evil, evil
		l.Company.Size = lead.Size{Raw: evil}
		l.Company.Address = lead.Address{Raw: evil, City: evil, Region: evil, Country: evil}
		l.Owner, l.AssignedBecause = &lead.Owner{ID: evil, Name: evil}, evil
		l.Reasons = slicesOf(evil, 40)
		d.Route, d.Because = evil, slicesOf(evil, 40)
		n := outputtest.NoticeDelivery("#hot")
		n.Notice.Vendor, n.Notice.Event, n.Notice.Tenant, n.Notice.Subject, n.Route, n.Because = evil, evil, evil, evil, evil, slicesOf(evil, 40)
		for _, d := range []*outputs.Delivery{d, n} {
			r, err := out.Render(d)
			if err != nil {
				t.Fatal(err)
			}
			checkMessage(t, read(t, r.Body))
		}
	}
}

func slicesOf(s string, n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = s
	}
	return list
}

// checkMessage applies Slack's limits and looks for commands.
func checkMessage(t *testing.T, m slacktest.Message) {
	t.Helper()
	safe(t, m.Text)
	total := 0
	for _, b := range m.Blocks {
		limit := 3000
		if b.Type == "header" {
			limit = 150
		}
		if b.Text != nil && length(b.Text.Text) > limit {
			t.Errorf("a %s of %d characters", b.Type, length(b.Text.Text))
		}
		if len(b.Fields) > 10 {
			t.Errorf("%d fields", len(b.Fields))
		}
		for _, f := range append(b.Fields, b.Elements...) {
			if length(f.Text) > 2000 {
				t.Errorf("a field of %d characters", length(f.Text))
			}
		}
	}
	for _, s := range m.Texts() {
		safe(t, s)
		total += length(s)
		// What was one line at the vendor's must not make lines of ours.
		if strings.Contains(s, "\n*Owner*\nsomeone") {
			t.Errorf("a vendor's value looks like a field: %q", s)
		}
	}
	if total > 13000 {
		t.Errorf("the blocks hold %d characters together", total)
	}
}

func length(s string) int { return len(utf16.Encode([]rune(s))) }
