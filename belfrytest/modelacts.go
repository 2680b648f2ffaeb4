package belfrytest

import (
	"fmt"
	"slices"
	"time"

	"belfry"

	"pgregory.net/rapid"
)

func (m *model) publish(target belfry.Target) {
	m.titles++
	m.clock.Step(time.Millisecond) // ids in the order of their publication
	d := draft(target, title(fmt.Sprint("n", m.titles)))
	switch rapid.SampledFrom([]string{"", "", "", "collapse", "large", "except", "expires"}).Draw(m.rt, "kind") {
	case "collapse":
		d.CollapseKey = "k" + string(m.user)
	case "large": // a few of these fill a turn
		d.Data = fmt.Appendf(nil, `{"x":"%0*d"}`, belfry.MaxData-8, 0)
	case "expires":
		d.ExpiresAt = belfry.TimeOf(m.clock.Now().Add(10 * time.Minute))
	case "except":
		if target.Shared() {
			d.Except = []belfry.UserID{m.user}
		}
	}
	before := m.world.head(m.user)
	r := m.append(d)[0]
	m.ok(r.Err)
	m.notes = append(m.notes, r.ID)
	m.truth.Published(r.ID, d, len(d.Except) > 0)
	if len(d.Except) > 0 {
		m.truth.Passed()
	}
	for _, row := range m.since(m.user, before).Private {
		if row.Trim != nil {
			m.truth.Trimmed(false, row.Trim.Born)
		}
	}
}

// living are the notifications that live, oldest first. A draw prefers the first
// of a list: the oldest are edited, which clients have long put away, and the
// newest are retracted, which makes room in a window.
func (m *model) living() []belfry.ID {
	var alive []belfry.ID
	for _, id := range m.notes {
		if m.truth.Alive(id) {
			alive = append(alive, id)
		}
	}
	return alive
}

func (m *model) edit() {
	alive := m.living()
	id := alive[m.draw("oldest", len(alive))]
	m.titles++
	name := fmt.Sprint("n", m.titles)
	m.world.edit(id, name)
	m.truth.Edited(id, name)
}

func (m *model) retract() {
	alive := m.living()
	slices.Reverse(alive)
	id := alive[m.draw("newest", len(alive))]
	m.world.retract(id)
	m.truth.Retracted(id)
}

func (m *model) follow(on bool) {
	topic := rapid.SampledFrom(m.topics).Draw(m.rt, "topic")
	m.ok(m.world.Store.Follow(ctx, []belfry.UserID{m.user}, topic, on))
	m.truth.Followed(topic, on)
}

// click marks what a client shows, with the cursor that it holds. The mark
// arrives later.
func (m *model) click() {
	c := m.client(func(c *modelClient) bool { return len(c.Items()) > 0 })
	ids := sortedIDs(c.Items())
	ids = rapid.SliceOfNDistinct(rapid.SampledFrom(ids), 1, min(3, len(ids)), rapid.ID[belfry.ID]).Draw(m.rt, "ids")
	a := rapid.SampledFrom([]belfry.Action{
		belfry.ActionRead, belfry.ActionRead, belfry.ActionUnread, belfry.ActionUnread,
		belfry.ActionSeen, belfry.ActionArchive, belfry.ActionUnarchive, belfry.ActionDelete, belfry.ActionSnooze, belfry.ActionUnsnooze,
	}).Draw(m.rt, "action")
	k := click{belfry.Mark{Action: a, UpTo: c.Cursor}, c.At.Position}
	if a == belfry.ActionSnooze {
		k.mark.Until = belfry.TimeOf(m.clock.Now().Add(10 * time.Minute))
	}
	if a == belfry.ActionUnread || a == belfry.ActionSnooze || a == belfry.ActionUnsnooze {
		// Two unread of one key: the contract leaves open which one the next replaces.
		ids = slices.DeleteFunc(ids, func(id belfry.ID) bool { return m.truth.lots[id] != nil && m.truth.lots[id].collapse != "" })
	}
	if k.mark.IDs = ids; len(ids) > 0 {
		c.clicks = append(c.clicks, k)
	}
}

