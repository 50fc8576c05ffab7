package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"leadhub/internal/config"
	"leadhub/internal/queue"
	"leadhub/internal/store"
	"leadhub/receivers"
	"leadhub/routes"
	"leadhub/rules"
)

// Options are what a Hub is made of.
type Options struct {
	Config  *config.Config
	Kinds   config.Kinds   // for reading traces of earlier configurations
	Load    config.Options // the same
	Store   *store.Store
	Logger  *slog.Logger
	Now     func() time.Time
	MinFree uint64 // bytes of free disk below which nothing is taken in; 0: 64 MiB
}

// Hub is a running pipeline: intake, router and outputs over one store.
type Hub struct {
	gen   atomic.Pointer[generation]
	opts  Options
	store *store.Store
	log   *slog.Logger
	now   func() time.Time

	intake   *Intake
	inbox    *queue.Inbox
	router   *message.Router
	recorder *recorder
	rejects  *rejecter
	scopes   sync.Pool
	flights  flights

	reloadMu    sync.Mutex
	generations int // guarded by reloadMu

	routing sync.Mutex // held while a batch is decided and written, also by a replay: there is one router
	replays sync.Map   // runs under way, by id

	routedOne bool // only the inbox handler, one message at a time, uses it

	stopping chan struct{} // closed when the hub begins to stop
	sending  context.Context
	abort    context.CancelFunc // ends sends that outlast the grace period
	loops    sync.WaitGroup

	pauseMu sync.Mutex
	paused  pauses

	tablesMu sync.Mutex
	tables   map[int64]*routes.Table

	diskLow atomic.Bool
}

const (
	beatEvery      = 5 * time.Second
	liftEvery      = queue.ProbeEvery
	defaultMinFree = 64 << 20
)

// Start starts a hub. Stop must be called, also after an error of the router.
func Start(ctx context.Context, o Options) (*Hub, error) {
	if o.MinFree == 0 {
		o.MinFree = defaultMinFree
	}
	h := &Hub{
		opts: o, store: o.Store, log: o.Logger, now: o.Now,
		stopping: make(chan struct{}), paused: pauses{}, tables: map[int64]*routes.Table{},
		scopes: sync.Pool{New: func() any { return rules.NewScope() }},
	}
	h.sending, h.abort = context.WithCancel(context.WithoutCancel(ctx))
	var err error
	if h.inbox, err = queue.NewInbox(h.store.QueueDB(), h.log); err != nil {
		return nil, err
	}
	h.recorder = newRecorder(h.store, h.log)
	h.rejects = newRejecter(h.store, h.log)
	if err := h.buildRouter(ctx, o.Config); err != nil {
		return nil, err
	}
	h.intake = NewIntake(func(ctx context.Context, events []store.NewEvent) (int64, error) {
		return h.store.Append(ctx, events, queue.PublishInbox)
	}, h.inbox.Wake, h.log)
	h.loops.Go(func() {
		// The router's context is never cancelled: it is stopped by closing it.
		if err := h.router.Run(context.WithoutCancel(ctx)); err != nil {
			h.log.Error("the router ended", slog.String("error", err.Error()))
		}
	})
	h.checkDisk() // before the first event, not beside it
	h.loops.Go(h.heartbeat)
	h.loops.Go(h.watchLists)
	select {
	case <-h.router.Running():
	case <-ctx.Done():
	}
	return h, nil
}

func (h *Hub) buildRouter(ctx context.Context, cfg *config.Config) (err error) {
	h.router, err = message.NewRouter(message.RouterConfig{CloseTimeout: time.Minute}, queue.NewLogger(h.log))
	if err != nil {
		return fmt.Errorf("pipeline: %w", err)
	}
	// This handler is there as long as the router, which would end with its last one.
	h.router.AddConsumerHandler("route", queue.InboxTopic, h.inbox, h.onInbox)
	g, err := h.newGeneration(ctx, cfg)
	if err != nil {
		return err
	}
	h.gen.Store(g)
	return h.liftPauses(ctx, g, true)
}

