package postgres

import (
	"context"

	"belfry"
	"belfry/internal/logs"

	"github.com/jackc/pgx/v5"
)

// tx is a writer's transaction: READ COMMITTED, so that each statement sees what
// was committed before it began. All locks are taken first, by statements of
// their own; what is looked at afterwards cannot be older than the locks.
//
// The rows of its users are held in memory and written back by commit. The
// shared log may grow meanwhile unless needs.shared was asked for: what is read
// of it is taken as of shared.Head.
type tx struct {
	*conn
	logs.Writes
	rules   belfry.Rules
	xid     string // the server's number of the transaction
	outcome func(t *tx, cause error) error

	now      belfry.Time
	users    map[belfry.UserID]*logs.User
	byUID    map[int64]*logs.User
	shared   logs.Shared
	renamed  bool                   // shared has to be written back
	mayShare bool                   // the shared log's lock is held
	nth      map[belfry.Topic]int64 // the last item's ordinal
	keys     map[string]*keyRow
	claimed  map[logs.Due]bool
	left     map[int64]bool // rows of the outbox that are still there
}

// sqlNow is the time of the transaction: $1 where a test sets it, else the
// server's, never a node's.
const sqlNow = `coalesce($1::bigint, (extract(epoch FROM now()) * 1000)::bigint)`

// clock is the argument for sqlNow.
func (s *Store) clock() any {
	if s.ownTime {
		return belfry.TimeOf(s.rules.Now())
	}
	return nil
}

// begin takes the locks and reads what they protect, in one round trip. The
// transaction it returns must be rolled back also when there is an error.
func (s *Store) begin(ctx context.Context, pg *pgx.Conn, l locks) (*tx, error) {
	t := &tx{
		conn: newConn(ctx, pg, "BEGIN"), rules: s.rules, Writes: logs.Writes{Incarnation: incarnation(pg)}, outcome: s.outcome,
		users: map[belfry.UserID]*logs.User{}, byUID: map[int64]*logs.User{}, nth: map[belfry.Topic]int64{},
		keys: map[string]*keyRow{}, claimed: map[logs.Due]bool{}, left: map[int64]bool{}, mayShare: l.shared,
	}
	clock := s.clock()
	t.claim(l.claims)
	t.takeOutbox(l.outbox)
	if len(l.scheduled) > 0 {
		t.exec("SELECT FROM scheduled WHERE id = ANY($1) ORDER BY id FOR UPDATE", l.scheduled)
	}
	t.takeKeys(l.keys, clock)
	t.lockUsers(l, clock)
	if l.shared {
		t.exec("SELECT pg_advisory_xact_lock($1, $2)", lockClass, lockShared)
	}
	t.readKeys(l.keys)
	if len(l.topics) > 0 {
		t.later(func(r *rows) {
			var topic belfry.Topic
			var nth int64
			r.scan(&topic, &nth)
			t.nth[topic] = nth
		}, "SELECT topic, coalesce((SELECT nth FROM shared s WHERE s.topic = w.topic ORDER BY born DESC LIMIT 1), 0) FROM unnest($1::text[]) AS w(topic)", l.topics)
	}
	t.later(func(r *rows) { r.scan(append([]any{&t.now, &t.xid}, sharedLogDest(&t.shared)...)...) },
		"SELECT "+sqlNow+", pg_current_xact_id()::text, "+sharedLogColumns+" FROM shared_log l", clock)
	return t, t.flush()
}

// lockUsers makes the users who are not there and locks all, in the order of
// their names. The lock's statement returns the rows as they are once it has them.
func (t *tx) lockUsers(l locks, clock any) {
	if len(l.users) == 0 {
		return
	}
	var names []belfry.UserID
	var nonces []int64
	var since []int64
	for _, name := range l.users {
		if start, made := l.made[name]; made {
			names, nonces, since = append(names, name), append(nonces, int64(logs.NewNonce())), append(since, int64(start))
		}
	}
	if len(names) > 0 {
		t.exec(`INSERT INTO users (name, nonce, incarnation, from_rev, since)
			SELECT n.name, n.nonce, $2, greatest(l.trim, coalesce(
				(SELECT born FROM shared WHERE at < CASE n.since WHEN 0 THEN `+sqlNow+` - $3::bigint ELSE n.since END ORDER BY at DESC LIMIT 1), 0)), `+sqlNow+`
			FROM unnest($4::text[], $5::bigint[], $6::bigint[]) AS n(name, nonce, since), shared_log l
			WHERE NOT EXISTS (SELECT FROM users u WHERE u.name = n.name)
			ORDER BY n.name COLLATE "C" ON CONFLICT (name) DO NOTHING`,
			clock, t.Incarnation, t.rules.BroadcastBacklog.Milliseconds(), names, nonces, since)
	}
	t.later(func(r *rows) {
		u := new(logs.User)
		r.scan(userDest(u)...)
		u.Rung()
		t.users[u.Name], t.byUID[u.UID] = u, u
	}, "SELECT "+userColumns+" FROM users u WHERE name = ANY($1) ORDER BY name FOR UPDATE", l.users)
}

