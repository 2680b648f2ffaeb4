package sqlite

import (
	"context"
	"embed"
	"errors"
	"io/fs"
	"os"
	"slices"
	"time"

	"belfry"

	driver "zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitemigration"
)

// What stands in the data folder.
const (
	fileName = "belfry.db" // with belfry.db-wal and belfry.db-shm beside it
	lockName = "belfry.lock"
)

// applicationID marks the file as Belfry's: "Blfy" in its header.
const applicationID = 0x426c6679

// What cannot be changed once there is data. Pages of 4 KiB are what commits
// were measured with. With auto_vacuum a file can give space back to the disk
// without a rewrite of the whole while nobody may write (the price, a pointer
// page in a thousand, does not show in a commit).
var onCreate = []string{
	"PRAGMA page_size = 4096",
	"PRAGMA auto_vacuum = INCREMENTAL",
}

// What each connection that writes is told. FULL is promise P1: a commit returns
// after its fsync. A commit does a checkpoint itself only when the checkpointer has
// let the log grow to three times the length that it aims at.
var onOpen = []string{
	"PRAGMA journal_mode = WAL",
	"PRAGMA synchronous = FULL",
	"PRAGMA wal_autocheckpoint = 24000",
	"PRAGMA journal_size_limit = 67108864",
	"PRAGMA foreign_keys = OFF",
}

// busyTimeout is how long a connection waits for another process's write: a key
// being made, a backup that begins.
const busyTimeout = 5 * time.Second

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

// create opens the database file for writing, makes it when it is not there, and
// brings its schema up to date.
func create(ctx context.Context, path string) (conn, error) {
	if err := touchFile(path); err != nil {
		return conn{}, cannotOpen(path, err)
	}
	c, err := connect(path, driver.OpenReadWrite|driver.OpenCreate)
	if err != nil {
		return conn{}, cannotOpen(path, err)
	}
	if err := c.prepare(ctx, path); err != nil {
		c.Close()
		return conn{}, err
	}
	return c, nil
}

// touchFile makes a file for its owner only, when it is not there. SQLite gives
// those that it makes beside it the same mode.
func touchFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

func (c conn) prepare(ctx context.Context, path string) error {
	version, err := c.check(path)
	if err != nil {
		return err
	}
	settings := onOpen
	if version == 0 {
		settings = append(slices.Clone(onCreate), onOpen...)
	}
	for _, pragma := range settings {
		if err := c.exec(pragma); err != nil {
			return cannotOpen(path, err)
		}
	}
	all, err := migrations()
	if err != nil {
		return cannotOpen(path, err)
	}
	if version == len(all) {
		return nil
	}
	err = sqlitemigration.Migrate(ctx, c.Conn, sqlitemigration.Schema{AppID: applicationID, Migrations: all})
	if err != nil {
		return cannotOpen(path, err)
	}
	return nil
}

// check says which version of the schema the file has, 0 for an empty file, or
// why it cannot be used.
func (c conn) check(path string) (version int, err error) {
	var app, tables int
	_, err = c.one("SELECT (SELECT application_id FROM pragma_application_id), (SELECT user_version FROM pragma_user_version), (SELECT count(*) FROM sqlite_schema)",
		nil, &app, &version, &tables)
	if err != nil {
		return 0, cannotOpen(path, err)
	}
	all, err := migrations()
	switch {
	case err != nil:
		return 0, cannotOpen(path, err)
	case app == 0 && version == 0 && tables == 0:
		return 0, nil
	case app != applicationID:
		return 0, belfry.Errorf(belfry.CodeUnavailable, "%s is a database of another program; name another data folder", path)
	case version > len(all):
		return 0, belfry.Errorf(belfry.CodeUnavailable,
			"%s was written by a newer Belfry (schema %d, this one knows %d); upgrade, or restore a backup made before the upgrade", path, version, len(all))
	}
	return version, nil
}

// cannotOpen says in words why a file cannot be used.
func cannotOpen(path string, err error) error {
	var e *belfry.Error
	if errors.As(err, &e) {
		return err
	}
	detail := path + " cannot be opened"
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, fs.ErrNotExist) {
		detail = path + " cannot be opened: " + err.Error()
	}
	switch driver.ErrCode(err).ToPrimary() {
	case driver.ResultNotADB:
		detail = path + " is not a database; move it away, or restore a backup"
	case driver.ResultCorrupt:
		detail = path + " is damaged; restore a backup"
	case driver.ResultCantOpen, driver.ResultPerm, driver.ResultReadOnly:
		detail = path + " cannot be opened; check that it and its folder belong to the user that runs Belfry"
	case driver.ResultFull, driver.ResultIOErr:
		detail = path + " cannot be opened: the disk is full or failing"
	}
	return &belfry.Error{Code: belfry.CodeUnavailable, Detail: detail, Err: err}
}

func connect(path string, flags driver.OpenFlags) (conn, error) {
	dc, err := driver.OpenConn(path, flags)
	if err != nil {
		return conn{}, err
	}
	dc.SetBusyTimeout(busyTimeout)
	return conn{dc, map[string]string{}}, nil
}

// pool is the readers' connections.
type pool struct {
	free   chan conn
	closed chan struct{}
}

func newPool(path string, size int) (*pool, error) {
	p := &pool{free: make(chan conn, size), closed: make(chan struct{})}
	for range size {
		c, err := connect(path, driver.OpenReadWrite)
		if err == nil {
			p.free <- c
			err = c.exec("PRAGMA query_only = ON")
		}
		if err == nil {
			err = c.exec("PRAGMA cache_size = -512") // KiB a reader: the system's own cache is one copy away
		}
		if err != nil {
			for len(p.free) > 0 {
				(<-p.free).Close()
			}
			return nil, cannotOpen(path, err)
		}
	}
	return p, nil
}

func (p *pool) get(ctx context.Context) (conn, error) {
	select {
	case <-p.closed:
		return conn{}, unavailable("the store is closed", 0)
	default:
	}
	select {
	case c := <-p.free:
		return c, nil
	case <-p.closed:
		return conn{}, unavailable("the store is closed", 0)
	case <-ctx.Done():
		return conn{}, unavailable("gave up while waiting for the database: "+ctx.Err().Error(), 0)
	}
}

func (p *pool) put(c conn) { p.free <- c }

// close waits for the reads under way and closes the connections.
func (p *pool) close() {
	close(p.closed)
	for range cap(p.free) {
		(<-p.free).Close()
	}
}
