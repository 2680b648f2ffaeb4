package server_test

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"runtime"
	"testing"
	"time"

	"belfry/internal/token"
)

// pinged sends a ping and waits for its pong.
func pinged(t *testing.T, conn net.Conn, r *bufio.Reader) {
	t.Helper()
	if _, err := conn.Write(text(`{"type":"ping"}`)); err != nil {
		t.Fatal(err)
	}
	for {
		_, payload, err := serverFrame(r)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(payload, []byte(`"pong"`)) {
			return
		}
	}
}

// An idle connection owns no goroutine, is heard when it speaks, again and
// again, and noticed when it leaves, while descriptors are used anew.
func TestPoller(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("elsewhere each connection has a goroutine")
	}
	const n = 40
	h := newHouse(t, options{})
	before := runtime.NumGoroutine()
	for range 5 {
		conns, readers := make([]net.Conn, n), make([]*bufio.Reader, n)
		for i := range conns {
			conns[i], readers[i] = rawUpgrade(t, h, "?token="+h.token(fmt.Sprint("u", i), token.Grants{}))
		}
		for range 3 {
			for i := range conns {
				pinged(t, conns[i], readers[i])
			}
		}
		eventually(t, "idle connections own no goroutine", func() bool { return h.hub.Len() == n && runtime.NumGoroutine() < before+n/2 })
		for i := range conns {
			conns[i].Close()
		}
		eventually(t, "who left is noticed", func() bool { return h.hub.Len() == 0 })
	}
}

// The server's close reaches a parked connection, and does not wait for ever for
// a client that does not answer it.
func TestPoller_ServerCloses(t *testing.T) {
	h := newHouse(t, options{})
	conn, r := rawUpgrade(t, h, "?token="+h.token("ann", token.Grants{}))
	pinged(t, conn, r)
	h.want(204, "DELETE", "/v1/users/ann/sessions", testKey, "")
	if code, status, err := outcome(r, true); status != 4103 {
		t.Errorf("%s %d %v", code, status, err)
	}
	start := time.Now()
	if _, err := r.ReadByte(); err == nil {
		t.Error("it goes on")
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("the connection was held for %s", took)
	}
}
