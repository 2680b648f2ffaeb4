/**
 * The kinds of notification an app publishes: type → shape of `data`. List them
 * all, and `item.type` narrows `item.data`.
 */
export type AnyData = Record<string, Record<string, unknown> | undefined>;
export type Level = 'info' | 'success' | 'warning' | 'error';
export type Priority = 'low' | 'medium' | 'high' | 'urgent';
/** Where an item came from: the user's private log, or the shared log. */
export type Address = {
    readonly user: string;
} | {
    readonly topic: string;
} | {
    readonly all: true;
};
export interface Actor {
    readonly id?: string;
    readonly name?: string;
    readonly avatarUrl?: string;
}
export interface Entity {
    readonly type: string;
    readonly id: string;
}
/** One of the buttons offered with a notification. */
export interface Action {
    readonly id: string;
    readonly label: string;
    readonly url?: string;
    readonly style?: 'primary' | 'default' | 'danger';
}
/** What the user did with an item; an absent time means "not". Times are RFC 3339, UTC. */
export interface Receipt {
    /** Private revision at which it was written; absent: never by itself. */
    readonly receiptRev?: number;
    readonly seenAt?: string;
    readonly readAt?: string;
    readonly archivedAt?: string;
    readonly snoozedUntil?: string;
    /** Known for a moment only: a deleted item leaves the inbox. */
    readonly deletedAt?: string;
}
/** What an item has whatever its kind. Text is text, never markup. */
export interface ItemFields extends Receipt {
    readonly id: string;
    /** Revision of the last change of content, in the item's log. */
    readonly rev: number;
    /** Revision at which it entered its log. */
    readonly born: number;
    readonly to: Address;
    /** false: seen through a subscription, in no inbox and no count. */
    readonly inbox?: false;
    readonly createdAt: string;
    /** Since when it is visible. An inbox is ordered by it, then by id, newest first. */
    readonly deliveredAt: string;
    readonly level: Level;
    readonly priority: Priority;
    readonly title: string;
    readonly body?: string;
    readonly actor?: Actor;
    readonly entity?: Entity;
    readonly actionUrl?: string;
    readonly imageUrl?: string;
    readonly actions?: readonly Action[];
    readonly group?: string;
    readonly collapseKey?: string;
    /** Stored and counted, alerts nobody. */
    readonly silent?: boolean;
    readonly expiresAt?: string;
}
/** One notification in one inbox, with its receipt in effect. */
export type Item<Data extends object = AnyData> = {
    [Type in keyof Data & string]: ItemFields & {
        readonly type: Type;
        readonly data: Data[Type];
    };
}[keyof Data & string];
/** A notification to publish. Only `to` and `title` are required. */
export interface Draft extends Partial<Omit<ItemFields, keyof Receipt | 'id' | 'rev' | 'born' | 'to' | 'inbox' | 'createdAt' | 'deliveredAt'>> {
    readonly to: Address | {
        readonly users: readonly string[];
    };
    readonly title: string;
    readonly type?: string;
    readonly data?: object;
    readonly except?: readonly string[];
    readonly deliverAt?: string;
    readonly idempotencyKey?: string;
}
/** A place in both logs: `p` in the user's private one, `s` in the shared one. */
export interface Position {
    readonly p: number;
    readonly s: number;
}
export interface Counts {
    readonly unread: number;
    readonly unseen: number;
}
/** Counts that are true at a position. */
export interface CountsAt extends Counts, Position {
}
export type MarkAction = 'seen' | 'read' | 'unread' | 'archive' | 'unarchive' | 'snooze' | 'unsnooze' | 'delete';
/** The row that "mark all" writes: one, whatever the number of items. */
export interface Watermark {
    readonly action: MarkAction;
    readonly upTo: Position;
    readonly receiptRev: number;
    readonly at: string;
}
/** A view of the inbox; '' is what is neither archived nor snoozed. */
export type Filter = '' | 'unread' | 'archived' | 'snoozed';
/** An ephemeral signal: never stored, never counted. */
export interface Signal {
    /** The user who sent it; absent: a backend. */
    readonly from?: string;
    /** The target: `user:ann`, `topic:doc.42` or `all`. */
    readonly to: string;
    readonly name: string;
    readonly data?: unknown;
}
//# sourceMappingURL=types.d.ts.map