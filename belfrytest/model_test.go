package belfrytest

import (
	"log/slog"
	"os"
	"testing"

	"belfry"
	"belfry/sqlite"
)

func TestModel_SQLite(t *testing.T) { TestModel(t, openSQLite) }

func TestModel_Switches(t *testing.T) { TestModelSwitches(t, openSQLite) }

// openSQLite opens the embedded store, which the model runs on.
func openSQLite(t *testing.T, rules belfry.Rules) Opened {
	s, err := sqlite.Open(t.Context(), memoryDir(t), rules, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return Opened{Store: s}
}

// memoryDir is a folder in memory where there is one: thousands of schedules
// need no disk, and what the model proves is not durability.
func memoryDir(t *testing.T) string {
	dir, err := os.MkdirTemp("/dev/shm", "belfry-model-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}
