import type { Frame } from './frame.js';
import { type Watermarks } from './receipt.js';
import type { CountsAt, Item, Position, Receipt } from './types.js';
export interface Replica {
    /** Of the last frame processed: what the next opening resumes from. */
    readonly cursor?: string | undefined;
    readonly items: ReadonlyMap<string, Item>;
    readonly counts?: CountsAt | undefined;
    /** Of the frame that last moved the counts: what a "mark all" covers. */
    readonly countsCursor?: string | undefined;
    readonly watermarks: Watermarks;
    readonly follows: ReadonlySet<string>;
    /** Where the client was last told that it was caught up: what was born above is news, */
    readonly caughtUp: Position;
    /** once: the births that were told of since. */
    readonly told: ReadonlyMap<string, number>;
}
export declare const empty: Replica;
/** What a frame did to the items. */
export type Change = {
    readonly kind: 'created' | 'updated' | 'removed';
    readonly item: Item;
}
/** A receipt of an item that is not held, or of several. */
 | {
    readonly kind: 'missing';
    readonly receipt: Receipt;
}
/** Everything was replaced. */
 | {
    readonly kind: 'reset';
};
/** The replica after a frame. Frames that change no state leave it as it is. */
export declare function apply(replica: Replica, frame: Frame): {
    replica: Replica;
    changes: Change[];
};
/**
 * The replica with a page of the inbox. `meanwhile` are the frames that came
 * while the page was under way: applied to the page first, they take out of it
 * what died, was trimmed or unfollowed, and bring its receipts up to date.
 * undefined: everything was replaced meanwhile, ask for the page again. The
 * page's counts are not taken: the stream's are exact.
 */
export declare function merge(replica: Replica, page: readonly Item[], meanwhile: readonly Frame[]): Replica | undefined;
/** What a client knows that was given a page before it was ever connected. */
export declare function seed(page: {
    items: readonly Item[];
    counts: CountsAt;
    cursor: string;
}): Replica;
//# sourceMappingURL=replica.d.ts.map