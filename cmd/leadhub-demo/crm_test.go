package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const testSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

var testNow = time.Unix(1614265330, 0)

func newTestCRM(t *testing.T) *crmStandIn {
	t.Helper()
	c, err := newCRMStandIn("tok", testSecret, func() time.Time { return testNow }, func(crmRecord) {})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// The known answer of the Standard Webhooks notes.
func TestCRMChecksSignatures(t *testing.T) {
	const good = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
	for _, tt := range []struct {
		name, id, stamp, signature, want string
	}{
		{"right", "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", good, ""},
		{"second of two", "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", "v1,AAAA " + good, ""},
		{"other id", "msg_x", "1614265330", good, "webhook-signature does not match"},
		{"missing", "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", "", "webhook-signature does not match"},
		{"no id", "", "1614265330", good, "webhook-id or webhook-timestamp is missing"},
		{"no time", "msg_p5jXN8AQM9LWM0D4loKWxJek", "", good, "webhook-id or webhook-timestamp is missing"},
		{"old", "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265000", good, "webhook-timestamp is too old or too new"},
	} {
		h := http.Header{"Webhook-Id": {tt.id}, "Webhook-Timestamp": {tt.stamp}, "Webhook-Signature": {tt.signature}}
		if got := newTestCRM(t).unsigned(h, []byte(`{"test": 2432232314}`)); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// post sends a signed delivery of a lead and returns the status.
func post(t *testing.T, c *crmStandIn, token, id, lead string, revision int) int {
	t.Helper()
	body := fmt.Sprintf(`{"type":"lead","id":%q,"lead":{"id":%q,"revision":%d,"company":{"name":"Acme"}}}`, id, lead, revision)
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(testSecret, secretPrefix))
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%d.%s", id, testNow.Unix(), body)
	r := httptest.NewRequest(http.MethodPost, "/leads", strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("webhook-id", id)
	r.Header.Set("webhook-timestamp", fmt.Sprint(testNow.Unix()))
	r.Header.Set("webhook-signature", "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	w := httptest.NewRecorder()
	c.ServeHTTP(w, r)
	return w.Code
}

func TestCRMKeepsOneRecordPerLead(t *testing.T) {
	c := newTestCRM(t)
	for i, tt := range []struct {
		token, id, lead string
		revision, want  int
	}{
		{"bad", "d1", "ld_a", 1, http.StatusUnauthorized},
		{"tok", "d1", "ld_a", 1, http.StatusServiceUnavailable}, // it stumbles once
		{"tok", "d1", "ld_a", 1, http.StatusCreated},
		{"tok", "d2", "ld_a", 2, http.StatusOK},
		{"tok", "d3", "ld_b", 1, http.StatusCreated},
		{"tok", "d3", "ld_b", 1, http.StatusOK}, // the same delivery again
	} {
		if got := post(t, c, tt.token, tt.id, tt.lead, tt.revision); got != tt.want {
			t.Errorf("request %d: %d, want %d", i+1, got, tt.want)
		}
	}
	want := standing{lines: []string{"2 records of 3 deliveries"}, duplicates: 1, refused: []string{"wrong token"}}
	if diff := cmp.Diff(want, c.standing(), cmp.AllowUnexported(standing{})); diff != "" {
		t.Error(diff)
	}
	if rec := c.records["ld_a"]; rec.Revision != 2 || rec.Name != "Acme" {
		t.Errorf("record of ld_a: %+v", rec)
	}
}

func TestCRMRefusesWhatIsNoLead(t *testing.T) {
	c := newTestCRM(t)
	c.stumbled = true
	if got := post(t, c, "tok", "d1", "", 1); got != http.StatusUnprocessableEntity {
		t.Errorf("a lead without an id: %d", got)
	}
}
