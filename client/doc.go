// Package client speaks to a Belfry server from Go: a backend publishes with
// it, a program follows an inbox with it.
//
// Requests are retried with full-jitter backoff, and a publication carries an
// idempotency key whether or not the caller gave one, so that a retry after a
// cut connection never makes two notifications of one. Errors are
// *belfry.Error with the server's code, detail and fields.
//
// A stream resumes by cursor and reconnects by itself for as long as its
// context lives, unless the server says that coming back is pointless.
package client
