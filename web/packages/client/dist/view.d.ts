import type { BelfryError } from './error.js';
import type { Store } from './store.js';
import type { AnyData, Counts, CountsAt, Filter, Item } from './types.js';
/** What a view shows; nothing set: the inbox, without what is archived or snoozed. */
export interface Query {
    readonly filter?: Filter;
    readonly types?: readonly string[];
    readonly topic?: string;
    readonly group?: string;
}
/** What a view shows now. The same object until something changes. */
export interface Snapshot<Data extends object = AnyData> {
    /** Newest first, without a gap. */
    readonly items: readonly Item<Data>[];
    /** Of the whole inbox, exact. */
    readonly counts: Counts;
    /** pending: nothing was asked for yet; loading: a page is under way. */
    readonly status: 'pending' | 'loading' | 'ready' | 'failed';
    /** Whether loadMore() would bring older ones. */
    readonly hasMore: boolean;
    /** Why it failed. */
    readonly error: BelfryError | undefined;
}
/** A page of the inbox, as GET /v1/inbox answers. */
export interface Page<Data extends object = AnyData> {
    readonly items: readonly Item<Data>[];
    readonly next?: string;
    readonly counts: CountsAt;
    readonly cursor: string;
}
export declare class View<Data extends object = AnyData> {
    #private;
    protected readonly store: Store;
    readonly query: Query;
    getSnapshot: () => Snapshot<Data>;
    /** Calls the listener with what is there now, and after every change. The first one begins to load. */
    subscribe: (listener: (snapshot: Snapshot<Data>) => void) => (() => void);
    get items(): readonly Item<Data>[];
    get counts(): Counts;
    /** Loads the next page of older items. Never rejects: see status and error. */
    loadMore(): Promise<void>;
}
//# sourceMappingURL=view.d.ts.map