package hub_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"

	"belfry"
	"belfry/hub"
	"belfry/sqlite"
)

// parts is a real store that remembers of how many users at most it is told at
// once.
type parts struct {
	*sqlite.Store
	most, all atomic.Int64
}

func (p *parts) Touch(ctx context.Context, seen map[belfry.UserID]belfry.Time) error {
	p.most.Store(max(p.most.Load(), int64(len(seen)))) // one goroutine tells
	p.all.Add(int64(len(seen)))
	return p.Store.Touch(ctx, seen)
}

// Everybody leaves at once: the store is told of all, in parts between which
// others may write.
func TestHub_touch_inParts(t *testing.T) {
	db, err := sqlite.Open(t.Context(), t.TempDir(), belfry.Rules{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	p := &parts{Store: db}
	h := hub.New(p, hub.NewBus(), hub.Options{}, meter{})
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { _ = h.Run(ctx) })
	const users = 1200
	for i := range users {
		if _, err := h.Open(t.Context(), hub.Spec{User: belfry.UserID(fmt.Sprint("u", i))}, newPipe()); err != nil {
			t.Fatal(err)
		}
	}
	stop()
	running.Wait()
	if p.all.Load() != users || p.most.Load() > 500 {
		t.Errorf("told of %d users that left, %d at once; want %d, at most 500", p.all.Load(), p.most.Load(), users)
	}
}
