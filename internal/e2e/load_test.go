package e2e

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"belfry"
	"belfry/client"
	"belfry/internal/cluster"
)

// load is what a product does to a cluster: backends publish to users, topics and
// everybody, people mark what they have read, and tabs listen. All of it goes by
// the balancer, and all of it is recorded.
type load struct {
	t       *testing.T
	url     string
	record  *cluster.Record
	users   []belfry.UserID
	backend *client.Client

	seq   atomic.Int64
	tries atomic.Int64 // that failed
	lost  atomic.Int64 // connections of tabs
	tasks sync.WaitGroup

	mu     sync.Mutex
	recent map[belfry.UserID]belfry.ID // the newest private item, to be marked

	streams   sync.WaitGroup
	hangUp    context.CancelFunc
	views     map[belfry.UserID][]*cluster.View
	listening chan struct{} // one a tab that is live
}

// topicOf is the topic that a user follows.
func topicOf(n int) belfry.Topic { return belfry.Topic(fmt.Sprint("team.", n%5)) }

// newLoad makes users, each with a topic, and opens tabs of random ones.
func newLoad(t *testing.T, url string, users, tabs int) *load {
	t.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	t.Cleanup(transport.CloseIdleConnections)
	backend, err := client.New(client.Config{URL: url, Key: apiKey, Tries: 1, Timeout: 5 * time.Second, HTTP: &http.Client{Transport: transport}})
	if err != nil {
		t.Fatal(err)
	}
	l := &load{
		t: t, url: url, record: cluster.NewRecord(), backend: backend, recent: map[belfry.UserID]belfry.ID{},
		views: map[belfry.UserID][]*cluster.View{}, listening: make(chan struct{}, tabs),
	}
	for i := range users {
		u := belfry.UserID(fmt.Sprint("user-", i))
		l.users = append(l.users, u)
		if err := backend.Inbox(u).Follow(t.Context(), topicOf(i)); err != nil {
			t.Fatal(err)
		}
	}
	streaming, hangUp := context.WithCancel(context.Background())
	l.hangUp = hangUp
	t.Cleanup(l.close)
	for i := range tabs {
		l.open(streaming, l.users[rand.N(users)], i)
	}
	for range tabs {
		select {
		case <-l.listening:
		case <-time.After(time.Minute):
			t.Fatal("a tab is not live after a minute")
		}
	}
	return l
}

// close ends the tabs.
func (l *load) close() {
	l.hangUp()
	l.streams.Wait()
}

// open lets a tab listen, by either transport, until the load is closed.
func (l *load) open(ctx context.Context, user belfry.UserID, i int) {
	l.t.Helper()
	token, err := l.backend.Token(ctx, user, time.Hour, client.Claims{})
	if err != nil {
		l.t.Fatal(err)
	}
	c, err := client.New(client.Config{URL: l.url, Token: token.Token})
	if err != nil {
		l.t.Fatal(err)
	}
	view := l.record.Client(user, fmt.Sprintf("tab %d of %s", i, user))
	l.views[user] = append(l.views[user], view)
	var live sync.Once
	o := client.StreamOptions{
		Transport: []string{client.TransportWebSocket, client.TransportSSE}[i%2], Items: 100,
		Lost: func(error, time.Duration) { l.lost.Add(1) },
	}
	l.streams.Go(func() {
		err := c.Stream(ctx, o, func(f client.Frame) error {
			if len(f.Raw) > 0 {
				view.Frame(f.Raw)
			}
			if f.Type == "live" {
				live.Do(func() { l.listening <- struct{}{} })
			}
			return nil
		})
		if !errors.Is(err, context.Canceled) {
			l.t.Errorf("tab %d of %s: the stream ended: %v", i, user, err)
		}
	})
}

// run publishes and marks, so many a second, until ctx ends; then it waits for
// the answers that are still out.
func (l *load) run(ctx context.Context, publishes, marks int) {
	const workers = 24
	for range workers {
		l.tasks.Go(func() { l.every(ctx, workers*time.Second/time.Duration(publishes), l.publish) })
		l.tasks.Go(func() { l.every(ctx, workers*time.Second/time.Duration(marks), l.mark) })
	}
	<-ctx.Done()
	l.tasks.Wait()
}