// heartbeat keeps the hub's lease on its deliveries, and looks after what has to
// be looked at now and then.
func (h *Hub) heartbeat() {
	beat, lift, expire := time.NewTicker(beatEvery), time.NewTicker(liftEvery), time.NewTicker(expireEvery)
	defer beat.Stop()
	defer lift.Stop()
	defer expire.Stop()
	for {
		select {
		case <-h.stopping:
			return
		case <-beat.C:
			if err := h.store.Beat(context.Background()); err != nil {
				h.log.Error("cannot write the heartbeat", slog.String("error", err.Error()))
			}
			h.checkDisk()
		case <-expire.C:
			h.endExpired()
		case <-lift.C:
			if err := h.liftPauses(context.Background(), h.gen.Load(), false); err != nil {
				h.log.Error("cannot end pauses", slog.String("error", err.Error()))
			}
		}
	}
}

// checkDisk stops intake before the disk is full: a full disk would also stop the
// recording of deliveries.
func (h *Hub) checkDisk() {
	free, err := store.FreeSpace(h.store.Path())
	low := err == nil && free < h.opts.MinFree
	was := h.diskLow.Swap(low)
	switch {
	case low && !was:
		h.log.Error("the disk is almost full: nothing is taken in until there is room", slog.Uint64("free_bytes", free))
	case !low && was:
		h.log.Info("the disk has room again", slog.Uint64("free_bytes", free))
	}
}

// Ready returns "" while the hub takes events, else why not.
func (h *Hub) Ready() string {
	select {
	case <-h.stopping:
		return "shutting down"
	default:
	}
	if why := h.store.Healthy(); why != "" {
		return "the store does not take writes"
	}
	if h.diskLow.Load() {
		return "the disk is almost full"
	}
	if !h.router.IsRunning() {
		return "the router is not running"
	}
	return ""
}

// ErrNotReady says that the hub cannot take events now.
var ErrNotReady = errors.New("pipeline: not ready")

// Accept keeps a verified event and returns its public id once it is on disk.
func (h *Hub) Accept(receiver string, req *receivers.Request, v receivers.Verified) (string, error) {
	if h.diskLow.Load() {
		return "", ErrNotReady
	}
	id, err := h.intake.Accept(store.NewEvent{
		Receiver: receiver, Channel: store.ChannelWebhook, At: req.ReceivedAt, Meta: EncodeMeta(req.Header, v.Keep), Body: v.Body,
	})
	if err != nil {
		return "", err
	}
	return store.EventID(id), nil
}

// Reject keeps a note of a refused request. It never blocks: under a flood some are dropped.
func (h *Hub) Reject(r store.Reject) { h.rejects.put(r) }

// grace is how long sends may go on after a stop was asked for.
const grace = 15 * time.Second

// Stop stops the hub: what was accepted is kept, sends are finished or handed
// back. The caller has stopped the server first, and closes the store afterwards.
func (h *Hub) Stop() error {
	h.intake.Close()
	close(h.stopping)
	timer := time.AfterFunc(grace, h.abort)
	defer timer.Stop()
	err := h.router.Close()
	h.loops.Wait()
	h.abort()
	time.AfterFunc(grace, func() { close(h.recorder.giveUp) })
	h.recorder.close()
	h.rejects.close()
	return errors.Join(err, h.gen.Load().cfg.Close())
}

// tableOf returns the routing table of a configuration that decided something.
func (h *Hub) tableOf(id int64) *routes.Table {
	h.tablesMu.Lock()
	defer h.tablesMu.Unlock()
	if t, ok := h.tables[id]; ok {
		return t
	}
	table := keptTable(h.opts, h.gen.Load().cfg.File, id)
	h.tables[id] = table
	return table
}
