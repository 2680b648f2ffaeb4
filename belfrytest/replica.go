package belfrytest

import (
	"maps"
	"slices"

	"belfry"
)

// Replica is what a client holds, and the rules by which it holds it
// (PROTOCOL.md, "Frames"): content merges by revision and receipts by receipt
// revision, the later wins; watermarks are applied when it is asked; a follow
// drops its topic before it is filled again; a page that comes late brings back
// nothing that died on its way. It is fed with frames (Frame) or straight from
// a store (Changes). The zero value is a client that was never connected.
type Replica struct {
	User   belfry.UserID
	Window int // newest items kept; 0: all
	Off    Rule

	Cursor string        // the last one processed; "" before the first welcome
	At     belfry.Cursor // the same, parsed
	Counts belfry.Counts
	Live   bool // the replay is over

	items      map[belfry.ID]belfry.Item
	watermarks belfry.Watermarks
	follows    map[belfry.Topic]belfry.Rev // topic → from
	flight     []*Page
}

// Rule is one rule of the client that a test can switch off, to prove that the
// rule is needed and that the test would find it missing.
type Rule string

// The rules that can be switched off. Those that are not here (merge by rev and
// by receiptRev, count above counts.s) spare a client a flicker: the stream itself
// heals what they would let in, so no state at rest tells of them.
const (
	RuleNone      Rule = ""
	RuleAbsolute  Rule = "absolute counts are taken"
	RuleDropAll   Rule = "a follow drops its topic"
	RulePage      Rule = "a page brings back nothing that died"
	RuleWatermark Rule = "watermarks are applied"
	RuleTrim      Rule = "a trim drops what it covers"
)

// Page is an answer of the inbox on its way to the client. Every frame that comes
// before it arrives is younger, and is applied to it too: what a frame says of an
// item that the client does not hold must not be lost on the page.
type Page struct {
	sent []belfry.Item
	late Replica
}

// Send puts a page on its way: what is in it is of now.
func (r *Replica) Send(items []belfry.Item) *Page {
	p := &Page{sent: items}
	for _, it := range items {
		p.late.put(it)
	}
	r.flight = append(r.flight, p)
	return p
}

// Receive merges a page that was sent before. One from before a reset is void.
func (r *Replica) Receive(p *Page) {
	i := slices.Index(r.flight, p)
	if i < 0 {
		return
	}
	r.flight = slices.Delete(r.flight, i, i+1)
	if r.Off == RulePage {
		for _, it := range p.sent {
			r.put(it)
		}
		return
	}
	for _, it := range p.late.items {
		r.put(it)
	}
}

// Items are the items held, by ID, each with its effective receipt; what is not
// in the inbox (deleted, subscribed only) is left out.
func (r *Replica) Items() map[belfry.ID]belfry.Item {
	out := make(map[belfry.ID]belfry.Item, len(r.items))
	for id, it := range r.items {
		if it.SubscribedOnly {
			continue
		}
		if r.Off != RuleWatermark {
			it.Receipt = r.watermarks.Effective(it.Shared, it.Born, it.Receipt)
		}
		if it.Receipt.Visible() {
			out[id] = it
		}
	}
	return out
}

// Follows are the topics followed and from where.
func (r *Replica) Follows() map[belfry.Topic]belfry.Rev { return r.follows }

// reset forgets everything and begins anew with a snapshot. Pages on their way
// are of another life.
func (r *Replica) reset(items []belfry.Item, marks belfry.Watermarks, counts belfry.Counts) {
	r.items, r.watermarks, r.Counts = map[belfry.ID]belfry.Item{}, marks, counts
	r.flight = nil
	for _, it := range items {
		r.put(it)
	}
}

// put merges an item: what was said later about its content, and what was said
// later about its receipt.
func (r *Replica) put(it belfry.Item) {
	if old, held := r.items[it.ID]; held {
		it = r.merge(old, it)
	}
	if r.items == nil {
		r.items = map[belfry.ID]belfry.Item{}
	}
	r.items[it.ID] = it
	r.shrink()
}

func (r *Replica) merge(old, now belfry.Item) belfry.Item {
	receipt := now.Receipt
	switch {
	case now.Born != old.Born: // reborn by a collapse: its receipt began anew
		if old.Born > now.Born {
			receipt = old.Receipt
		}
	case old.Receipt.Rev > now.Receipt.Rev:
		receipt = old.Receipt
	}
	if old.Rev > now.Rev {
		now = old
	}
	now.Receipt = receipt
	return now
}

// receipt merges the receipt of an item that may be held or not.
func (r *Replica) receipt(id belfry.ID, receipt belfry.Receipt) {
	for _, p := range r.flight {
		p.late.receipt(id, receipt)
	}
	it, held := r.items[id]
	if !held || it.Receipt.Rev > receipt.Rev || !it.Shared && it.Born > receipt.Rev {
		return // a younger one is held, or the item was reborn since
	}
	it.Receipt = receipt
	if !receipt.Visible() {
		r.remove(id)
		return
	}
	r.items[id] = it
}

// arrive merges an item that a frame brought.
func (r *Replica) arrive(it belfry.Item) {
	for _, p := range r.flight {
		if _, held := p.late.items[it.ID]; held {
			p.late.put(it)
		}
	}
	r.put(it)
	r.count(it)
}

func (r *Replica) remove(id belfry.ID) {
	delete(r.items, id)
	for _, p := range r.flight {
		p.late.remove(id)
	}
}

func (r *Replica) watermark(w belfry.Watermark) {
	if w.Rev > r.watermarks[w.Kind].Rev {
		r.watermarks[w.Kind] = w
	}
}

// follow drops all that is held of the topic and takes what the inbox has of it
// now.
func (r *Replica) follow(topic belfry.Topic, on bool, from belfry.Rev, items []belfry.Item) {
	if r.Off != RuleDropAll || !on {
		maps.DeleteFunc(r.items, func(_ belfry.ID, it belfry.Item) bool { return it.Shared && it.Topic == topic })
	}
	for _, p := range r.flight {
		p.late.follow(topic, false, 0, nil)
	}
	if !on {
		delete(r.follows, topic)
		return
	}
	if r.follows == nil {
		r.follows = map[belfry.Topic]belfry.Rev{}
	}
	r.follows[topic] = from
	for _, it := range items {
		r.put(it)
	}
}

func (r *Replica) trim(shared bool, born belfry.Rev) {
	if r.Off == RuleTrim {
		return
	}
	for _, p := range r.flight {
		p.late.trim(shared, born)
	}
	maps.DeleteFunc(r.items, func(_ belfry.ID, it belfry.Item) bool { return it.Shared == shared && it.Born <= born })
}

// shrink keeps the newest items when the client has a window.
func (r *Replica) shrink() {
	for r.Window > 0 && len(r.items) > r.Window {
		var oldest belfry.Item
		for _, it := range r.items {
			if oldest.ID == "" || it.At() < oldest.At() || it.At() == oldest.At() && it.ID < oldest.ID {
				oldest = it
			}
		}
		delete(r.items, oldest.ID)
	}
}

// count follows the rule for a shared creation: it counts once, whoever brings it.
func (r *Replica) count(it belfry.Item) {
	_, followed := r.follows[it.Topic]
	if !it.Shared || it.SubscribedOnly || !it.Pure() || it.Topic != belfry.TopicAll && !followed {
		return
	}
	if it.Rev <= r.Counts.S {
		return
	}
	r.Counts.Unread++
	r.Counts.Unseen++
	r.Counts.S = it.Rev
}