func (l *load) every(ctx context.Context, mean time.Duration, f func()) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(rand.N(2 * mean)):
			f()
		}
	}
}

// publish publishes one notification and tries, by its idempotency key, until it
// is told what became of it.
func (l *load) publish() {
	n := int(l.seq.Add(1))
	user := l.users[rand.N(len(l.users))]
	to := belfry.Target{User: user}
	switch n % 10 {
	case 0:
		to = belfry.Target{All: true}
	case 1:
		to = belfry.Target{Topic: topicOf(rand.N(5))}
	case 2:
		to = belfry.Target{Users: []belfry.UserID{user, l.users[(n+1)%len(l.users)], l.users[(n+2)%len(l.users)]}}
		if to.Users[1] == user || to.Users[2] == user {
			to = belfry.Target{User: user}
		}
	}
	draft := belfry.Draft{To: to, Content: belfry.Content{Title: fmt.Sprint("n", n)}, IdempotencyKey: fmt.Sprint("key-", n)}
	asked := time.Now()
	var done belfry.Published
	err := l.retried(func(ctx context.Context) (err error) {
		done, err = l.backend.Publish(ctx, draft)
		return err
	})
	l.record.Published(draft.Title, to, done.ID, err, asked)
	if err == nil && to.User != "" {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.recent[user] = done.ID
	}
}

// patience is how long a publisher keeps trying.
const patience = time.Minute

func (l *load) retried(try func(context.Context) error) (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for {
		if err = try(ctx); err == nil {
			return nil
		}
		l.tries.Add(1)
		var e *belfry.Error
		if !errors.As(err, &e) || !belfry.Codes[e.Code].Retry {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(100*time.Millisecond + rand.N(200*time.Millisecond)):
		}
	}
}

// mark marks the newest item of a user as read, or all of them, once.
func (l *load) mark() {
	user := l.users[rand.N(len(l.users))]
	l.mu.Lock()
	id := l.recent[user]
	l.mu.Unlock()
	m := belfry.Mark{Action: belfry.ActionRead, IDs: []belfry.ID{id}}
	if id == "" || rand.N(10) == 0 {
		m = belfry.Mark{Action: belfry.ActionRead, All: true}
	}
	done, err := l.backend.Inbox(user).Mark(context.Background(), m)
	at, parseErr := belfry.ParseCursor(done.Cursor)
	if err == nil && parseErr != nil {
		l.t.Error(parseErr)
	}
	l.record.Marked(user, m.All, done.Changed, at.Position, err)
}

// settle notes what is stored and waits until every tab shows it.
func (l *load) settle() {
	l.t.Helper()
	deadline := time.Now().Add(2 * time.Minute)
	for i, user := range l.users {
		in := l.stored(user, topicOf(i))
		l.record.Stored(user, in)
		for _, v := range l.views[user] {
			for !v.Shows(in) && time.Now().Before(deadline) { // what is wrong then says the check
				time.Sleep(5 * time.Millisecond)
			}
		}
	}
}

// stored reads a user's whole inbox.
func (l *load) stored(user belfry.UserID, topic belfry.Topic) (in cluster.Inbox) {
	l.t.Helper()
	in.Topics = []belfry.Topic{topic}
	q := client.ListOptions{Limit: 100}
	for {
		page, err := l.backend.Inbox(user).List(context.Background(), q)
		if err != nil {
			l.t.Fatal(err)
		}
		at, err := belfry.ParseCursor(page.Cursor)
		if err != nil {
			l.t.Fatal(err)
		}
		in.Unread, in.Head = page.Counts.Unread, at.Position
		for _, it := range page.Items {
			in.Items = append(in.Items, cluster.Item{
				ID: it.ID, Title: it.Title, Shared: it.To.Shared(), Born: it.Born, ReceiptRev: it.ReceiptRev, Read: it.ReadAt != 0,
			})
		}
		if q.After = page.Next; q.After == "" {
			return in
		}
	}
}
