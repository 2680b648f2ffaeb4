package belfrytest

import (
	"testing"

	"belfry"
	"belfry/hub"
)

// The bus of one process passes the suite of buses.
func TestBus_InProcess(t *testing.T) {
	TestBus(t, func(*testing.T) (a, b belfry.Bus) {
		bus := hub.NewBus()
		return bus, bus
	})
}
