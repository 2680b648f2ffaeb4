package e2e

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"belfry"
	"belfry/client"
	"belfry/sqlite"

	"github.com/jackc/pgx/v5"
)

// moveTo is the command that moves the server's folder.
func (s *server) moveTo(d database) *exec.Cmd {
	return exec.Command(binary, "move", "--data", s.data, "--database-url", d.dsn)
}

// mustMove runs the command to its end and gives what it wrote to stdout.
func (s *server) mustMove(d database) string {
	s.t.Helper()
	cmd, talk := s.moveTo(d), &bytes.Buffer{}
	cmd.Stderr = talk
	out, err := cmd.Output()
	if err != nil {
		s.t.Fatalf("belfry move: %v\n%s%s", err, talk, out)
	}
	return string(out)
}

// guest is somebody with a tab open while the server moves.
type guest struct {
	mu     sync.Mutex
	titles []string
	resets int // welcomes that did not resume, but for the first
	tally  client.Tally
	live   int // connections that came so far
}

// sit lets a user's client stay connected until the test ends.
func sit(t *testing.T, s *server, user belfry.UserID, transport string) *guest {
	t.Helper()
	g := &guest{}
	c, err := client.New(client.Config{URL: s.url(), Token: s.token(user)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- c.Stream(ctx, client.StreamOptions{Transport: transport}, g.frame) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; ctx.Err() == nil {
			t.Errorf("the stream of %s ended: %v", user, err)
		}
	})
	g.await(t, "connected", func() bool { return g.live == 1 })
	return g
}

func (g *guest) frame(f client.Frame) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.tally.Take(f)
	switch b := f.Body.(type) {
	case *client.Welcome:
		if g.live++; g.live > 1 && !b.Resumed {
			g.resets++
		}
	case *client.Notification:
		g.titles = append(g.titles, b.Item.Title)
	}
	return nil
}

func (g *guest) await(t *testing.T, what string, met func() bool) {
	t.Helper()
	check := func() bool {
		g.mu.Lock()
		defer g.mu.Unlock()
		return met()
	}
	for end := time.Now().Add(time.Minute); !check(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not in a minute: %s; it has %+v", what, g)
		}
	}
}

// TestMove_LiveClients: the server moves house under its clients. They come back
// to the same address, are not reset, and miss nothing.
func TestMove_LiveClients(t *testing.T) {
	s := newServer(t, "--drain-delay", "0s", "--drain-timeout", "0s")
	s.start()
	d := newDatabase(t)
	ann, all := belfry.Target{User: "ann"}, belfry.Target{All: true}
	guests := []*guest{sit(t, s, "ann", client.TransportWebSocket), sit(t, s, "ann", client.TransportSSE)}
	var want []string
	publish := func(n int) {
		t.Helper()
		for i := range n {
			to := []belfry.Target{ann, all}[i%2]
			title := fmt.Sprint("n", len(want))
			if _, err := s.backend().Publish(t.Context(), belfry.Draft{To: to, Content: belfry.Content{Title: title}}); err != nil {
				t.Fatal(err)
			}
			want = append(want, title)
		}
	}
	got := func() {
		t.Helper()
		for _, g := range guests {
			g.await(t, fmt.Sprintf("%d notifications", len(want)), func() bool { return len(g.titles) >= len(want) })
		}
	}
	publish(10)
	got()
	s.signal(syscall.SIGTERM)
	t.Logf("belfry move:\n%s", s.mustMove(d))
	s.args = append(s.args, "--database-url", d.dsn)
	s.start()
	publish(10)
	got()
	for i, g := range guests {
		g.await(t, "the counts", func() bool { return g.tally.Unread == int64(len(want)) })
		if g.resets != 0 || g.live != 2 {
			t.Errorf("guest %d was connected %d times and reset %d times", i, g.live, g.resets)
		}
		if slices.Sort(g.titles); !slices.Equal(g.titles, slices.Sorted(slices.Values(want))) {
			t.Errorf("guest %d got %v, want %v", i, g.titles, want)
		}
	}
}

// TestMove_Killed: kill -9 in the middle, again and again, then a Ctrl-C, and it
// still arrives whole. While it is half no server starts on it.
func TestMove_Killed(t *testing.T) {
	s := newServer(t)
	d := newDatabase(t)
	total := fill(t, s.data, setting("BELFRY_ROWS", 60_000))
	last := int64(0)
	for kill := 1; kill <= 3; kill++ {
		cmd := s.moveTo(d)
		_, began := copying(t, cmd)
		last = d.awaitRows(t, began)
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // says only that it was killed
		if last >= total {
			t.Fatalf("all %d rows were there before kill %d", total, kill)
		}
	}
	interrupted := s.moveTo(d)
	talk, _ := copying(t, interrupted)
	_ = interrupted.Process.Signal(syscall.SIGTERM)
	said, _ := io.ReadAll(talk) // a pipe that breaks says less, which is the failure below
	if err := interrupted.Wait(); err == nil || !strings.Contains(string(said), "the same command goes on from there") {
		t.Errorf("interrupted: %v\n%s", err, said)
	}
	serve := exec.Command(binary, "serve", "--addr", "127.0.0.1:0", "--admin-addr", "", "--database-url", d.dsn)
	if out, err := serve.CombinedOutput(); err == nil || !strings.Contains(string(out), "belfry move") {
		t.Errorf("a server on the half of a move: %v\n%s", err, out)
	}
	out := s.mustMove(d)
	if !strings.Contains(out, "items") || strings.Contains(out, "DIFFERENT") {
		t.Error(out)
	}
	t.Logf("killed with %d of %d rows stored, and moved:\n%s", last, total, out)
	s.args = append(s.args, "--database-url", d.dsn)
	s.start()
}

// copying starts a move and waits until it copies the items, not the one killed
// before it, whose last rows may still be coming. It gives what the command has
// yet to say, and how many items it found.
func copying(t *testing.T, cmd *exec.Cmd) (talk *bufio.Reader, found int64) {
	t.Helper()
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	talk = bufio.NewReader(stderr)
	for {
		line, err := talk.ReadString('\n')
		if _, bad := fmt.Sscanf(line, "copy items: %d of", &found); bad == nil {
			return talk, found
		}
		if err != nil {
			t.Fatalf("the move ended before it copied the items: %v, %v\n%s", cmd.Wait(), err, line)
		}
	}
}

// fill makes a folder with a thousand users and at least so many items.
func fill(t *testing.T, dir string, rows int) (total int64) {
	t.Helper()
	s, err := sqlite.Open(t.Context(), dir, belfry.Rules{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	d := belfry.Draft{Content: belfry.Content{Title: "hello", Body: "a body of usual length, as long as such bodies are"}}
	for i := range belfry.MaxUsers {
		d.To.Users = append(d.To.Users, belfry.UserID(fmt.Sprint("user-", i)))
	}
	for ; total < int64(rows); total += belfry.MaxUsers {
		if p := belfry.Publish(t.Context(), s, time.Now(), []belfry.Draft{d})[0]; p.Err != nil {
			t.Fatal(p.Err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return total
}

// awaitRows waits until more items than before are stored.
func (d database) awaitRows(t *testing.T, before int64) (n int64) {
	t.Helper()
	c, err := pgx.Connect(t.Context(), d.dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background())
	for end := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		err := c.QueryRow(t.Context(), "SELECT count(*) FROM belfry.items").Scan(&n) // an error while there is no such table yet
		if err == nil && n > before {
			return n
		}
		if time.Now().After(end) {
			t.Fatalf("no row in a minute: %d, %v", n, err)
		}
	}
}
