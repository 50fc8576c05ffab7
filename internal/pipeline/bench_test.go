package pipeline_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"leadhub/internal/config"
	"leadhub/internal/pipeline"
	"leadhub/internal/store"
	"leadhub/receivers"
)

// BenchmarkHub measures an event from verification to the end of routing, with 64
// in flight, every lead suppressed: what the hub itself costs, without HTTP.
func BenchmarkHub(b *testing.B) {
	dir := b.TempDir()
	text := fmt.Sprintf(base, "http://127.0.0.1:1")
	quiet := slog.New(slog.DiscardHandler)
	opts := config.Options{Now: time.Now, Logger: quiet}
	cfg, problems := config.Parse(filepath.Join(dir, "leadhub.yaml"), []byte(text), kinds(), opts)
	if cfg == nil {
		b.Fatal(problems)
	}
	st, err := store.Open(b.Context(), cfg.Store.Path, store.Options{Now: time.Now, Logger: quiet, HubName: "bench"})
	if err != nil {
		b.Fatal(err)
	}
	defer st.Close()
	hub, err := pipeline.Start(b.Context(), pipeline.Options{Config: cfg, Kinds: kinds(), Load: opts, Store: st, Logger: quiet, Now: time.Now})
	if err != nil {
		b.Fatal(err)
	}
	receiver := cfg.Receiver("prospektr")
	signer, ok := receiver.Receiver.(receivers.Signer)
	if !ok {
		b.Fatal("prospektr cannot sign")
	}
	filler := strings.Repeat("x", 1500)
	var n atomic.Int64
	b.SetParallelism(64)
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			body := []byte(prospect(fmt.Sprintf("p%d", n.Add(1)), filler, "low", "sales@bench.example"))
			h, err := signer.Sign(body, "", time.Now())
			if err != nil {
				b.Error(err)
				return
			}
			req := &receivers.Request{Method: http.MethodPost, Path: receiver.Path, Header: h, Body: body, ReceivedAt: time.Now()}
			v, err := receiver.Verify(req)
			if err != nil {
				b.Error(err)
				return
			}
			if _, err := hub.Accept("prospektr", req, v); err != nil {
				b.Error(err)
				return
			}
		}
	})
	for waiting := 1; waiting > 0; time.Sleep(time.Millisecond) {
		if err := st.QueueDB().QueryRowContext(b.Context(), "SELECT count(*) FROM inbox").Scan(&waiting); err != nil {
			b.Fatal(err)
		}
	}
	b.StopTimer()
	if err := hub.Stop(); err != nil {
		b.Fatal(err)
	}
}