// meet makes sure that a user exists.
func (s *Store) meet(ctx context.Context, name belfry.UserID, since belfry.Time) error {
	return s.do(ctx, &step{needs: needs{users: []belfry.UserID{name}, since: since}, run: func(*tx) error { return nil }})[0]
}

// start is the shared revision above which broadcasts are in the inbox of a user
// who begins at since.
func (t *tx) start(since belfry.Time) (from belfry.Rev, err error) {
	_, err = t.one("SELECT born FROM shared WHERE at < $1 ORDER BY at DESC LIMIT 1", []any{since}, &from)
	return max(from, t.shared.Trim), err
}

// commit writes the changed log rows back and makes the transaction durable.
func (t *tx) commit() error {
	t.saveUsers()
	if t.renamed {
		l := &t.shared
		t.exec("UPDATE shared_log SET nonce=$1, old=$2, incarnation=$3, trim=$4, trim_rev=$5, trimmed_at=$6, clean_uid=$7",
			l.Nonce, l.Old, l.Incarnation, l.Trim, l.TrimRev, l.TrimmedAt, l.CleanUID)
	}
	t.exec("COMMIT")
	err := t.flush()
	if err != nil && isCut(err) {
		return t.outcome(t, err)
	}
	return err
}

// rollback undoes what a transaction that failed has done, where the connection
// still stands.
func (t *tx) rollback() {
	if t.pg.IsClosed() || t.pg.PgConn().TxStatus() == 'I' {
		return
	}
	if _, err := t.pg.Exec(t.ctx, "ROLLBACK"); err != nil {
		_ = t.pg.Close(t.ctx) // the server rolls back what it loses
	}
}

const saveUsers = `UPDATE users u SET nonce=v.nonce, old=v.old, incarnation=v.incarnation, head=v.head, unread=v.unread, unseen=v.unseen,
	items=v.items, at=v.at, from_rev=v.from_rev, last_seen=v.last_seen, tokens_from=v.tokens_from, trim=v.trim, trim_rev=v.trim_rev,
	watermarks=v.watermarks, follows=v.follows, follow_rev=v.follow_rev, receipt_rev=v.receipt_rev, edit_rev=v.edit_rev, return_rev=v.return_rev
	FROM unnest($1::bigint[], $2::bigint[], $3::bytea[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[],
		$11::bigint[], $12::bigint[], $13::bigint[], $14::bigint[], $15::bytea[], $16::bigint[], $17::bigint[], $18::bigint[], $19::bigint[], $20::bigint[])
	AS v(uid, nonce, old, incarnation, head, unread, unseen, items, at, from_rev, last_seen, tokens_from, trim, trim_rev, watermarks, follows,
		follow_rev, receipt_rev, edit_rev, return_rev) WHERE u.uid = v.uid`

func (t *tx) saveUsers() {
	for _, u := range t.Dirty {
		t.row(saveUsers, u.UID, int64(u.Nonce), u.Old, u.Incarnation, u.Head, u.Unread, u.Unseen, int64(u.Items), u.At,
			u.From, u.LastSeen, u.TokensFrom, u.Trim, u.TrimRev, u.Marks, int64(u.Follows), u.FollowRev, u.ReceiptRev, u.EditRev, u.ReturnRev)
	}
}

// nextShared takes the next revision of the shared log.
func (t *tx) nextShared() belfry.Rev {
	t.renamed = t.renamed || t.shared.Incarnation != t.Incarnation
	return t.shared.Next(t.Incarnation)
}

// ringShared rings for a revision of the shared log. hint is nil for a trim.
func (t *tx) ringShared(rev belfry.Rev, hint *belfry.Hint) {
	t.Rings = append(t.Rings, belfry.Ring{Nonce: t.shared.Nonce, Rev: rev, Hint: hint})
}

// view is the user's inbox as the transaction has it so far.
func (t *tx) view(u *logs.User) *view { return &view{conn: t.conn, u: u, l: &t.shared} }
