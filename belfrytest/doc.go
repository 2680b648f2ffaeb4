// Package belfrytest holds the suites that prove the seams of package belfry.
// An implementation's whole test is one call:
//
//	func TestStore(t *testing.T)   { belfrytest.TestStore(t, open) }
//	func TestKeyring(t *testing.T) { belfrytest.TestKeyring(t, openKeys) }
//	func TestBus(t *testing.T)     { belfrytest.TestBus(t, open) }
//	func TestModel(t *testing.T)   { belfrytest.TestModel(t, open) }
//
// Three things here judge everything else, and none of them asks a store for
// its opinion:
//
//	Oracle   the truth of one inbox, kept eagerly: each act changes the items
//	         it touches, at once, as a reader of PROTOCOL.md would by hand
//	Replica  a client: it knows the frames and their rules, and nothing else
//	golden/  one frame of each kind, read by the tests of every language
//
// The suites draw random histories with pgregory.net/rapid: a failure prints
// its smallest history and how to run it again (-rapid.seed, -rapid.checks).
package belfrytest
