package postgres

import (
	"context"
	"time"

	"belfry"
	"belfry/internal/logs"
)

// outcomePatience is how long the store tries to find out what became of a
// commit whose answer was lost.
const outcomePatience = 3 * time.Second

// outcome finds out what became of a transaction whose connection was cut while
// it committed: nil when it is stored, cause when nothing of it is,
// CodeOutcomeUnknown when nobody can say in time.
func (s *Store) outcome(t *tx, cause error) error {
	ctx, cancel := context.WithTimeout(context.Background(), outcomePatience)
	defer cancel()
	for ; ctx.Err() == nil; time.Sleep(20 * time.Millisecond) {
		switch status, err := s.statusOf(ctx, t); {
		case err != nil: // not back yet
		case status == "committed":
			return nil
		case status == "aborted":
			return cause
		case status == "":
			return errUnknown(cause)
		}
	}
	return errUnknown(cause)
}

func errUnknown(cause error) error {
	return &belfry.Error{Code: belfry.CodeOutcomeUnknown, RetryAfter: retryAfter, Err: cause,
		Detail: "the database went away during the commit; it may or may not be stored, retry with an idempotency key"}
}

// statusOf asks the server: "committed", "aborted", "in progress", or "" when it
// cannot know. The server knows its transactions by number, but a crash or a
// failover that lost one gives its number to another. Then the logs know: under a
// new incarnation every change takes a new name, so that a log remembers the old
// name up to our revision only if our change was the one that took it.
func (s *Store) statusOf(ctx context.Context, t *tx) (status string, err error) {
	pooled, err := acquire(ctx, s.writers)
	if err != nil {
		return "", err
	}
	defer pooled.Release()
	if incarnation(pooled.Conn()) == t.Incarnation {
		err = pooled.QueryRow(ctx, "SELECT coalesce(pg_xact_status($1::text::xid8), '')", t.xid).Scan(&status)
		return status, err
	}
	if len(t.Rings) == 0 {
		return "", nil
	}
	c := newConn(ctx, pooled.Conn(), "BEGIN READ ONLY")
	status, err = c.remembers(t.Rings[len(t.Rings)-1])
	c.exec("COMMIT")
	if end := c.flush(); err == nil {
		err = end
	}
	return status, err
}

// remembers says by a log of the new incarnation whether a change is in it. Of a
// creation the row must be there, too: its revision may have been taken by
// another one before the crash.
func (c *conn) remembers(r belfry.Ring) (status string, err error) {
	var l logs.Shared
	log := &l.Lineage
	if r.User == "" {
		_, err = c.one("SELECT "+sharedLogColumns+" FROM shared_log l", nil, sharedLogDest(&l)...)
	} else {
		_, err = c.one("SELECT nonce, old, head FROM users WHERE name = $1", []any{r.User}, &log.Nonce, &log.Old, &log.Head)
	}
	switch {
	case err != nil:
		return "", err
	case !log.Knows(r.Nonce, r.Rev):
		return "aborted", nil
	case r.Hint == nil || r.Hint.Item.Born != r.Rev:
		return "committed", nil
	}
	var found bool
	if r.User == "" {
		found, err = c.one("SELECT FROM shared WHERE born = $1 AND id = $2", []any{r.Rev, r.Hint.Item.ID})
	} else {
		found, err = c.one("SELECT FROM items i JOIN users u USING (uid) WHERE u.name = $1 AND i.born = $2 AND i.id = $3", []any{r.User, r.Rev, r.Hint.Item.ID})
	}
	if found {
		status = "committed"
	}
	return status, err
}
