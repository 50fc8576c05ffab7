// Package queue carries work between the stages of the pipeline with Watermill:
// the inbox, one message for each intake commit, over watermill-sql; and the
// deliveries of one output, claimed from the store.
package queue

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	wsql "github.com/ThreeDotsLabs/watermill-sql/v3/pkg/sql"
	"github.com/ThreeDotsLabs/watermill/message"
)

// InboxTopic is the topic of intake commits.
const InboxTopic = "inbox"

// selectBatch is how many inbox rows one SELECT reads. Its read transaction stays
// open while they are routed, so it is small.
const selectBatch = 16

// pollEvery is the backstop behind wake-ups.
const pollEvery = time.Second

const triesKey = "tries"

// InboxMessage is one intake commit: events First..Last.
type InboxMessage struct {
	ID    int64
	First int64
	Last  int64
	Tries int // times routing it took a process down, or panicked
}

// ParseInbox reads the message that the inbox's subscriber hands out.
func ParseInbox(m *message.Message) (InboxMessage, error) {
	if len(m.Payload) != 24 {
		return InboxMessage{}, fmt.Errorf("queue: inbox message of %d bytes", len(m.Payload))
	}
	tries, err := strconv.Atoi(m.Metadata.Get(triesKey))
	if err != nil {
		return InboxMessage{}, fmt.Errorf("queue: inbox message: %w", err)
	}
	at := func(i int) int64 { return int64(binary.BigEndian.Uint64(m.Payload[8*i:])) } //nolint:gosec // written from int64 below
	return InboxMessage{ID: at(0), First: at(1), Last: at(2), Tries: tries}, nil
}

func inboxPayload(id, first, last int64) []byte {
	b := make([]byte, 0, 24)
	for _, v := range []int64{id, first, last} {
		b = binary.BigEndian.AppendUint64(b, uint64(v)) //nolint:gosec // read back as int64 above
	}
	return b
}

// PublishInbox announces events first..last inside the transaction that keeps
// them, so that neither is there without the other.
func PublishInbox(tx *sql.Tx, first, last int64) error {
	p, err := wsql.NewPublisher(tx, wsql.PublisherConfig{SchemaAdapter: inboxSchema{}}, watermill.NopLogger{})
	if err != nil {
		return fmt.Errorf("queue: %w", err)
	}
	msg := message.NewMessage(watermill.NewUUID(), inboxPayload(0, first, last))
	if err := p.Publish(InboxTopic, msg); err != nil {
		return fmt.Errorf("queue: publish to the inbox: %w", err)
	}
	return p.Close()
}

// Inbox subscribes to intake commits, the oldest first, one at a time. Rows leave
// the inbox when they are routed, in the routing transaction; acknowledging a
// message does nothing. (The stock subscriber commits its own transaction even
// after a nack, so nothing may be written through it.)
type Inbox struct {
	sub   *wsql.Subscriber
	waker *waker
}

// NewInbox makes the subscriber. db is its own and is only read.
func NewInbox(db *sql.DB, log *slog.Logger) (*Inbox, error) {
	w := &waker{wake: make(chan struct{}, 1), closed: make(chan struct{}), log: log}
	// A batch is never handed out twice at once: routing it may take as long as it takes.
	forever := 365 * 24 * time.Hour
	sub, err := wsql.NewSubscriber(db, wsql.SubscriberConfig{
		AckDeadline:    &forever,
		ResendInterval: 10 * time.Millisecond,
		BackoffManager: w,
		SchemaAdapter:  inboxSchema{},
		OffsetsAdapter: noOffsets{},
	}, NewLogger(log))
	if err != nil {
		return nil, fmt.Errorf("queue: %w", err)
	}
	return &Inbox{sub: sub, waker: w}, nil
}

// Subscribe implements message.Subscriber; topic is InboxTopic.
func (i *Inbox) Subscribe(ctx context.Context, topic string) (<-chan *message.Message, error) {
	out, err := i.sub.Subscribe(ctx, topic)
	if err != nil {
		return nil, fmt.Errorf("queue: subscribe to the inbox: %w", err)
	}
	return out, nil
}

