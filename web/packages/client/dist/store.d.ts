import type { Frame } from './frame.js';
import { type Marked, type MarkTarget } from './marks.js';
import { type Change, type Replica } from './replica.js';
import type { Rest } from './rest.js';
import type { Counts, CountsAt, Item, MarkAction } from './types.js';
export declare class Store {
    #private;
    readonly rest: Rest;
    constructor(rest: Rest, replica?: Replica);
    get cursor(): string | undefined;
    /** Everything held, in no order, with the pending marks. */
    get items(): readonly Item[];
    /** The counts, with the pending marks. */
    get counts(): Counts;
    onChange(listener: () => void): () => void;
    /** Takes a frame of the stream and says what it did. */
    take(frame: Frame): Change[];
    /** Fetches a page and holds its items. false: everything was replaced meanwhile, fetch it again. */
    fetch<Page extends {
        items: readonly Item[];
        counts: CountsAt;
        cursor: string;
    }>(page: Promise<Page>): Promise<Page | false>;
    /** Drops what was seen through a subscription that has ended. */
    forget(topic: string): void;
    /** Shows a mark at once and sends it; it is taken back when it is refused. */
    mark(action: MarkAction, target: MarkTarget, until?: string): Promise<Marked>;
    /** Sends now what waits for a network. */
    poke(): void;
}
//# sourceMappingURL=store.d.ts.map