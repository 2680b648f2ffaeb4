import { BelfryError, type Code } from './error.js';
import type { Replica } from './replica.js';
import type { Rest } from './rest.js';
import type { Counts, CountsAt, Entity, Item, MarkAction, Position } from './types.js';
/** Which items a mark is about. */
export type MarkTarget = string | readonly string[] | ({
    readonly all: true;
} & Narrowed) | ({
    readonly group: string;
} & Narrowed) | ({
    readonly entity: Entity;
} & Narrowed);
interface Narrowed {
    readonly type?: string;
    readonly topic?: string;
}
/** A mark as it is sent: docs/protocol.md, section 8. */
export interface Mark extends Narrowed {
    readonly action: MarkAction;
    readonly ids?: readonly string[];
    readonly all?: true;
    readonly group?: string;
    readonly entity?: Entity;
    readonly until?: string | undefined;
    /** What came later is left alone: nobody had it before their eyes. */
    readonly upTo?: string | undefined;
}
/** What a mark did. */
export interface Marked {
    readonly changed: number;
    /** Ids that were not touched, and why: not_found, gone, conflict. */
    readonly refused?: Readonly<Record<string, Code>>;
    readonly more?: boolean;
    readonly counts: CountsAt;
}
/** A mark that the replica does not show by itself yet. */
export interface Pending {
    readonly mark: Mark;
    readonly at: string;
    /** Nothing born later is touched; undefined: named by id. */
    readonly upTo: Position | undefined;
    /** What it adds to the counts, until they have it themselves. */
    readonly delta: Counts;
    /** The private revision at which the server has it; undefined: not sent yet. */
    readonly stored?: number;
}
export declare const none: Counts;
/** Both counts, by one formula. */
export declare const both: (count: (which: keyof Counts) => number) => Counts;
/** The mark as of now. `shown` are the items and counts before it. */
export declare function pend(replica: Replica, shown: readonly Item[], counts: Counts, action: MarkAction, target: MarkTarget, until?: string): Pending;
/** The item as the pending marks will have it. */
export declare function overlay(item: Item, pending: readonly Pending[]): Item;
/** Whether the replica shows the mark by itself, so that absolute counts have it. */
export declare function reflects({ items, watermarks }: Replica, pending: Pending): boolean;
export interface Queued {
    readonly mark: Mark;
    /** The server has it, at this private revision. */
    stored(p: number): void;
    settle(result: Marked | BelfryError): void;
}
export interface MarkQueue {
    add(queued: Queued): void;
    /** Tries now what waits for a network. */
    poke(): void;
}
/** Sends marks one after the other, in the order they were made, and again while the server cannot be reached. */
export declare function markQueue(rest: Rest): MarkQueue;
export {};
//# sourceMappingURL=marks.d.ts.map