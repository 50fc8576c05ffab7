package bench

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"strconv"
	"strings"
	"time"
)

// PayloadSize is the size of every request body, in bytes.
const PayloadSize = 2048

// The prospect's id carries what the sink needs to know: which event it is and
// when it was sent. Every output keeps the vendor's id, so the mark survives the
// mapping to a lead.
const (
	markPrefix  = "lhb-"
	seqDigits   = 8
	stampDigits = 15 // nanoseconds since the run's start: eleven days
	markLen     = len(markPrefix) + seqDigits + 1 + stampDigits
)

const (
	seqHole   = "@@SEQ@@@"        // seqDigits long
	stampHole = "@@STAMP@@@@@@@@" // stampDigits long
	phoneHole = "@PH@"            // the number's last four digits
)

const bodyShape = `{"type":"prospect.added","tenant":{"id":"tn_bench","name":"Busy Print Co."},` +
	`"prospect":{"id":"lhb-` + seqHole + `-` + stampHole + `","name":"Promo Company ` + seqHole + `",` +
	`"website":"https://promo-` + seqHole + `.com","email":"sales@promo-` + seqHole + `.com",` +
	`"phone":"+1 407-555-` + phoneHole + `","address":"1 Main Street","city":"Orlando","state":"FL",` +
	`"postal_code":"32801","segment":"promo","lead_potential":"%s","lead_reasoning":"%s",` +
	`"classification_confidence":"0.85","notable_clients":["Disney","Universal","SeaWorld"],` +
	`"large_run_indicators":["trade shows","theme parks"],"status":"qualified",` +
	`"created_at":"2026-04-26T12:34:56.000Z"}}`

const (
	signatureHeader = "X-Prospektr-Signature"
	signaturePrefix = "sha256="
)

// template is one request, head and body, with known places to fill in. It is
// made once per potential; a Writer owns a copy.
type template struct {
	head, body []byte
	seqAt      []int // in body
	stampAt    int
	phoneAt    int
	signAt     int // in head
}

func newTemplate(host, path, potential string) template {
	reason := "Lists Disney, Universal and SeaWorld among its customers; orders in large runs. "
	shape := fmt.Sprintf(bodyShape, potential, "%s")
	fill := PayloadSize - (len(shape) - len("%s"))
	text := strings.Repeat(reason, fill/len(reason)+1)[:fill]
	t := template{body: []byte(strings.Replace(shape, "%s", text, 1))}
	for at := 0; ; {
		i := bytes.Index(t.body[at:], []byte(seqHole))
		if i < 0 {
			break
		}
		t.seqAt = append(t.seqAt, at+i)
		at += i + len(seqHole)
	}
	t.stampAt = bytes.Index(t.body, []byte(stampHole))
	t.phoneAt = bytes.Index(t.body, []byte(phoneHole))
	sign := strings.Repeat("0", 2*sha256.Size)
	t.head = fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n%s: %s%s\r\n\r\n",
		path, host, len(t.body), signatureHeader, signaturePrefix, sign)
	t.signAt = bytes.Index(t.head, []byte(signaturePrefix+sign)) + len(signaturePrefix)
	return t
}

// Writer makes signed requests in Prospektr's shape. It is not safe for
// concurrent use: every client has its own.
type Writer struct {
	high, low template
	mac       hash.Hash
	buf       []byte
	sum       [sha256.Size]byte
}

// NewWriter returns a Writer for one host ("127.0.0.1:8080"), path and secret.
func NewWriter(host, path, secret string) *Writer {
	return &Writer{
		high: newTemplate(host, path, "high"),
		low:  newTemplate(host, path, "low"),
		mac:  hmac.New(sha256.New, []byte(secret)),
	}
}

// IsHigh says whether the event's lead potential is high: every other one is.
func IsHigh(seq int) bool { return seq%2 == 0 }

// Request returns the whole HTTP request of event seq, stamped with the time
// since the run's start. The bytes are valid until the next call.
func (w *Writer) Request(seq int, stamp time.Duration) []byte {
	t := &w.low
	if IsHigh(seq) {
		t = &w.high
	}
	w.buf = append(w.buf[:0], t.head...)
	w.buf = append(w.buf, t.body...)
	body := w.buf[len(t.head):]
	for _, at := range t.seqAt {
		putDecimal(body[at:at+seqDigits], int64(seq))
	}
	putDecimal(body[t.stampAt:t.stampAt+stampDigits], int64(stamp))
	putDecimal(body[t.phoneAt:t.phoneAt+len(phoneHole)], int64(seq%10_000))
	w.mac.Reset()
	w.mac.Write(body)
	hex.Encode(w.buf[t.signAt:], w.mac.Sum(w.sum[:0]))
	return w.buf
}

// putDecimal writes n with leading zeros over the whole of dst.
func putDecimal(dst []byte, n int64) {
	for i := len(dst) - 1; i >= 0; i-- {
		dst[i] = byte('0' + n%10)
		n /= 10
	}
}

// readMark finds an event's number and stamp in what an output sent.
func readMark(body []byte) (seq int, stamp time.Duration, ok bool) {
	for {
		i := bytes.Index(body, []byte(markPrefix))
		if i < 0 || len(body)-i < markLen {
			return 0, 0, false
		}
		mark := body[i+len(markPrefix) : i+markLen]
		n, err1 := strconv.Atoi(string(mark[:seqDigits]))
		at, err2 := strconv.ParseInt(string(mark[seqDigits+1:]), 10, 64)
		if err1 == nil && err2 == nil && n >= 0 && at >= 0 {
			return n, time.Duration(at), true
		}
		body = body[i+len(markPrefix):]
	}
}
