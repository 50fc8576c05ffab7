package admin_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"leadhub/internal/admin"
	"leadhub/internal/hub"
)

// actions answers as it is told.
type actions struct {
	hub.Actions
	reload *hub.ReloadResult
	err    error
}

func (a *actions) Reload(context.Context) (*hub.ReloadResult, error) { return a.reload, a.err }

func ask(t *testing.T, acts hub.Actions, method, path, token, body string) (int, http.Header, string) {
	t.Helper()
	srv := httptest.NewServer(admin.New(admin.Options{Actions: acts, Tokens: []string{"right", ""}, Logger: slog.New(slog.DiscardHandler)}))
	defer srv.Close()
	req, err := http.NewRequestWithContext(t.Context(), method, srv.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", token)
	}
	res, err := srv.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Header, string(data)
}

func TestErrorsHaveOneForm(t *testing.T) {
	t.Parallel()
	fine := &actions{reload: &hub.ReloadResult{OK: true}}
	for name, c := range map[string]struct {
		acts                      hub.Actions
		method, path, token, body string
		status                    int
		says                      string
	}{
		"no token":        {fine, "POST", "/api/v1/reload", "", "", 401, "the token is missing or wrong"},
		"a wrong token":   {fine, "POST", "/api/v1/reload", "Bearer wrong", "", 401, "the token is missing or wrong"},
		"another scheme":  {fine, "POST", "/api/v1/reload", "Basic right", "", 401, "the token is missing or wrong"},
		"a part of it":    {fine, "POST", "/api/v1/reload", "Bearer righ", "", 401, "the token is missing or wrong"},
		"a wrong path":    {fine, "POST", "/api/v1/nothing", "Bearer right", "", 404, "there is nothing at POST /api/v1/nothing"},
		"a wrong method":  {fine, "GET", "/api/v1/reload", "Bearer right", "", 404, "there is nothing at GET /api/v1/reload"},
		"not JSON":        {fine, "POST", "/api/v1/reload", "Bearer right", "hello", 400, "not the JSON that is expected"},
		"an unknown key":  {fine, "POST", "/api/v1/reload", "Bearer right", `{"now":true}`, 400, `unknown field`},
		"a usage error":   {&actions{err: &hub.UsageError{Message: "write it so"}}, "POST", "/api/v1/reload", "Bearer right", "", 400, "write it so"},
		"a failed action": {&actions{err: errors.New("the disk is full")}, "POST", "/api/v1/reload", "Bearer right", "", 422, "the disk is full"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status, header, body := ask(t, c.acts, c.method, c.path, c.token, c.body)
			var said hub.APIError
			if err := json.Unmarshal([]byte(body), &said); err != nil {
				t.Fatalf("%q: %v", body, err)
			}
			if status != c.status || !strings.Contains(said.Message, c.says) {
				t.Errorf("%d %q, want %d %q", status, said.Message, c.status, c.says)
			}
			if said.RequestID == "" || said.RequestID != header.Get("X-Request-Id") {
				t.Errorf("request id %q, in the header %q", said.RequestID, header.Get("X-Request-Id"))
			}
		})
	}
}

func TestReload(t *testing.T) {
	t.Parallel()
	status, _, body := ask(t, &actions{reload: &hub.ReloadResult{OK: true, Hash: "abc"}}, "POST", "/api/v1/reload", "Bearer right", "")
	if status != 200 || !strings.Contains(body, `"hash":"abc"`) {
		t.Errorf("%d %s", status, body)
	}
}
