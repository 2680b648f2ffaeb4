package postgres

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"time"

	"belfry"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/puddle/v2"
)

// What each connection is told. synchronous_commit is promise P1. The limits see
// to it that a node which freezes in the middle of a transaction, or loses its
// path to the server, holds up the others for two seconds and not for hours.
// What the DSN says of one of them counts.
var settings = map[string]string{
	"application_name":                    "belfry",
	"search_path":                         schema,
	"synchronous_commit":                  "on",
	"idle_in_transaction_session_timeout": "2s",
	"lock_timeout":                        "2s",
	"statement_timeout":                   "10s",
	"tcp_keepalives_idle":                 "10",
	"tcp_keepalives_interval":             "5",
	"tcp_keepalives_count":                "3",
	"default_transaction_isolation":       "read committed",
	"jit":                                 "off",                // compiling costs more than any statement here
	"plan_cache_mode":                     "force_generic_plan", // every statement here is a walk along an index: planning it anew costs more than it
}

// Bounds of the waiting for the server.
const (
	connectTimeout = 5 * time.Second
	patience       = 15 * time.Second // one transaction, all told
)

// newPool makes a pool of connections to the primary; size 0 is what the DSN
// says by pool_max_conns. It connects to nothing yet.
func newPool(dsn string, size int32) (*pgxpool.Pool, error) {
	cfg, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, &belfry.Error{Code: belfry.CodeInvalid, Detail: "the database's address cannot be read; write postgres://user@host:5432/database", Err: err}
	}
	if size != 0 {
		cfg.MaxConns = size
	}
	c := cfg.ConnConfig
	for name, value := range settings {
		if _, given := c.RuntimeParams[name]; !given {
			c.RuntimeParams[name] = value
		}
	}
	if c.ConnectTimeout == 0 || c.ConnectTimeout > 2*time.Minute { // the driver's default
		c.ConnectTimeout = connectTimeout
	}
	c.DialFunc = (&net.Dialer{KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 10 * time.Second, Interval: 5 * time.Second, Count: 3}}).DialContext
	// Of several hosts the one that takes writes: cursors are read from the
	// primary only, a standby that lags would hand them out twice.
	c.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	cfg.AfterConnect = check
	return pgxpool.NewWithConfig(context.Background(), cfg)
}

// check looks at a fresh connection's server and notes its incarnation.
func check(ctx context.Context, pg *pgx.Conn) error {
	var version int
	var fsync, encoding, synchronous, timeline, started string
	var system, table int64
	err := pg.QueryRow(ctx, `SELECT current_setting('server_version_num')::int, current_setting('fsync'), current_setting('server_encoding'),
		current_setting('synchronous_commit'), (SELECT system_identifier FROM pg_control_system()),
		left(pg_walfile_name(pg_current_wal_lsn()), 8), pg_postmaster_start_time()::text, coalesce(to_regclass('belfry.users')::oid::bigint, 0)`).
		Scan(&version, &fsync, &encoding, &synchronous, &system, &timeline, &started, &table)
	switch {
	case err != nil:
		return err
	case version < 150000:
		return belfry.Errorf(belfry.CodeUnavailable, "the server is PostgreSQL %d; Belfry needs 15 or later", version/10000)
	case fsync != "on":
		return belfry.Errorf(belfry.CodeUnavailable, "the server runs with fsync = off and would lose what it acknowledged; switch it on")
	case synchronous == "off":
		return belfry.Errorf(belfry.CodeUnavailable, "the address says synchronous_commit = off, which loses what was acknowledged; leave it out")
	case encoding != "UTF8":
		return belfry.Errorf(belfry.CodeUnavailable, "the database's encoding is %s; make one with ENCODING 'UTF8'", encoding)
	}
	sum := sha256.Sum256(fmt.Append(nil, system, timeline, started, table))
	pg.PgConn().CustomData()[incarnationKey] = int64(binary.BigEndian.Uint64(sum[:])>>1) | 1
	return nil
}

const incarnationKey = "belfry.incarnation"

// incarnation names the state of the database that a connection sees: it is
// another one after a restart, a failover, a recovery to a point in time, and
// where the tables were put back from a dump. 0 is none.
func incarnation(pg *pgx.Conn) int64 { return pg.PgConn().CustomData()[incarnationKey].(int64) }

// acquire takes a connection from a pool.
func acquire(ctx context.Context, pool *pgxpool.Pool) (*pgxpool.Conn, error) {
	c, err := pool.Acquire(ctx)
	if err == nil {
		return c, nil
	}
	var e *belfry.Error
	if errors.As(err, &e) {
		return nil, e
	}
	if errors.Is(err, puddle.ErrClosedPool) || errors.Is(err, context.Canceled) {
		return nil, asError(err)
	}
	return nil, &belfry.Error{Code: belfry.CodeUnavailable, Detail: "the database cannot be reached, or only a standby of it; nothing was changed", RetryAfter: retryAfter, Err: err}
}
