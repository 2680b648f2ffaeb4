package client

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"belfry"
)

var transports = []string{TransportWebSocket, TransportSSE}

// listener is a stream that notes what it is sent.
type listener struct {
	mu     sync.Mutex
	titles []string
	counts belfry.Counts
	lives  int
}

// listen streams until the test ends and gives every frame to the listener and
// to those beside it.
func listen(t *testing.T, c *Client, o StreamOptions, beside ...func(Frame)) *listener {
	l := &listener{}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- c.Stream(ctx, o, func(f Frame) error {
			for _, also := range beside {
				also(f)
			}
			return l.take(f)
		})
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("the stream ended: %v", err)
		}
	})
	return l
}

func (l *listener) take(f Frame) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch b := f.Body.(type) {
	case *Notification:
		l.titles = append(l.titles, b.Item.Title)
	case *Welcome:
		if !b.Resumed {
			l.counts = b.Counts
		}
	case *CountsChanged:
		l.counts = b.Counts
	case *Live:
		l.lives++
	}
	return nil
}

func (l *listener) has(titles ...string) func() bool {
	return func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		return slices.Equal(l.titles, titles)
	}
}

func (l *listener) live(times int) func() bool {
	return func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		return l.lives >= times
	}
}

func TestClient_Stream_ResumesAcrossARestart(t *testing.T) {
	for _, transport := range transports {
		t.Run(transport, func(t *testing.T) {
			n := startNode(t)
			w := startWire(t, n.addr)
			l := listen(t, newTestClient(t, w.url()), StreamOptions{Transport: transport, Token: userToken(t, "ann")})
			within(t, 5*time.Second, "live", l.live(1))
			publish(t, n, "1")
			within(t, 5*time.Second, "the first", l.has("1"))

			w.down.Store(true) // until more has happened
			n.stop()
			n.start()
			publish(t, n, "2", "3")
			w.down.Store(false)
			within(t, 5*time.Second, "what came meanwhile, in order, once", l.has("1", "2", "3"))
			within(t, 5*time.Second, "live again", l.live(2))
			within(t, 5*time.Second, "the count", func() bool {
				l.mu.Lock()
				defer l.mu.Unlock()
				return l.counts.Unread == 3
			})
		})
	}
}

func publish(t *testing.T, n *node, titles ...string) {
	t.Helper()
	for _, title := range titles {
		if _, err := n.client().Publish(t.Context(), draft("ann", title)); err != nil {
			t.Fatal(err)
		}
	}
}

// No items are wanted unless they are asked for.
func TestClient_Stream_Items(t *testing.T) {
	n := startNode(t)
	publish(t, n, "1", "2", "3")
	for items, want := range map[int]int{0: 0, 2: 2, 100: 3} {
		got := -1
		enough := errors.New("enough")
		err := n.client().Stream(t.Context(), StreamOptions{Items: items, Token: userToken(t, "ann")}, func(f Frame) error {
			got = len(f.Body.(*Welcome).Items)
			return enough
		})
		if !errors.Is(err, enough) || got != want {
			t.Errorf("asked for %d: %d items, %v; want %d", items, got, err, want)
		}
	}
}

func TestClient_Stream_NeverGivesUp(t *testing.T) {
	for _, transport := range transports {
		t.Run(transport, func(t *testing.T) {
			n := startNode(t)
			w := startWire(t, n.addr)
			var lost atomic.Int32
			n.stop() // there is nobody yet
			l := listen(t, newTestClient(t, w.url()), StreamOptions{
				Transport: transport, Token: userToken(t, "ann"), Lost: func(error, time.Duration) { lost.Add(1) },
			})
			within(t, 5*time.Second, "ten failures", func() bool { return lost.Load() >= 10 })
			n.start()
			within(t, 5*time.Second, "live", l.live(1))
			var titles []string
			for i := range 10 {
				w.cut()
				titles = append(titles, strconv.Itoa(i))
				publish(t, n, titles[i])
				within(t, 5*time.Second, "what was published across cut "+titles[i], l.has(titles...))
			}
		})
	}
}

