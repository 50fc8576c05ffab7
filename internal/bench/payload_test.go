package bench

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestWriterMakesSignedRequests(t *testing.T) {
	w := NewWriter("127.0.0.1:9", FloorPath, "topsecret")
	ids := map[string]bool{}
	for seq := range 20 {
		req, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(w.Request(seq, time.Duration(seq)*time.Second))))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(req.Body)
		if err != nil {
			t.Fatal(err)
		}
		if len(body) != PayloadSize {
			t.Errorf("body of event %d has %d bytes, want %d", seq, len(body), PayloadSize)
		}
		if !signed([]byte("topsecret"), body, req.Header.Get(signatureHeader)) {
			t.Errorf("event %d is not signed", seq)
		}
		if req.URL.Path != FloorPath || req.Host != "127.0.0.1:9" || req.Header.Get("Content-Type") != "application/json" {
			t.Errorf("request line and headers: %v %v %v", req.URL, req.Host, req.Header)
		}
		var in struct {
			Type     string
			Prospect struct {
				ID, Name, Website, Email, Phone string
				Potential                       string `json:"lead_potential"`
			}
		}
		if err := json.Unmarshal(body, &in); err != nil {
			t.Fatalf("event %d: %v", seq, err)
		}
		if strings.Contains(string(body), "@@") {
			t.Errorf("event %d: a hole was not filled: %s", seq, body)
		}
		if want := map[bool]string{true: "high", false: "low"}[IsHigh(seq)]; in.Prospect.Potential != want || in.Type != "prospect.added" {
			t.Errorf("event %d: %+v, want potential %s", seq, in, want)
		}
		ids[in.Prospect.ID] = true
		gotSeq, stamp, ok := readMark(body)
		if !ok || gotSeq != seq || stamp != time.Duration(seq)*time.Second {
			t.Errorf("mark of event %d: %d %v %v", seq, gotSeq, stamp, ok)
		}
	}
	if len(ids) != 20 {
		t.Errorf("20 events have %d ids", len(ids))
	}
}

// The known answer is the one in the vendor notes.
func TestSigned(t *testing.T) {
	const good = "sha256=e4ffa9f006260e4490dc566b5c3a5133677aa16da800f9f5632f641f57511873"
	body := []byte(`{"type":"prospect.added"}`)
	for _, tt := range []struct {
		name, secret, header string
		want                 bool
	}{
		{"right", "topsecret", good, true},
		{"other secret", "topsecret2", good, false},
		{"missing", "topsecret", "", false},
		{"no prefix", "topsecret", good[7:], false},
		{"short", "topsecret", good[:20], false},
		{"not hex", "topsecret", good[:len(good)-1] + "x", false},
	} {
		if got := signed([]byte(tt.secret), body, tt.header); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}

func TestReadMark(t *testing.T) {
	for _, tt := range []struct {
		name, body string
		seq        int
		ok         bool
	}{
		{"none", `{"id":"x"}`, 0, false},
		{"cut off", `lhb-00000001-00000000`, 0, false},
		{"in a key", `["vendor:prospektr:lhb-00000007-000000000000009"]`, 7, true},
		{"after a false start", `lhb-xxxxxxxx-xxxxxxxxxxxxxxx lhb-00000008-000000000000009`, 8, true},
		{"negative", `lhb--0000001-000000000000009`, 0, false},
	} {
		seq, _, ok := readMark([]byte(tt.body))
		if seq != tt.seq || ok != tt.ok {
			t.Errorf("%s: %d %v", tt.name, seq, ok)
		}
	}
}

func FuzzReadMark(f *testing.F) {
	f.Add([]byte(`lhb-00000008-000000000000009`))
	f.Add([]byte(`lhb-lhb-00000008-000000000000009`))
	f.Fuzz(func(t *testing.T, body []byte) {
		seq, stamp, ok := readMark(body)
		if ok && (seq < 0 || stamp < 0) {
			t.Fatalf("negative mark %d %d", seq, stamp)
		}
	})
}
