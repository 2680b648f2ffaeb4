package move_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"belfry"
	"belfry/internal/move"
	"belfry/postgres"
	"belfry/sqlite"

	driver "zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

func TestMove_Refuses(t *testing.T) {
	full := func(t *testing.T) (dir string) {
		dir = t.TempDir()
		s := mustOpen(t, dir, belfry.Rules{})
		publish(t, s, titled(belfry.Target{User: "ann"}, "hello"))
		mustClose(t, s)
		return dir
	}
	t.Run("a database that is not empty", func(t *testing.T) {
		dir, dsn := full(t), server.Database(t)
		s := mustOpenMoved(t, dsn, belfry.Rules{})
		publish(t, s, titled(belfry.Target{User: "bob"}, "mine"))
		mustClose(t, s)
		_, err := try(t.Context(), dir, dsn, silent)
		refused(t, err, belfry.CodeConflict)
		if !strings.Contains(err.Error(), "belfry.items") {
			t.Errorf("what is in the way? %v", err)
		}
		mustOpenMoved(t, dsn, belfry.Rules{})
	})
	t.Run("a database that was moved to", func(t *testing.T) {
		dir, dsn := full(t), server.Database(t)
		mustMove(t, dir, dsn)
		_, err := try(t.Context(), dir, dsn, silent)
		refused(t, err, belfry.CodeConflict)
		mustOpenMoved(t, dsn, belfry.Rules{})
	})
	t.Run("a folder that a server holds", func(t *testing.T) {
		dir := full(t)
		mustOpen(t, dir, belfry.Rules{})
		_, err := try(t.Context(), dir, server.Database(t), silent)
		refused(t, err, belfry.CodeConflict)
	})
	t.Run("a folder without a database, and makes none", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "nothing")
		_, err := try(t.Context(), dir, server.Database(t), silent)
		refused(t, err, belfry.CodeNotFound)
		if _, err := os.Stat(dir); !os.IsNotExist(err) {
			t.Errorf("it made the folder: %v", err)
		}
	})
	t.Run("another move at the same time", func(t *testing.T) {
		dsn := server.Database(t)
		to, err := postgres.OpenImport(t.Context(), dsn, quiet)
		ok(t, err)
		defer to.Close()
		_, err = try(t.Context(), full(t), dsn, silent)
		refused(t, err, belfry.CodeConflict)
	})
	t.Run("to let anybody write to the folder meanwhile", func(t *testing.T) {
		dir := full(t)
		from, err := sqlite.OpenExport(t.Context(), dir, quiet)
		ok(t, err)
		defer from.Close()
		keys, err := sqlite.OpenKeyring(dir)
		if err == nil {
			defer keys.Close()
			err = keys.AddKey(t.Context(), belfry.Key{ID: "aaaaaaaaaaaa", Name: "late", CreatedAt: 1})
		}
		refused(t, err, belfry.CodeUnavailable)
	})
}

// A difference of one value, or one row, is found wherever it is.
func TestMove_Compare(t *testing.T) {
	dir, dsn := t.TempDir(), server.Database(t)
	s := mustOpen(t, dir, belfry.Rules{})
	live(t, s, 20, 200)
	mustClose(t, s)
	mustMove(t, dir, dsn)
	compare := func() error {
		from, err := sqlite.OpenExport(t.Context(), dir, quiet)
		ok(t, err)
		defer from.Close()
		to, err := postgres.OpenImport(t.Context(), dsn, quiet)
		ok(t, err)
		defer to.Close()
		m, err := move.New(t.Context(), from, to, silent)
		ok(t, err)
		_, err = m.Compare(t.Context())
		return err
	}
	ok(t, compare())
	for table, change := range map[string]string{
		"items":       "UPDATE belfry.items SET read = read + 1 WHERE (uid, born) = (SELECT uid, born FROM belfry.items ORDER BY uid DESC LIMIT 1)",
		"receipts":    "DELETE FROM belfry.receipts WHERE (uid, born) = (SELECT uid, born FROM belfry.receipts LIMIT 1)",
		"users":       "UPDATE belfry.users SET nonce = nonce # 1 WHERE uid = 7",
		"shared_log":  "UPDATE belfry.shared_log SET trim_rev = trim_rev + 1",
		"idempotency": `INSERT INTO belfry.idempotency VALUES ('k', '', gen_random_uuid(), 'delivered', 1)`,
	} {
		server.Exec(t, dsn, change)
		if err := compare(); belfry.ErrorCode(err) != belfry.CodeConflict || !strings.Contains(err.Error(), table) {
			t.Errorf("after %s: %v", change, err)
		}
	}
}

// No table is forgotten, and no column but those that PostgreSQL derives.
func TestMove_Tables(t *testing.T) {
	dir, dsn := t.TempDir(), server.Database(t)
	mustClose(t, mustOpen(t, dir, belfry.Rules{}))
	c, err := driver.OpenConn(filepath.Join(dir, "belfry.db"), driver.OpenReadOnly)
	ok(t, err)
	defer c.Close()
	derived := []string{"items.seq", "shared_log.at", "shared_log.head", "shared_log.last_all"}
	to, err := postgres.OpenImport(t.Context(), dsn, quiet)
	ok(t, err)
	defer to.Close()
	moved := map[string]bool{}
	for _, table := range mustMove(t, dir, server.Database(t)).Tables {
		columns, err := to.Table(t.Context(), table.Name, "1")
		ok(t, err)
		for _, column := range columns.Columns {
			moved[table.Name+"."+column] = true
		}
	}
	ok(t, sqlitex.Execute(c, `SELECT t.name || '.' || c.name FROM sqlite_schema t, pragma_table_info(t.name) c
		WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'`, &sqlitex.ExecOptions{ResultFunc: func(s *driver.Stmt) error {
		if name := s.ColumnText(0); !moved[name] && !slices.Contains(derived, name) {
			t.Errorf("%s is not moved", name)
		}
		return nil
	}}))
	if len(moved) == 0 {
		t.Error("nothing is moved")
	}
}