func TestClient_Stream_StopsWhereItIsPointless(t *testing.T) {
	n := startNode(t)
	for _, transport := range transports {
		t.Run(transport, func(t *testing.T) {
			lost := 0
			err := n.client().Stream(t.Context(), StreamOptions{
				Transport: transport,
				Token:     func(context.Context) (string, error) { return "not.a.token", nil },
				Lost:      func(error, time.Duration) { lost++ },
			}, func(Frame) error { return nil })
			var e *belfry.Error
			if !errors.As(err, &e) || e.Code != belfry.CodeUnauthorized || e.Detail == "" || lost != 0 {
				t.Errorf("got %v after %d tries again; want unauthorized (4101) at once", err, lost)
			}
		})
	}
	t.Run("a cursor that is none", func(t *testing.T) {
		err := n.client().Stream(t.Context(), StreamOptions{Cursor: "garbage", Token: userToken(t, "ann")}, func(Frame) error { return nil })
		if belfry.ErrorCode(err) != belfry.CodeInvalid {
			t.Errorf("got %v", err)
		}
	})
}

func TestClient_Stream_ReturnsWhatTheHandlerReturns(t *testing.T) {
	n := startNode(t)
	enough := errors.New("enough")
	err := n.client().Stream(t.Context(), StreamOptions{Token: userToken(t, "ann")}, func(Frame) error { return enough })
	if !errors.Is(err, enough) {
		t.Errorf("got %v", err)
	}
}

// A connection that has died without a word is noticed after two heartbeats.
func TestClient_Stream_NoticesSilence(t *testing.T) {
	for _, transport := range transports {
		t.Run(transport, func(t *testing.T) {
			n := startNode(t)
			w := startWire(t, n.addr)
			reasons := make(chan error, 100)
			l := listen(t, newTestClient(t, w.url()), StreamOptions{
				Transport: transport, Token: userToken(t, "ann"), Lost: func(err error, _ time.Duration) { reasons <- err },
			})
			within(t, 5*time.Second, "live", l.live(1))
			w.mute.Store(true)
			publish(t, n, "unheard")
			select {
			case err := <-reasons:
				if belfry.ErrorCode(err) != belfry.CodeStalled {
					t.Errorf("got %v", err)
				}
			case <-time.After(10 * n.heartbeat):
				t.Fatal("the dead connection was not noticed")
			}
			w.mute.Store(false)
			w.cut()
			within(t, 10*time.Second, "what was missed", l.has("unheard"))
		})
	}
}

// What stands in between may answer anything; only Belfry's own word is final.
func TestClient_Stream_BelievesOnlyBelfry(t *testing.T) {
	n := startNode(t)
	var refused atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if refused.Add(1) <= 3 {
			http.Error(w, "no route to host", http.StatusNotFound)
			return
		}
		http.Redirect(w, r, n.url()+r.URL.RequestURI(), http.StatusTemporaryRedirect)
	}))
	defer s.Close()
	l := listen(t, newTestClient(t, s.URL), StreamOptions{Transport: TransportSSE, Token: userToken(t, "ann")})
	within(t, 5*time.Second, "live", l.live(1))
}

func TestBackoff_wait(t *testing.T) {
	b := backoff{first: 100 * time.Millisecond, most: 2 * time.Second}
	told := &belfry.Error{Code: belfry.CodeDraining, RetryAfter: 3 * time.Second}
	for n := range 100 {
		ceiling := min(b.first<<min(n, 10), b.most)
		if w := b.wait(n, nil); w < 0 || w >= ceiling {
			t.Errorf("wait(%d) = %s; want below %s", n, w, ceiling)
		}
		if w := b.wait(n, told); w < told.RetryAfter || w >= told.RetryAfter+ceiling {
			t.Errorf("wait(%d) = %s; was told %s", n, w, told.RetryAfter)
		}
	}
}

func TestEnding_reason(t *testing.T) {
	e := &ending{}
	e.note(Frame{Body: &Refused{Code: belfry.CodeDraining, Detail: "this node goes away"}})
	e.note(Frame{Body: &Bye{Code: belfry.CodeDraining, RetryAfter: 1500}})
	var got *belfry.Error
	if err := e.reason(errors.New("EOF")); !errors.As(err, &got) || got.Code != belfry.CodeDraining || got.RetryAfter != 1500*time.Millisecond || got.Detail != "this node goes away" {
		t.Errorf("got %#v", got)
	}
}
