// The server's end of one connection in the naive world.

import type { StateFrame } from '../src/frame.js';
import type { Item } from '../src/types.js';
import { newestFirst, type Node, type Row, type World } from './world.js';

type Entry = { rev: number; barrier: number; send: () => void };

export class Session {
  readonly queue: StateFrame[] = [];
  private p = 0;
  private s = 0;
  /** Where this session last was caught up: what has not changed since, the client holds. */
  private exact = 0;
  private owed = true;
  private live = false;
  private follows = new Map<string, { from: number | null }>();

  constructor(private world: World, readonly node: Node, cursor: string | undefined, items: number) {
    if (cursor) this.resume(cursor);
    else this.begin(items);
  }

  private get cursor(): string {
    return `${this.p},${this.s}`;
  }

  private begin(items: number): void {
    const { world, node } = this;
    node.read();
    [this.p, this.s, this.owed] = [world.p, node.head, false];
    this.exact = this.p;
    this.follows = new Map(world.follows);
    const rows = [...world.own.values(), ...node.rows.values()].filter((r) => r.live && world.visible(r));
    const held = rows.map((r) => world.item(r, world.receipt(r)));
    const inbox = held.filter((i) => !i.deletedAt && !i.archivedAt && !i.snoozedUntil).sort(newestFirst);
    this.queue.push({
      cursor: this.cursor, type: 'welcome', resumed: false, reset: false, user: 'ann', heartbeat: 25,
      follows: this.followed(), counts: world.counts(node), watermarks: world.watermarks, items: inbox.slice(0, items),
    });
  }

  private resume(cursor: string): void {
    const [p, s] = cursor.split(',').map(Number) as [number, number];
    [this.p, this.s] = [p, s];
    if (this.node.head < s) this.node.read();
    for (const [topic, f] of this.world.follows) if (f.rev <= p) this.follows.set(topic, f);
    this.queue.push({
      cursor, type: 'welcome', resumed: true, reset: false, user: 'ann', heartbeat: 25, follows: this.followed(),
    });
  }

  private followed(): { topic: string; from: number | null }[] {
    return [...this.follows].filter(([, f]) => f.from !== null).map(([topic, { from }]) => ({ topic, from }));
  }

  /** One turn: the shared log first, then a page of the private one. */
  pump(limit: number): void {
    const { world, node } = this;
    const all = this.ownEntries();
    const page = all.slice(0, limit);
    if (page.some((e) => e.barrier > node.head)) node.read();
    this.pumpShared();
    for (const e of page) {
      this.p = e.rev;
      this.owed = true;
      e.send();
    }
    if (page.length < all.length) return;
    this.p = this.exact = world.p;
    if (this.owed) this.queue.push({ cursor: this.cursor, type: 'counts', counts: world.counts(node) });
    if (!this.live) this.queue.push({ cursor: this.cursor, type: 'live' });
    [this.owed, this.live] = [false, true];
  }

  private pumpShared(): void {
    const { world, node } = this;
    const missed = this.s < node.start ? node.log(this.s).filter((e) => e.rev <= node.start) : [];
    for (const e of [...missed, ...node.tail.filter((e) => e.rev > this.s)]) {
      this.s = e.rev;
      if (e.trim) {
        this.owed = true;
        this.queue.push({ cursor: this.cursor, type: 'trim', born: { s: e.trim } });
      }
      if (!e.row || !world.visible(e.row, this.follows)) continue;
      const pure = e.row.rev === e.row.born && e.row.live;
      this.owed ||= !pure;
      this.notify(e.row, pure ? world.item(e.row, {}) : world.item(e.row, world.receipt(e.row)));
    }
    this.s = node.head;
  }

  private notify(row: Row, item: Item): void {
    const op = !row.live || item.deletedAt ? 'removed' : row.rev === row.born ? 'created' : 'updated';
    this.queue.push({ cursor: this.cursor, type: 'notification', op, item });
  }

  private ownEntries(): Entry[] {
    const { world, queue } = this;
    const entries: Entry[] = [];
    for (const row of world.own.values()) {
      entries.push({ rev: row.changed, barrier: 0, send: () => this.sendOwn(row) });
    }
    for (const w of world.written.values()) {
      const row = world.shared.get(w.id);
      if (!row?.live || !world.visible(row)) continue;
      entries.push({ rev: w.rev, barrier: w.born, send: () => this.sendReceipt(row) });
    }
    for (const w of world.watermarks) {
      const send = (): void => void queue.push({ cursor: this.cursor, type: 'receipts', all: true, ...w });
      entries.push({ rev: w.receiptRev, barrier: w.upTo.s, send });
    }
    for (const [topic, f] of world.follows) entries.push({ rev: f.rev, barrier: f.head, send: () => this.sendFollow(topic, f) });
    const { born, rev } = world.trims.p;
    entries.push({ rev, barrier: 0, send: () => void queue.push({ cursor: this.cursor, type: 'trim', born: { p: born } }) });
    return entries.filter((e) => e.rev > this.p).sort((a, b) => a.rev - b.rev);
  }

  private sendOwn(row: Row): void {
    if (row.rev <= this.exact && row.live) this.sendReceipt(row);
    else this.notify(row, this.world.item(row, this.world.receipt(row)));
  }

  private sendReceipt(row: Row): void {
    const receipt = this.world.receipt(row);
    if (receipt.deletedAt) this.notify(row, this.world.item(row, receipt));
    else this.queue.push({ cursor: this.cursor, type: 'receipts', items: [{ id: row.id, ...receipt }] });
  }

  private sendFollow(topic: string, f: { from: number | null }): void {
    const { world, node } = this;
    this.follows.set(topic, f);
    const rows = [...node.rows.values()].filter((r) => r.topic === topic && r.live && world.visible(r));
    const items = f.from === null ? [] : rows.map((r) => world.item(r, world.receipt(r))).filter((i) => !i.deletedAt);
    this.queue.push({ cursor: this.cursor, type: 'follow', topic, from: f.from, items });
  }
}