func (m *model) clickAll() {
	c := m.client((*modelClient).begun)
	a := rapid.SampledFrom([]belfry.Action{belfry.ActionRead, belfry.ActionRead, belfry.ActionSeen, belfry.ActionArchive, belfry.ActionDelete}).Draw(m.rt, "action")
	c.clicks = append(c.clicks, click{belfry.Mark{Action: a, All: true, UpTo: c.Cursor}, c.At.Position})
}

// arrive is a client's first mark that has not arrived yet.
func (m *model) arrive(c *modelClient) {
	k := c.clicks[0]
	c.clicks = c.clicks[1:]
	if k.mark.All {
		if m.off == cureUpTo {
			k.mark.UpTo = ""
		}
		if done := m.mark(m.user, k.mark); done.Changed > 0 || m.off == cureUpTo && m.truth.WouldAll(k.mark.Action, k.upTo) > 0 {
			m.truth.MarkedAll(k.mark.Action, k.upTo)
		}
		return
	}
	m.arriveIDs(k)
}

func (m *model) arriveIDs(k click) {
	if until := k.mark.Until; until != 0 && until <= belfry.TimeOf(m.clock.Now()) {
		return // it came too late
	}
	before := m.world.head(m.user)
	m.mark(m.user, k.mark)
	revs := map[belfry.ID]belfry.Rev{}
	for _, row := range m.since(m.user, before).Private {
		switch {
		case row.Item != nil:
			revs[row.Item.ID] = row.Rev
		case row.Receipt != nil:
			revs[row.Receipt.ID] = row.Rev
		}
	}
	var within []belfry.ID
	for _, id := range k.mark.IDs {
		if l := m.truth.lots[id]; l != nil && l.Born <= edge(k.upTo, l.Shared) {
			within = append(within, id)
		}
	}
	if would := m.truth.Would(within, k.mark.Action, k.mark.Until); !sameSet(revs, would) {
		m.Fatalf("%+v changed %v, the oracle says %v", k.mark, revs, would)
	}
	m.truth.Marked(revs, k.mark.Action, k.mark.Until)
}

// fetch asks for pages of the inbox over HTTP; what is in them is of now.
func (m *model) fetch() {
	c := m.client((*modelClient).begun)
	c.pages = append(c.pages, c.Send(m.everything(m.user)))
	c.ahead = m.truth.Head
}

// page is the arrival of one that was fetched.
func (m *model) page() {
	m.client(func(c *modelClient) bool { return len(c.pages) > 0 }).receivePage()
}

// time lets everything come due, and reads from the logs in which order it did.
func (m *model) time() {
	m.clock.Step(20 * time.Minute)
	before := m.world.head(m.user)
	m.sweep()
	page, err := m.world.Store.Shared(ctx, before.S, 1000)
	m.ok(err)
	for _, row := range page.Entries {
		m.ended(row.Item)
	}
	for _, row := range m.since(m.user, before).Private {
		m.passed(row.Rev - 1)
		switch {
		case row.Item != nil && row.Item.Dead:
			m.ended(row.Item)
		case row.Item != nil:
			m.truth.Returned(row.Item.ID)
		case row.Receipt != nil:
			m.truth.Returned(row.Receipt.ID)
		}
	}
	m.passed(m.world.head(m.user).P)
}

// passed moves the truth over private revisions that a later change of the same
// row, or its death, has hidden.
func (m *model) passed(to belfry.Rev) {
	for m.truth.Head.P < to {
		m.truth.Passed()
	}
}

func (m *model) ended(it *belfry.Item) {
	if it == nil || !it.Dead || m.truth.lots[it.ID] == nil {
		m.Fatalf("a sweep wrote %+v", it)
	}
	m.truth.Retracted(m.truth.lots[it.ID].note)
}
