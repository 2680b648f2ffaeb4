// Package bench puts load on a Belfry server and measures it from outside: the
// engine of "belfry bench".
//
// A crowd of sessions reads, publishers write, and a ledger holds one against
// the other: what was published, to whom, what arrived, how late, how often and
// in which order. Every notification carries a stamp with the moment at which it
// was to be sent, so that a server that falls behind cannot hide it by making
// its publishers wait (coordinated omission).
//
// The crowd looks at bytes, not at JSON: on Linux one goroutine reads all
// sockets through epoll(7), elsewhere and under TLS each session has a goroutine
// with a small buffer. What the load costs itself stands in every report, and
// package floor is the server that every figure can be held against.
package bench
