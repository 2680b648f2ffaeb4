package belfrytest_test

import (
	"log/slog"
	"testing"

	"belfry"
	"belfry/belfrytest"
	"belfry/sqlite"
)

func TestModel(t *testing.T) { belfrytest.TestModel(t, openSQLite) }

func TestModel_Switches(t *testing.T) { belfrytest.TestModelSwitches(t, openSQLite) }

// openSQLite opens the embedded store, which the model runs on.
func openSQLite(t *testing.T, rules belfry.Rules) belfrytest.Opened {
	s, err := sqlite.Open(t.Context(), t.TempDir(), rules, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return belfrytest.Opened{Store: s}
}
