package commit

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"belfry"
)

var bounds = Limits{Waiting: 10, Batch: 4, Quiet: time.Microsecond}

// writer is a running queue of names, the batches it made, and a gate that holds
// the first one.
type writer struct {
	*Queue[string]
	first   *Job[string]
	batches [][]string
	gate    chan struct{}
}

func running(t *testing.T) *writer {
	t.Helper()
	w := &writer{Queue: New[string](bounds), gate: make(chan struct{})}
	entered := make(chan struct{}, 10)
	go w.Run(func(batch []string) {
		w.batches = append(w.batches, batch)
		entered <- struct{}{}
		<-w.gate
	})
	w.first = w.put(t, "gate", 1)
	<-entered
	return w
}

func (w *writer) put(t *testing.T, name string, weight int) *Job[string] {
	t.Helper()
	j, err := w.Put(t.Context(), name, weight)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return j
}

func (w *writer) open() { close(w.gate) }

func wantCode(t *testing.T, err error, code belfry.Code) {
	t.Helper()
	if got := belfry.ErrorCode(err); got != code {
		t.Errorf("code %q (%v), want %q", got, err, code)
	}
}

func TestQueue_Run(t *testing.T) {
	w := running(t)
	jobs := []*Job[string]{w.first}
	for _, name := range []string{"a", "b", "c", "d"} {
		jobs = append(jobs, w.put(t, name, 2))
	}
	w.open()
	for _, j := range jobs {
		if err := j.Wait(t.Context()); err != nil {
			t.Error(err)
		}
	}
	w.Close()
	var got []string
	for _, b := range w.batches {
		got = append(got, strings.Join(b, "+"))
	}
	if want := []string{"gate", "a+b", "c+d"}; !slices.Equal(got, want) {
		t.Errorf("batches %q, want %q", got, want)
	}
}

func TestQueue_Put(t *testing.T) {
	w := running(t)
	w.put(t, "heavier than all that may wait, but alone", 11)
	_, err := w.Put(t.Context(), "one too many", 1)
	wantCode(t, err, belfry.CodeUnavailable)
	_, err = w.Put(canceled(t), "late", 1)
	wantCode(t, err, belfry.CodeUnavailable)
	w.open()
	w.Close()
	_, err = w.Put(t.Context(), "closed", 1)
	wantCode(t, err, belfry.CodeUnavailable)
	if n := len(w.batches); n != 2 {
		t.Errorf("%d batches, want the two of before Close", n)
	}
}

func canceled(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

func TestJob_Wait(t *testing.T) {
	w := running(t)
	wantCode(t, w.first.Wait(canceled(t)), belfry.CodeOutcomeUnknown)
	w.put(t, "before", 3)
	waiting := w.put(t, "withdrawn", 3)
	w.put(t, "after", 3)
	wantCode(t, waiting.Wait(canceled(t)), belfry.CodeUnavailable)
	w.put(t, "in its room", 3)
	w.open()
	w.Close()
	if got := slices.Concat(w.batches...); !slices.Equal(got, []string{"gate", "before", "after", "in its room"}) {
		t.Errorf("committed %q", got)
	}
	if err := w.first.Wait(canceled(t)); err != nil {
		t.Errorf("a job that is done: %v", err)
	}
}

func TestQueue_Refuse(t *testing.T) {
	q := New[string](bounds)
	var refused []string
	entered, gate := make(chan struct{}), make(chan struct{})
	go q.Run(func([]string) {
		close(entered)
		<-gate
		q.Refuse(func(waiting []string) { refused = append(refused, waiting...) })
	})
	var jobs []*Job[string]
	for i, name := range []string{"first", "second", "third"} {
		j, err := q.Put(t.Context(), name, 1)
		if err != nil {
			t.Fatal(err)
		}
		if jobs = append(jobs, j); i == 0 {
			<-entered
		}
	}
	close(gate)
	for _, j := range jobs {
		if err := j.Wait(t.Context()); err != nil {
			t.Error(err)
		}
	}
	q.Close()
	if !slices.Equal(refused, []string{"second", "third"}) {
		t.Errorf("refused %q", refused)
	}
}

func TestRecover(t *testing.T) {
	step := func() (err error) {
		defer Recover(&err)
		panic("poison")
	}
	if err := step(); err == nil || !strings.Contains(err.Error(), "poison") {
		t.Errorf("a panic reads as %v", err)
	}
}
