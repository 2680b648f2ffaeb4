/**
 * @belfry/server: publish notifications and make tokens, from a backend in Node,
 * Deno, Bun or a worker. It needs fetch and nothing else.
 *
 *     types    the nouns, as they travel
 *     error    the one error
 *     request  one request, with its retries
 */

import { BelfryError } from './error.js';
import { request, type Settings } from './request.js';
import type { Batch, Claims, Counts, Draft, Page, Patch, Presence, Query, Signal, Standing, Time, Token, User } from './types.js';

export interface Options {
  /** The server's address, with its base path. Default: $BELFRY_URL. */
  readonly url?: string;
  /** An API key. Default: $BELFRY_API_KEY. */
  readonly key?: string;
  /** How often one call is tried. Default 4. */
  readonly tries?: number;
  /** How long one try may take, in milliseconds. Default 10,000. */
  readonly timeout?: number;
  readonly fetch?: typeof fetch;
}

/** The most that one batch request carries. */
const mostInBatch = 1000;

/**
 *     const belfry = new Belfry({ url: 'https://notify.example.com', key });
 *     await belfry.notify({ to: { user: 'ann' }, title: 'Bob replied' });
 *     const { token } = await belfry.token('ann');
 *
 * Every method throws a BelfryError, after what may pass was tried again. A
 * publish that is tried again is stored once: it has an idempotency key.
 */
export class Belfry {
  readonly #settings: Settings;

  constructor(options: Options = {}) {
    const env = (globalThis as { process?: { env?: Record<string, string | undefined> } }).process?.env ?? {};
    const { url = env.BELFRY_URL, key = env.BELFRY_API_KEY, tries = 4, timeout = 10_000 } = options;
    if (!url) throw new BelfryError('invalid', 'url is missing: give it, or set BELFRY_URL');
    if (!key) throw new BelfryError('invalid', 'key is missing: give it, or set BELFRY_API_KEY; "belfry key create" makes one');
    this.#settings = { url: url.replace(/\/+$/, ''), key, tries, timeout, fetch: options.fetch ?? ((...args) => fetch(...args)) };
  }

  /** Publishes a notification. When it resolves, the notification is on disk. */
  notify(draft: Draft): Promise<Standing> {
    return this.#call('POST', '/v1/notifications', keyed(draft));
  }

  /**
   * Publishes many, in requests of up to 1,000. One that is refused leaves its
   * neighbours alone: see its result.
   */
  async notifyAll(drafts: readonly Draft[]): Promise<Batch> {
    const done: Batch[] = [];
    for (let i = 0; i < drafts.length; i += mostInBatch) {
      const notifications = drafts.slice(i, i + mostInBatch).map(keyed);
      done.push(await this.#call<Batch>('POST', '/v1/notifications/batch', { notifications }));
    }
    const sum = (which: 'accepted' | 'rejected'): number => done.reduce((n, b) => n + b[which], 0);
    return { results: done.flatMap((b) => b.results), accepted: sum('accepted'), rejected: sum('rejected') };
  }

  /** Where a notification stands. */
  notification(id: string): Promise<Standing> {
    return this.#call('GET', `/v1/notifications/${encodeURIComponent(id)}`);
  }

  /** Edits it in every inbox it reached, or before it is delivered. It makes nothing unread. */
  edit(id: string, patch: Patch): Promise<Standing> {
    return this.#call('PATCH', `/v1/notifications/${encodeURIComponent(id)}`, patch);
  }

  /** Takes it out of every inbox, or cancels it before it is delivered: `status` says which. */
  retract(id: string): Promise<Standing> {
    return this.#call('DELETE', `/v1/notifications/${encodeURIComponent(id)}`);
  }

  /** Sends an ephemeral signal to whoever is there now. It is tried once. */
  signal(signal: Signal): Promise<void> {
    return request({ ...this.#settings, tries: 1 }, 'POST', '/v1/signals', signal);
  }

  /** Makes the token by which a browser or a device speaks for a user. */
  token(user: string, { ttl, ...claims }: Claims = {}): Promise<Token> {
    return this.#call('POST', '/v1/tokens', { user, ttl, claims });
  }

  /** What is known of a user; `not_found` before first contact. */
  user(user: string): Promise<User> {
    return this.#call('GET', userPath(user));
  }

  /** Makes sure the user exists. `since` moves the start: earlier broadcasts leave the inbox. */
  putUser(user: string, { since }: { readonly since?: Time } = {}): Promise<User> {
    return this.#call('PUT', userPath(user), { since });
  }

  /** Logs the user out everywhere: closes the sessions and refuses tokens made before now. */
  logOut(user: string): Promise<void> {
    return this.#call('DELETE', `${userPath(user)}/sessions`);
  }

  presence(user: string): Promise<Presence> {
    return this.#call('GET', `${userPath(user)}/presence`);
  }

  /** A page of the user's inbox: what a server renders, and a client's `initial`. */
  inbox(user: string, { types, limit, ...query }: Query = {}): Promise<Page> {
    const given = { ...query, ...(types && { type: types.join() }), ...(limit && { limit: String(limit) }) };
    return this.#call('GET', `${userPath(user)}/inbox?${new URLSearchParams(given)}`);
  }

  counts(user: string): Promise<Counts> {
    return this.#call('GET', `${userPath(user)}/inbox/counts`);
  }

  /** Lets users follow a topic from now on: it counts in their inboxes. */
  follow(topic: string, users: readonly string[]): Promise<void> {
    return this.#call('POST', `/v1/topics/${encodeURIComponent(topic)}/followers`, { users });
  }

  /** Ends that for one user: the topic's items leave the inbox. */
  unfollow(topic: string, user: string): Promise<void> {
    return this.#call('DELETE', `${userPath(user)}/inbox/topics/${encodeURIComponent(topic)}`);
  }

  #call<T>(method: string, path: string, body?: unknown): Promise<T> {
    return request(this.#settings, method, path, body);
  }
}

const userPath = (user: string): string => `/v1/users/${encodeURIComponent(user)}`;

const keyed = (draft: Draft): Draft => ({ idempotencyKey: crypto.randomUUID(), ...draft });

export { BelfryError, type Code, type FieldError } from './error.js';
export type {
  Batch, BatchResult, Claims, Counts, Draft, Item, Page, Patch, Presence, Query, Signal, Standing, Status, Target, Time, Token, User,
} from './types.js';
