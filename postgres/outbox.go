package postgres

import (
	"bytes"
	"context"
	"encoding/json"

	"belfry"
)

// relayed is how many rows of the outbox one call of Relay publishes at most.
const relayed = 500

// Relay publishes what applications have left in the outbox by belfry.publish in
// transactions of their own: each row once, in order, in the transaction that
// removes it from there. What cannot be published stays, with the reason. Of
// several nodes one does it at a time; when it dies or freezes another goes on.
// more says that there is more to do now. The rows of a transaction that is still
// open are nobody's yet, so that two transactions are in order if the second
// began to publish after the first was committed.
func (s *Store) Relay(ctx context.Context) (more bool, err error) {
	err = s.exclusively(ctx, lockRelay, func(c *conn) error {
		var rows []outboxRow
		r := c.query("SELECT seq, id, draft::text, at FROM outbox WHERE refused IS NULL ORDER BY seq LIMIT $1", relayed)
		for r.next() {
			var row outboxRow
			r.scan(&row.seq, &row.id, &row.draft, &row.at)
			rows = append(rows, row)
		}
		if err := r.close(); err != nil || len(rows) == 0 {
			return err
		}
		now := belfry.TimeOf(s.rules.Now())
		for _, err := range s.do(ctx, mapped(rows, func(row outboxRow) *step { return row.step(now) })...) {
			if err != nil {
				return err
			}
		}
		more = len(rows) == relayed
		return nil
	})
	return more && err == nil, err
}

// exclusively runs f while this node has an advisory lock, and not at all while
// another has it. The lock is one of a transaction: a node that freezes loses it
// by the server's limit on idle ones.
func (s *Store) exclusively(ctx context.Context, lock int, f func(*conn) error) error {
	return s.snapshot(ctx, func(c *conn) error {
		var mine bool
		if _, err := c.one("SELECT pg_try_advisory_xact_lock($1, $2)", []any{lockClass, lock}, &mine); err != nil || !mine {
			return err
		}
		return f(c)
	})
}

// outboxRow is a draft that an application's transaction has left.
type outboxRow struct {
	seq   int64
	id    belfry.ID
	draft string
	at    belfry.Time
}

// step publishes the row, or notes why it cannot be.
func (row outboxRow) step(now belfry.Time) *step {
	p, err := row.publication(now)
	if err != nil {
		return &step{needs: needs{outbox: []int64{row.seq}}, run: func(t *tx) error { return t.refuse(row, err) }}
	}
	waits := p.DeliverAt > now
	n := needsOf(p, waits)
	n.outbox = []int64{row.seq}
	return &step{needs: n, run: func(t *tx) error {
		if !t.left[row.seq] {
			return nil // another node has published it
		}
		if _, err := t.append(p, waits); err != nil {
			if isRefusal(err) {
				return t.refuse(row, err)
			}
			return err
		}
		t.exec("DELETE FROM outbox WHERE seq = $1", row.seq)
		return nil
	}}
}

// refuse keeps a row that cannot be published, with the reason.
func (t *tx) refuse(row outboxRow, err error) error {
	if t.left[row.seq] {
		t.exec("UPDATE outbox SET refused = $2 WHERE seq = $1", row.seq, err.Error())
	}
	return nil
}

// publication is the row as belfry.Publish prepares it, under the ID and with the
// time that the application was given.
func (row outboxRow) publication(now belfry.Time) (*belfry.Publication, error) {
	var d belfry.Draft
	dec := json.NewDecoder(bytes.NewReader([]byte(row.draft)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&d); err != nil {
		return nil, belfry.Errorf(belfry.CodeMalformed, "this is no notification: %s", err)
	}
	var p prepared
	if r := belfry.Publish(context.Background(), &p, now.Std(), []belfry.Draft{d})[0]; r.Err != nil {
		return nil, r.Err
	}
	p.ID, p.CreatedAt = row.id, row.at
	return &p.Publication, nil
}

// prepared is a writer that keeps the one publication it is given.
type prepared struct {
	belfry.Writer
	belfry.Publication
}

// Append implements the one method of belfry.Writer that belfry.Publish calls.
func (p *prepared) Append(_ context.Context, pubs []belfry.Publication) []belfry.Published {
	p.Publication = pubs[0]
	return make([]belfry.Published, 1)
}

// takeOutbox locks rows of the outbox that are still there, in order.
func (t *tx) takeOutbox(seqs []int64) {
	if len(seqs) == 0 {
		return
	}
	t.later(func(r *rows) {
		var seq int64
		r.scan(&seq)
		t.left[seq] = true
	}, "SELECT seq FROM outbox WHERE seq = ANY($1) AND refused IS NULL ORDER BY seq FOR UPDATE", seqs)
}
