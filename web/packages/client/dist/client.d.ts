import type { Connection, Transport } from './connection.js';
import { BelfryError } from './error.js';
import { Inbox } from './inbox.js';
import type { AnyData, Counts, Draft, Filter, Item, Signal } from './types.js';
import type { Page } from './view.js';
export interface Options<Data extends object = AnyData> {
    /** The server, with its base path: `https://notify.example.com`, or `/belfry` on the page's own origin. */
    readonly url: string;
    /** The user's token. It ends, and the connection with it: give getToken instead where you can. */
    readonly token?: string;
    /** Asks your backend for the user's token: at first, before it ends, and when it was refused. */
    readonly getToken?: () => string | Promise<string>;
    /** Topics subscribed from the start; see subscribe(). */
    readonly topics?: readonly string[];
    /** Items in a page, and in the snapshot that the stream begins with; 1 to 100. Default 20. */
    readonly items?: number;
    /** What client.inbox shows. Default: the inbox without what is archived or snoozed. */
    readonly filter?: Filter;
    /** Default auto: WebSocket, else SSE, else long polling. */
    readonly transport?: 'auto' | Transport;
    /** The first page, where a server has rendered it: the stream goes on from there. */
    readonly initial?: Page<Data>;
    /** Where the platform has none of its own, or another is wanted. */
    readonly fetch?: typeof fetch;
    readonly WebSocket?: typeof WebSocket;
}
/** What client.on() tells of. */
export interface Told<Data extends object = AnyData> {
    /**
     * Something new. `live`: it happens now, and is not the replay of what was
     * missed. `alert`: this tab is the one to make a sound or a system notice.
     */
    notification(item: Item<Data>, about: {
        readonly live: boolean;
        readonly alert: boolean;
    }): void;
    /** Once after an absence, if anything is new: what to say instead of one alert each. */
    summary(missed: readonly Item<Data>[], about: {
        readonly alert: boolean;
    }): void;
    /** The content or the receipt of an item changed, here or elsewhere. */
    updated(item: Item<Data>): void;
    /** Retracted, expired, deleted or unfollowed. */
    removed(item: Item<Data>): void;
    counts(counts: Counts): void;
    connection(connection: Connection): void;
    signal(signal: Signal): void;
    /** Everything was replaced: the server could not go on from where this client stood. */
    reset(): void;
    /** Something that was asked for without a promise was refused. */
    error(error: BelfryError): void;
}
/** A user's live inbox. Make one a page with createClient. */
export declare class Client<Data extends object = AnyData> {
    #private;
    readonly inbox: Inbox<Data>;
    /** Where the connection is in its life. */
    get connection(): Connection;
    /** Who the token speaks for; undefined before the first welcome. */
    get user(): string | undefined;
    /** The position that the next opening resumes from. */
    get cursor(): string | undefined;
    /** Begins to connect, and again whenever the connection is lost. */
    connect(): void;
    /** Ends the connection. What is held stays, and connect() goes on from there. */
    disconnect(): void;
    /** Tells the listener from now on; the answer ends that. */
    on<Name extends keyof Told<Data>>(name: Name, listener: Told<Data>[Name]): () => void;
    /** Ties the user to a topic for good: it counts in the inbox, also while nobody is online. */
    follow(topic: string): Promise<void>;
    /** Ends follow: the topic's items leave the inbox. */
    unfollow(topic: string): Promise<void>;
    /**
     * Sees a topic live, in no inbox and no count, until as many have
     * unsubscribed. The answer unsubscribes.
     */
    subscribe(topic: string): () => void;
    unsubscribe(topic: string): void;
    /** Sends an ephemeral signal to a target such as `topic:doc.42`; the token's `publish` must allow it. WebSocket only. */
    signal(to: string, name: string, data?: unknown): Promise<void>;
    /** Says that the user is typing, to those who see the topic; at most every three seconds, so call it at every key. */
    typing(topic: string): void;
    /** Publishes, where the token's `publish` allows it. WebSocket only. With an idempotencyKey it may be tried again. */
    publish(notification: Draft): Promise<{
        readonly id: string;
        readonly status: string;
    }>;
}
//# sourceMappingURL=client.d.ts.map