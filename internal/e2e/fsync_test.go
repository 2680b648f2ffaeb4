package e2e

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"belfry"
)

// TestFsync is the other half of P1: kill -9 proves that what was acknowledged
// had reached the kernel, this that it had reached the disk. A tracer notes
// every fsync of the server; each publish, one after the other, must hold one
// of the write-ahead log between its request and its answer.
func TestFsync(t *testing.T) {
	if _, err := exec.LookPath("strace"); err != nil {
		if runtime.GOOS == "linux" && os.Getenv("CI") != "" {
			t.Fatal("strace is missing; scripts/setup installs it")
		}
		t.Skip("strace is missing; on Linux scripts/setup installs it")
	}
	s := newServer(t)
	trace := filepath.Join(t.TempDir(), "trace")
	s.wrap = []string{"strace", "-f", "-y", "-ttt", "-T", "-e", "trace=fsync,fdatasync", "-o", trace}
	s.start()
	c := s.backend()
	type span struct{ from, to float64 }
	var publishes []span
	for range 50 {
		from := now()
		if _, err := c.Publish(context.Background(), belfry.Draft{To: belfry.Target{User: "ann"}, Content: belfry.Content{Title: "x"}}); err != nil {
			t.Fatal(err)
		}
		publishes = append(publishes, span{from, now()})
	}
	s.kill()
	syncs := readSyncs(t, trace)
	for i, p := range publishes {
		synced := false
		for _, at := range syncs {
			synced = synced || at > p.from && at < p.to
		}
		if !synced {
			t.Errorf("publish %d was acknowledged and no fsync stands between its request and its answer", i)
		}
	}
}

func now() float64 { return float64(time.Now().UnixMicro()) / 1e6 }

var syncLine = regexp.MustCompile(`^\d+ +(\d+\.\d+) f(?:data)?sync\(\d+<[^>]*-wal>\) += 0 <(\d+\.\d+)>`)

// readSyncs gives the times at which syncs of the write-ahead log were done. A
// call that the tracer saw interrupted by another thread stands on two lines.
func readSyncs(t *testing.T, name string) (done []float64) {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	begun := map[string]string{} // thread → its unfinished call
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		line := lines.Text()
		thread, _, _ := strings.Cut(line, " ")
		if head, ok := strings.CutSuffix(line, " <unfinished ...>"); ok {
			begun[thread] = head
			continue
		}
		if _, tail, ok := strings.Cut(line, " resumed>"); ok {
			line = begun[thread] + tail
		}
		if m := syncLine.FindStringSubmatch(line); m != nil {
			at, _ := strconv.ParseFloat(m[1], 64)
			took, _ := strconv.ParseFloat(m[2], 64)
			done = append(done, at+took)
		}
	}
	if len(done) == 0 {
		t.Fatal("the tracer saw no sync of the write-ahead log at all")
	}
	return done
}
