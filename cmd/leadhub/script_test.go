package main

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	_ "modernc.org/sqlite" // for sql
)

// TestMain makes `leadhub` in scripts the real command.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"leadhub": main})
}

// update rewrites the expected output in the scripts (`go test ./cmd/leadhub -update`).
var update = flag.Bool("update", false, "rewrite the expected output in testdata/script")

// TestScripts runs every script of testdata/script. Beside testscript's own
// commands a script has:
//
//	payload VENDOR/NAME...  copies captured payloads with their headers: prospektr/prospect.added
//	[!] ready               waits until the hub at $PORT takes events, or no longer does
//	until REGEXP CMD ARG... runs a command again until its output matches, for up to 20 s
//	exits CODE CMD ARG...   runs a command that must end with this exit code
//	hang                    puts into $HANG the address of a server that never answers
//	sql FILE STATEMENT      changes a database behind the hub's back
func TestScripts(t *testing.T) {
	t.Parallel()
	root := repository(t)
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join(root, "testdata", "script"),
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			port, err := freePort()
			if err != nil {
				return err
			}
			env.Setenv("PORT", strconv.Itoa(port))
			if port, err = freePort(); err != nil {
				return err
			}
			env.Setenv("ADMIN", strconv.Itoa(port))
			env.Setenv("TESTDATA", filepath.Join(root, "testdata"))
			env.Setenv("TZ", "UTC")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"payload": copyPayloads,
			"ready":   waitReady,
			"until":   until,
			"exits":   exits,
			"hang":    hang,
			"sql":     runSQL,
		},
	})
}

// freePort asks the system for a port that nothing listens on.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

func copyPayloads(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: payload VENDOR/NAME...")
	}
	for _, name := range args {
		ts.Check(os.MkdirAll(filepath.Dir(ts.MkAbs(name)), 0o755))
		for _, end := range []string{".body.json", ".headers"} {
			data, err := os.ReadFile(filepath.Join(ts.Getenv("TESTDATA"), name+end))
			ts.Check(err)
			ts.Check(os.WriteFile(ts.MkAbs(name+end), data, 0o644))
		}
	}
}

// exits is exec with the exit code: exits CODE CMD ARG...
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE CMD ARG...")
	}
	err := ts.Exec(args[1], args[2:]...)
	code := 0
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		code = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("exit code %d, want %s", code, args[0])
	}
}

func waitReady(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 0 {
		ts.Fatalf("usage: [!] ready")
	}
	url := "http://127.0.0.1:" + ts.Getenv("PORT") + "/readyz"
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		res, err := http.Get(url)
		ready := err == nil && res.StatusCode == http.StatusOK
		if err == nil {
			res.Body.Close()
		}
		if ready != neg {
			return
		}
	}
	ts.Fatalf("the hub does not come, or does not go")
}

func until(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: until REGEXP CMD ARG...")
	}
	want, err := regexp.Compile("(?m)" + args[0])
	ts.Check(err)
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		_ = ts.Exec(args[1], args[2:]...) // it may fail until it does not
		if want.MatchString(ts.ReadFile("stdout")) {
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("%q does not come:\n%s%s", args[0], ts.ReadFile("stdout"), ts.ReadFile("stderr"))
		}
	}
}

func hang(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: hang")
	}
	ended := make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-ended:
		case <-r.Context().Done():
		}
	}))
	ts.Defer(func() {
		close(ended)
		srv.Close()
	})
	ts.Setenv("HANG", srv.URL)
}

func runSQL(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: sql FILE STATEMENT")
	}
	db, err := sql.Open("sqlite", ts.MkAbs(args[0])+"?_pragma=busy_timeout(5000)")
	ts.Check(err)
	defer db.Close()
	done, err := db.ExecContext(context.Background(), args[1])
	ts.Check(err)
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		ts.Fatalf("%s: %d rows, %v", args[1], n, err)
	}
}
