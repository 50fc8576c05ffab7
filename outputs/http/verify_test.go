package http_test

import (
	nethttp "net/http"
	"strings"
	"testing"

	"leadhub/internal/plugin"
	"leadhub/outputs"
	"leadhub/outputs/http"
	"leadhub/outputs/outputtest"
)

func TestVerify(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]string{
		204: "", 404: "", 405: "", 501: "",
		401: "error auth: answered 401: it does not know these credentials",
		403: "warning auth: answered 403: these credentials may lack a right",
		410: "error url: answered 410: it is gone",
		308: "warning url: answered 308: it redirects, and redirects are never followed",
		503: "answered 503: it is in trouble; try again later",
	} {
		var methods []string
		target := outputtest.NewTarget(t, nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
			methods = append(methods, r.Method+" "+r.URL.Path+" "+r.Header.Get("Authorization"))
			w.WriteHeader(status)
		}))
		out := build(t, target.URL, "auth: { bearer: crm-token }")
		err := out.(outputs.Verifier).Verify(t.Context())
		fields, rest := plugin.FieldErrors(err)
		got := ""
		switch {
		case len(fields) == 1 && fields[0].Warning:
			got = "warning " + fields[0].Error()
		case len(fields) == 1:
			got = "error " + fields[0].Error()
		case rest != nil:
			got = rest.Error()
		}
		if got = strings.ReplaceAll(got, strings.TrimPrefix(target.URL, "http://")+" ", ""); got != want {
			t.Errorf("%d: %s, want %s", status, got, want)
		}
		if len(methods) != 1 || methods[0] != "OPTIONS /leads Bearer crm-token" {
			t.Errorf("%d: %v", status, methods)
		}
	}
}

func TestVerifyWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	out := build(t, "http://127.0.0.1:1", "")
	fields, rest := plugin.FieldErrors(out.(outputs.Verifier).Verify(t.Context()))
	if rest != nil || len(fields) != 1 || fields[0].Field != "url" {
		t.Errorf("%v %v", fields, rest)
	}
	unset, err := outputtest.Build(t, http.Kind, "url: https://a.example\nauth: { bearer: !leadhub/unset '' }", "")
	if err != nil {
		t.Fatal(err)
	}
	fields, _ = plugin.FieldErrors(unset.(outputs.Verifier).Verify(t.Context()))
	if len(fields) != 1 || fields[0].Field != "auth.bearer" {
		t.Errorf("%v", fields)
	}
}