// Wake makes the subscriber look now. Call it after COMMIT returned nil, never before.
func (i *Inbox) Wake() {
	select {
	case i.waker.wake <- struct{}{}:
	default:
	}
}

// Close stops the subscriber. Cancelling its context instead would hand
// acknowledged messages out again. It does not wait for the message that is being
// handled, and can be called more than once.
func (i *Inbox) Close() (err error) {
	i.waker.once.Do(func() {
		close(i.waker.closed)
		err = i.sub.Close()
	})
	return err
}

// waker is the subscriber's BackoffManager: with nothing to do it sleeps until it
// is woken, which costs under a millisecond instead of half a polling interval.
type waker struct {
	wake   chan struct{}
	closed chan struct{}
	once   sync.Once
	log    *slog.Logger
}

// HandleError implements wsql.BackoffManager.
func (w *waker) HandleError(_ watermill.LoggerAdapter, noMsg bool, err error) time.Duration {
	switch {
	case err != nil && !errors.Is(err, context.Canceled):
		w.log.Error("cannot read the inbox", slog.String("error", err.Error()))
	case err != nil, !noMsg:
		return 0
	}
	timer := time.NewTimer(pollEvery)
	defer timer.Stop()
	select {
	case <-w.wake:
	case <-w.closed:
	case <-timer.C:
	}
	return 0
}

// inboxSchema maps inbox messages to the inbox table. The tables are made by the
// store's migrations.
type inboxSchema struct{}

func (inboxSchema) InsertQuery(_ string, msgs message.Messages) (wsql.Query, error) {
	q := wsql.Query{Query: "INSERT INTO inbox (uuid, first, last) VALUES "}
	for i, m := range msgs {
		if i > 0 {
			q.Query += ", "
		}
		q.Query += "(?, ?, ?)"
		if len(m.Payload) != 24 {
			return wsql.Query{}, fmt.Errorf("queue: inbox message of %d bytes", len(m.Payload))
		}
		q.Args = append(q.Args, m.UUID,
			int64(binary.BigEndian.Uint64(m.Payload[8:])),  //nolint:gosec // written from int64
			int64(binary.BigEndian.Uint64(m.Payload[16:]))) //nolint:gosec // written from int64
	}
	return q, nil
}

func (inboxSchema) SelectQuery(string, string, wsql.OffsetsAdapter) wsql.Query {
	return wsql.Query{Query: "SELECT id, uuid, first, last, tries FROM inbox ORDER BY id LIMIT " + strconv.Itoa(selectBatch)}
}

func (inboxSchema) UnmarshalMessage(row wsql.Scanner) (wsql.Row, error) {
	var r wsql.Row
	var uuid string
	var first, last int64
	var tries int
	if err := row.Scan(&r.Offset, &uuid, &first, &last, &tries); err != nil {
		return wsql.Row{}, fmt.Errorf("queue: read the inbox: %w", err)
	}
	r.UUID = []byte(uuid)
	r.Payload = inboxPayload(r.Offset, first, last)
	r.Msg = message.NewMessage(uuid, r.Payload)
	r.Msg.Metadata.Set(triesKey, strconv.Itoa(tries))
	return r, nil
}

func (inboxSchema) SchemaInitializingQueries(string) []wsql.Query { return nil }

// SubscribeIsolationLevel is SQLite's only one: a snapshot.
func (inboxSchema) SubscribeIsolationLevel() sql.IsolationLevel { return sql.LevelDefault }

// noOffsets keeps no offsets: a row that is routed is gone.
type noOffsets struct{}

func (noOffsets) AckMessageQuery(string, wsql.Row, string) wsql.Query {
	return wsql.Query{Query: "SELECT 1"}
}

func (noOffsets) ConsumedMessageQuery(string, wsql.Row, string, []byte) wsql.Query {
	return wsql.Query{}
}
func (noOffsets) NextOffsetQuery(string, string) wsql.Query            { return wsql.Query{} }
func (noOffsets) SchemaInitializingQueries(string) []wsql.Query        { return nil }
func (noOffsets) BeforeSubscribingQueries(string, string) []wsql.Query { return nil }
