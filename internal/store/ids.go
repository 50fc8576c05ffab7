package store

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
)

var idEncoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding) //nolint:gochecknoglobals // a constant

// EventID is the public id of an event.
func EventID(id int64) string { return "evt_" + strconv.FormatInt(id, 10) }

// ParseEventID is the inverse of EventID.
func ParseEventID(s string) (int64, bool) {
	digits, ok := strings.CutPrefix(s, "evt_")
	if !ok {
		return 0, false
	}
	id, err := strconv.ParseInt(digits, 10, 64)
	return id, err == nil && id > 0
}

// DeliveryKey makes the part of a delivery's public id that tells it from every
// other delivery of the same lead revision, and from that of the same id in
// another database: it covers what is said as well as where it goes.
func DeliveryKey(content []byte, revision int, output, target string, again int64) []byte {
	h := sha256.New()
	var n [8]byte
	for _, part := range [][]byte{content, []byte(output), []byte(target)} {
		binary.BigEndian.PutUint64(n[:], uint64(len(part)))
		h.Write(n[:])
		h.Write(part)
	}
	binary.BigEndian.PutUint64(n[:], uint64(revision)) //nolint:gosec // revisions are positive
	h.Write(n[:])
	binary.BigEndian.PutUint64(n[:], uint64(again)) //nolint:gosec // runs are positive
	h.Write(n[:])
	return h.Sum(nil)[:10]
}

// DeliveryID is the public id of a delivery, and its idempotency key: stable over
// retries, and readable: which lead, which revision, and which of its deliveries.
func DeliveryID(leadID string, eventID int64, revision int, key []byte) string {
	if leadID == "" {
		return EventID(eventID) + "." + idEncoding.EncodeToString(key)
	}
	return fmt.Sprintf("%s.r%d.%s", leadID, revision, idEncoding.EncodeToString(key))
}

// PublicID is the delivery's public id.
func (j *Job) PublicID() string { return DeliveryID(j.LeadID, j.EventID, j.Revision, j.Key) }

// PublicID is the delivery's public id.
func (d *DeliveryRow) PublicID() string { return DeliveryID(d.LeadID, d.EventID, d.Revision, d.Key) }
