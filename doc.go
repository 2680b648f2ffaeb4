// Package belfry holds the nouns, the rules, the errors and the seams of
// Belfry, a self-hosted real-time notification server. It knows no HTTP, no
// SQL, no Redis and starts no goroutine: every other package is an adapter
// that points here.
//
// # The idea
//
// The log is the truth, the bell only rings. Every user has a private log;
// topics and broadcasts live in one shared log. Every change takes the next
// revision of its log inside its own transaction, so revision order is commit
// order, without a hole. Delivery is one loop: read the changes above my
// position, send them, else wait for the bell. Replay and live are the same
// code.
//
// # The words
//
// Each has one meaning, in Go, SQL, JSON, TypeScript and the UI.
//
//	notification  content as published
//	user          a recipient
//	topic         a named group (orders.eu)
//	follow        durable user-topic tie: counts in the inbox, also while offline
//	subscribe     the same for one session only, counted nowhere
//	inbox         a user's view
//	item          one notification in one inbox, with its receipt
//	receipt       seen, read, archived, snoozed, deleted
//	mark          the act that changes a receipt
//	revision      position in a log
//	born          the revision at which a row entered its log
//	cursor        position in both logs, naming them
//	watermark     one row that marks everything up to a position
//	trim          one row that ends everything born up to a revision
//	session       one live connection
//	hub           the sessions of this process
//	store         the database
//	bus           between processes
//	ring          the doorbell
//	signal        an ephemeral event that is never stored (typing, presence)
//	publish       backend to Belfry
//	deliver       Belfry to a tab
//
// # Reading order
//
// notification.go (what is published), receipt.go (the two functions that
// decide every count), store.go and bus.go (the seams), publish.go (the way
// in), then hub/session.go (the way out) and server/routes.go (everything that
// can be asked for).
package belfry
