package slack

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	slackapi "github.com/slack-go/slack"

	"leadhub/outputs"
)

const (
	pageSize  = 100
	pageLimit = 5 // 500 messages: what is looked for is minutes old
	// listSize and listLimit bound the search for a channel's id.
	listSize  = 1000
	listLimit = 10
	// clockSkew is how far Slack's clock and ours may be apart.
	clockSkew = 5 * time.Minute
)

// Find looks for the delivery's message by its metadata: in the channel since the
// event was received, in the thread it answers, or at the message it edits. It
// needs the scopes channels:history or groups:history, and, where a channel is
// named rather than given by its id, channels:read or groups:read.
func (b *bot) Find(ctx context.Context, d *outputs.Delivery) (outputs.Receipt, bool, error) {
	if b.unset != "" {
		return outputs.Receipt{}, false, notSet(b.name, b.unset)
	}
	m, err := b.compose(d)
	if err != nil {
		return outputs.Receipt{}, false, err
	}
	channel, err := b.resolve(ctx, m.Channel)
	if err != nil {
		return outputs.Receipt{}, false, err
	}
	at := place{channel: channel, root: m.ThreadTS}
	var ts string
	switch {
	case m.TS != "":
		ts, err = b.findAt(ctx, channel, m.TS, d.ID)
	case m.ThreadTS != "":
		ts, err = b.findIn(ctx, d, b.thread(channel, m.ThreadTS))
		at.reply = ts
	default:
		ts, err = b.findIn(ctx, d, b.history(channel))
	}
	if err != nil || ts == "" {
		return outputs.Receipt{}, false, err
	}
	if at.root == "" {
		at.root = ts
	}
	return outputs.Receipt{AlreadyThere: true, RemoteID: at.String()}, true, nil
}

// page reads one page of messages; next is "" on the last one.
type page func(ctx context.Context, cursor, oldest string) (messages []slackapi.Message, next string, err error)

func (b *bot) history(channel string) page {
	return func(ctx context.Context, cursor, oldest string) ([]slackapi.Message, string, error) {
		call, ctx := newCall(ctx)
		r, err := b.api.GetConversationHistoryContext(ctx, &slackapi.GetConversationHistoryParameters{
			ChannelID: channel, Cursor: cursor, Oldest: oldest, Limit: pageSize, IncludeAllMetadata: true,
		})
		if err := b.looked(call, err, channel); err != nil {
			return nil, "", err
		}
		return r.Messages, r.ResponseMetaData.NextCursor, nil
	}
}

func (b *bot) thread(channel, root string) page {
	return func(ctx context.Context, cursor, oldest string) ([]slackapi.Message, string, error) {
		call, ctx := newCall(ctx)
		messages, _, next, err := b.api.GetConversationRepliesContext(ctx, &slackapi.GetConversationRepliesParameters{
			ChannelID: channel, Timestamp: root, Cursor: cursor, Oldest: oldest, Limit: pageSize, IncludeAllMetadata: true,
		})
		return messages, next, b.looked(call, err, channel)
	}
}

// findIn returns the ts of the delivery's message, "" if there is none.
func (b *bot) findIn(ctx context.Context, d *outputs.Delivery, read page) (string, error) {
	since := receivedAt(d).Add(-clockSkew)
	oldest := strconv.FormatInt(max(since.Unix(), 0), 10) + ".000000"
	cursor := ""
	for range pageLimit {
		messages, next, err := read(ctx, cursor, oldest)
		if err != nil {
			return "", err
		}
		for i := range messages {
			if isMessageOf(&messages[i], d.ID) {
				return messages[i].Timestamp, nil
			}
		}
		if next == "" {
			return "", nil
		}
		cursor = next
	}
	return "", outputs.Ambiguous(fmt.Errorf("the message is not among the last %d of the channel; older ones were not looked at", pageSize*pageLimit))
}

// findAt says whether the message at ts is the delivery's already, by returning ts.
func (b *bot) findAt(ctx context.Context, channel, ts, id string) (string, error) {
	call, ctx := newCall(ctx)
	// Of all methods only this one finds answers in threads and messages at the top.
	messages, _, _, err := b.api.GetConversationRepliesContext(ctx, &slackapi.GetConversationRepliesParameters{
		ChannelID: channel, Timestamp: ts, Latest: ts, Oldest: ts, Inclusive: true, Limit: 1, IncludeAllMetadata: true,
	})
	if err := b.looked(call, err, channel); err != nil {
		return "", err
	}
	for i := range messages {
		if messages[i].Timestamp == ts && isMessageOf(&messages[i], id) {
			return ts, nil
		}
	}
	return "", nil
}

func isMessageOf(m *slackapi.Message, id string) bool {
	if m.Metadata.EventType != leadEvent && m.Metadata.EventType != noticeEvent {
		return false
	}
	delivery, _ := m.Metadata.EventPayload[payloadKey].(string)
	return delivery == id
}

func receivedAt(d *outputs.Delivery) time.Time {
	switch {
	case d.Lead != nil:
		return d.Lead.Source.ReceivedAt
	case d.Notice != nil:
		return d.Notice.ReceivedAt
	default:
		return time.Time{}
	}
}

// resolve returns a channel's id: what was learnt when something was posted there,
// else what the list of channels says.
func (b *bot) resolve(ctx context.Context, channel string) (string, error) {
	if channelID.MatchString(channel) {
		return channel, nil
	}
	if id, ok := b.ids.Load(channel); ok {
		if s, ok := id.(string); ok {
			return s, nil
		}
	}
	cursor := ""
	for range listLimit {
		call, callCtx := newCall(ctx)
		channels, next, err := b.api.GetConversationsContext(callCtx, &slackapi.GetConversationsParameters{
			Cursor: cursor, Limit: listSize, ExcludeArchived: true, Types: []string{"public_channel", "private_channel"},
		})
		if err := b.looked(call, err, channel); err != nil {
			return "", err
		}
		for i := range channels {
			b.ids.Store("#"+channels[i].Name, channels[i].ID)
		}
		if id, ok := b.ids.Load(channel); ok {
			if s, ok := id.(string); ok {
				return s, nil
			}
		}
		if next == "" {
			break
		}
		cursor = next
	}
	return "", outputs.Ambiguous(fmt.Errorf("the channel %s is not in the list of channels: give it by its id to look into it", channel))
}

// looked classifies a call that only reads. Nothing can be ambiguous about it;
// and where the app may not read, it may still post: the outcome of the attempt
// stays unknown, and nothing is paused.
func (b *bot) looked(call *call, failed error, channel string) error {
	_, err := b.read(call, failed, channel)
	if err == nil && failed != nil {
		// A good answer that slack-go could not decode.
		err = outputs.Ambiguous(errors.New(b.client.Redactor().Text("an answer of Slack's could not be read: " + failed.Error())))
	}
	if err == nil {
		return nil
	}
	var e *outputs.Error
	if !errors.As(err, &e) {
		return err
	}
	again := *e
	switch {
	case e.Instruction == outputs.InstructAmbiguous:
		again.Instruction = outputs.InstructRetry
	case e.Instruction != outputs.InstructRetry:
		again.Instruction = outputs.InstructAmbiguous
		again.Err = fmt.Errorf("cannot look whether the message arrived: %w", e.Err)
	}
	return &again
}
