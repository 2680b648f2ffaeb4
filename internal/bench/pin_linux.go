package bench

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"

	"golang.org/x/sys/unix"
)

// onCore does something whose new processes may use one core only; a negative
// core is any.
func onCore(core int, do func() error) error {
	if core < 0 {
		return do()
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var before, one unix.CPUSet
	if err := unix.SchedGetaffinity(0, &before); err != nil {
		return fmt.Errorf("the affinity: %w", err)
	}
	one.Set(core)
	if err := unix.SchedSetaffinity(0, &one); err != nil {
		return fmt.Errorf("the affinity: %w", err)
	}
	return errors.Join(do(), unix.SchedSetaffinity(0, &before))
}

// Pin keeps this process off one core, and gives that core: the server's. It
// fails on a machine with a single core.
func Pin() (server int, err error) {
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		return -1, fmt.Errorf("the affinity: %w", err)
	}
	if set.Count() < 2 {
		return -1, errors.New("pinning needs two cores: one for the server, the rest for the load")
	}
	for !set.IsSet(server) {
		server++
	}
	set.Clear(server)
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return -1, err
	}
	for _, t := range threads {
		id, err := strconv.Atoi(t.Name())
		if err != nil {
			return -1, err
		}
		if err := unix.SchedSetaffinity(id, &set); err != nil && !errors.Is(err, unix.ESRCH) {
			return -1, fmt.Errorf("the affinity: %w", err)
		}
	}
	runtime.GOMAXPROCS(set.Count())
	return server, nil
}
