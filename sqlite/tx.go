package sqlite

import (
	"belfry"
)

// maxCachedUsers bounds the log rows that the writer holds in memory, some 400
// bytes each.
const maxCachedUsers = 100_000

// tx is the writer's transaction and the memory it keeps from one to the next:
// the log rows of users lately written to, and the shared log's. They are
// written back once a batch, and dropped when a batch fails.
type tx struct {
	conn
	rules       belfry.Rules
	incarnation int64

	users    map[belfry.UserID]*user
	byUID    map[int64]*user
	maxUsers int // in users, after a commit
	shared   sharedLog
	nth      map[belfry.Topic]int64 // the last item's ordinal, where known
	loaded   bool                   // shared is what the database holds, and what was changed since
	changed  bool                   // shared has to be written back

	// Of the current transaction.
	now     belfry.Time
	rows    int // written, roughly
	dirty   []*user
	touched []*user // by the current step
	rings   []belfry.Ring
}

func newTx(c conn, rules belfry.Rules) *tx {
	t := &tx{conn: c, rules: rules, incarnation: newIncarnation(), maxUsers: maxCachedUsers}
	t.forget()
	return t
}

// nameShared names the shared log of a database that never had one, before
// anybody is given a position in it.
func (t *tx) nameShared() error {
	return t.exec("UPDATE shared_log SET nonce = ?, incarnation = ? WHERE incarnation = 0", newNonce(), t.incarnation)
}

func (t *tx) begin() error {
	t.now = belfry.TimeOf(t.rules.Now())
	t.rows, t.dirty, t.touched, t.rings = 0, nil, nil, nil
	if err := t.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	if t.loaded {
		return nil
	}
	if _, err := t.one("SELECT "+sharedLogColumns+" FROM shared_log l", nil, t.shared.columns()...); err != nil {
		t.rollback()
		return err
	}
	t.loaded = true
	return nil
}

// commit writes the changed log rows back and makes the transaction durable.
func (t *tx) commit() error {
	for _, u := range t.dirty {
		if err := t.save(u); err != nil {
			return err
		}
		u.dirty = false
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
	t.users = map[belfry.UserID]*user{}
	t.byUID = map[int64]*user{}
	t.nth = map[belfry.Topic]int64{}
	t.shared = sharedLog{}
	t.loaded, t.changed = false, false
}

// evict keeps the memory bounded; which users stay is left to chance.
func (t *tx) evict() {
	if len(t.users) > t.maxUsers {
		for name, u := range t.users {
			delete(t.users, name)
			delete(t.byUID, u.uid)
			if len(t.users) <= t.maxUsers*3/4 {
				break
			}
		}
	}
	if len(t.nth) > maxCachedUsers {
		clear(t.nth)
	}
}

// endStep rings those whose log the step changed and who got no hint for their
// last revision.
func (t *tx) endStep() {
	for _, u := range t.touched {
		if u.rung < u.Head {
			t.rings = append(t.rings, belfry.Ring{User: u.name, Nonce: u.Nonce, Rev: u.Head})
			u.rung = u.Head
		}
		u.touched = false
	}
	t.touched = t.touched[:0]
}

// next takes the next revision of a user's log.
func (t *tx) next(u *user) belfry.Rev {
	rev := u.next(t.incarnation)
	t.touch(u)
	return rev
}

// touch notes that a user's log row changed.
func (t *tx) touch(u *user) {
	t.rows++
	if !u.dirty {
		u.dirty = true
		t.dirty = append(t.dirty, u)
	}
	if !u.touched {
		u.touched = true
		t.touched = append(t.touched, u)
	}
}

// hint rings for a pure creation in a private log and carries it along.
func (t *tx) hint(u *user, it belfry.Item) {
	t.rings = append(t.rings, belfry.Ring{User: u.name, Nonce: u.Nonce, Rev: it.Rev, Hint: &belfry.Hint{Item: it, Own: u.own()}})
	u.rung = it.Rev
}

// nextShared takes the next revision of the shared log.
func (t *tx) nextShared() belfry.Rev {
	t.rows++
	t.changed = true
	return t.shared.next(t.incarnation)
}

// ringShared rings for a revision of the shared log. hint is nil for a trim.
func (t *tx) ringShared(rev belfry.Rev, hint *belfry.Hint) {
	t.rings = append(t.rings, belfry.Ring{Nonce: t.shared.Nonce, Rev: rev, Hint: hint})
}

// user finds a user's log row, and makes it at first contact.
func (t *tx) user(name belfry.UserID) (*user, error) {
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
func (t *tx) known(name belfry.UserID) (*user, error) {
	if u := t.users[name]; u != nil {
		return u, nil
	}
	return t.load("u.name = ?", name)
}

// byID is the log row of a user that exists.
func (t *tx) byID(uid int64) (*user, error) {
	if u := t.byUID[uid]; u != nil {
		return u, nil
	}
	return t.load("u.uid = ?", uid)
}

func (t *tx) load(where string, key any) (*user, error) {
	u := new(user)
	found, err := t.one("SELECT "+userColumns+" FROM users u WHERE "+where, []any{key}, u.columns()...)
	if !found || err != nil {
		return nil, err
	}
	u.rung = u.Head
	t.keep(u)
	return u, nil
}

func (t *tx) keep(u *user) {
	t.users[u.name] = u
	t.byUID[u.uid] = u
}

func (t *tx) create(name belfry.UserID, since belfry.Time) (*user, error) {
	from, err := t.start(since)
	if err != nil {
		return nil, err
	}
	u := &user{name: name, from: from, since: t.now, history: history{incarnation: t.incarnation}}
	u.Nonce = newNonce()
	err = t.exec("INSERT INTO users (name, nonce, old, incarnation, from_rev, since) VALUES (?, ?, x'', ?, ?, ?)",
		u.name, u.Nonce, u.incarnation, u.from, u.since)
	if err != nil {
		return nil, err
	}
	u.uid = t.LastInsertRowID()
	t.rows++
	return u, nil
}

// start is the shared revision above which broadcasts are in the inbox of a
// user who begins at since; 0: the default backlog before now.
func (t *tx) start(since belfry.Time) (from belfry.Rev, err error) {
	if since == 0 {
		since = t.now - belfry.Time(t.rules.BroadcastBacklog.Milliseconds())
	}
	_, err = t.one("SELECT born FROM shared WHERE at < ? ORDER BY at DESC LIMIT 1", []any{since}, &from)
	return max(from, t.shared.trim), err
}

func (t *tx) save(u *user) error {
	return t.exec(`UPDATE users SET nonce=?, old=?, incarnation=?, head=?, unread=?, unseen=?, items=?, at=?,
		from_rev=?, last_seen=?, tokens_from=?, trim=?, trim_rev=?, watermarks=?, follows=?, follow_rev=?,
		receipt_rev=?, edit_rev=?, return_rev=? WHERE uid=?`,
		u.Nonce, u.Old, u.incarnation, u.Head, u.unread, u.unseen, u.items, u.at,
		u.from, u.lastSeen, u.tokensFrom, u.trim, u.trimRev, u.marks, u.follows, u.followRev,
		u.receiptRev, u.editRev, u.returnRev, u.uid)
}

func (t *tx) saveShared() error {
	l := &t.shared
	return t.exec(`UPDATE shared_log SET nonce=?, old=?, incarnation=?, head=?, at=?, last_all=?, trim=?, trim_rev=?, trimmed_at=?, clean_uid=?`,
		l.Nonce, l.Old, l.incarnation, l.Head, l.at, l.lastAll, l.trim, l.trimRev, l.trimmedAt, l.cleanUID)
}
