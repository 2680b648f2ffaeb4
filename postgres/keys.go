package postgres

import (
	"context"

	"belfry"
)

const keyColumns = "id, hash, name, scopes, created_at, revoked_at"

// AddKey implements belfry.Keyring.
func (s *Store) AddKey(ctx context.Context, k belfry.Key) error {
	return s.do(ctx, &step{run: func(t *tx) error {
		scopes := append([]string{}, k.Scopes...) // nil would be NULL
		n, err := t.run("INSERT INTO keys ("+keyColumns+") VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING",
			k.ID, k.Hash[:], k.Name, scopes, k.CreatedAt, k.RevokedAt)
		if err == nil && n == 0 {
			return belfry.Errorf(belfry.CodeConflict, "a key %q exists already; draw another", k.ID)
		}
		return err
	}})[0]
}

// RevokeKey implements belfry.Keyring.
func (s *Store) RevokeKey(ctx context.Context, id string) error {
	return s.do(ctx, &step{run: func(t *tx) error {
		n, err := t.run("UPDATE keys SET revoked_at = CASE revoked_at WHEN 0 THEN $2 ELSE revoked_at END WHERE id = $1", id, t.now)
		if err == nil && n == 0 {
			return errNoKey(id)
		}
		return err
	}})[0]
}

// Keys implements belfry.Keyring.
func (s *Store) Keys(ctx context.Context) (all []belfry.Key, err error) {
	return s.listKeys(ctx, "SELECT "+keyColumns+" FROM keys ORDER BY created_at, id")
}

// Key implements belfry.Keyring.
func (s *Store) Key(ctx context.Context, id string) (belfry.Key, error) {
	all, err := s.listKeys(ctx, "SELECT "+keyColumns+" FROM keys WHERE id = $1", id)
	if err != nil {
		return belfry.Key{}, err
	}
	if len(all) == 0 {
		return belfry.Key{}, errNoKey(id)
	}
	return all[0], nil
}

func (s *Store) listKeys(ctx context.Context, query string, args ...any) (all []belfry.Key, err error) {
	err = s.snapshot(ctx, func(c *conn) error {
		all = nil
		r := c.query(query, args...)
		for r.next() {
			var k belfry.Key
			r.scan(&k.ID, &k.Hash, &k.Name, &k.Scopes, &k.CreatedAt, &k.RevokedAt)
			all = append(all, k)
		}
		return r.close()
	})
	return all, err
}

func errNoKey(id string) error {
	return belfry.Errorf(belfry.CodeNotFound, "there is no key %q; list them to see which there are", id)
}
