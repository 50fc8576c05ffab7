package http

import (
	"encoding/base64"
	"testing"
	"time"
)

// The specification's own example.
const (
	vectorSecret = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	vectorID     = "msg_p5jXN8AQM9LWM0D4loKWxJek"
	vectorBody   = `{"test": 2432232314}`
	vectorSum    = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
)

func vectorSigner(t testing.TB) *signer {
	t.Helper()
	key, err := base64.StdEncoding.DecodeString(vectorSecret)
	if err != nil {
		t.Fatal(err)
	}
	return newSigner(key)
}

func TestSignKnownVector(t *testing.T) {
	s := vectorSigner(t)
	for range 3 { // the pooled hash must start afresh
		timestamp, signature := sign([]*signer{s}, vectorID, time.Unix(1614265330, 0), []byte(vectorBody))
		if timestamp != "1614265330" || signature != vectorSum {
			t.Fatalf("sign = %q %q, want 1614265330 %q", timestamp, signature, vectorSum)
		}
	}
}

func TestSignOncePerSecret(t *testing.T) {
	other := newSigner([]byte("another one"))
	_, both := sign([]*signer{vectorSigner(t), other}, vectorID, time.Unix(1614265330, 0), []byte(vectorBody))
	_, alone := sign([]*signer{other}, vectorID, time.Unix(1614265330, 0), []byte(vectorBody))
	if want := vectorSum + " " + alone; both != want {
		t.Fatalf("signatures = %q, want %q", both, want)
	}
	if _, none := sign(nil, vectorID, time.Unix(0, 0), nil); none != "" {
		t.Fatalf("without a secret: %q, want none", none)
	}
}

func BenchmarkSign(b *testing.B) {
	s := []*signer{newSigner([]byte("one secret of some length"))}
	body := make([]byte, 2048)
	b.ReportAllocs()
	for b.Loop() {
		sign(s, vectorID, time.Unix(1614265330, 0), body)
	}
}
