package belfrytest

import (
	"testing"

	"belfry"
)

// Opener opens a store on a fresh, empty database. What it opens, and what the
// functions of Opened open, is closed by t.Cleanup.
type Opener func(t *testing.T, rules belfry.Rules) Opened

// Opened is a store and what can be done to its database behind its back.
type Opened struct {
	Store belfry.Store

	// Reopen closes the store and opens another on the same data.
	Reopen func() belfry.Store
	// Crash leaves the store as kill -9 does and opens another on what is on
	// disk; the store that was left is not used again.
	Crash func() belfry.Store
	// Copy keeps the database as it stands. What it returns closes the store,
	// puts the copy back and opens another on it.
	Copy func() (restore func() belfry.Store)
	// Second opens another store on the same database, beside the first; nil
	// where the engine has one process only.
	Second func() belfry.Store
}

// TestStore tests a belfry.Store against its contract.
func TestStore(t *testing.T, open Opener) {
	for _, subject := range []struct {
		name string
		test func(*testing.T, Opener)
	}{
		{"Append", testAppend},
		{"Idempotency", testIdempotency},
		{"Collapse", testCollapse},
		{"Changes", testChanges},
		{"Resume", testResume},
		{"Lineage", testLineage},
		{"Edit", testEdit},
		{"Mark", testMark},
		{"MarkAll", testMarkAll},
		{"Follow", testFollow},
		{"Users", testUsers},
		{"List", testList},
		{"Time", testTime},
		{"Snooze", testSnooze},
		{"Retention", testRetention},
		{"Shared", testShared},
		{"Together", testTogether},
		{"History", testHistory},
	} {
		t.Run(subject.name, func(t *testing.T) { subject.test(t, open) })
	}
}

// subtest is one promise under one condition.
type subtest struct {
	name string
	test func(*world)
}

// each runs subtests, each in a world of its own.
func each(t *testing.T, open Opener, rules belfry.Rules, tests ...subtest) {
	for _, s := range tests {
		t.Run(s.name, func(t *testing.T) { s.test(newWorld(t, open, rules)) })
	}
}
