package sqlite

import (
	"belfry"
	"belfry/internal/inbox"
)

// counts counts the inbox at the snapshot's heads: the private part is kept in
// the user's row, the shared part is computed in closed form.
func (v *view) counts() (belfry.Counts, error) {
	c, err := v.sharedCounts("")
	c.Unread += v.u.Unread
	c.Unseen += v.u.Unseen
	c.Position = belfry.Position{P: v.u.Head, S: v.l.Head}
	return c, err
}

// sharedCounts counts the shared items of a type, "" of all: what every living
// item of the inbox would add without a receipt of its own, corrected by what
// those with one really add.
func (v *view) sharedCounts(typ belfry.Type) (sum belfry.Counts, err error) {
	spans, err := v.spans()
	if err != nil || inbox.Empty(spans, v.l) {
		return sum, err
	}
	stretches := inbox.Stretches(v.u.Marks)
	for _, s := range stretches {
		unread, unseen := belfry.Counted(s.Receipt, false)
		if unread == 0 && unseen == 0 {
			continue
		}
		for _, sp := range spans {
			n, err := v.living(sp.Topic, max(sp.Lo, s.Lo), s.Hi, typ)
			if err != nil {
				return sum, err
			}
			sum.Unread += n * unread
			sum.Unseen += n * unseen
		}
	}
	return sum, v.correct(&sum, spans, stretches, typ)
}

// living counts the living items of a topic in lo < born <= hi. Without a type
// it reads the two ends and the dead only, whatever lies between.
func (v *view) living(topic belfry.Topic, lo, hi belfry.Rev, typ belfry.Type) (n int64, err error) {
	if lo >= hi || lo >= v.l.Head {
		return 0, nil
	}
	if typ != "" {
		_, err = v.one("SELECT count(*) FROM shared WHERE topic = ? AND born > ? AND born <= ? AND dead = 0 AND type = ?",
			[]any{topic, lo, hi, typ}, &n)
		return n, err
	}
	_, err = v.one(`SELECT coalesce(
		  (SELECT nth FROM shared WHERE topic = ?1 AND born <= ?3 AND born > ?2 ORDER BY born DESC LIMIT 1)
		- (SELECT nth FROM shared WHERE topic = ?1 AND born > ?2 AND born <= ?3 ORDER BY born LIMIT 1) + 1
		- (SELECT count(*) FROM shared INDEXED BY shared_dead WHERE topic = ?1 AND born > ?2 AND born <= ?3 AND dead <> 0), 0)`,
		[]any{topic, lo, hi}, &n)
	return n, err
}

// correct replaces what living added for items that have a receipt by what they
// really add. Where nothing counts without a receipt, only receipts younger than
// the watermark that made it so can.
func (v *view) correct(sum *belfry.Counts, spans []inbox.Span, stretches []inbox.Stretch, typ belfry.Type) error {
	if v.u.ReceiptRev == 0 {
		return nil
	}
	base, young := inbox.Silent(v.u.Marks, stretches)
	if err := v.correctBy(sum, spans, typ, "r.born > ?", base); err != nil || base == 0 {
		return err
	}
	return v.correctBy(sum, spans, typ, youngReceipts, young, base)
}

func (v *view) correctBy(sum *belfry.Counts, spans []inbox.Span, typ belfry.Type, where string, args ...any) error {
	r := v.query("SELECT s.topic, s.born, s.type, "+receiptColumns+" FROM receipts r JOIN shared s ON s.born = r.born WHERE r.uid = ? AND s.dead = 0 AND "+where,
		append([]any{v.u.UID}, args...)...)
	for r.next() {
		var topic belfry.Topic
		var born belfry.Rev
		var t string
		var written belfry.Receipt
		r.scan(append([]any{&topic, &born, &t}, receiptDest(&written)...)...)
		if !inbox.Contains(spans, topic, born) || typ != "" && string(typ) != t {
			continue
		}
		unread, unseen := inbox.Excess(v.u.Marks, born, written)
		sum.Unread += unread
		sum.Unseen += unseen
	}
	return r.close()
}

// countsOf counts the items of one type.
func (v *view) countsOf(typ belfry.Type) (belfry.Counts, error) {
	c, err := v.sharedCounts(typ)
	if err != nil {
		return c, err
	}
	c.Position = belfry.Position{P: v.u.Head, S: v.l.Head}
	if v.u.Unread == 0 && v.u.Unseen == 0 {
		return c, nil
	}
	all, err := v.private("SELECT "+privateColumns+" FROM items WHERE uid = ? AND type = ? AND dead = 0 AND read = 0", v.u.UID, typ)
	for i := range all {
		v.u.Effective(&all[i].Item)
		unread, unseen := belfry.Counted(all[i].Receipt, false)
		c.Unread += unread
		c.Unseen += unseen
	}
	return c, err
}
