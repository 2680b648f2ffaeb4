import { describe, expect, it } from 'vitest';
import type { Frame } from '../src/frame.js';
import { apply, empty, merge, type Replica } from '../src/replica.js';
import type { Item, MarkAction, Position } from '../src/types.js';
import { Random, time, World } from './world.js';
import { Session } from './session.js';

const schedules = Number(process.env.SCHEDULES ?? 2000);
const steps = Number(process.env.STEPS ?? 70);

/** A client: a replica, a connection, marks and pages under way. */
class Client {
  replica: Replica = empty;
  session: Session | undefined;
  marks: (() => void)[] = [];
  pages: { items: Item[]; meanwhile: Frame[] }[] = [];
  missing = false;
  /** Everything in the inbox that was delivered after this must be held. */
  horizon = '';
  announced = new Map<string, number>();
  start: Position = { p: 0, s: 0 };

  constructor(private world: World, private window: number) {}

  connect(node: World['nodes'][number]): void {
    this.session = new Session(this.world, node, this.replica.cursor, this.window);
  }

  receive(): void {
    const frame = this.session?.queue.shift();
    if (!frame) return;
    for (const page of this.pages) page.meanwhile.push(frame);
    if (frame.type === 'welcome' && !frame.resumed) {
      this.horizon = frame.items.length < this.window ? '' : (frame.items.at(-1)?.deliveredAt ?? '');
      this.start = frame.counts;
    }
    const { replica, changes } = apply(this.replica, frame);
    this.replica = replica;
    for (const c of changes) {
      if (c.kind === 'missing') this.missing = true;
      if (c.kind === 'created') this.announce(c.item);
    }
  }

  private announce(item: Item): void {
    if (item.born <= ('user' in item.to ? this.start.p : this.start.s)) throw new Error(`${item.id} is no news`);
    if (this.announced.get(item.id) === item.born) throw new Error(`${item.id} was announced twice`);
    this.announced.set(item.id, item.born);
  }

  fetch(size: number): void {
    this.pages.push({ items: this.world.page(size), meanwhile: [] });
  }

  arrive(): void {
    const page = this.pages.shift();
    if (page) this.replica = merge(this.replica, page.items, page.meanwhile) ?? this.replica;
  }

  /** What is held must be true, and nothing above the horizon may be missing. */
  check(): void {
    const want: Brief[] = [];
    for (const [id, t] of this.world.truth) {
      const due = time(t.at) > this.horizon && !t.archived && !t.snoozed;
      const { born, seen, read, archived, snoozed } = t;
      if (due || this.replica.items.has(id)) want.push({ id, title: String(t.version), at: time(t.at), born, seen, read, archived, snoozed });
    }
    expect([...this.replica.items.values()].map(brief).sort(byID)).toEqual(want.sort(byID));
    expect(this.replica.counts).toMatchObject(this.world.trueCounts());
  }
}

const brief = (i: Item) => ({
  id: i.id, title: i.title, at: i.deliveredAt, born: i.born,
  seen: !!i.seenAt, read: !!i.readAt, archived: !!i.archivedAt, snoozed: !!i.snoozedUntil,
});
type Brief = ReturnType<typeof brief>;
const byID = (a: Brief, b: Brief): number => (a.id < b.id ? -1 : 1);

const single: MarkAction[] = ['seen', 'read', 'read', 'unread', 'archive', 'unarchive', 'snooze', 'unsnooze', 'delete'];
const every: MarkAction[] = ['seen', 'read', 'read', 'archive', 'delete'];

function run(seed: number): void {
  const r = new Random(seed);
  const world = new World();
  const clients = [new Client(world, 100), new Client(world, 2)];
  // Every schedule has its own mix of acts, and lacks some.
  const weights = acts.map(([weight]) => weight * r.of([0, 0.3, 1, 1, 2, 4]) + (weight >= 10 ? 2 : 0));
  for (let i = 0; i < steps; i++) step(world, clients, r, weights);
  settle(world, clients);
}

type Act = (world: World, c: Client, r: Random) => void;
const anyRow = (world: World, r: Random) => r.of([...world.own.values(), ...world.shared.values()]);
const acts: [number, Act][] = [
  [8, (w) => w.publish('a')],
  [3, (w) => w.publish('b')],
  [5, (w) => w.publish('')],
  [6, (w) => w.publish('@')],
  [5, (w, _, r) => { const row = anyRow(w, r); if (row) w.edit(row); }],
  [4, (w, _, r) => { const row = anyRow(w, r); if (row) w.retract(row); }],
  [3, (w, _, r) => { const row = anyRow(w, r); if (row) w.collapse(row); }],
  [4, (w, _, r) => w.follow(r.of(['a', 'a', 'b']), true)],
  [2, (w, _, r) => w.follow(r.of(['a', 'a', 'b']), false)],
  [1, (w, _, r) => w.trim('p', r.below(w.p + 1))],
  [1, (w, _, r) => w.trim('s', r.below(w.s + 1))],
  [7, (w, c, r) => {
    const ids = [...c.replica.items.keys()].filter(() => r.next() < 0.3);
    const action = r.of(single);
    if (ids.length) c.marks.push(() => w.mark(ids, action));
  }],
  [3, (w, c, r) => {
    const counts: Position | undefined = c.replica.counts;
    const action = r.of(every);
    if (counts) c.marks.push(() => w.markAll(action, { p: counts.p, s: counts.s }));
  }],
  [8, (_, c) => c.marks.shift()?.()],
  [7, (w, _, r) => r.of(w.nodes).hint()],
  [4, (w, _, r) => r.of(w.nodes).read(r.of([1, 2, 99]))],
  [2, (w, _, r) => r.of(w.nodes).evict()],
  [14, (w, c, r) => (c.session ? c.session.pump(r.of([1, 99, 99])) : c.connect(r.of(w.nodes)))],
  [14, (_, c, r) => { for (let n = r.of([1, 5]); n > 0; n--) c.receive(); }],
  [3, (_, c) => (c.session = undefined)],
  [3, (_, c, r) => c.replica.cursor && c.fetch(r.of([1, 3, 99]))],
  [4, (_, c) => c.arrive()],
];

function step(world: World, clients: Client[], r: Random, weights: number[]): void {
  let at = r.next() * weights.reduce((a, b) => a + b, 0);
  const i = weights.findIndex((w) => (at -= w) < 0);
  acts[i]?.[1](world, r.of(clients), r);
}

/** Lets everything arrive, then compares. */
function settle(world: World, clients: Client[]): void {
  for (const c of clients) while (c.marks.length) c.marks.shift()!();
  for (const n of world.nodes) n.read();
  for (const c of clients) {
    c.session ?? c.connect(world.nodes[0]!);
    const drain = () => { while (c.session!.queue.length) c.receive(); };
    drain();
    c.session!.pump(99);
    drain();
    if (c.missing) c.fetch(Infinity);
    while (c.pages.length) c.arrive();
  }
  for (const c of clients) c.check();
}

describe('Replica', () => {
  it(`equals the truth at rest, in ${schedules} random histories`, () => {
    for (let seed = 1; seed <= schedules; seed++) {
      try {
        run(seed);
      } catch (cause) {
        throw new Error(`seed ${seed}`, { cause });
      }
    }
  }, 120_000);
});
