package file

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"leadhub/internal/plugin"
	"leadhub/outputs"
	"leadhub/outputs/outputtest"
)

func build(t testing.TB, dir, block string) outputs.Output {
	t.Helper()
	out, err := outputtest.Build(t, Kind, block, dir)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func send(t testing.TB, out outputs.Output, d *outputs.Delivery) error {
	t.Helper()
	r, err := out.Render(d)
	if err != nil {
		t.Fatal(err)
	}
	_, err = out.Send(t.Context(), d, r)
	return err
}

func linesOf(t testing.TB, path string) []string {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(raw) > 0 && raw[len(raw)-1] != '\n' {
		t.Errorf("%s does not end with a line break", path)
	}
	return strings.Split(strings.TrimSuffix(string(raw), "\n"), "\n")
}

func idOf(t testing.TB, line string) string {
	t.Helper()
	var v struct{ ID string }
	if err := json.Unmarshal([]byte(line), &v); err != nil {
		return "not JSON: " + line
	}
	return v.ID
}

func ids(t testing.TB, path string) []string {
	t.Helper()
	var list []string
	for _, l := range linesOf(t, path) {
		list = append(list, idOf(t, l))
	}
	return list
}

func TestFileIsPrivateAndRelative(t *testing.T) {
	dir := t.TempDir()
	out := build(t, dir, "path: data/deep/leads.jsonl")
	if err := send(t, out, outputtest.LeadDelivery(1, "")); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(dir, "data", "deep", "leads.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the file's mode is %v, want 0600: leads are personal data", info.Mode().Perm())
	}
	absolute := filepath.Join(t.TempDir(), "a.jsonl")
	if err := send(t, build(t, dir, "path: "+absolute), outputtest.LeadDelivery(1, "")); err != nil {
		t.Fatal(err)
	}
	if got := ids(t, absolute); len(got) != 1 {
		t.Errorf("%q", got)
	}
}

func TestOfflineOpensNothing(t *testing.T) {
	dir := t.TempDir()
	c := Kind.Config()
	c.(*Config).Path = "data/leads.jsonl"
	out, err := Kind.Build(c, plugin.Deps{Name: "out", Dir: dir, Offline: true})
	if err != nil || out == nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "data")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("something was made: %v", err)
	}
}

func TestBuildSaysWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "taken"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for block, want := range map[string]string{
		"{}":                                "path: missing",
		"path: .":                           "path: the file cannot be written: is a directory",
		"path: taken/leads.jsonl":           "path: the file cannot be written: not a directory",
		"path: " + strings.Repeat("x", 300): "path: the file cannot be written: file name too long",
	} {
		_, err := outputtest.Build(t, Kind, block, dir)
		if fields, rest := plugin.FieldErrors(err); rest != nil || len(fields) != 1 || fields[0].Error() != want {
			t.Errorf("%.40s: %v, want %s", block, err, want)
		}
	}
}

func TestTornLineIsClosed(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "leads.jsonl")
	if err := os.WriteFile(path, []byte("{\"id\":\"dl_old\"}\n{\"id\":\"dl_torn\",\"lea"), 0o600); err != nil {
		t.Fatal(err)
	}
	out := build(t, dir, "path: leads.jsonl")
	finder := out.(outputs.Reconciler)
	for id, want := range map[string]bool{"dl_old": true, "dl_torn": false, "dl_o": false} {
		if _, found, err := finder.Find(t.Context(), &outputs.Delivery{ID: id}); found != want || err != nil {
			t.Errorf("Find(%s) = %v, %v, want %v", id, found, err, want)
		}
	}
	for i := range 2 {
		if err := send(t, out, outputtest.LeadDelivery(i, "")); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"dl_old", `not JSON: {"id":"dl_torn","lea`, "dl_contract_0", "dl_contract_1"}
	if diff := cmp.Diff(want, ids(t, path)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRotation(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "leads.jsonl")
	out := build(t, dir, "path: leads.jsonl")
	for i, rotate := range []func() error{
		func() error { return nil },
		func() error { return os.Rename(path, path+".1") },
		func() error { return os.Remove(path) },
	} {
		if err := rotate(); err != nil {
			t.Fatal(err)
		}
		if err := send(t, out, outputtest.LeadDelivery(i, "")); err != nil {
			t.Fatal(err)
		}
	}
	if got := ids(t, path+".1"); len(got) != 1 || got[0] != "dl_contract_0" {
		t.Errorf("the rotated file holds %q", got)
	}
	if got := ids(t, path); len(got) != 1 || got[0] != "dl_contract_2" {
		t.Errorf("the new file holds %q", got)
	}
}

func TestFindReadsTheEndOfAGreatFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "leads.jsonl")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(f, `{"id":"dl_first"}`)
	filler := `{"id":"dl_other","note":"` + strings.Repeat("x", 1<<20) + `"}` + "\n"
	for range tail>>20 + 2 {
		if _, err := f.WriteString(filler); err != nil {
			t.Fatal(err)
		}
	}
	// The id inside another line is no delivery.
	fmt.Fprintln(f, `{"id":"dl_last","lead":{"custom":{"copy":"dl_quoted","id":"dl_inner"}},"because":["\"dl_escaped\""]}`)
	f.Close()
	finder := build(t, dir, "path: leads.jsonl").(outputs.Reconciler)
	for id, want := range map[string]bool{"dl_last": true, "dl_other": true, "dl_first": false, "dl_quoted": false, "dl_inner": false, "dl_escaped": false} {
		if _, found, err := finder.Find(t.Context(), &outputs.Delivery{ID: id}); found != want || err != nil {
			t.Errorf("Find(%s) = %v, %v, want %v", id, found, err, want)
		}
	}
}

// slowSink takes its time, fails on demand, and remembers its batches.
type slowSink struct {
	mu      sync.Mutex
	batches []string
	gate    chan struct{} // nil: no waiting
	err     error
}

func (s *slowSink) write(p []byte) error {
	if s.gate != nil {
		<-s.gate
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.batches = append(s.batches, string(p))
	return s.err
}

func (*slowSink) close() error { return nil }

func TestLinesThatArriveMeanwhileShareAWrite(t *testing.T) {
	s := &slowSink{gate: make(chan struct{})}
	w := newWriter(s)
	const n = 50
	var group sync.WaitGroup
	add := func(i int) {
		group.Go(func() {
			if err := w.append(t.Context(), fmt.Appendf(nil, "line %02d", i)); err != nil {
				t.Error(err)
			}
		})
	}
	until := func(ok func() bool) {
		for done := false; !done; time.Sleep(time.Millisecond) {
			w.mu.Lock()
			done = ok()
			w.mu.Unlock()
		}
	}
	add(0) // its write is under way while the others arrive
	until(func() bool { return w.busy && w.next == nil })
	for i := range n - 1 {
		add(i + 1)
	}
	until(func() bool { return w.next != nil && strings.Count(string(w.next.lines), "\n") == n-1 })
	close(s.gate)
	group.Wait()
	if err := w.close(); err != nil {
		t.Fatal(err)
	}
	if len(s.batches) != 2 {
		t.Errorf("%d lines took %d writes, want 2", n, len(s.batches))
	}
	if got := strings.Count(strings.Join(s.batches, ""), "\n"); got != n {
		t.Errorf("%d lines were written, want %d", got, n)
	}
	goleak.VerifyNone(t)
}

func TestEveryLineOfABatchHearsOfItsFailure(t *testing.T) {
	want := outputs.RetryAfter(errors.New("disk full"), 0)
	w := newWriter(&slowSink{err: want})
	for range 3 {
		if err := w.append(t.Context(), []byte("x")); !errors.Is(err, want) {
			t.Errorf("%v", err)
		}
	}
}

func TestDeadlineWhileTheDiskHangs(t *testing.T) {
	s := &slowSink{gate: make(chan struct{})}
	w := newWriter(s)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	err := w.append(ctx, []byte("x"))
	if i, _, _ := outputs.InstructionOf(err); i != outputs.InstructAmbiguous || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v (%v), want ambiguous: the line may still be written", err, i)
	}
	close(s.gate)
	if err := w.close(); err != nil {
		t.Fatal(err)
	}
	if err := w.append(t.Context(), []byte("y")); !errors.Is(err, errClosed) {
		t.Errorf("after close: %v", err)
	}
}

