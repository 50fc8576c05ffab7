package config

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"leadhub/internal/plugin"
	"leadhub/lead"
	"leadhub/rules"
)

// withLists is mini with a table, a calendar and a route that uses them.
var withLists = strings.NewReplacer("routes:\n", `tables:
  customers:
    file: lists/customers.csv
    key: domain
    max_age: 7d
    min_rows: 2
calendars:
  us-east:
    hours: "Mon-Fri 09:00-18:00"
    holidays: lists/us.csv
    timezone: America/New_York
routes:
  - name: customers
    when: table("customers", company.domain).owner == "Kim" and not in_hours("us-east")
    hold_until: us-east
    set: { tags: [customer, "{{ company.region }}"], custom.owner: "{{ table(\"customers\", company.domain).owner }}" }
    to: [triage]
`).Replace(mini)

const (
	goodCustomers = "domain,owner\nwww.Acme.com,Kim\nglobex.example,Lee\n"
	goodHolidays  = "2026-11-26,Thanksgiving\n2026-12-25\n"
)

func testNow() time.Time { return time.Date(2026, 11, 20, 22, 0, 0, 0, time.UTC) } // Friday, 17:00 in New York

// folder writes files, all of them an hour old, and returns where they are.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		write(t, filepath.Join(dir, name), text, testNow().Add(-time.Hour))
	}
	return dir
}

func write(t *testing.T, path, text string, at time.Time) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, at, at); err != nil {
		t.Fatal(err)
	}
}

func listKinds() Kinds {
	kinds := fakeKinds()
	kinds.Cleaners = map[string]func(string) (string, bool){"domain": func(s string) (string, bool) {
		s = strings.TrimPrefix(strings.ToLower(s), "www.")
		return s, strings.Contains(s, ".")
	}}
	return kinds
}

// checkIn checks a configuration in a folder; the problems come without the folder.
func checkIn(dir, text string, opts Options) (*Config, []string) {
	opts.Getenv, opts.Now = environment(), testNow
	c, problems := Parse(filepath.Join(dir, "leadhub.yaml"), []byte(text), listKinds(), opts)
	lines := make([]string, len(problems))
	for i, p := range problems {
		lines[i] = strings.ReplaceAll(p.String(), dir+string(filepath.Separator), "")
	}
	return c, lines
}

func TestLists(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{"lists/customers.csv": goodCustomers, "lists/us.csv": goodHolidays})
	c, got := checkIn(dir, withLists, Options{Build: "v1"})
	wantProblems(t, got)
	table, calendar := c.Data.Table("customers"), c.Data.Calendar("us-east")
	if table.Len() != 2 || table.Cell("ACME.com", "owner") != "Kim" || calendar.Location().String() != "America/New_York" {
		t.Errorf("table %v of %d rows, calendar %v", table, table.Len(), calendar.Hours())
	}
	want := []string{"customers@" + table.Version(), "us-east@" + calendar.Version()}
	if diff := cmp.Diff(want, c.Versions.Names()); diff != "" || c.Hash != Hash(c.Source, "v1", c.Versions) || c.Hash == Hash(c.Source, "v1", Versions{}) {
		t.Errorf("hash %s (-want +got):\n%s", c.Hash, diff)
	}
	r := c.Routes.Routes[0]
	if r.HoldUntil != calendar || len(r.Set) != 2 || r.Set[0].Templates[0] != nil || r.Set[0].Templates[1] == nil {
		t.Errorf("route %+v", r)
	}
	s := rules.NewScope()
	l := &lead.Lead{Company: lead.Company{Domain: "acme.com"}}
	s.Reset(&rules.Input{Lead: l, ReceivedAt: testNow().Add(time.Hour), Data: c.Data})
	d := c.Routes.Decide(s)
	wantChanges := []lead.Change{{Field: "tags", Values: []string{"customer"}}, {Field: "custom.owner", Values: []string{"Kim"}}}
	if diff := cmp.Diff(wantChanges, d.Changes); diff != "" || len(d.Holds) != 1 || d.Holds[0].Until.Format(time.RFC3339) != "2026-11-23T09:00:00-05:00" {
		t.Errorf("holds %+v, changes (-want +got):\n%s", d.Holds, diff)
	}
	if want := []string{"owner"}; !slices.Equal(c.Rules.TableColumns("customers"), want) {
		t.Errorf("columns %q are read, want %q", c.Rules.TableColumns("customers"), want)
	}
	c, got = checkIn(dir, strings.Replace(withLists, "hold_until: us-east", "hold_until: us-esat", 1), Options{})
	wantProblems(t, got, "leadhub.yaml:27:17: error: there is no calendar `us-esat`: did you mean `us-east`?")
	if c != nil {
		t.Error("there is a configuration")
	}
}

