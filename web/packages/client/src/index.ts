/**
 * @belfry/client: a user's notifications, live and exact, in a browser, Node or
 * Deno.
 *
 *     types, frame, error   the nouns, as they travel
 *     receipt               what a receipt means: the same rules as the server's
 *     replica               what is held, as a pure function of the frames
 *     connection, backoff   the life of a connection, as a pure function
 *     transport/            WebSocket, SSE and long polling: frames in, frames out
 *     driver                carries out what the connection decides
 *     token, rest, requests credentials, HTTP requests, frames that are answered
 *     marks, store          what is held with the marks that are still under way
 *     order, view, inbox    lists of it, newest first, page by page; the marks
 *     tabs, wake, listeners which tab alerts; when to look at the connection; who is told
 *     client                all of it together
 *
 * A frame goes: transport → driver → client → store (replica) → views and
 * listeners. A mark goes: inbox → store (shown at once) → marks → HTTP, and
 * comes back as a frame.
 */

import { Client, type Options } from './client.js';
import type { AnyData } from './types.js';

/**
 * Makes a client. Nothing happens before connect().
 *
 *     const belfry = createClient<{ comment: { postId: string } }>({ url, getToken });
 *     belfry.on('notification', (item, { live }) => live && toast(item.title));
 *     belfry.connect();
 */
export function createClient<Data extends object = AnyData>(options: Options<Data>): Client<Data> {
  return new Client(options);
}

export type { Client, Options, Told } from './client.js';
export type { Connection, Transport } from './connection.js';
export { BelfryError, type Code, type FieldError } from './error.js';
export type { CountsByType, Inbox, SomeTarget } from './inbox.js';
export type { Marked, MarkTarget } from './marks.js';
export type {
  Action, Actor, Address, AnyData, Counts, CountsAt, Draft, Entity, Filter, Item, ItemFields, Level, MarkAction, Priority, Receipt, Signal,
} from './types.js';
export type { Page, Query, Snapshot, View } from './view.js';
