package config

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDotEnv(t *testing.T) {
	t.Parallel()
	text := "\ufeff# secrets\n\n" +
		"PLAIN=value with spaces  # a comment\n" +
		"HASH=a#b\n" +
		"EMPTY=\n" +
		"ONLY_COMMENT= # nothing\n" +
		"  export EXPORTED = 'single $X \"quoted\" \\n'  \r\n" +
		`DOUBLE="line\nbreak \"x\" \\ \$ \d" # ok` + "\n" +
		"EQUALS=a=b==\n" +
		"UNICODE='ü'\n"
	got, problems := parseDotEnv(".env", []byte(text))
	want := map[string]string{
		"PLAIN": "value with spaces", "HASH": "a#b", "EMPTY": "", "ONLY_COMMENT": "", "EXPORTED": `single $X "quoted" \n`,
		"DOUBLE": "line\nbreak \"x\" \\ $ \\d", "EQUALS": "a=b==", "UNICODE": "ü",
	}
	if diff := cmp.Diff(want, got); diff != "" || len(problems) > 0 {
		t.Errorf("%s\nproblems %v", diff, problems)
	}
}

func TestDotEnvMistakes(t *testing.T) {
	t.Parallel()
	text := strings.Join([]string{
		"GOOD=1",
		"SLACK_TOKEN: xoxb-secret-1",
		"1X=2",
		"export",
		"TOKEN xoxb-secret-2",
		`OPEN="xoxb-secret-3`,
		`AFTER="xoxb" secret-4`,
		"GOOD=2",
		"REF=${GOOD}x",
		"CURLY=“xoxb-secret-5”",
		"LITERAL='${GOOD}'",
	}, "\n")
	values, problems := parseDotEnv(".env", []byte(text))
	var got []string
	for _, p := range problems {
		got = append(got, strings.TrimPrefix(p.String(), ".env:"))
	}
	wantProblems(t, got,
		"2:12: error: there is no = after SLACK_TOKEN: write SLACK_TOKEN=value, with = instead of :",
		"3:1: error: a line begins with a variable's name: letters, digits and _, no digit first: write NAME=value",
		"4:7: error: there is no = after export: write export=value",
		"5:7: error: there is no = after TOKEN: write TOKEN=value",
		"6:6: error: this quote is not closed on the same line: put the whole value in one pair of quotes",
		"7:14: error: there is more text after the closing quote: put the whole value in one pair of quotes",
		"8:1: warning: GOOD is set in line 1 already; this line counts: keep one of the two",
		"9:5: warning: ${…} is not filled in inside .env: it is part of the value: write the value out, or put it in 'single quotes' if it is meant so",
		"10:7: warning: curly quotes are part of the value: type the straight quotes \" or '",
	)
	if strings.Contains(strings.Join(got, ""), "secret-") {
		t.Error("a problem quotes a value")
	}
	if values["GOOD"] != "2" || values["LITERAL"] != "${GOOD}" {
		t.Errorf("values %v", values)
	}
}

func TestLoadDotEnv(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), ".env")
	values, problems, err := LoadDotEnv(path)
	if err != nil || len(values) != 0 || len(problems) != 0 {
		t.Errorf("a missing file: %v %v %v", values, problems, err)
	}
	if err := os.WriteFile(path, utf16Bytes("A=1\n", binary.LittleEndian, true), 0o600); err != nil {
		t.Fatal(err)
	}
	values, problems, err = LoadDotEnv(path)
	if err != nil || values["A"] != "1" || len(problems) != 1 || problems[0].Message != "the file is saved as UTF-16" {
		t.Errorf("UTF-16: %v %v %v", values, problems, err)
	}
	if err := os.WriteFile(path, []byte("A=1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, problems, err = LoadDotEnv(path); err != nil || len(problems) != 0 {
		t.Errorf("private file: %v %v", problems, err)
	}
	if runtime.GOOS == "windows" {
		return
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	_, problems, err = LoadDotEnv(path)
	if err != nil || len(problems) != 1 || problems[0].Suggestion != "run: chmod 600 "+path {
		t.Errorf("readable by others: %v %v", problems, err)
	}
	if _, _, err = LoadDotEnv(filepath.Dir(path)); err == nil {
		t.Error("a folder is no .env file")
	}
}

func FuzzDotEnv(f *testing.F) {
	for _, s := range []string{"A=1", "export A='x' # y", `A="\n`, "\xff\xfeA\x00=\x00", "A\x85=1"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		_, problems := parseDotEnv(".env", raw)
		for _, p := range problems {
			if p.Line < 1 || p.Col < 1 {
				t.Errorf("no place: %v", p)
			}
		}
	})
}
