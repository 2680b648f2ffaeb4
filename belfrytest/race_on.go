//go:build race

package belfrytest

// slow is by how much the race detector slows down random tests.
const slow = 10