func TestOpenFailures(t *testing.T) {
	for cause, want := range map[error]outputs.Instruction{
		syscall.EACCES: outputs.InstructPause, syscall.EPERM: outputs.InstructPause, syscall.EISDIR: outputs.InstructPause,
		syscall.EROFS: outputs.InstructPause, syscall.ENOTDIR: outputs.InstructPause,
		syscall.ENOSPC: outputs.InstructRetry, syscall.EMFILE: outputs.InstructRetry, syscall.EIO: outputs.InstructRetry,
	} {
		err := openFailure(&os.PathError{Op: "open", Path: "/x", Err: cause})
		if got, _, _ := outputs.InstructionOf(err); got != want {
			t.Errorf("%v: %v, want %v", cause, got, want)
		}
	}
}

// TestFullDisk writes to a device on which nothing fits.
func TestFullDisk(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("no /dev/full here")
	}
	d := &diskFile{path: "/dev/full"}
	err := d.write([]byte("x\n"))
	if got, _, _ := outputs.InstructionOf(err); err == nil || got != outputs.InstructRetry || !strings.Contains(err.Error(), "no space left") {
		t.Errorf("%v (%v), want retry", err, got)
	}
}

// TestHalfAWrite: the disk took a part of the batch.
func TestHalfAWrite(t *testing.T) {
	err := stream{halfWriter{}}.write([]byte("one\ntwo\n"))
	if got, _, _ := outputs.InstructionOf(err); got != outputs.InstructAmbiguous {
		t.Errorf("%v (%v), want ambiguous", err, got)
	}
	err = stream{brokenWriter{}}.write([]byte("one\n"))
	if got, _, _ := outputs.InstructionOf(err); err == nil || got != outputs.InstructRetry {
		t.Errorf("%v (%v), want retry", err, got)
	}
}

type halfWriter struct{}

func (halfWriter) Write(p []byte) (int, error) { return len(p) / 2, errors.New("broken pipe") }

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func FuzzHolds(f *testing.F) {
	f.Add([]byte("{\"id\":\"dl_a\"}\n{\"id\":\"dl_b\"}\n"), "dl_b")
	f.Add([]byte("{\"id\":\"dl_a\"}\n{\"id\":\"dl_b\""), "dl_b")
	f.Add([]byte("{\"x\":\"dl_a\"}\n\n\n"), "dl_a")
	f.Fuzz(func(t *testing.T, data []byte, id string) {
		if strings.Trim(id, "abcdefghijklmnopqrstuvwxyz0123456789_.") != "" || id == "" {
			t.Skip()
		}
		want := false
		parts := strings.Split(string(data), "\n")
		for _, line := range parts[:len(parts)-1] {
			var v struct {
				ID string `json:"id"`
			}
			want = want || json.Unmarshal([]byte(line), &v) == nil && v.ID == id && strings.Contains(line, `"`+id+`"`)
		}
		if got := holds(data, id); got != want {
			t.Fatalf("holds(%q, %q) = %v, want %v", data, id, got, want)
		}
		if !holds(fmt.Appendf(nil, "%s\n{\"id\":%q}\n", data, id), id) {
			t.Fatalf("a line at the end of %q is not found", data)
		}
	})
}

func BenchmarkSend(b *testing.B) {
	out := build(b, b.TempDir(), "path: leads.jsonl")
	d := outputtest.LeadDelivery(1, "")
	b.ReportAllocs()
	b.SetParallelism(16)
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			if err := send(b, out, d); err != nil {
				b.Error(err)
			}
		}
	})
}
