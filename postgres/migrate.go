package postgres

import (
	"context"
	"embed"
	"io/fs"

	"belfry"

	"github.com/jackc/pgx/v5"
)

// schema is where everything of ours lives; what else is in the database is not
// touched.
const schema = "belfry"

// Advisory locks are two numbers; the first one, "Blfy", is ours.
const lockClass = 0x426c6679

// The second numbers.
const (
	lockMigrate   = iota
	lockShared    // the shared log's head
	lockRetention // the removal of what is old
	lockRelay     // the outbox
	lockMove      // a move into this database
)

// readableFrom is the oldest version of the schema whose binaries can still use
// a database of this one: in a rolling restart they run side by side.
const readableFrom = 1

//go:embed migrations/*.sql
var migrationFiles embed.FS

// migrations are the numbered schema changes, in order.
func migrations() (all []string, err error) {
	names, err := fs.Glob(migrationFiles, "migrations/*.sql") // sorted by name
	for _, name := range names {
		b, err := migrationFiles.ReadFile(name)
		if err != nil {
			return nil, err
		}
		all = append(all, string(b))
	}
	return all, err
}

// migrate brings the schema up to date, each change in a transaction of its own.
// Of several nodes that start at once one does it and the others wait.
func migrate(ctx context.Context, pg *pgx.Conn) error {
	all, err := migrations()
	if err != nil {
		return err
	}
	for done := false; !done; {
		err := pgx.BeginFunc(ctx, pg, func(t pgx.Tx) error {
			done, err = migrateOnce(ctx, t, all)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func migrateOnce(ctx context.Context, t pgx.Tx, all []string) (done bool, err error) {
	if _, err := t.Exec(ctx, "SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0"); err != nil {
		return false, err
	}
	if _, err := t.Exec(ctx, "SELECT pg_advisory_xact_lock($1, $2)", lockClass, lockMigrate); err != nil {
		return false, err
	}
	var exists bool
	if err := t.QueryRow(ctx, "SELECT to_regclass('belfry.migrations') IS NOT NULL").Scan(&exists); err != nil {
		return false, err
	}
	if !exists {
		_, err := t.Exec(ctx, `CREATE SCHEMA IF NOT EXISTS belfry;
			CREATE TABLE belfry.migrations (version int PRIMARY KEY, readable_from int NOT NULL, at timestamptz NOT NULL DEFAULT now())`)
		if err != nil {
			return false, err
		}
	}
	var version, oldest int
	err = t.QueryRow(ctx, "SELECT coalesce(max(version), 0), coalesce(max(readable_from), 0) FROM belfry.migrations").Scan(&version, &oldest)
	switch {
	case err != nil:
		return false, err
	case oldest > len(all):
		return false, belfry.Errorf(belfry.CodeUnavailable,
			"the database was changed by a newer Belfry (schema %d, readable from %d on, this one knows %d); upgrade this node", version, oldest, len(all))
	case version >= len(all):
		return true, nil
	}
	if _, err := t.Exec(ctx, all[version]); err != nil {
		return false, err
	}
	_, err = t.Exec(ctx, "INSERT INTO belfry.migrations (version, readable_from) VALUES ($1, $2)", version+1, min(readableFrom, version+1))
	return false, err
}
