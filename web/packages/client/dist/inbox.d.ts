import type { Marked, MarkTarget } from './marks.js';
import type { AnyData, Counts } from './types.js';
import { View, type Query } from './view.js';
/** Everything but "all": what an action that goes both ways can name. */
export type SomeTarget = Exclude<MarkTarget, {
    readonly all: true;
}>;
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
export declare class Inbox<Data extends object = AnyData> extends View<Data> {
    #private;
    /** Another view of the same items. The same query gives the same view. */
    view(query: Query): View<Data>;
    /** Exact counts of some types, as of now. */
    countsOf(types: readonly string[]): Promise<CountsByType>;
    markSeen: (target: MarkTarget) => Promise<Marked>;
    markRead: (target: MarkTarget) => Promise<Marked>;
    markUnread: (target: SomeTarget) => Promise<Marked>;
    archive: (target: MarkTarget) => Promise<Marked>;
    unarchive: (target: SomeTarget) => Promise<Marked>;
    delete: (target: MarkTarget) => Promise<Marked>;
    /** Hides items until then: in the future, at most a year ahead. They come back as new. */
    snooze: (target: SomeTarget, until: Date | string) => Promise<Marked>;
    unsnooze: (target: SomeTarget) => Promise<Marked>;
    markAllSeen: () => Promise<Marked>;
    markAllRead: () => Promise<Marked>;
    archiveAll: () => Promise<Marked>;
    deleteAll: () => Promise<Marked>;
}
//# sourceMappingURL=inbox.d.ts.map