func TestListProblems(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		files map[string]string
		want  []string
	}{
		"gone": {map[string]string{"lists/customer.csv": goodCustomers, "lists/us.csv": goodHolidays}, []string{
			"leadhub.yaml:15:11: error: there is no file lists/customers.csv: did you mean lists/customer.csv?",
		}},
		"both broken, the configuration's problems first": {map[string]string{"lists/customers.csv": "domain,owner\nacme.com,Kim\n,Lee\nACME.com,x\n", "lists/us.csv": "25.12.2026\n"}, []string{
			`lists/customers.csv:3:1: error: the key "domain" is blank: fill it in, or remove the line`,
			`lists/customers.csv:4:1: error: the key "ACME.com" is the same as "acme.com" in line 2: keep one of the two lines`,
			`lists/us.csv:1:1: error: "25.12.2026" is not a date: write 2026-12-25`,
		}},
		"too few rows": {map[string]string{"lists/customers.csv": "domain,owner\nacme.com,Kim\n", "lists/us.csv": goodHolidays}, []string{
			"lists/customers.csv: error: the table has 1 row, and `min_rows` is 2: see whether the file is whole, or lower `min_rows`",
		}},
		"a column that the rules read": {map[string]string{"lists/customers.csv": strings.Replace(goodCustomers, "owner", "owned_by", 1), "lists/us.csv": goodHolidays}, []string{
			"leadhub.yaml:26:46: error: the table customers has no column \"owner\": use one of its columns: \"domain\", \"owned_by\"",
			"leadhub.yaml:28:…",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, got := checkIn(folder(t, tt.files), withLists, Options{Offline: true})
			wantProblems(t, got, tt.want...)
			if c != nil {
				t.Error("there is a configuration")
			}
		})
	}
	dir := folder(t, map[string]string{"lists/customers.csv": goodCustomers, "lists/us.csv": goodHolidays})
	write(t, filepath.Join(dir, "lists/customers.csv"), goodCustomers, testNow().AddDate(0, 0, -8))
	c, got := checkIn(dir, withLists, Options{})
	wantProblems(t, got, "lists/customers.csv: warning: the file is 8d old, and `max_age` is 7d: see why it is not written any more")
	if c == nil {
		t.Error("an old table is better than none")
	}
}

// TestKept reads a configuration that was kept while its lists have changed.
func TestKept(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{"lists/customers.csv": goodCustomers, "lists/us.csv": goodHolidays})
	c, _ := checkIn(dir, withLists, Options{})
	kept := c.Versions
	for name, files := range map[string]map[string]string{
		"the same": nil, "changed": {"lists/customers.csv": "domain\nx.example\ny.example\n"}, "broken": {"lists/customers.csv": "", "lists/us.csv": "x1"},
	} {
		for file, text := range files {
			write(t, filepath.Join(dir, file), text, testNow())
		}
		again, got := checkIn(dir, withLists, Options{Offline: true, Kept: &kept})
		wantProblems(t, got)
		if again == nil || again.Hash != c.Hash {
			t.Fatalf("%s: %+v", name, again)
		}
		want := rules.True
		if files != nil {
			want = rules.Missing
		}
		if got := again.Data.Table("customers").Has("acme.com"); got != want || again.Data.Table("customers").Version() != kept.Tables["customers"] {
			t.Errorf("%s: acme.com is a customer: %v, want %v", name, got, want)
		}
		write(t, filepath.Join(dir, "lists/customers.csv"), goodCustomers, testNow())
	}
	if err := os.RemoveAll(filepath.Join(dir, "lists")); err != nil {
		t.Fatal(err)
	}
	again, got := checkIn(dir, withLists, Options{Offline: true, Kept: &Versions{}})
	wantProblems(t, got)
	if again == nil {
		t.Error("without its lists a kept configuration cannot be read")
	}
}

