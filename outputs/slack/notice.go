package slack

import (
	slackapi "github.com/slack-go/slack"

	"leadhub/outputs"
)

// noticeBlocks is the message about an event without a lead.
func noticeBlocks(d *outputs.Delivery, chosen []*slackapi.TextBlockObject) []slackapi.Block {
	n := d.Notice
	blocks := []slackapi.Block{header(d, noticeTitle(n))}
	if n.IsTest {
		blocks = append(blocks, section(":test_tube: *This is a test, not a real event.*"))
	}
	if len(chosen) > 0 {
		blocks = append(blocks, slackapi.NewSectionBlock(nil, chosen, nil))
	}
	if b := why(d); b != nil {
		blocks = append(blocks, b)
	}
	parts := []string{text(n.Vendor, maxName), code(n.Event, maxName)}
	if n.Tenant != "" {
		parts = append(parts, "workspace "+text(n.Tenant, maxName))
	}
	if !n.ReceivedAt.IsZero() {
		parts = append(parts, "received "+moment(n.ReceivedAt))
	}
	if page := hubPage(d, "/events/"+d.EventID); page != "" && d.EventID != "" {
		parts = append(parts, link(page, "Open in leadhub"))
	}
	return append(blocks, smallPrint(parts))
}

func noticeText(n *outputs.Notice) string { return text(n.Vendor, maxName) + ": " + noticeTitle(n) }

func noticeTitle(n *outputs.Notice) string {
	subject := n.Subject
	if subject == "" {
		subject = n.Event
	}
	title := text(subject, maxTitle)
	if n.IsTest {
		title = "TEST: " + title
	}
	return title
}
