package store

// Outcome is what became of an event, or of a lead in it. The values are stored.
type Outcome uint8

// The outcomes. Of a lead: routed, suppressed, merged, held, repeat, stale or
// test. Of an event: repeat, stale, unmapped, notice, test, echo or leads.
const (
	OutcomeNone Outcome = iota
	OutcomeRouted
	OutcomeSuppressed
	OutcomeMerged
	OutcomeHeld
	OutcomeRepeat
	OutcomeStale
	OutcomeUnmapped
	OutcomeNotice
	OutcomeTest
	OutcomeEcho
	OutcomeLeads
	outcomeEnd
)

// String returns the word users see.
func (o Outcome) String() string {
	switch o {
	case OutcomeRouted:
		return "routed"
	case OutcomeSuppressed:
		return "suppressed"
	case OutcomeMerged:
		return "merged"
	case OutcomeHeld:
		return "held"
	case OutcomeRepeat:
		return "repeat"
	case OutcomeStale:
		return "stale"
	case OutcomeUnmapped:
		return "unmapped"
	case OutcomeNotice:
		return "notice"
	case OutcomeTest:
		return "test"
	case OutcomeEcho:
		return "echo"
	case OutcomeLeads:
		return "leads"
	default:
		return "waiting"
	}
}

// State is where a delivery stands. The values are stored.
type State uint8

// The states of a delivery. StatePaused is never stored: a waiting delivery whose
// output or target is paused is shown so. StateParked is an attempt of unknown
// outcome that waits for a person; it is shown as paused too.
const (
	StateWaiting State = iota
	StateSending
	StateDelivered
	StateAlreadyThere
	StateRefused
	StateGaveUp
	StateSkipped
	StateParked
	StatePaused
	stateEnd
)

// String returns the word users see.
func (s State) String() string {
	switch s {
	case StateWaiting, StateSending:
		return "waiting"
	case StateDelivered:
		return "delivered"
	case StateAlreadyThere:
		return "already there"
	case StateRefused:
		return "refused"
	case StateGaveUp:
		return "gave up"
	case StateSkipped:
		return "skipped"
	case StateParked, StatePaused:
		return "paused"
	default:
		return "unknown"
	}
}

// Ended says whether nothing more happens to a delivery in this state.
func (s State) Ended() bool { return s >= StateDelivered && s <= StateSkipped }

// Channel is the way an event came. The values are stored.
type Channel uint8

// The channels.
const (
	ChannelWebhook Channel = iota + 1
	ChannelPoll
	ChannelImport
)

// String returns the word users see.
func (c Channel) String() string {
	switch c {
	case ChannelPoll:
		return "poll"
	case ChannelImport:
		return "import"
	default:
		return "webhook"
	}
}

// nameKind separates the name spaces of the names table. The values are stored.
type nameKind uint8

const (
	nameReceiver nameKind = iota + 1
	nameOutput
	nameTarget
	nameRoute
)

// item is what a ledger counter counts. The values are stored.
type item uint8

const (
	itemReceived item = 1
	itemRejected item = 2
	itemLeads    item = 3 // leads found in events
	itemNewLeads item = 4 // leads seen for the first time
	itemCreated  item = 5 // deliveries written
	// itemWithLeads counts events whose decisions are about leads, whatever the event's own outcome.
	itemWithLeads item = 6
	// itemEvent + Outcome: events by outcome. itemLead + Outcome: leads by outcome.
	// itemDelivery + State: deliveries that ended, by state.
	itemEvent    item = 32
	itemLead     item = 64
	itemDelivery item = 96
	// itemRunLead + Outcome: decisions of replays about leads. itemRunEvent + Outcome:
	// those about events without leads. What was counted of the event before stays.
	itemRunLead  item = 128
	itemRunEvent item = 160
)