// watcher is a ListWatch over a folder, with its log.
type watcher struct {
	*ListWatch
	t   *testing.T
	dir string
	log *bytes.Buffer
	now time.Time
}

func watch(t *testing.T) (*Config, *watcher) {
	t.Helper()
	dir := folder(t, map[string]string{"lists/customers.csv": goodCustomers, "lists/us.csv": goodHolidays})
	c, got := checkIn(dir, withLists, Options{})
	wantProblems(t, got)
	w := &watcher{t: t, dir: dir, log: &bytes.Buffer{}, now: testNow()}
	w.ListWatch = c.WatchLists(slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}})))
	return c, w
}

// look looks some times, three seconds apart, and returns the last new configuration
// and what was logged.
func (w *watcher) look(times int) (*Config, string) {
	w.t.Helper()
	var last *Config
	for range times {
		w.now = w.now.Add(3 * time.Second)
		if c := w.Look(w.now); c != nil {
			last = c
		}
	}
	said := strings.ReplaceAll(w.log.String(), w.dir+string(filepath.Separator), "")
	w.log.Reset()
	return last, said
}

func (w *watcher) write(file, text string) {
	w.t.Helper()
	write(w.t, filepath.Join(w.dir, file), text, w.now)
}

func TestWatchLists(t *testing.T) {
	t.Parallel()
	c, w := watch(t)
	if next, said := w.look(3); next != nil || said != "" {
		t.Fatalf("nothing changed: %v %s", next, said)
	}
	w.write("lists/customers.csv", goodCustomers+"new.example,Max\n")
	if next, said := w.look(1); next != nil || said != "" {
		t.Fatalf("it may be half written: %v %s", next, said)
	}
	next, said := w.look(1)
	if next == nil || next.Data.Table("customers").Has("new.example") != rules.True || c.Data.Table("customers").Has("new.example") != rules.False {
		t.Fatalf("not read again: %s", said)
	}
	if next.Hash == c.Hash || next.Routes != c.Routes || next.Data.Calendar("us-east") != c.Data.Calendar("us-east") ||
		!strings.Contains(said, `msg="list read again" list=customers file=lists/customers.csv version=`+next.Versions.Tables["customers"]+" rows=3") {
		t.Errorf("%s", said)
	}
	w.write("lists/us.csv", goodHolidays+"2026-11-27\n")
	holidays, _ := w.look(2)
	if holidays == nil || holidays.Versions.Tables["customers"] != next.Versions.Tables["customers"] {
		t.Fatal("the holidays were not read again, or the table was forgotten")
	}
	at := time.Date(2026, 11, 27, 16, 0, 0, 0, time.UTC)
	if holidays.Data.Calendar("us-east").Open(at) || !next.Data.Calendar("us-east").Open(at) {
		t.Error("the new holiday does not count")
	}
	w.write("lists/us.csv", goodHolidays+"2026-11-27\n") // touched
	if next, said := w.look(4); next != nil || strings.Contains(said, "WARN") {
		t.Errorf("the same content is no new version: %s", said)
	}
}

