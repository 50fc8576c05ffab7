package slack

import (
	"encoding/json"
	"strings"

	slackapi "github.com/slack-go/slack"

	"leadhub/outputs"
)

// message is what Render makes: the JSON body of a webhook, and what becomes the
// form fields of chat.postMessage and chat.update.
type message struct {
	Channel  string                  `json:"channel,omitempty"`
	TS       string                  `json:"ts,omitempty"`        // the message to edit; "" to post a new one
	ThreadTS string                  `json:"thread_ts,omitempty"` // the message to answer
	Text     string                  `json:"text"`                // for notifications and screen readers
	Blocks   []slackapi.Block        `json:"blocks"`
	Metadata *slackapi.SlackMetadata `json:"metadata,omitempty"`
	// Slack would fetch every link of a lead and show a preview below the message.
	UnfurlLinks bool `json:"unfurl_links"`
	UnfurlMedia bool `json:"unfurl_media"`
}

// wire is a rendered message on its way out: the blocks stay as they are.
type wire struct {
	Channel  string                 `json:"channel"`
	TS       string                 `json:"ts"`
	ThreadTS string                 `json:"thread_ts"`
	Text     string                 `json:"text"`
	Blocks   []rawBlock             `json:"blocks"`
	Metadata slackapi.SlackMetadata `json:"metadata"`
}

// rawBlock is a block that was rendered before.
type rawBlock struct{ json.RawMessage }

// BlockType is unknown here, and nothing asks for it.
func (rawBlock) BlockType() slackapi.MessageBlockType { return "" }

// ID is inside the block.
func (rawBlock) ID() string { return "" }

// The event types of the metadata by which a message is found again. It holds no
// personal data: everyone in the workspace can read it (documented).
const (
	leadEvent   = "leadhub_lead"
	noticeEvent = "leadhub_notice"
	payloadKey  = "delivery"
)

func metadata(d *outputs.Delivery) *slackapi.SlackMetadata {
	if d.Lead == nil {
		return &slackapi.SlackMetadata{EventType: noticeEvent, EventPayload: map[string]any{payloadKey: d.ID}}
	}
	return &slackapi.SlackMetadata{EventType: leadEvent, EventPayload: map[string]any{
		payloadKey: d.ID, "lead_id": d.Lead.ID, "revision": d.Lead.Revision,
	}}
}

// compose writes text and blocks of a delivery in leadhub's own words. chosen are
// the facts to show; nil: all that are known of a lead, none of a notice.
func compose(d *outputs.Delivery, chosen []*slackapi.TextBlockObject) (*message, error) {
	switch {
	case d.Lead != nil:
		return &message{Text: leadText(d), Blocks: leadBlocks(d, chosen)}, nil
	case d.Notice != nil:
		return &message{Text: noticeText(d.Notice), Blocks: noticeBlocks(d, chosen)}, nil
	default:
		return nil, outputs.Permanent(outputs.ErrEmpty)
	}
}

// place is where a message stands, as Receipt.RemoteID keeps it:
// "channel:ts", or "channel:root:ts" for an answer in a thread.
type place struct{ channel, root, reply string }

func (p place) String() string {
	switch {
	case p.channel == "" || p.root == "":
		return ""
	case p.reply == "":
		return p.channel + ":" + p.root
	default:
		return p.channel + ":" + p.root + ":" + p.reply
	}
}

// placeOf reads a RemoteID; false where it is none of ours.
func placeOf(remoteID string) (place, bool) {
	parts := strings.Split(remoteID, ":")
	if len(parts) < 2 || len(parts) > 3 || parts[0] == "" || parts[1] == "" {
		return place{}, false
	}
	p := place{channel: parts[0], root: parts[1]}
	if len(parts) == 3 {
		p.reply = parts[2]
	}
	return p, true
}

// header is the message's first block. Its id is the delivery's: unique, as Slack
// asks, and a way to recognise the message where metadata is not kept.
func header(d *outputs.Delivery, title string) slackapi.Block {
	return slackapi.NewHeaderBlock(
		slackapi.NewTextBlockObject(slackapi.PlainTextType, title, false, false),
		slackapi.HeaderBlockOptionBlockID(d.ID),
	)
}

// markdown is text in Slack's own markup. Verbatim: no name or address in it
// becomes a link or a mention by itself.
func markdown(s string) *slackapi.TextBlockObject {
	return slackapi.NewTextBlockObject(slackapi.MarkdownType, s, false, true)
}

func section(s string) slackapi.Block { return slackapi.NewSectionBlock(markdown(s), nil, nil) }

func smallPrint(parts []string) slackapi.Block {
	return slackapi.NewContextBlock("", markdown(strings.Join(parts, "  ·  ")))
}

// Limits of the parts, in characters after escaping. Documented: 50 blocks, 3,000
// in a section, 2,000 in each of 10 fields, 150 in a header. Seen by others: all
// of it together must stay under some 13,000. The parts below add up to 9,000.
const (
	maxName    = 62 // two of them and "TEST: Update: " make a header
	maxTitle   = 140
	maxValue   = 180
	maxClause  = 240
	maxWhy     = 2000
	maxReason  = 300
	maxReasons = 2000
)

// bullets lists lines, each cut already, as far as limit goes.
func bullets(lines []string, limit int) string {
	const more = "\n• …"
	var b strings.Builder
	length := 0
	for _, line := range lines {
		if line == "" {
			continue
		}
		line = "\n• " + line
		n := size(line)
		if length+n > limit-len(more) {
			b.WriteString(more)
			break
		}
		b.WriteString(line)
		length += n
	}
	return b.String()
}

// why says which route sent the delivery here, and by which clauses.
func why(d *outputs.Delivery) slackapi.Block {
	route := code(d.Route, maxValue)
	if len(d.Because) == 0 {
		switch {
		case route == "":
			return nil
		case d.Lead != nil && d.Lead.IsTest:
			return section("*Why it is here*\nIt is marked as a test")
		}
		return section("*Why it is here*\nRoute " + route + ", which has no condition")
	}
	clauses := make([]string, len(d.Because))
	for i, clause := range d.Because {
		clauses[i] = code(clause, maxClause)
	}
	because := ", because all of this is true:"
	if len(clauses) == 1 {
		because = ", because this is true:"
	}
	return section("*Why it is here*\nRoute " + route + because + bullets(clauses, maxWhy))
}
