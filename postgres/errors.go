package postgres

import (
	"context"
	"errors"
	"io"
	"net"
	"time"

	"belfry"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/puddle/v2"
)

// retryAfter is what callers are told while the database is away.
const retryAfter = time.Second

// asError turns whatever a database call returned into an *belfry.Error; errors
// that are one already pass. It is for calls that left nothing changed.
func asError(err error) error {
	var e *belfry.Error
	if err == nil || errors.As(err, &e) {
		return err
	}
	away := func(detail string) error {
		return &belfry.Error{Code: belfry.CodeUnavailable, Detail: detail + "; nothing was changed, try again", RetryAfter: retryAfter, Err: err}
	}
	switch {
	case errors.Is(err, context.Canceled):
		return away("gave up while waiting for the database")
	case errors.Is(err, context.DeadlineExceeded):
		return away("the database did not answer in time")
	case isContended(err):
		return away("the database is busy with changes of the same users")
	case isAway(err):
		return away("the database cannot be reached or takes no write")
	}
	return &belfry.Error{Code: belfry.CodeInternal, Detail: "the store failed; the server's log says more", Err: err}
}

// isRefusal says that a step found something wrong with itself, before it wrote
// anything: its neighbours go on.
func isRefusal(err error) bool {
	var e *belfry.Error
	return errors.As(err, &e)
}

// isAway says that the database takes no write from anybody, so that there is no
// point in trying the steps of a failed batch one by one.
func isAway(err error) bool {
	var e *belfry.Error
	if errors.As(err, &e) {
		return e.Code == belfry.CodeUnavailable
	}
	var server *pgconn.PgError
	if errors.As(err, &server) {
		switch server.Code {
		case "25006", "25P03": // read-only, idle in transaction for too long
			return true
		}
		switch server.Code[:2] {
		case "08", "53", "57", "58": // connection, resources, shutdown or timeout, system
			return true
		}
		return false
	}
	return isCut(err)
}

// isCut says that the connection is gone or never was.
func isCut(err error) bool {
	var server *pgconn.PgError
	if errors.As(err, &server) {
		return server.Code[:2] == "08" || server.Code[:2] == "57" && server.Code != "57014" || server.Code == "25P03"
	}
	var connect *pgconn.ConnectError
	var network net.Error
	return errors.As(err, &connect) || errors.As(err, &network) || pgconn.Timeout(err) || pgconn.SafeToRetry(err) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) || errors.Is(err, puddle.ErrClosedPool)
}

// isContended says that the transaction met another one's lock and was undone:
// serialization failure, deadlock, lock timeout, or a plan that a migration made
// stale. The same again may succeed.
func isContended(err error) bool {
	var server *pgconn.PgError
	if !errors.As(err, &server) {
		return false
	}
	switch server.Code {
	case "40001", "40P01", "55P03", "0A000":
		return true
	}
	return false
}

func unavailable(detail string, retry time.Duration) error {
	return &belfry.Error{Code: belfry.CodeUnavailable, Detail: detail, RetryAfter: retry}
}
