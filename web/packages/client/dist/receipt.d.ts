import type { Counts, Filter, ItemFields, MarkAction, Receipt, Watermark } from './types.js';
/** One of each action at most. */
export type Watermarks = readonly Watermark[];
/** In which log an item lives. */
export declare const isShared: (item: Pick<ItemFields, 'to'>) => boolean;
/**
 * Whether the watermark covers an item: born no later than it, in the item's own
 * log, and with no receipt younger than it.
 */
export declare function covers({ upTo }: Watermark, shared: boolean, born: number, receiptRev?: number): boolean;
/** The receipt as the user sees it: what was written, and what the watermarks cover. */
export declare function effective<R extends Receipt>(watermarks: Watermarks, shared: boolean, born: number, receipt: R): R;
/** The watermarks with one moved up, component by component; the same ones when it says nothing new. */
export declare function raise(watermarks: Watermarks, w: Watermark): Watermarks;
/**
 * What an item with this effective receipt adds to the two counts, 0 or 1 each.
 * Read implies seen; archive leaves read alone but takes the item out of the
 * counts; snoozed counts nowhere.
 */
export declare function counted(r: Receipt, dead?: boolean): Counts;
/** Whether an item with this effective receipt is in the view. */
export declare function admits(filter: Filter, r: Receipt): boolean;
/** The receipt after an action on an effective receipt; the same one when it says nothing new. */
export declare function act<R extends Receipt>(r: R, action: MarkAction, at: string, until?: string): R;
//# sourceMappingURL=receipt.d.ts.map