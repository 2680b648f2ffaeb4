// The nouns as they travel: docs/protocol.md, sections 1 to 5.

export type Target = { readonly user: string } | { readonly users: readonly string[] } | { readonly topic: string } | { readonly all: true };

/** A time: RFC 3339, or a Date. */
export type Time = string | Date;

/** A notification to publish. Only `to` and `title` are required; text is text, never markup. */
export interface Draft {
  /** Exactly one of a user, up to 1,000 users, a topic, everyone. */
  readonly to: Target;
  /** At most 200 characters. */
  readonly title: string;
  /** Up to 100 users who do not get it; with a topic or all. */
  readonly except?: readonly string[];
  /** The kind: comment, order.paid. Default "notification". */
  readonly type?: string;
  /** The tone. Default info. */
  readonly level?: 'info' | 'success' | 'warning' | 'error';
  /** How insistent. Default medium; low shows no toast, urgent stays. */
  readonly priority?: 'low' | 'medium' | 'high' | 'urgent';
  /** At most 4 KiB. */
  readonly body?: string;
  /** Yours: a JSON object of at most 8 KiB. */
  readonly data?: object;
  readonly actor?: { readonly id?: string; readonly name?: string; readonly avatarUrl?: string };
  /** What it is about; marks can name it. */
  readonly entity?: { readonly type: string; readonly id: string };
  /** http, https, or a path that begins with one slash. */
  readonly actionUrl?: string;
  readonly imageUrl?: string;
  /** At most 3 buttons. */
  readonly actions?: readonly { readonly id: string; readonly label: string; readonly url?: string; readonly style?: 'primary' | 'default' | 'danger' }[];
  /** Items of one group are shown together. */
  readonly group?: string;
  /** Replaces the unread older one of the same key. */
  readonly collapseKey?: string;
  /** Stored and counted, alerts nobody. */
  readonly silent?: boolean;
  /** Enters the inboxes when this passes. Default: now. */
  readonly deliverAt?: Time;
  /** Leaves every inbox when this passes. Default: never. */
  readonly expiresAt?: Time;
  /** The same key publishes once, for at least 24 hours. Default: one that is made for this call and its retries. */
  readonly idempotencyKey?: string;
}

/** What replaces members of a notification; null clears. */
export type Patch = { readonly [Name in keyof Omit<Draft, 'to' | 'except' | 'collapseKey' | 'idempotencyKey'>]?: Draft[Name] | null };

export type Status = 'scheduled' | 'delivered' | 'retracted' | 'canceled';

/** A notification as its backend sees it. */
export interface Standing extends Omit<Draft, 'deliverAt' | 'expiresAt' | 'except' | 'idempotencyKey'> {
  readonly id: string;
  readonly status: Status;
  readonly createdAt: string;
  readonly deliverAt?: string;
  readonly deliveredAt?: string;
  readonly expiresAt?: string;
}

/** What became of one notification of a batch. */
export type BatchResult =
  | { readonly status: 201; readonly id: string; readonly replayed?: boolean }
  | { readonly status: number; readonly id?: undefined; readonly code: string; readonly detail: string };

export interface Batch {
  /** In the order of the notifications, one each. */
  readonly results: readonly BatchResult[];
  readonly accepted: number;
  readonly rejected: number;
}

/** What a user's token allows beside the user's own inbox. */
export interface Claims {
  /** How long it holds: 15m, 12h, 30d. Default 1h, at most 30d. */
  readonly ttl?: string;
  /** Patterns of topics the user may follow and subscribe: doc.*, orders.**. Default: none. */
  readonly subscribe?: readonly string[];
  /** Patterns of targets the user may publish and signal to: topic:doc.*, user:*. Default: none. */
  readonly publish?: readonly string[];
  readonly name?: string;
  readonly avatarUrl?: string;
  /** A user never met before sees broadcasts from here on. */
  readonly since?: Time;
}

export interface Token {
  readonly token: string;
  readonly expiresAt: string;
}

export interface Counts {
  readonly unread: number;
  readonly unseen: number;
}

/** Which items of an inbox; nothing set: the newest of what is neither archived nor snoozed. */
export interface Query {
  readonly filter?: 'unread' | 'archived' | 'snoozed';
  readonly types?: readonly string[];
  readonly topic?: string;
  readonly group?: string;
  /** `next` of the page before. */
  readonly after?: string;
  /** 1 to 100. Default 50. */
  readonly limit?: number;
}

/** A notification in a user's inbox, with what the user did with it: an absent time means "not". */
export interface Item extends Omit<Draft, 'to' | 'except' | 'data' | 'deliverAt' | 'expiresAt' | 'idempotencyKey'> {
  readonly id: string;
  /** Revision of the last change of content, in the item's log. */
  readonly rev: number;
  /** Revision at which it entered its log. */
  readonly born: number;
  readonly to: { readonly user: string } | { readonly topic: string } | { readonly all: true };
  readonly type: string;
  readonly level: NonNullable<Draft['level']>;
  readonly priority: NonNullable<Draft['priority']>;
  readonly data: Record<string, unknown> | undefined;
  readonly createdAt: string;
  readonly deliveredAt: string;
  readonly expiresAt?: string;
  readonly receiptRev?: number;
  readonly seenAt?: string;
  readonly readAt?: string;
  readonly archivedAt?: string;
  readonly snoozedUntil?: string;
}

export interface Page {
  /** Newest first. */
  readonly items: readonly Item[];
  /** Where the next page begins; absent on the last one. */
  readonly next?: string;
  readonly counts: Counts & { readonly p: number; readonly s: number };
  /** A stream that begins here misses and doubles nothing. */
  readonly cursor: string;
}

export interface User {
  readonly id: string;
  readonly createdAt: string;
  readonly lastSeenAt?: string;
  readonly counts: Counts;
}

export interface Presence {
  readonly online: boolean;
  readonly lastSeenAt?: string;
  readonly sessions: readonly { readonly id: string; readonly transport: string; readonly connectedAt: string; readonly userAgent?: string }[];
}

/** An ephemeral signal: delivered to who is there now, never stored. */
export interface Signal {
  /** user:ann, topic:doc.42 or all. */
  readonly to: string;
  readonly name: string;
  /** JSON of at most 4 KiB. */
  readonly data?: unknown;
}