// TestWatchKeepsTheLastGood checks every way in which a file can go bad.
func TestWatchKeepsTheLastGood(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ text, because string }{
		"broken":     {"domain,owner\nacme.com\nx.example,y\n", `lists/customers.csv:2: error: this line has 1 column, the first one has 2 columns: leave a cell that has no value empty, but keep its comma`},
		"empty":      {"", "lists/customers.csv:1: error: the file is empty: its first line names the columns"},
		"small":      {"domain,owner\nacme.com,Kim\n", "lists/customers.csv: error: the table has 1 row, and `min_rows` is 2: see whether the file is whole, or lower `min_rows`"},
		"no column":  {"domain\nacme.com\nx.example\n", `the column \"owner\", which the configuration reads, is gone`},
		"duplicates": {"domain,owner\n" + strings.Repeat("acme.com,x\n", 4), `lists/customers.csv:3:1: error: the key \"acme.com\" is in line 2 already: keep one of the two lines (and 2 more: leadhub check lists them)`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, w := watch(t)
			w.write("lists/customers.csv", tt.text)
			next, said := w.look(20)
			want := `level=WARN msg="list not good: its last good version stays in use" list=customers file=lists/customers.csv because="` + tt.because + "\"\n"
			if diff := cmp.Diff(want, said); diff != "" || next != nil {
				t.Errorf("%v (-want +got):\n%s", next, diff)
			}
			w.write("lists/customers.csv", goodCustomers+"new.example,Max\n")
			next, said = w.look(5)
			if next == nil || next.Data.Table("customers").Len() != 3 || strings.Count(said, "list is good again") != 1 || strings.Contains(said, "WARN") {
				t.Errorf("not good again: %s", said)
			}
		})
	}
	_, w := watch(t)
	if err := os.Remove(filepath.Join(w.dir, "lists/customers.csv")); err != nil {
		t.Fatal(err)
	}
	next, said := w.look(10)
	if next != nil || strings.Count(said, "\n") != 1 || !strings.Contains(said, `because="there is no file lists/customers.csv"`) {
		t.Errorf("gone: %v %s", next, said)
	}
	write(t, filepath.Join(w.dir, "lists/customers.csv"), goodCustomers, testNow().Add(-time.Hour))
	if next, said := w.look(3); next != nil || !strings.Contains(said, "list is good again") {
		t.Errorf("there again: %v %s", next, said)
	}
}

func TestWatchMaxAge(t *testing.T) {
	t.Parallel()
	_, w := watch(t)
	w.now = testNow().AddDate(0, 0, 8)
	next, said := w.look(50)
	want := "level=WARN msg=\"list not good: its last good version stays in use\" list=customers file=lists/customers.csv because=\"the file is 8d old, and `max_age` is 7d\"\n"
	if diff := cmp.Diff(want, said); diff != "" || next != nil {
		t.Errorf("(-want +got):\n%s", diff)
	}
	w.write("lists/customers.csv", goodCustomers) // written again, with nothing new in it
	if next, said := w.look(5); next != nil || !strings.Contains(said, "list is good again") {
		t.Errorf("%v %s", next, said)
	}
}

// TestListsMissing checks that a list that cannot be read causes no further noise.
func TestListsMissing(t *testing.T) {
	t.Parallel()
	text := strings.Replace(withLists, "file: lists/customers.csv", `file: "${UNSET}"`, 1)
	dir := folder(t, map[string]string{"lists/us.csv": goodHolidays})
	c, got := checkIn(dir, text, Options{Offline: true})
	wantProblems(t, got, "leadhub.yaml:15:12: warning: the variable UNSET is not set: set it in .env or in the environment")
	if c == nil || c.Data.Table("customers").Has("acme.com") != rules.Missing {
		t.Error("a table whose file is not known is unknown")
	}
	_, problems := Parse(filepath.Join(dir, "leadhub.yaml"), []byte(text), listKinds(), Options{Getenv: environment("UNSET", filepath.Join(dir, "s3cr3t-name.csv")), Now: testNow})
	if len(problems) != 1 || problems[0].Severity != plugin.SeverityError || strings.Contains(problems[0].String(), "s3cr3t") {
		t.Errorf("%v", problems)
	}
}

// TestDocumentedSet checks that docs/configuration.md names every field that can be set.
func TestDocumentedSet(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(filepath.Join("..", "..", "docs", "configuration.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(raw), "| field | what `set` does | value |\n")
	text, _, _ = strings.Cut(text, "\n\n")
	for _, f := range lead.ChangeableFields() {
		if !strings.Contains(text, "`"+f+"`") {
			t.Errorf("docs/configuration.md does not say that %s can be set", f)
		}
	}
}
