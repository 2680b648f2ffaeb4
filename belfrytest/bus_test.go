package belfrytest_test

import (
	"testing"

	"belfry"
	"belfry/belfrytest"
	"belfry/hub"
)

// The bus of one process passes the suite of buses.
func TestBus(t *testing.T) {
	belfrytest.TestBus(t, func(*testing.T) (a, b belfry.Bus) {
		bus := hub.NewBus()
		return bus, bus
	})
}
