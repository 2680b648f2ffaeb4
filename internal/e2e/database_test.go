package e2e

import (
	"strings"
	"sync"
	"testing"

	"belfry/internal/pgtest"
)

// database is an empty database on a PostgreSQL of the tests' own.
type database struct {
	*pgtest.Server
	dsn string
}

// postgres is the server of this package's tests, started when it is first
// needed.
var postgres struct {
	once   sync.Once
	server *pgtest.Server
	err    error
}

func stopPostgres() {
	if postgres.server != nil {
		postgres.server.Close()
	}
}

func newDatabase(t *testing.T) database {
	t.Helper()
	postgres.once.Do(func() { postgres.server, postgres.err = pgtest.New() })
	if postgres.err != nil {
		t.Fatal(postgres.err)
	}
	return database{postgres.server, postgres.server.Database(t)}
}

// at is the database's address by way of a proxy.
func (d database) at(proxy string) string { return strings.Replace(d.dsn, d.Addr(), proxy, 1) }
