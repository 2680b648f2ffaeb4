package sqlite

import (
	"context"
	"path/filepath"
	"strings"

	"belfry"

	driver "zombiezen.com/go/sqlite"
)

// AddKey implements belfry.Keyring.
func (s *Store) AddKey(ctx context.Context, k belfry.Key) error {
	return s.writer.do(ctx, 1, func(t *tx, _ int) error { return t.addKey(k) })[0]
}

// Keys implements belfry.Keyring.
func (s *Store) Keys(ctx context.Context) (all []belfry.Key, err error) {
	err = s.read(ctx, func(c conn) error {
		all, err = c.keys()
		return err
	})
	return all, err
}

// Key implements belfry.Keyring.
func (s *Store) Key(ctx context.Context, id string) (k belfry.Key, err error) {
	err = s.read(ctx, func(c conn) error {
		k, err = c.key(id)
		return err
	})
	return k, err
}

// RevokeKey implements belfry.Keyring.
func (s *Store) RevokeKey(ctx context.Context, id string) error {
	return s.writer.do(ctx, 1, func(t *tx, _ int) error { return t.revokeKey(id, t.now) })[0]
}

// Keyring is the keys alone, in a folder that a server may be using. It is for
// one goroutine at a time.
type Keyring struct {
	c     conn
	clock func() belfry.Time
}

var _ belfry.Keyring = (*Keyring)(nil)

// OpenKeyring opens the keys of the database in a folder, and makes the database
// when it is not there. It takes no lock: a server may run.
func OpenKeyring(dir string) (*Keyring, error) {
	c, err := create(context.Background(), filepath.Join(dir, fileName))
	if err != nil {
		return nil, err
	}
	rules := belfry.Rules{}.WithDefaults()
	return &Keyring{c: c, clock: func() belfry.Time { return belfry.TimeOf(rules.Now()) }}, nil
}

// AddKey implements belfry.Keyring.
func (k *Keyring) AddKey(_ context.Context, key belfry.Key) error { return asError(k.c.addKey(key)) }

// Keys implements belfry.Keyring.
func (k *Keyring) Keys(context.Context) ([]belfry.Key, error) {
	all, err := k.c.keys()
	return all, asError(err)
}

// Key implements belfry.Keyring.
func (k *Keyring) Key(_ context.Context, id string) (belfry.Key, error) {
	key, err := k.c.key(id)
	return key, asError(err)
}

// RevokeKey implements belfry.Keyring.
func (k *Keyring) RevokeKey(_ context.Context, id string) error {
	return asError(k.c.revokeKey(id, k.clock()))
}

// Close releases the database.
func (k *Keyring) Close() error { return asError(k.c.Close()) }

const keyColumns = "id, hash, name, scopes, created_at, revoked_at"

func (c conn) addKey(k belfry.Key) error {
	err := c.exec("INSERT INTO keys ("+keyColumns+") VALUES (?, ?, ?, ?, ?, ?)",
		k.ID, k.Hash[:], k.Name, strings.Join(k.Scopes, " "), k.CreatedAt, k.RevokedAt)
	if driver.ErrCode(err) == driver.ResultConstraintPrimaryKey {
		return belfry.Errorf(belfry.CodeConflict, "a key %q exists already; draw another", k.ID)
	}
	return err
}

func (c conn) keys() ([]belfry.Key, error) {
	return c.readKeys("SELECT " + keyColumns + " FROM keys ORDER BY created_at, id")
}

func (c conn) key(id string) (belfry.Key, error) {
	all, err := c.readKeys("SELECT "+keyColumns+" FROM keys WHERE id = ?", id)
	if err != nil {
		return belfry.Key{}, err
	}
	if len(all) == 0 {
		return belfry.Key{}, errNoKey(id)
	}
	return all[0], nil
}

func (c conn) readKeys(query string, args ...any) (all []belfry.Key, err error) {
	r := c.query(query, args...)
	for r.next() {
		var k belfry.Key
		var scopes string
		r.scan(&k.ID, &k.Hash, &k.Name, &scopes, &k.CreatedAt, &k.RevokedAt)
		k.Scopes = strings.Fields(scopes)
		all = append(all, k)
	}
	return all, r.close()
}

func (c conn) revokeKey(id string, now belfry.Time) error {
	err := c.exec("UPDATE keys SET revoked_at = CASE revoked_at WHEN 0 THEN ? ELSE revoked_at END WHERE id = ?", now, id)
	if err == nil && c.Changes() == 0 {
		return errNoKey(id)
	}
	return err
}

func errNoKey(id string) error {
	return belfry.Errorf(belfry.CodeNotFound, "there is no key %q; list them to see which there are", id)
}
