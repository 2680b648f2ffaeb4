// A naive server and the truth about one user's inbox, for random histories: two
// logs, two nodes whose view of the shared log lags, sessions that are cut and
// resumed, marks that arrive late. The truth applies every act at once.

import { act, effective, raise, type Watermarks } from '../src/receipt.js';
import type { CountsAt, Item, MarkAction, Position, Receipt } from '../src/types.js';

export class Random {
  constructor(private seed: number) {}
  /** Mulberry32. */
  next(): number {
    this.seed = (this.seed + 0x6d2b79f5) | 0;
    let t = Math.imul(this.seed ^ (this.seed >>> 15), 1 | this.seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }
  below(n: number): number {
    return Math.floor(this.next() * n);
  }
  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }
}

export interface Row {
  id: string;
  topic: string; // '' is everyone, '@' the user's private log
  born: number;
  rev: number; // of the content
  changed: number; // of the row
  live: boolean;
  version: number;
  at: number;
  receipt: Receipt; // private rows only
}

interface True {
  shared: boolean;
  topic: string;
  born: number;
  version: number;
  at: number;
  marked: number;
  seen: boolean;
  read: boolean;
  archived: boolean;
  snoozed: boolean;
}

export const time = (n: number): string => new Date(n).toISOString();
const isPrivate = (row: { topic: string }): boolean => row.topic === '@';

export class World {
  clock = 1_700_000_000_000;
  p = 0;
  s = 0;
  shared = new Map<string, Row>();
  own = new Map<string, Row>();
  written = new Map<string, { id: string; born: number; rev: number; receipt: Receipt }>();
  follows = new Map<string, { from: number | null; rev: number; head: number }>();
  watermarks: Watermarks = [];
  trims = { p: { born: 0, rev: 0 }, s: { born: 0, rev: 0 } };
  history: { rev: number; row?: Row; trim?: number }[] = [];
  truth = new Map<string, True>();
  nodes = [new Node(this), new Node(this)];
  private ids = 0;

  tick(): number {
    return (this.clock += 1000);
  }

  visible(row: Row, follows: ReadonlyMap<string, { from: number | null }> = this.follows): boolean {
    if (isPrivate(row) || row.topic === '') return true;
    const from = follows.get(row.topic)?.from;
    return from !== undefined && from !== null && row.born > from;
  }

  receipt(row: Row): Receipt {
    const written = isPrivate(row) ? row.receipt : (this.written.get(row.id)?.receipt ?? {});
    return effective(this.watermarks, !isPrivate(row), row.born, written);
  }

  publish(topic: string): void {
    const id = `${topic || 'all'}${++this.ids}`;
    const rev = topic === '@' ? ++this.p : ++this.s;
    const row: Row = { id, topic, born: rev, rev, changed: rev, live: true, version: 1, at: this.tick(), receipt: {} };
    (topic === '@' ? this.own : this.shared).set(id, row);
    this.commit(row);
    if (this.visible(row)) this.enter(row);
  }

  private enter(row: Row): void {
    this.truth.set(row.id, {
      shared: !isPrivate(row), topic: row.topic, born: row.born, version: row.version, at: row.at,
      marked: 0, seen: false, read: false, archived: false, snoozed: false,
    });
  }

  private commit(row: Row): void {
    if (!isPrivate(row)) this.history.push({ rev: row.rev, row: { ...row } });
  }

  private touch(row: Row): void {
    row.rev = row.changed = isPrivate(row) ? ++this.p : ++this.s;
  }

  edit(row: Row): void {
    if (!row.live) return;
    this.touch(row);
    row.version++;
    this.commit(row);
    const t = this.truth.get(row.id);
    if (t) t.version = row.version;
  }

  retract(row: Row): void {
    if (!row.live) return;
    this.touch(row);
    row.live = false;
    this.commit(row);
    this.truth.delete(row.id);
  }

  /** A private row is reused for a newer notification of the same collapse key. */
  collapse(row: Row): void {
    const r = this.receipt(row);
    if (!row.live || !isPrivate(row) || r.readAt || r.deletedAt) return;
    this.touch(row);
    Object.assign(row, { born: row.rev, version: row.version + 1, at: this.tick(), receipt: {} });
    this.enter(row);
  }

  follow(topic: string, on: boolean): void {
    if ((this.follows.get(topic)?.from ?? null) !== null === on) return;
    this.follows.set(topic, { from: on ? this.s : null, rev: ++this.p, head: this.s });
    if (!on) for (const [id, t] of this.truth) if (t.topic === topic) this.truth.delete(id);
  }

  mark(ids: readonly string[], action: MarkAction): void {
    for (const id of ids) {
      const row = this.shared.get(id) ?? this.own.get(id);
      if (!row?.live || !this.visible(row)) continue;
      const before = this.receipt(row);
      const at = this.tick();
      const after = act(before, action, time(at), time(at + 1e9));
      if (before.deletedAt || after === before) continue; // a mark that says nothing new takes no revision
      const rev = ++this.p;
      const receipt = { ...after, receiptRev: rev };
      if (isPrivate(row)) Object.assign(row, { receipt, changed: rev });
      else this.written.set(id, { id, born: row.born, rev, receipt });
      const t = this.truth.get(id);
      if (!t) throw new Error(`the truth lacks ${id}`);
      t.marked = rev;
      this.markTruth(id, t, action, at);
    }
  }

