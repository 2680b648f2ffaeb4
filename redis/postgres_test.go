//go:build unix

package redis

import (
	"log/slog"
	"testing"

	"belfry"
	"belfry/belfrytest"
	"belfry/internal/pgtest"
	"belfry/internal/redistest"
	"belfry/postgres"
)

// TestBus_Delivery_PostgreSQL is TestBus_Delivery as nodes run: each with a store
// of its own on one database.
func TestBus_Delivery_PostgreSQL(t *testing.T) {
	server, err := pgtest.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	belfrytest.TestDelivery(t, opener(redistest.Start(t)), func(t *testing.T, rules belfry.Rules) belfrytest.Opened {
		dsn := server.Database(t)
		open := func() belfry.Store {
			s, err := postgres.Open(t.Context(), dsn, rules, slog.New(slog.DiscardHandler))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			})
			return s
		}
		return belfrytest.Opened{Store: open(), Second: open}
	})
}
