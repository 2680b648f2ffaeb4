package postgres

import "belfry"

// counts counts the inbox at the view's heads: the private part is kept in the
// user's row, the shared part is computed in closed form.
func (v *view) counts() (belfry.Counts, error) {
	c, err := v.sharedCounts("")
	c.Unread += v.u.unread
	c.Unseen += v.u.unseen
	c.Position = belfry.Position{P: v.u.Head, S: v.l.Head}
	return c, err
}

// sharedCounts counts the shared items of a type, "" of all: what every living
// item of the inbox would add without a receipt of its own, corrected by what
// those with one really add.
func (v *view) sharedCounts(typ belfry.Type) (sum belfry.Counts, err error) {
	spans, err := v.spans()
	if err != nil || v.l.lastAll <= spans[0].lo && len(spans) == 1 {
		return sum, err
	}
	stretches := v.stretches()
	var p pieces
	for _, s := range stretches {
		unread, unseen := belfry.Counted(s.receipt, false)
		if unread == 0 && unseen == 0 {
			continue
		}
		for _, sp := range spans {
			p.add(sp.topic, max(sp.lo, s.lo), min(s.hi, v.l.Head), unread, unseen)
		}
	}
	if sum.Unread, sum.Unseen, err = v.living(&p, typ); err != nil {
		return sum, err
	}
	return sum, v.correct(&sum, spans, stretches, typ)
}

// pieces are stretches of topics, lo < born <= hi, and what each living item in
// them counts.
type pieces struct {
	topics         []belfry.Topic
	los, his       []belfry.Rev
	unread, unseen []int64
}

func (p *pieces) add(topic belfry.Topic, lo, hi belfry.Rev, unread, unseen int64) {
	if lo < hi {
		p.topics, p.los, p.his = append(p.topics, topic), append(p.los, lo), append(p.his, hi)
		p.unread, p.unseen = append(p.unread, unread), append(p.unseen, unseen)
	}
}

// byOrdinals counts the living items of a piece by its two ends and the dead
// between them, whatever lies there.
const byOrdinals = `coalesce(
	  (SELECT nth FROM shared WHERE topic = p.topic AND born > p.lo AND born <= p.hi ORDER BY born DESC LIMIT 1)
	- (SELECT nth FROM shared WHERE topic = p.topic AND born > p.lo AND born <= p.hi ORDER BY born LIMIT 1) + 1
	- (SELECT count(*) FROM shared WHERE topic = p.topic AND born > p.lo AND born <= p.hi AND dead AND rev <= $6), 0)`

// byType counts those of the type $7.
const byType = `(SELECT count(*) FROM shared WHERE topic = p.topic AND born > p.lo AND born <= p.hi AND NOT (dead AND rev <= $6) AND type = $7)`

// living counts the living items of pieces.
func (v *view) living(p *pieces, typ belfry.Type) (unread, unseen int64, err error) {
	if len(p.topics) == 0 {
		return 0, 0, nil
	}
	n, a := byOrdinals, args{p.topics, p.los, p.his, p.unread, p.unseen, v.l.Head}
	if typ != "" {
		n, a = byType, append(a, typ)
	}
	_, err = v.one(`SELECT coalesce(sum(p.unread * n), 0)::bigint, coalesce(sum(p.unseen * n), 0)::bigint
		FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[]) AS p(topic, lo, hi, unread, unseen)
		CROSS JOIN LATERAL (SELECT `+n+`) AS c(n)`, a, &unread, &unseen)
	return unread, unseen, err
}

// correct replaces what living added for items that have a receipt by what they
// really add. Where nothing counts without a receipt, only receipts younger than
// the watermark that made it so can.
func (v *view) correct(sum *belfry.Counts, spans []span, stretches []stretch, typ belfry.Type) error {
	if v.u.receiptRev == 0 {
		return nil
	}
	base := silent(stretches)
	young := v.younger(base, func(r belfry.Receipt) bool { unread, _ := belfry.Counted(r, false); return unread != 0 })
	r := v.query("SELECT s.topic, s.born, s.type, "+receiptColumns+` FROM receipts r JOIN shared s ON s.born = r.born
		WHERE r.uid = $1 AND NOT (s.dead AND s.rev <= $2) AND (r.born > $3 OR r.rev > $4)`, v.u.uid, v.l.Head, base, young)
	for r.next() {
		var topic belfry.Topic
		var born belfry.Rev
		var t string
		var written belfry.Receipt
		r.scan(append([]any{&topic, &born, &t}, receiptDest(&written)...)...)
		if !contains(spans, topic, born) || typ != "" && string(typ) != t {
			continue
		}
		unread, unseen := belfry.Counted(v.u.marks.Effective(true, born, written), false)
		lessUnread, lessUnseen := belfry.Counted(v.u.marks.Effective(true, born, belfry.Receipt{}), false)
		sum.Unread += unread - lessUnread
		sum.Unseen += unseen - lessUnseen
	}
	return r.close()
}

// silent is the shared revision up to which no item counts without a receipt.
func silent(stretches []stretch) (base belfry.Rev) {
	for _, s := range stretches {
		if unread, unseen := belfry.Counted(s.receipt, false); unread != 0 || unseen != 0 {
			break
		}
		base = s.hi
	}
	return base
}

// countsOf counts the items of one type.
func (v *view) countsOf(typ belfry.Type) (belfry.Counts, error) {
	c, err := v.sharedCounts(typ)
	if err != nil {
		return c, err
	}
	c.Position = belfry.Position{P: v.u.Head, S: v.l.Head}
	if v.u.unread == 0 && v.u.unseen == 0 {
		return c, nil
	}
	all, err := v.private("SELECT "+privateColumns+" FROM items WHERE uid = $1 AND type = $2 AND NOT dead AND read = 0", v.u.uid, typ)
	for i := range all {
		v.u.effective(&all[i].Item)
		unread, unseen := belfry.Counted(all[i].Receipt, false)
		c.Unread += unread
		c.Unseen += unseen
	}
	return c, err
}
