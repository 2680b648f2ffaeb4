package sqlite

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"

	"belfry"
)

const childFolder = "BELFRY_TEST_CHILD_FOLDER"

// TestChild is the process that TestStore_Killed kills: it publishes for ever and
// says what was acknowledged.
func TestChild(t *testing.T) {
	dir := os.Getenv(childFolder)
	if dir == "" {
		t.Skip("started by TestStore_Killed only")
	}
	s := mustOpen(t, dir, belfry.Rules{})
	s.checkpoints.every.Store(50) // one is always under way
	var printing sync.Mutex
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for {
				for _, to := range []belfry.Target{toUser(belfry.UserID(fmt.Sprint("u", i))), {All: true}} {
					id := publish(t, s, to, "x")[0]
					printing.Lock()
					fmt.Printf("stored %s\n", id)
					printing.Unlock()
				}
			}
		})
	}
	wg.Wait()
}

// What was acknowledged is there after a kill -9 at any moment.
func TestStore_Killed(t *testing.T) {
	dir := t.TempDir()
	var acknowledged []belfry.ID
	for range 3 {
		child := exec.Command(os.Args[0], "-test.run=^TestChild$")
		child.Env = append(os.Environ(), childFolder+"="+dir)
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for n := 0; lines.Scan(); n++ {
			var id string
			if _, err := fmt.Sscanf(lines.Text(), "stored %s", &id); err == nil {
				acknowledged = append(acknowledged, belfry.ID(id))
			}
			if n == 200 {
				child.Process.Kill()
			}
		}
		child.Wait()
	}
	if len(acknowledged) < 600 {
		t.Fatalf("only %d were acknowledged", len(acknowledged))
	}
	s := mustOpen(t, dir, belfry.Rules{})
	for _, id := range acknowledged {
		if st, err := s.Standing(t.Context(), id); err != nil || st.Status != belfry.StatusDelivered {
			t.Fatalf("%s was acknowledged: %+v, %v", id, st, err)
		}
	}
	noDrift(t, s)
}
