package jscanon_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"leadhub/receivers/internal/jscanon"
	"leadhub/receivers/internal/jsondoc"
)

var update = flag.Bool("update", false, "write what Node answers into testdata")

// How many bodies are compared with Node itself, and of how many of them Node's
// answers are kept for machines without it.
const (
	liveBodies   = 100_000
	goldenBodies = 5_000
	seed         = 4711
)

// script reads bodies, each preceded by its length, and answers each with a line
// of base64: what JSON.stringify(JSON.parse(body)) is, or "-" where it throws.
const script = `
const input = require('fs').readFileSync(0);
const utf8 = new TextDecoder('utf-8', {fatal: true});
const lines = [];
for (let i = 0; i < input.length;) {
  const n = input.readUInt32LE(i);
  const body = input.subarray(i + 4, i + 4 + n);
  i += 4 + n;
  let line = '-';
  try { line = Buffer.from(JSON.stringify(JSON.parse(utf8.decode(body)))).toString('base64'); } catch {}
  lines.push(line);
}
process.stdout.write(lines.join('\n') + '\n');
`

func bodies(n int) [][]byte {
	r := newSource(seed)
	list := make([][]byte, n)
	for i := range list {
		list[i] = r.body()
	}
	return list
}

// compare says how our answer differs from the line that Node wrote; "" if it does not.
func compare(body []byte, line string) string {
	got, err := jscanon.Append(nil, body)
	if line == "-" {
		if err == nil {
			return fmt.Sprintf("Node throws, we return %q", got)
		}
		return ""
	}
	want, decodeErr := base64.StdEncoding.DecodeString(line)
	if decodeErr != nil {
		return fmt.Sprintf("answer is not base64: %v", decodeErr)
	}
	if e, ok := errors.AsType[*jsondoc.Error](err); ok && e.Reason == jsondoc.TooDeep {
		return "" // our cap, not the language's
	}
	if err != nil || !bytes.Equal(got, want) {
		return fmt.Sprintf("we return %q (%v), Node %q", got, err, want)
	}
	return ""
}

func TestAgainstNode(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("CI compares with Node itself: install it")
		}
		t.Skip("no node: TestGolden compares with what it answered")
	}
	list := bodies(liveBodies)
	answers := ask(t, node, list)
	refused, failed := 0, 0
	for i, body := range list {
		if answers[i] == "-" {
			refused++
		}
		if diff := compare(body, answers[i]); diff != "" {
			t.Errorf("body %d: %q:\n%s", i, body, diff)
			if failed++; failed == 10 {
				t.Fatal("and more")
			}
		}
	}
	t.Logf("%d bodies, %d of them refused", len(list), refused)
	if refused < liveBodies/20 || refused > liveBodies/2 {
		t.Errorf("%d of %d bodies are invalid: the source should make some of both", refused, len(list))
	}
	if *update {
		writeGolden(t, list[:goldenBodies], answers[:goldenBodies])
	}
}

// ask lets one node process answer all bodies.
func ask(t *testing.T, node string, list [][]byte) []string {
	t.Helper()
	var in bytes.Buffer
	for _, body := range list {
		in.Write(binary.LittleEndian.AppendUint32(nil, uint32(len(body))))
		in.Write(body)
	}
	cmd := exec.CommandContext(t.Context(), node, "-e", script)
	cmd.Stdin = &in
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("node: %v", err)
	}
	answers := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	if len(answers) != len(list) {
		t.Fatalf("node answered %d of %d bodies", len(answers), len(list))
	}
	return answers
}

// goldenFile holds a hash over the bodies, so that a change of the source is
// noticed, and Node's answer to each.
var goldenFile = filepath.Join("testdata", "node.txt.gz")

func hashOf(list [][]byte) string {
	h := sha256.New()
	for _, body := range list {
		h.Write(binary.LittleEndian.AppendUint32(nil, uint32(len(body))))
		h.Write(body)
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}

func writeGolden(t *testing.T, list [][]byte, answers []string) {
	t.Helper()
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(z, hashOf(list))
	for _, a := range answers {
		fmt.Fprintln(z, a)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(goldenFile), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(goldenFile, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestGolden(t *testing.T) {
	f, err := os.Open(goldenFile)
	if err != nil {
		t.Fatalf("%v (write it with -update where node is installed)", err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(io.LimitReader(z, 64<<20))
	lines.Buffer(nil, 1<<20)
	list := bodies(goldenBodies)
	if !lines.Scan() || lines.Text() != hashOf(list) {
		t.Fatal("the bodies changed since Node was asked: run with -update where node is installed")
	}
	for i, body := range list {
		if !lines.Scan() {
			t.Fatalf("Node's answers end after %d of %d (%v)", i, len(list), lines.Err())
		}
		if diff := compare(body, lines.Text()); diff != "" {
			t.Errorf("body %d: %q:\n%s", i, body, diff)
		}
	}
}
