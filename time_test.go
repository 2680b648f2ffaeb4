package belfry_test

import (
	"testing"

	"pgregory.net/rapid"

	"belfry"
)

func TestTime_AppendJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := belfry.Time(rapid.Int64Range(1, 253402300799999).Draw(t, "ms"))
		if got, want := string(at.AppendJSON(nil)), at.Std().Format(`"2006-01-02T15:04:05.000Z"`); got != want {
			t.Fatalf("%d is %s; want %s", at, got, want)
		}
	})
}
