package e2e

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
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
// out. The others get everything, memory stays bounded, and the stopped one gets
// everything when it reads again.
func TestSlowReader(t *testing.T) {
	s := newServer(t)
	s.start()
	others := setting("BELFRY_SESSIONS", 100)
	total := setting("BELFRY_BROADCASTS", 4000)
	var readers []*rawReader
	for i := range others {
		readers = append(readers, dialRaw(t, s, belfry.UserID(fmt.Sprint("u", i))))
	}
	stopped := dialRaw(t, s, "stopped")
	before := rss(t, s.cmd.Process.Pid)
	for _, r := range readers {
		go r.read()
	}
	publishAll(t, s, total)
	for _, r := range readers {
		r.await(t, int64(total))
	}
	grown := rss(t, s.cmd.Process.Pid) - before
	t.Logf("%d broadcasts to %d sessions, one of them stopped: memory grew by %d KiB", total, others+1, grown>>10)
	// What the commit path and the tail may take, whatever the number of broadcasts.
	if grown > 96<<20 {
		t.Errorf("memory grew by %d MiB", grown>>20)
	}
	go stopped.read()
	stopped.await(t, int64(total))
	for _, r := range append(readers, stopped) {
		if r.err.Load() != nil {
			t.Errorf("a reader failed: %v", *r.err.Load())
		}
	}
}

// pad makes the broadcasts more than the kernel buffers for a reader that stands
// still.
var pad = strings.Repeat("x", 2000)

func publishAll(t *testing.T, s *server, total int) {
	t.Helper()
	c, err := client.New(client.Config{URL: s.url(), Key: apiKey})
	if err != nil {
		t.Fatal(err)
	}
	for n := 0; n < total; {
		size := min(500, total-n)
		batch := make([]belfry.Draft, size)
		for i := range batch {
			batch[i] = belfry.Draft{To: belfry.Target{All: true}, Content: belfry.Content{Title: fmt.Sprintf("seq=%d.", n+i), Body: pad}}
		}
		results, err := c.PublishBatch(context.Background(), batch)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range results {
			if r.Err != nil {
				t.Fatal(r.Err)
			}
		}
		n += size
	}
}

// rawReader reads a stream of server-sent events as bytes and checks that the
// broadcasts come in order, each once.
type rawReader struct {
	conn  net.Conn
	lines *bufio.Reader
	got   atomic.Int64
	err   atomic.Pointer[error]
	once  sync.Once
}

func dialRaw(t *testing.T, s *server, user belfry.UserID) *rawReader {
	t.Helper()
	conn, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	req, _ := http.NewRequest(http.MethodGet, s.url()+"/v1/stream?items=0", nil)
	req.Header.Set("Authorization", "Bearer "+s.token(user))
	if err := req.Write(conn); err != nil {
		t.Fatal(err)
	}
	r := &rawReader{conn: conn, lines: bufio.NewReader(conn)}
	for {
		line, err := r.lines.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(line, "event: live") {
			return r
		}
	}
}

func (r *rawReader) read() {
	for {
		line, err := r.lines.ReadString('\n')
		if err != nil {
			if !errors.Is(err, io.EOF) && !errors.Is(err, net.ErrClosed) {
				r.fail(err)
			}
			return
		}
		_, rest, ok := strings.Cut(line, "seq=")
		if !ok {
			continue
		}
		seq, _, _ := strings.Cut(rest, ".")
		if want := strconv.FormatInt(r.got.Load(), 10); seq != want {
			r.fail(fmt.Errorf("got broadcast %s; want %s", seq, want))
			return
		}
		r.got.Add(1)
	}
}

func (r *rawReader) fail(err error) { r.once.Do(func() { r.err.Store(&err) }) }

func (r *rawReader) await(t *testing.T, total int64) {
	t.Helper()
	deadline, last, still := time.Now().Add(5*time.Minute), int64(-1), 0
	for r.got.Load() < total {
		if e := r.err.Load(); e != nil {
			t.Fatalf("after %d of %d: %v", r.got.Load(), total, *e)
		}
		if got := r.got.Load(); got == last {
			still++
		} else {
			last, still = got, 0
		}
		if still > 3000 || time.Now().After(deadline) {
			t.Fatalf("a reader stands still at %d of %d", r.got.Load(), total)
		}
		time.Sleep(10 * time.Millisecond)
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
