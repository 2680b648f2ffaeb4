package e2e

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"belfry"
	"belfry/client"
)

// setting is a number from the environment, so that one test serves a quick run
// and a serious one.
func setting(name string, quick int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return quick
}

// TestSlowReader is P7: one of many sessions stops reading while broadcasts go
// out. The others get everything as quickly as in a control run of the same
// length before it, memory stays bounded, and the stopped one gets everything
// when it reads again.
func TestSlowReader(t *testing.T) {
	s := newServer(t)
	s.start()
	c := crowd{t: t, s: s}
	others, total := setting("BELFRY_SESSIONS", 50), setting("BELFRY_BROADCASTS", 3000)
	c.pad = strings.Repeat("x", min(2000, 100_000_000/total)) // more than the kernel buffers, in all
	for i := range others {
		c.readers = append(c.readers, dialRaw(t, s, belfry.UserID(fmt.Sprint("u", i))))
	}
	for _, r := range c.readers {
		go r.read()
	}
	before := c.broadcast(total) // the control
	stopped := dialRaw(t, s, "stopped")
	stopped.got.Store(int64(c.sent))
	memory := rss(t, s.cmd.Process.Pid)
	during := c.broadcast(total)
	memory = rss(t, s.cmd.Process.Pid) - memory
	t.Logf("%d broadcasts to %d sessions, one of them stopped: memory grew by %d KiB", total, others+1, memory>>10)
	t.Logf("a hundred broadcasts to all the others: before p50 %v p99 %v, during p50 %v p99 %v",
		quantile(before, .5), quantile(before, .99), quantile(during, .5), quantile(during, .99))
	if memory > 64<<20 {
		t.Errorf("memory grew by %d MiB", memory>>20)
	}
	if got := stopped.got.Load(); got != int64(total) {
		t.Fatalf("the stopped reader has read up to %d", got)
	}
	go stopped.read()
	stopped.await(t, int64(c.sent))
}

func quantile(d []time.Duration, q float64) time.Duration {
	slices.Sort(d)
	return d[int(q*float64(len(d)-1))].Round(time.Millisecond)
}

// crowd is many readers and who broadcasts to them.
type crowd struct {
	t       *testing.T
	s       *server
	pad     string
	readers []*rawReader
	sent    int
}

// broadcast sends n more, a hundred at a time, and gives the time that each
// hundred took to reach every reader.
func (c *crowd) broadcast(n int) (took []time.Duration) {
	c.t.Helper()
	backend, err := client.New(client.Config{URL: c.s.url(), Key: apiKey})
	if err != nil {
		c.t.Fatal(err)
	}
	for end := c.sent + n; c.sent < end; {
		batch := make([]belfry.Draft, min(100, end-c.sent))
		for i := range batch {
			batch[i] = belfry.Draft{To: belfry.Target{All: true}, Content: belfry.Content{Title: fmt.Sprintf("seq=%d.", c.sent+i), Body: c.pad}}
		}
		begin := time.Now()
		results, err := backend.PublishBatch(context.Background(), batch)
		if err != nil {
			c.t.Fatal(err)
		}
		for _, r := range results {
			if r.Err != nil {
				c.t.Fatal(r.Err)
			}
		}
		c.sent += len(batch)
		for _, r := range c.readers {
			r.await(c.t, int64(c.sent))
		}
		took = append(took, time.Since(begin))
	}
	return took
}

// rawReader reads a stream of server-sent events as bytes and checks that the
// broadcasts come in order, each once.
type rawReader struct {
	conn net.Conn
	rest []byte // read and not yet looked at
	got  atomic.Int64
	err  error
	news chan struct{} // capacity one: got or err has moved
}

func dialRaw(t *testing.T, s *server, user belfry.UserID) *rawReader {
	t.Helper()
	conn, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	req, err := http.NewRequest(http.MethodGet, s.url()+"/v1/stream?items=0", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+s.token(user))
	if err := req.Write(conn); err != nil {
		t.Fatal(err)
	}
	r := &rawReader{conn: conn, news: make(chan struct{}, 1)}
	for !bytes.Contains(r.rest, []byte("event: live")) {
		if err := r.fill(); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

func (r *rawReader) fill() error {
	buf := make([]byte, 32<<10)
	n, err := r.conn.Read(buf)
	r.rest = append(r.rest, buf[:n]...)
	return err
}

// read takes the stream until the connection ends. It stops at the first thing
// that is not as it should be, and await says so.
func (r *rawReader) read() {
	err := error(nil)
	for err == nil {
		if err = r.scan(); err == nil {
			select {
			case r.news <- struct{}{}:
			default:
			}
			err = r.fill()
		}
	}
	r.err = err
	close(r.news)
}

var seq = []byte("seq=")

func (r *rawReader) scan() error {
	for {
		at := bytes.Index(r.rest, seq)
		if at < 0 {
			at = max(len(r.rest)-len(seq), 0)
			r.rest = bytes.Clone(r.rest[at:])
			return nil
		}
		end := bytes.IndexByte(r.rest[at:], '.')
		if end < 0 {
			r.rest = bytes.Clone(r.rest[at:])
			return nil
		}
		number := string(r.rest[at+len(seq) : at+end])
		if want := strconv.FormatInt(r.got.Load(), 10); number != want {
			return fmt.Errorf("got broadcast %s; want %s", number, want)
		}
		r.got.Add(1)
		r.rest = r.rest[at+end:]
	}
}

func (r *rawReader) await(t *testing.T, total int64) {
	t.Helper()
	still := time.NewTimer(time.Minute)
	defer still.Stop()
	for r.got.Load() < total {
		select {
		case _, ok := <-r.news:
			if !ok {
				t.Fatalf("at %d of %d the stream ended: %v", r.got.Load(), total, r.err)
			}
			still.Reset(time.Minute)
		case <-still.C:
			t.Fatalf("a reader stands still at %d of %d", r.got.Load(), total)
		}
	}
}

// rss is a process's resident memory in bytes.
func rss(t *testing.T, pid int) int64 {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		t.Skip("no /proc on this system")
	}
	f := strings.Fields(string(b))
	if len(f) < 2 {
		t.Fatalf("statm = %q", b)
	}
	pages, err := strconv.ParseInt(f[1], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return pages * int64(os.Getpagesize())
}
