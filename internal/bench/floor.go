package bench

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"
)

// FloorKind names a comparison server: the least that can be done for a part of
// the hub's work, and so the yardstick for it.
type FloorKind string

// The floors.
const (
	// FloorAnswer verifies the signature with Fiber and answers.
	FloorAnswer FloorKind = "answer"
	// FloorJournal verifies with net/http and answers once the body is in an
	// append-only file and fdatasync returned; concurrent requests share a commit.
	FloorJournal FloorKind = "journal"
	// FloorPost is FloorJournal, then parse, filter (high only), map to a lead and
	// POST. It keeps no state and never retries.
	FloorPost FloorKind = "post"
)

// FloorKinds lists the floors.
func FloorKinds() []FloorKind { return []FloorKind{FloorAnswer, FloorJournal, FloorPost} }

// FloorOptions configure a floor.
type FloorOptions struct {
	Kind    FloorKind
	Secret  string
	Dir     string // for the append-only file
	SinkURL string // FloorPost only
	Workers int    // FloorPost only: POSTs in flight at most
}

// FloorPath is the path a floor serves.
const FloorPath = "/webhooks/prospektr"

const maxBody = 1 << 20

// ServeFloor serves until ctx is done. It closes ln.
func ServeFloor(ctx context.Context, ln net.Listener, o FloorOptions) error {
	if !slices.Contains(FloorKinds(), o.Kind) {
		_ = ln.Close()
		return fmt.Errorf("no floor %q: use one of %q", o.Kind, FloorKinds())
	}
	if o.Kind == FloorAnswer {
		return serveAnswer(ctx, ln, []byte(o.Secret))
	}
	j, err := openJournal(filepath.Join(o.Dir, "journal.log"))
	if err != nil {
		_ = ln.Close()
		return err
	}
	h := &floorHandler{secret: []byte(o.Secret), journal: j}
	if o.Kind == FloorPost {
		h.post = startPoster(o.SinkURL, o.Workers)
	}
	err = serveHTTP(ctx, ln, h)
	if h.post != nil {
		err = errors.Join(err, h.post.close())
	}
	return errors.Join(err, j.close())
}

func serveAnswer(ctx context.Context, ln net.Listener, secret []byte) error {
	app := fiber.New(fiber.Config{DisableStartupMessage: true, BodyLimit: maxBody})
	app.Post(FloorPath, func(c *fiber.Ctx) error {
		if !signed(secret, c.BodyRaw(), c.Get(signatureHeader)) {
			return c.SendStatus(fiber.StatusUnauthorized)
		}
		return c.SendString("ok")
	})
	stop := context.AfterFunc(ctx, func() { _ = app.ShutdownWithTimeout(2 * time.Second) })
	defer stop()
	return app.Listener(ln)
}

func serveHTTP(ctx context.Context, ln net.Listener, h http.Handler) error {
	mux := http.NewServeMux()
	mux.Handle("POST "+FloorPath, h)
	srv := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	stopped := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		stopped <- srv.Shutdown(grace)
	})
	if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
		stop()
		return err
	}
	return <-stopped
}

func signed(secret, body []byte, header string) bool {
	if len(header) != len(signaturePrefix)+2*sha256.Size || header[:len(signaturePrefix)] != signaturePrefix {
		return false
	}
	var got [sha256.Size]byte
	if _, err := hex.Decode(got[:], []byte(header[len(signaturePrefix):])); err != nil {
		return false
	}
	mac := hmac.New(sha256.New, secret)
	mac.Write(body)
	var sum [sha256.Size]byte
	return hmac.Equal(got[:], mac.Sum(sum[:0]))
}

// floorHandler verifies, commits and answers; with a poster it also hands on.
type floorHandler struct {
	secret  []byte
	journal *journal
	post    *poster
}

func (h *floorHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		http.Error(w, "cannot read the body", http.StatusBadRequest)
		return
	}
	if !signed(h.secret, body, r.Header.Get(signatureHeader)) {
		http.Error(w, "not signed", http.StatusUnauthorized)
		return
	}
	if err := h.journal.append(body); err != nil {
		http.Error(w, "cannot keep it", http.StatusServiceUnavailable)
		return
	}
	if h.post != nil {
		h.post.hand(body)
	}
	_, _ = io.WriteString(w, "ok")
}
