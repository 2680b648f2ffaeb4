package server

import (
	"testing"
	"time"

	"belfry"
)

// What the store said last counts while it cannot be asked, and not otherwise.
func TestCache_get(t *testing.T) {
	c := newCache[string, int](time.Nanosecond)
	away := belfry.Errorf(belfry.CodeUnavailable, "away")
	wrong := belfry.Errorf(belfry.CodeInternal, "wrong")
	for _, step := range []struct {
		loaded  int
		err     error
		want    int
		wantErr error
	}{
		{0, away, 0, away},
		{1, nil, 1, nil},
		{0, away, 1, nil},
		{0, wrong, 0, wrong},
		{2, nil, 2, nil},
		{0, away, 2, nil},
	} {
		load := func() (int, error) {
			if step.err != nil {
				return 0, step.err
			}
			return step.loaded, nil
		}
		time.Sleep(time.Microsecond) // what is remembered is old
		if got, err := c.get("k", load); got != step.want || err != step.wantErr {
			t.Errorf("%+v: got %d, %v", step, got, err)
		}
	}
}
