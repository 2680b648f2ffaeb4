package postgres

import (
	"context"
	"hash/maphash"
	"slices"
	"sync"

	"belfry"
	"belfry/internal/logs"
)

// The writers of one store. Each has a transaction of its own under way at most.
const (
	privateLanes = 2            // each for some of the users, by hash of their name
	laneWide     = privateLanes // for what concerns users of several lanes, or nobody
	laneShared   = privateLanes + 1
	writerCount  = privateLanes + 2
)

var seed = maphash.MakeSeed()

func laneOf(name belfry.UserID) int {
	return int(maphash.String(seed, string(name)) % privateLanes)
}

func (s *Store) startLanes() {
	s.stripes = make([]sync.Mutex, privateLanes+1)
	for range writerCount {
		s.lanes = append(s.lanes, newWriter(s))
	}
}

// lane is where a step is applied. The shared log is written by one transaction
// at a time, which should not wait for the locks of other steps' users.
func (n *needs) lane() int {
	if n.shared {
		return laneShared
	}
	lane := laneWide
	for i, u := range n.users {
		if l := laneOf(u); i == 0 {
			lane = l
		} else if l != lane {
			return laneWide
		}
	}
	return lane
}

// do has steps applied, those of each log in the order given, and returns what
// became of each. What waits together is committed together with others'.
// Results that a step leaves behind may be read only if its error is nil.
func (s *Store) do(ctx context.Context, steps ...*step) []error {
	private, shared := laneWide, []*step(nil)
	var own []*step
	for _, st := range steps {
		l := st.lane()
		if l == laneShared {
			shared = append(shared, st)
			continue
		}
		if len(own) == 0 {
			private = l
		} else if l != private {
			private = laneWide
		}
		own = append(own, st)
	}
	results := map[*step]error{}
	wait := []func(){s.lanes[private].start(ctx, own, results), s.lanes[laneShared].start(ctx, shared, results)}
	for _, w := range wait {
		w()
	}
	return mapped(steps, func(st *step) error { return results[st] })
}

// doOne is do for a single step with a result.
func doOne[T any](ctx context.Context, s *Store, n needs, run func(*tx) (T, error)) (T, error) {
	var result T
	err := s.do(ctx, &step{needs: n, run: func(t *tx) (err error) {
		result, err = run(t)
		return err
	}})[0]
	if err != nil {
		var none T
		return none, err
	}
	return result, nil
}

// hold keeps the other lanes from the logs that steps will change until they are
// committed and rung for: the server lets go of its locks before this process
// knows, and the rings of a log go out in commit order. Taken in one order.
func (s *Store) hold(steps []*step) (release func()) {
	var wanted [privateLanes + 1]bool
	for _, st := range steps {
		for _, u := range st.users {
			wanted[laneOf(u)] = true
		}
		if st.shared {
			wanted[privateLanes] = true
		}
	}
	for i := range wanted {
		if wanted[i] {
			s.stripes[i].Lock()
		}
	}
	return func() {
		for i := range wanted {
			if wanted[i] {
				s.stripes[i].Unlock()
			}
		}
	}
}

// needs are the locks of a step, which its transaction takes before anything
// else and in this order.
type needs struct {
	claims    []logs.Due      // due things that nobody else may be doing
	outbox    []int64         // rows of the outbox to be published
	scheduled []belfry.ID     // notifications that may be waiting for their deliverAt
	keys      []newKey        // idempotency keys to be taken
	users     []belfry.UserID // whose logs are to be changed; made at first contact
	onlyKnown bool            // no user is to be made
	since     belfry.Time     // the start of a user who is made; 0: the default
	shared    bool            // the shared log is to be changed
	topics    []belfry.Topic  // whose last ordinal will be asked for
}

// weight is about how many rows the step writes.
func (n *needs) weight() int { return 1 + len(n.users) }

// locks are the needs of several steps, sorted and each once.
type locks struct {
	needs
	made map[belfry.UserID]belfry.Time // users to be made when they are not there, with their start
}

func locksOf(steps []*step) locks {
	l := locks{made: map[belfry.UserID]belfry.Time{}}
	keys := map[string]bool{}
	for _, st := range steps {
		l.claims = append(l.claims, st.claims...)
		l.outbox = append(l.outbox, st.outbox...)
		l.scheduled = append(l.scheduled, st.scheduled...)
		l.users = append(l.users, st.users...)
		l.topics = append(l.topics, st.topics...)
		l.shared = l.shared || st.shared
		for _, k := range st.keys {
			if !keys[k.Key] {
				keys[k.Key] = true
				l.keys = append(l.keys, k)
			}
		}
		for _, u := range st.users {
			if _, known := l.made[u]; !known && !st.onlyKnown {
				l.made[u] = st.since
			}
		}
	}
	slices.Sort(l.users)
	l.users = slices.Compact(l.users)
	slices.Sort(l.topics)
	l.topics = slices.Compact(l.topics)
	return l
}
