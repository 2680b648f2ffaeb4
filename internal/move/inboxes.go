package move

import (
	"bytes"
	"context"
	"encoding/gob"
	"math"

	"belfry"
)

// sampleUsers is of how many users the inboxes are compared.
const sampleUsers = 200

// compareInboxes lets both stores answer for some users, chosen evenly.
func (m *Move) compareInboxes(ctx context.Context) (n int, err error) {
	users, err := m.sample(ctx)
	if err != nil {
		return 0, err
	}
	for i, u := range users {
		from, err := look(ctx, m.from.Reader(), u)
		if err != nil {
			return i, err
		}
		to, err := look(ctx, m.to.Reader(), u)
		if err != nil {
			return i, err
		}
		if !bytes.Equal(from, to) {
			return i, belfry.Errorf(belfry.CodeInternal, "the rows are the same, but the inbox of %q is not; this is a defect, please report it", u)
		}
		m.progress(Progress{"compare", "inboxes", int64(i + 1), int64(len(users))})
	}
	return len(users), nil
}

func (m *Move) sample(ctx context.Context) (users []belfry.UserID, err error) {
	total, err := m.from.Count(ctx, "users")
	if err != nil {
		return nil, err
	}
	every, i := max(1, total/sampleUsers), int64(0)
	for row, err := range m.from.Rows(ctx, "users", []string{"name"}, []string{"uid"}, nil) {
		if err != nil {
			return nil, err
		}
		if i++; i%every == 0 {
			users = append(users, belfry.UserID(row[0].(string)))
		}
	}
	return users, nil
}

// inbox is what a store says of one.
type inbox struct {
	Shared  belfry.Lineage
	Opening belfry.Opening
	Changes belfry.Changes // both logs, from their beginning
	List    belfry.List
	Counts  belfry.Counts
}

// look asks a store and encodes what it says: gob makes no difference between no
// slice and an empty one, of which each store has its own.
func look(ctx context.Context, r belfry.Reader, u belfry.UserID) ([]byte, error) {
	page, err := r.Shared(ctx, math.MaxInt32, 1)
	if err != nil {
		return nil, err
	}
	in := inbox{Shared: page.Log}
	if in.Opening, err = r.Open(ctx, u, belfry.OpenQuery{Items: belfry.MaxItems}); err != nil {
		return nil, err
	}
	start := in.Opening.Cursor
	start.Position = belfry.Position{}
	if in.Changes, err = r.Changes(ctx, u, belfry.ChangesQuery{From: start}); err != nil {
		return nil, err
	}
	if in.List, err = r.List(ctx, u, belfry.ListQuery{Limit: belfry.MaxItems}); err != nil {
		return nil, err
	}
	counts, err := r.Counts(ctx, u, nil)
	if err != nil {
		return nil, err
	}
	in.Counts = counts.Counts
	var b bytes.Buffer
	err = gob.NewEncoder(&b).Encode(in)
	return b.Bytes(), err
}
