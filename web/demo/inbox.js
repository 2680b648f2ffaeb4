// What a client holds, and the rules by which it holds it: docs/protocol.md,
// sections 13 and 14. No page, no network.

const zero = () => ({ unread: 0, unseen: 0, p: 0, s: 0 });

export class Inbox {
  items = new Map();
  watermarks = new Map(); // action → {upTo, at}
  follows = new Set();
  counts = zero();
  cursor = null;
  live = false;

  /** Takes one frame, in order. Unknown ones change nothing but the cursor. */
  apply(frame) {
    this[`on_${frame.type}`]?.(frame);
    if (frame.cursor) this.cursor = frame.cursor;
  }

  on_welcome(f) {
    this.live = false;
    this.follows = new Set(f.follows.map((x) => x.topic));
    if (f.resumed) return;
    this.items.clear();
    this.watermarks.clear();
    for (const w of f.watermarks ?? []) this.raise(w);
    for (const it of f.items ?? []) this.put(it);
    this.counts = f.counts;
  }

  on_notification({ op, item }) {
    this.count(op, item);
    if (op === "removed") this.items.delete(item.id);
    else this.put(item);
  }

  on_notifications({ items }) {
    for (const item of items) this.on_notification({ op: "created", item });
  }

  on_receipts(f) {
    if (f.all) return this.raise(f);
    for (const r of f.items) {
      const held = this.items.get(r.id);
      if (!held || (held.receiptRev ?? 0) > (r.receiptRev ?? 0)) continue;
      this.items.set(r.id, { ...held, ...receiptOf(r), deliveredAt: r.deliveredAt ?? held.deliveredAt });
    }
  }

  on_follow({ topic, from, items }) {
    for (const it of this.items.values()) if (it.to.topic === topic) this.items.delete(it.id);
    if (from === null) return this.follows.delete(topic);
    this.follows.add(topic);
    for (const it of items) this.put(it);
  }

  on_trim({ born }) {
    for (const it of this.items.values()) if (it.born <= (born[log(it)] ?? 0)) this.items.delete(it.id);
  }

  on_counts({ counts }) {
    this.counts = counts;
  }

  on_live() {
    this.live = true;
  }

  /** The later content wins and the later receipt wins, each by itself. */
  put(item) {
    const held = this.items.get(item.id);
    if (!held || item.born > held.born) return this.items.set(item.id, item);
    const content = item.rev >= held.rev ? item : held;
    const receipt = (item.receiptRev ?? 0) >= (held.receiptRev ?? 0) ? item : held;
    this.items.set(item.id, { ...content, ...receiptOf(receipt) });
  }

  /** A shared creation counts once, here; all else is counted by the server. */
  count(op, item) {
    const shared = log(item) === "s";
    const pure = op === "created" && shared && item.rev === item.born && !item.receiptRev && !item.seenAt && !item.archivedAt && item.inbox !== false;
    if (!pure || item.rev <= this.counts.s) return;
    this.counts = { ...this.counts, unread: this.counts.unread + 1, unseen: this.counts.unseen + 1, s: item.rev };
  }

  raise({ action, upTo, at }) {
    const held = this.watermarks.get(action)?.upTo ?? { p: 0, s: 0 };
    this.watermarks.set(action, { at, upTo: { p: Math.max(held.p, upTo.p), s: Math.max(held.s, upTo.s) } });
  }

  /** The receipt in effect: the written one, and what watermarks cover. */
  effective(item) {
    const r = receiptOf(item);
    for (const [action, { upTo, at }] of this.watermarks) {
      if (item.born > upTo[log(item)] || (item.receiptRev ?? 0) > upTo.p) continue;
      if (action === "seen" || action === "read") r.seenAt ??= at;
      if (action === "read") r.readAt ??= at;
      if (action === "archive") r.archivedAt ??= at;
      if (action === "delete") r.deletedAt ??= at;
    }
    return r;
  }

  /** The inbox as it is shown, newest first. */
  list() {
    return [...this.items.values()]
      .map((it) => ({ ...it, ...this.effective(it) }))
      .filter((it) => !it.deletedAt && it.inbox !== false)
      .sort((a, b) => b.deliveredAt.localeCompare(a.deliveredAt) || b.id.localeCompare(a.id));
  }
}

const log = (item) => (item.to.user === undefined ? "s" : "p");

// Absent means null: a receipt replaces all members of the one before.
const receiptOf = ({ receiptRev, seenAt, readAt, archivedAt, snoozedUntil }) => ({ receiptRev, seenAt, readAt, archivedAt, snoozedUntil });
