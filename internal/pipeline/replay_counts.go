package pipeline

import (
	"cmp"
	"maps"
	"slices"

	"leadhub/internal/store"
)

// ReplayCounts says what a replay would do, or has done. Events are counted once,
// leads once for each event that holds them.
type ReplayCounts struct {
	Events int `json:"events"` // looked at
	// LeftAlone says of how many leads (or events without leads) nothing is done, by
	// the reason.
	LeftAlone map[string]int `json:"left_alone"`
	// Mapped events could not be read before and can be now; StillUnmapped cannot.
	Mapped        int `json:"mapped"`
	StillUnmapped int `json:"still_unmapped"`
	// Released leads were held and are not any more; StillHeld are.
	Released  int `json:"released"`
	StillHeld int `json:"still_held"`
	// NewLeads were not known; NewRevisions have other content by the configuration of now.
	NewLeads     int `json:"new_leads"`
	NewRevisions int `json:"new_revisions"`
	// Decisions are those written: where something is sent, or decided otherwise than before.
	Decisions int           `json:"decisions"`
	Routes    []RouteCount  `json:"routes"`  // what is decided about the leads that are not left alone
	Outputs   []OutputCount `json:"outputs"` // what that means for the outputs
	Failed    []string      `json:"failed"`  // events that could not be replayed, and why; the first few
	Failures  int           `json:"failures"`
}

// RouteCount is what one route, or none, decided about leads or notices.
type RouteCount struct {
	Route   string `json:"route"` // "" where none did
	Outcome string `json:"outcome"`
	Leads   int    `json:"leads"`
}

// OutputCount is what a replay means for one output.
type OutputCount struct {
	Output string `json:"output"`
	Send   int    `json:"send"`  // deliveries that go out; it includes Again and Retried
	Again  int    `json:"again"` // of those: arrived before and sent once more
	// Retried were refused, or given up, and are tried again under the same identity.
	Retried int `json:"retried"`
	Arrived int `json:"arrived"` // are there and are not sent
	// Differ are those that arrived whose request would now be another one.
	Differ  int `json:"differ"`
	Waiting int `json:"waiting"` // are on their way anyway
	// Removed were decided for an output that the configuration no longer has.
	Removed int `json:"removed"`
}

// The reasons for leaving something alone.
const (
	aloneNotRouted = "not routed yet"
	aloneRepeat    = "repeat"
	aloneStale     = "stale"
	aloneEcho      = "echo"
	aloneUnread    = "cannot be read any more"
	aloneRoute     = "another route"
	aloneOutcome   = "another outcome"
	aloneSame      = "nothing to do"
	aloneUndecided = "nothing was decided"
)

const maxFailed = 20

func newReplayCounts() *ReplayCounts {
	return &ReplayCounts{LeftAlone: map[string]int{}, Routes: []RouteCount{}, Outputs: []OutputCount{}, Failed: []string{}}
}

// clone copies what can be added to.
func (c *ReplayCounts) clone() *ReplayCounts {
	d := *c
	d.LeftAlone = make(map[string]int, len(c.LeftAlone))
	maps.Copy(d.LeftAlone, c.LeftAlone) // a clone of nil would be nil
	d.Routes, d.Outputs, d.Failed = slices.Clone(c.Routes), slices.Clone(c.Outputs), slices.Clone(c.Failed)
	return &d
}

func (c *ReplayCounts) leave(reason string) { c.LeftAlone[reason]++ }

func (c *ReplayCounts) route(route string, outcome store.Outcome) {
	i, ok := slices.BinarySearchFunc(c.Routes, RouteCount{Route: route, Outcome: outcome.String()}, func(a, b RouteCount) int {
		return cmp.Or(cmp.Compare(a.Route, b.Route), cmp.Compare(a.Outcome, b.Outcome))
	})
	if !ok {
		c.Routes = slices.Insert(c.Routes, i, RouteCount{Route: route, Outcome: outcome.String()})
	}
	c.Routes[i].Leads++
}

// output returns the counts of one output. It is valid until the next call.
func (c *ReplayCounts) output(name string) *OutputCount {
	i, ok := slices.BinarySearchFunc(c.Outputs, name, func(o OutputCount, name string) int { return cmp.Compare(o.Output, name) })
	if !ok {
		c.Outputs = slices.Insert(c.Outputs, i, OutputCount{Output: name})
	}
	return &c.Outputs[i]
}

func (c *ReplayCounts) fail(what string) {
	c.Failures++
	if len(c.Failed) < maxFailed {
		c.Failed = append(c.Failed, what)
	}
}

// Sends is how many deliveries go out.
func (c *ReplayCounts) Sends() (send, again int) {
	for _, o := range c.Outputs {
		send += o.Send
		again += o.Again
	}
	return send, again
}
