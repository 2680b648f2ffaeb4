import type { CountsAt, Filter, Item, Receipt, Signal, Watermark } from './types.js';
/** A topic that counts in the inbox, and the shared revision above which; null: not followed. */
export interface Follow {
    readonly topic: string;
    readonly from: number | null;
}
/** Opens a session. A resumed one lacks counts, watermarks and items: a replay follows. */
export type Welcome = {
    readonly type: 'welcome';
    readonly user: string;
    readonly reset: boolean;
    readonly heartbeat: number;
    readonly tokenExpiresAt?: string;
    readonly follows: readonly Follow[];
} & ({
    readonly resumed: true;
} | {
    readonly resumed: false;
    readonly counts: CountsAt;
    readonly watermarks: readonly Watermark[];
    /** Newest first. */
    readonly items: readonly Item[];
});
/** Replaces an item's receipt. `deliveredAt` is there when the item came back from a snooze. */
export interface ItemReceipt extends Receipt {
    readonly id: string;
    readonly deliveredAt?: string;
}
/** The frames that change what a client holds. */
export type StateFrame = {
    readonly cursor: string;
} & (Welcome | {
    readonly type: 'notification';
    readonly op: 'created' | 'updated' | 'removed';
    readonly item: Item;
} | {
    readonly type: 'receipts';
    readonly all?: undefined;
    readonly items: readonly ItemReceipt[];
} | ({
    readonly type: 'receipts';
    readonly all: true;
} & Watermark) | ({
    readonly type: 'follow';
    readonly items: readonly Item[];
} & Follow) | {
    readonly type: 'trim';
    readonly born: {
        readonly p: number;
    } | {
        readonly s: number;
    };
} | {
    readonly type: 'counts';
    readonly counts: CountsAt;
} | {
    readonly type: 'live' | 'pong';
});
export type Frame = StateFrame | {
    readonly type: 'subscribed';
    readonly cursor: string;
    readonly topic: string;
    readonly ref?: string;
} | {
    readonly type: 'ok';
    readonly ref?: string;
} | {
    readonly type: 'error';
    readonly ref?: string;
    readonly code: string;
    readonly field?: string;
    readonly detail?: string;
} | ({
    readonly type: 'signal';
} & Signal) | {
    readonly type: 'bye';
    readonly code: string;
    readonly retryAfter?: number;
};
/** How a session begins, alike on every transport. */
export interface Opening {
    readonly token: string;
    readonly cursor?: string | undefined;
    readonly topics: readonly string[];
    readonly items: number;
    readonly filter: Filter;
}
//# sourceMappingURL=frame.d.ts.map