  markAll(action: MarkAction, upTo: Position): void {
    const raised = raise(this.watermarks, { action, upTo, receiptRev: this.p + 1, at: time(this.tick()) });
    const covered = (t: True): boolean => t.born <= (t.shared ? upTo.s : upTo.p) && t.marked <= upTo.p;
    for (const [id, t] of this.truth) if (covered(t)) this.markTruth(id, t, action, this.clock);
    if (raised === this.watermarks) return;
    this.p++;
    this.watermarks = raised;
  }

  private markTruth(id: string, t: True, action: MarkAction, at: number): void {
    if (action === 'seen' || action === 'read') t.seen = true;
    if (action === 'read') t.read = true;
    if (action === 'unread') t.read = false;
    if (action === 'archive') t.archived = true;
    if (action === 'unarchive') t.archived = false;
    if (action === 'snooze') t.snoozed = true;
    if (action === 'unsnooze' && t.snoozed) Object.assign(t, { snoozed: false, read: false, seen: false, at });
    if (action === 'delete') this.truth.delete(id);
  }

  trim(log: 'p' | 's', born: number): void {
    if (born <= this.trims[log].born) return;
    const rev = ++this[log];
    this.trims[log] = { born, rev };
    const rows = log === 'p' ? this.own : this.shared;
    for (const [id, row] of rows) if (row.born <= born) rows.delete(id);
    for (const [id, t] of this.truth) if (t.shared === (log === 's') && t.born <= born) this.truth.delete(id);
    if (log === 's') this.history.push({ rev, trim: born });
  }

  /** Counts by walking, with the shared log as a node knows it. */
  counts(node: Node): CountsAt {
    let unread = 0;
    let unseen = 0;
    for (const row of [...this.own.values(), ...node.rows.values()]) {
      if (!row.live || !this.visible(row)) continue;
      const r = this.receipt(row);
      if (r.deletedAt || r.archivedAt || r.snoozedUntil || r.readAt) continue;
      unread++;
      if (!r.seenAt) unseen++;
    }
    return { unread, unseen, p: this.p, s: node.head };
  }

  trueCounts(): { unread: number; unseen: number } {
    const unread = [...this.truth.values()].filter((t) => !t.read && !t.archived && !t.snoozed);
    return { unread: unread.length, unseen: unread.filter((t) => !t.seen).length };
  }

  item(row: Row, receipt: Receipt): Item {
    const to = isPrivate(row) ? { user: 'ann' } : row.topic === '' ? { all: true as const } : { topic: row.topic };
    const { id, rev, born } = row;
    const item = {
      id, rev, born, to, type: 'note', level: 'info', priority: 'medium', title: String(row.version),
      createdAt: time(row.at), deliveredAt: time(row.at), data: undefined, ...receipt,
    } as const;
    return item;
  }

  /** What GET /v1/inbox would answer: the newest items of every filter. */
  page(size: number): Item[] {
    const rows = [...this.own.values(), ...this.shared.values()].filter((r) => r.live && this.visible(r));
    const items = rows.map((r) => this.item(r, this.receipt(r))).filter((i) => !i.deletedAt);
    return items.sort(newestFirst).slice(0, size);
  }
}

export const newestFirst = (a: Item, b: Item): number =>
  a.deliveredAt < b.deliveredAt ? 1 : a.deliveredAt > b.deliveredAt ? -1 : a.id < b.id ? 1 : -1;

/** A node's tail of the shared log. */
export class Node {
  head = 0;
  start = 0;
  tail: { rev: number; row?: Row; trim?: number }[] = [];
  rows = new Map<string, Row>();
  constructor(private world: World) {}

  private put(entry: { rev: number; row?: Row; trim?: number }): void {
    this.tail.push(entry);
    this.head = entry.rev;
    if (entry.row) this.rows.set(entry.row.id, entry.row);
    for (const row of this.rows.values()) if (entry.trim && row.born <= entry.trim) this.rows.delete(row.id);
  }

  hint(): void {
    const entry = this.world.history.find((h) => h.rev === this.head + 1);
    if (entry) this.put(entry);
  }

  /** The compacted log: every row once, in its current state. */
  log(after: number): { rev: number; row?: Row; trim?: number }[] {
    const { shared, trims } = this.world;
    const rows = [...shared.values()].filter((r) => r.rev > after).map((r) => ({ rev: r.rev, row: { ...r } }));
    const trim = trims.s.rev > after ? [{ rev: trims.s.rev, trim: trims.s.born }] : [];
    return [...rows, ...trim].sort((a, b) => a.rev - b.rev);
  }

  read(limit = Infinity): void {
    const entries = this.log(this.head);
    for (const e of entries.slice(0, limit)) this.put(e);
    if (entries.length <= limit) this.head = this.world.s;
  }

  evict(): void {
    this.start = this.tail[this.tail.length >> 1]?.rev ?? this.start;
    this.tail = this.tail.filter((e) => e.rev > this.start);
  }
}
