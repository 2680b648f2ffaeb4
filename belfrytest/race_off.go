//go:build !race

package belfrytest

const slow = 1
