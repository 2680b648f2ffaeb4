package postgres

import (
	"belfry"
	"belfry/internal/inbox"
)

// counts counts the inbox at the view's heads.
func (v *view) counts() (belfry.Counts, error) {
	c, err := v.askCounts("")
	if err == nil {
		err = v.flush()
	}
	if err != nil {
		return belfry.Counts{}, err
	}
	return *c, nil
}

// askCounts asks for the counts of the items of a type, "" of all, at the view's
// heads. The private part of all is kept in the user's row, the shared part is
// computed in closed form: what every living item of the inbox would add without
// a receipt of its own, corrected by what those with one really add.
func (v *view) askCounts(typ belfry.Type) (*belfry.Counts, error) {
	sum := &belfry.Counts{Position: belfry.Position{P: v.u.Head, S: v.l.Head}}
	if typ == "" {
		sum.Unread, sum.Unseen = v.u.Unread, v.u.Unseen
	} else if v.u.Unread > 0 {
		v.askPrivateOf(sum, typ)
	}
	spans, err := v.spans()
	if err != nil || inbox.Empty(spans, v.l) {
		return sum, err
	}
	stretches := inbox.Stretches(v.u.Marks)
	var p pieces
	for _, s := range stretches {
		unread, unseen := belfry.Counted(s.Receipt, false)
		if unread == 0 && unseen == 0 {
			continue
		}
		for _, sp := range spans {
			p.add(sp.Topic, max(sp.Lo, s.Lo), min(s.Hi, v.l.Head), unread, unseen)
		}
	}
	v.askLiving(sum, &p, typ)
	v.askCorrection(sum, spans, stretches, typ)
	return sum, nil
}

// askPrivateOf adds the private items of a type.
func (v *view) askPrivateOf(sum *belfry.Counts, typ belfry.Type) {
	v.later(func(r *rows) {
		var p privateRow
		r.scan(p.columns()...)
		v.u.Effective(&p.Item)
		unread, unseen := belfry.Counted(p.Receipt, false)
		sum.Unread += unread
		sum.Unseen += unseen
	}, "SELECT "+privateColumns+" FROM items WHERE uid = $1 AND type = $2 AND NOT dead AND read = 0", v.u.UID, typ)
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

// askLiving adds the living items of pieces.
func (v *view) askLiving(sum *belfry.Counts, p *pieces, typ belfry.Type) {
	if len(p.topics) == 0 {
		return
	}
	n, a := byOrdinals, args{p.topics, p.los, p.his, p.unread, p.unseen, v.l.Head}
	if typ != "" {
		n, a = byType, append(a, typ)
	}
	v.later(func(r *rows) {
		var unread, unseen int64
		r.scan(&unread, &unseen)
		sum.Unread += unread
		sum.Unseen += unseen
	}, `SELECT coalesce(sum(p.unread * n), 0)::bigint, coalesce(sum(p.unseen * n), 0)::bigint
		FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[]) AS p(topic, lo, hi, unread, unseen)
		CROSS JOIN LATERAL (SELECT `+n+` OFFSET 0) AS c(n)`, a...)
}

// askCorrection replaces what askLiving adds for items that have a receipt by
// what they really add. Where nothing counts without a receipt, only receipts
// younger than the watermark that made it so can.
func (v *view) askCorrection(sum *belfry.Counts, spans []inbox.Span, stretches []inbox.Stretch, typ belfry.Type) {
	if v.u.ReceiptRev == 0 {
		return
	}
	base, young := inbox.Silent(v.u.Marks, stretches)
	marks := v.u.Marks
	v.later(func(r *rows) {
		var topic belfry.Topic
		var born belfry.Rev
		var t string
		var written belfry.Receipt
		r.scan(append([]any{&topic, &born, &t}, receiptDest(&written)...)...)
		if !inbox.Contains(spans, topic, born) || typ != "" && string(typ) != t {
			return
		}
		unread, unseen := inbox.Excess(marks, born, written)
		sum.Unread += unread
		sum.Unseen += unseen
	}, "SELECT s.topic, s.born, s.type, "+receiptColumns+` FROM receipts r JOIN shared s ON s.born = r.born
		WHERE r.uid = $1 AND NOT (s.dead AND s.rev <= $2) AND (r.born > $3 OR r.rev > $4)`, v.u.UID, v.l.Head, base, young)
}
