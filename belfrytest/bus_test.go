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

// One process has nothing to lose between bus and hub; what is spoiled there is
// found all the same.
func TestDelivery_InProcess(t *testing.T) {
	TestDelivery(t, func(*testing.T) (a, b belfry.Bus) {
		bus := hub.NewBus()
		return bus, bus
	}, openSQLite)
}
