package sqlite

import (
	"belfry"
	"belfry/internal/logs"
)

// maxCachedUsers bounds the log rows that the writer holds in memory, some 400
// bytes each.
const maxCachedUsers = 100_000

// tx is the writer's transaction and the memory it keeps from one to the next:
// the log rows of users lately written to, and the shared log's. They are
// written back once a batch, and dropped when a batch fails.
type tx struct {
	conn
	logs.Writes // of the current transaction
	rules       belfry.Rules

	users    map[belfry.UserID]*logs.User
	byUID    map[int64]*logs.User
	maxUsers int // in users, after a commit
	shared   logs.Shared
	nth      map[belfry.Topic]int64 // the last item's ordinal, where known
	loaded   bool                   // shared is what the database holds, and what was changed since
	changed  bool                   // shared has to be written back

	now belfry.Time // of the current transaction
}

func newTx(c conn, rules belfry.Rules) *tx {
	t := &tx{conn: c, rules: rules, Writes: logs.Writes{Incarnation: newIncarnation()}, maxUsers: maxCachedUsers}
	t.forget()
	return t
}

// nameShared names the shared log of a database that never had one, before
// anybody is given a position in it.
func (t *tx) nameShared() error {
	return t.exec("UPDATE shared_log SET nonce = ?, incarnation = ? WHERE incarnation = 0", logs.NewNonce(), t.Incarnation)
}

func (t *tx) begin() error {
	t.now = belfry.TimeOf(t.rules.Now())
	t.Reset()
	if err := t.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	if t.loaded {
		return nil
	}
	if _, err := t.one("SELECT "+sharedLogColumns+" FROM shared_log l", nil, sharedLogDest(&t.shared)...); err != nil {
		t.rollback()
		return err
	}
	t.loaded = true
	return nil
}

// commit writes the changed log rows back and makes the transaction durable.
func (t *tx) commit() error {
	for _, u := range t.Dirty {
		if err := t.save(u); err != nil {
			return err
		}
	}
	if t.changed {
		if err := t.saveShared(); err != nil {
			return err
		}
		t.changed = false
	}
	if err := t.exec("COMMIT"); err != nil {
		return commitError(err)
	}
	t.evict()
	return nil
}

// rollback undoes the transaction and forgets everything read or changed in it.
func (t *tx) rollback() {
	if !t.AutocommitEnabled() {
		_ = t.exec("ROLLBACK") // SQLite may have rolled back by itself; then there is nothing to undo
	}
	t.forget()
}

func (t *tx) forget() {
	t.users = map[belfry.UserID]*logs.User{}
	t.byUID = map[int64]*logs.User{}
	t.nth = map[belfry.Topic]int64{}
	t.shared = logs.Shared{}
	t.loaded, t.changed = false, false
}

// evict keeps the memory bounded; which users stay is left to chance.
func (t *tx) evict() {
	if len(t.users) > t.maxUsers {
		for name, u := range t.users {
			delete(t.users, name)
			delete(t.byUID, u.UID)
			if len(t.users) <= t.maxUsers*3/4 {
				break
			}
		}
	}
	if len(t.nth) > maxCachedUsers {
		clear(t.nth)
	}
}

// nextShared takes the next revision of the shared log.
func (t *tx) nextShared() belfry.Rev {
	t.Rows++
	t.changed = true
	return t.shared.Next(t.Incarnation)
}

// ringShared rings for a revision of the shared log. hint is nil for a trim.
func (t *tx) ringShared(rev belfry.Rev, hint *belfry.Hint) {
	t.Rings = append(t.Rings, belfry.Ring{Nonce: t.shared.Nonce, Rev: rev, Hint: hint})
}

// user finds a user's log row, and makes it at first contact.
func (t *tx) user(name belfry.UserID) (*logs.User, error) {
	u, err := t.known(name)
	if u != nil || err != nil {
		return u, err
	}
	if u, err = t.create(name, 0); err != nil {
		return nil, err
	}
	t.keep(u)
	return u, nil
}

// meet is user for somebody who is not written to now: many connect and get
// nothing for long, so their row is not held in memory. since is the start that is
// wished for, 0 the default.
func (t *tx) meet(name belfry.UserID, since belfry.Time) error {
	u, err := t.known(name)
	if u == nil && err == nil {
		_, err = t.create(name, since)
	}
	return err
}

// known is the user's log row, nil before first contact.
func (t *tx) known(name belfry.UserID) (*logs.User, error) {
	if u := t.users[name]; u != nil {
		return u, nil
	}
	return t.load("u.name = ?", name)
}

// byID is the log row of a user that exists.
func (t *tx) byID(uid int64) (*logs.User, error) {
	if u := t.byUID[uid]; u != nil {
		return u, nil
	}
	return t.load("u.uid = ?", uid)
}

func (t *tx) load(where string, key any) (*logs.User, error) {
	u := new(logs.User)
	found, err := t.one("SELECT "+userColumns+" FROM users u WHERE "+where, []any{key}, userDest(u)...)
	if !found || err != nil {
		return nil, err
	}
	u.Rung()
	t.keep(u)
	return u, nil
}

func (t *tx) keep(u *logs.User) {
	t.users[u.Name] = u
	t.byUID[u.UID] = u
}

func (t *tx) create(name belfry.UserID, since belfry.Time) (*logs.User, error) {
	from, err := t.start(since)
	if err != nil {
		return nil, err
	}
	u := &logs.User{Name: name, From: from, Since: t.now, History: logs.History{Incarnation: t.Incarnation}}
	u.Nonce = logs.NewNonce()
	err = t.exec("INSERT INTO users (name, nonce, old, incarnation, from_rev, since) VALUES (?, ?, x'', ?, ?, ?)",
		u.Name, u.Nonce, u.Incarnation, u.From, u.Since)
	if err != nil {
		return nil, err
	}
	u.UID = t.LastInsertRowID()
	t.Rows++
	return u, nil
}

// start is the shared revision above which broadcasts are in the inbox of a
// user who begins at since; 0: the default backlog before now.
func (t *tx) start(since belfry.Time) (from belfry.Rev, err error) {
	if since == 0 {
		since = t.now - belfry.Time(t.rules.BroadcastBacklog.Milliseconds())
	}
	_, err = t.one("SELECT born FROM shared WHERE at < ? ORDER BY at DESC LIMIT 1", []any{since}, &from)
	return max(from, t.shared.Trim), err
}

func (t *tx) save(u *logs.User) error {
	return t.exec(`UPDATE users SET nonce=?, old=?, incarnation=?, head=?, unread=?, unseen=?, items=?, at=?,
		from_rev=?, last_seen=?, tokens_from=?, trim=?, trim_rev=?, watermarks=?, follows=?, follow_rev=?,
		receipt_rev=?, edit_rev=?, return_rev=? WHERE uid=?`,
		u.Nonce, u.Old, u.Incarnation, u.Head, u.Unread, u.Unseen, u.Items, u.At,
		u.From, u.LastSeen, u.TokensFrom, u.Trim, u.TrimRev, u.Marks, u.Follows, u.FollowRev,
		u.ReceiptRev, u.EditRev, u.ReturnRev, u.UID)
}

func (t *tx) saveShared() error {
	l := &t.shared
	return t.exec(`UPDATE shared_log SET nonce=?, old=?, incarnation=?, head=?, at=?, last_all=?, trim=?, trim_rev=?, trimmed_at=?, clean_uid=?`,
		l.Nonce, l.Old, l.Incarnation, l.Head, l.At, l.LastAll, l.Trim, l.TrimRev, l.TrimmedAt, l.CleanUID)
}
