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
    /** What it takes off the counts for items that are not held. */
    readonly rest: Counts;
    /** The private revision at which the server has it; undefined: not sent yet. */
    readonly stored?: number;
}
/** The mark as of now, and what it shows. `shown` are the items and counts before it. */
export declare function pend(replica: Replica, shown: readonly Item[], counts: Counts, action: MarkAction, target: MarkTarget, until?: string): Pending;
/** What items add to the counts. */
export declare function total(items: Iterable<Item>): Counts;
/** The item as the pending marks will have it. */
export declare function overlay(item: Item, pending: readonly Pending[]): Item;
/** What the pending marks take off the counts for items that are not held. */
export declare function pendingRest(replica: Replica, pending: readonly Pending[]): Counts;
interface Queued {
    readonly mark: Mark;
    stored(p: number): void;
    settle(result: Marked | BelfryError): void;
}
/** Sends marks one after the other, in the order they were made, and again while the server cannot be reached. */
export declare class MarkQueue {
    #private;
    constructor(rest: Rest);
    add(queued: Queued): void;
    /** Tries now what waits for a network. */
    poke(): void;
}
export {};
//# sourceMappingURL=marks.d.ts.map