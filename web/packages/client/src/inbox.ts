import type { Marked, MarkTarget } from './marks.js';
import type { Change } from './replica.js';
import type { Store } from './store.js';
import type { AnyData, Counts, Item } from './types.js';
import { View, type Page, type Query } from './view.js';

/** Everything but "all": what an action that goes both ways can name. */
export type SomeTarget = Exclude<MarkTarget, { readonly all: true }>;

/** Counts of a type each. */
export interface CountsByType extends Counts {
  readonly types: Readonly<Record<string, Counts>>;
}

/**
 * The user's inbox: a view, further views, and the marks. A mark shows at once,
 * in every view; its promise resolves when the server has it, which waits for a
 * network if there is none, and rejects with a BelfryError when it is refused
 * and taken back. What arrived after the user looked is never marked.
 */
export class Inbox<Data extends object = AnyData> extends View<Data> {
  readonly #views = new Map<string, View<Data>>();
  readonly #pageSize: number;

  /** @internal */
  constructor(store: Store, query: Query, pageSize: number, initial?: Page) {
    super(store, query, pageSize, initial);
    this.#pageSize = pageSize;
    this.awaited = !initial;
    this.#views.set(keyOf(query), this);
  }

  /** Another view of the same items. The same query gives the same view. */
  view(query: Query): View<Data> {
    const key = keyOf(query);
    let view = this.#views.get(key);
    if (!view) this.#views.set(key, (view = new View(this.store, query, this.#pageSize)));
    return view;
  }

  /** Exact counts of some types, as of now. */
  countsOf(types: readonly string[]): Promise<CountsByType> {
    return this.store.rest('GET', '/v1/counts', { query: { type: types.join() } });
  }

  markSeen = (target: MarkTarget): Promise<Marked> => this.store.mark('seen', target);
  markRead = (target: MarkTarget): Promise<Marked> => this.store.mark('read', target);
  markUnread = (target: SomeTarget): Promise<Marked> => this.store.mark('unread', target);
  archive = (target: MarkTarget): Promise<Marked> => this.store.mark('archive', target);
  unarchive = (target: SomeTarget): Promise<Marked> => this.store.mark('unarchive', target);
  delete = (target: MarkTarget): Promise<Marked> => this.store.mark('delete', target);
  /** Hides items until then: in the future, at most a year ahead. They come back as new. */
  snooze = (target: SomeTarget, until: Date | string): Promise<Marked> =>
    this.store.mark('snooze', target, new Date(until).toISOString());
  unsnooze = (target: SomeTarget): Promise<Marked> => this.store.mark('unsnooze', target);
  markAllSeen = (): Promise<Marked> => this.markSeen({ all: true });
  markAllRead = (): Promise<Marked> => this.markRead({ all: true });
  archiveAll = (): Promise<Marked> => this.archive({ all: true });
  deleteAll = (): Promise<Marked> => this.delete({ all: true });

  /** A fresh snapshot came: the view it is of is filled, others begin anew. @internal */
  welcomed(items: readonly Item[]): void {
    for (const view of this.#views.values()) {
      if (view === (this as View<Data>)) view.filled(items, this.#pageSize);
      else view.restart();
    }
  }

  /** @internal */
  look(changes: readonly Change[]): void {
    for (const c of changes) if (c.kind === 'missing') this.#each((v) => v.missing(c.receipt));
  }

  /** The network is back. @internal */
  resume(): void {
    this.store.poke();
    this.#each((v) => v.retry());
  }

  #each(run: (view: View<Data>) => void): void {
    for (const view of this.#views.values()) run(view);
  }
}

const keyOf = ({ filter, types, topic, group }: Query): string => JSON.stringify([filter || 0, types, topic, group]);
