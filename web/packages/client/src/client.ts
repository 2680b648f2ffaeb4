import type { Connection, Transport } from './connection.js';
import { driver, type Driver } from './driver.js';
import { BelfryError } from './error.js';
import type { Frame, Opening } from './frame.js';
import { Inbox } from './inbox.js';
import { Listeners } from './listeners.js';
import { seed, type Change } from './replica.js';
import { requests } from './requests.js';
import { rest, type Rest } from './rest.js';
import { Store } from './store.js';
import { alerting } from './tabs.js';
import { renewalDelay, token, type Token } from './token.js';
import type { AnyData, Counts, Draft, Filter, Item, Signal } from './types.js';
import type { Page } from './view.js';
import { refusal } from './transport/transport.js';
import { onWake } from './wake.js';

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
  notification(item: Item<Data>, about: { readonly live: boolean; readonly alert: boolean }): void;
  /** Once after an absence, if anything is new: what to say instead of one alert each. */
  summary(missed: readonly Item<Data>[], about: { readonly alert: boolean }): void;
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

/** How often typing() says so, in milliseconds. */
const typingEvery = 3000;

/** A user's live inbox. Make one a page with createClient. */
export class Client<Data extends object = AnyData> {
  readonly inbox: Inbox<Data>;
  readonly #told = new Listeners<Told<Data>>();
  readonly #driver: Driver;
  readonly #requests = requests((frame) => this.#driver.send(frame));
  readonly #rest: Rest;
  readonly #store: Store;
  readonly #token: Token;
  readonly #tab = alerting();
  /** How many want a topic. */
  readonly #topics: Map<string, number>;
  /** What this connection was opened with, and what was changed since. */
  #opening: Opening | undefined;
  /** New items of the replay. */
  #missed: Item<Data>[] = [];
  #counts: Counts;
  #renewal: ReturnType<typeof setTimeout> | undefined;
  #unwake: (() => void) | undefined;
  /** When it was last said that the user is typing, by topic. */
  readonly #typed = new Map<string, number>();
  #user: string | undefined;
  readonly #url: string;

  /** @internal */
  constructor(options: Options<Data>) {
    const { url, getToken, topics = [], items = 20, filter = '', transport = 'auto', initial, ...given } = options;
    const source = getToken ?? options.token;
    if (!source) throw new BelfryError('invalid', 'token or getToken is missing');
    this.#token = token(source);
    this.#url = absolute(url);
    const means = {
      url: this.#url,
      fetch: given.fetch ?? ((...args: Parameters<typeof fetch>) => fetch(...args)),
      WebSocket: given.WebSocket ?? globalThis.WebSocket,
    };
    this.#topics = new Map(topics.map((topic) => [topic, 1]));
    this.#rest = rest(means, this.#token);
    this.#store = new Store(this.#rest, initial && seed(initial as unknown as Page));
    this.inbox = new Inbox(this.#store, { filter }, items, initial as unknown as Page | undefined);
    this.#counts = this.#store.counts;
    this.#store.onChange(() => this.#tellCounts());
    const auto: Transport[] = means.WebSocket ? ['websocket', 'sse', 'poll'] : ['sse', 'poll'];
    const hooks = { opening: (token: string) => this.#open({ token, items, filter }), frame: this.#take, changed: this.#changed };
    this.#driver = driver(means, this.#token, hooks, transport === 'auto' ? auto : [transport]);
  }

  /** Where the connection is in its life. */
  get connection(): Connection {
    return this.#driver.connection();
  }

  /** Who the token speaks for; undefined before the first welcome. */
  get user(): string | undefined {
    return this.#user;
  }

  /** The position that the next opening resumes from. */
  get cursor(): string | undefined {
    return this.#store.cursor;
  }

  /** Begins to connect, and again whenever the connection is lost; while it waits to do so, now. */
  connect(): void {
    if (!this.#unwake) this.#enter();
    this.#unwake ??= onWake((type) => {
      this.#driver.input({ type });
      if (type === 'online') this.#enter();
    });
    this.#driver.input({ type: 'connect' });
  }

  /** Ends the connection. What is held stays, and connect() goes on from there. */
  disconnect(): void {
    this.#unwake?.();
    this.#unwake = undefined;
    this.#tab.leave();
    this.#driver.input({ type: 'disconnect' });
  }

  /** Tells the listener from now on; the answer ends that. */
  on<Name extends keyof Told<Data>>(name: Name, listener: Told<Data>[Name]): () => void {
    return this.#told.on(name, listener);
  }

  /** Ties the user to a topic for good: it counts in the inbox, also while nobody is online. */
  follow(topic: string): Promise<void> {
    return this.#rest('PUT', `/v1/inbox/topics/${encodeURIComponent(topic)}`);
  }

  /** Ends follow: the topic's items leave the inbox. */
  unfollow(topic: string): Promise<void> {
    return this.#rest('DELETE', `/v1/inbox/topics/${encodeURIComponent(topic)}`);
  }

  /**
   * Sees a topic live, in no inbox and no count, until as many have
   * unsubscribed. The answer unsubscribes.
   */
  subscribe(topic: string): () => void {
    const wanted = this.#topics.get(topic) ?? 0;
    this.#topics.set(topic, wanted + 1);
    if (!wanted) this.#syncTopics();
    let off = false;
    return () => {
      if (!off) this.unsubscribe(topic);
      off = true;
    };
  }

  unsubscribe(topic: string): void {
    const wanted = this.#topics.get(topic) ?? 0;
    if (wanted > 1) return void this.#topics.set(topic, wanted - 1);
    this.#topics.delete(topic);
    this.#store.forget(topic);
    this.#syncTopics();
  }

  /** Sends an ephemeral signal to a target such as `topic:doc.42`; the token's `publish` must allow it. WebSocket only. */
  async signal(to: string, name: string, data?: unknown): Promise<void> {
    await this.#requests.ask({ type: 'signal', to, name, data });
  }

  /** Says that the user is typing, to those who see the topic; at most every three seconds, so call it at every key. */
  typing(topic: string): void {
    const now = Date.now();
    if (now - (this.#typed.get(topic) ?? 0) < typingEvery || this.connection.status !== 'open') return;
    this.#typed.set(topic, now);
    this.signal(`topic:${topic}`, 'typing').catch(this.#tellError);
  }

  /** Publishes, where the token's `publish` allows it. WebSocket only. With an idempotencyKey it may be tried again. */
  async publish(notification: Draft): Promise<{ readonly id: string; readonly status: string }> {
    return this.#requests.ask({ type: 'publish', notification });
  }

  #open(opening: Pick<Opening, 'token' | 'items' | 'filter'>): Opening {
    return (this.#opening = { ...opening, cursor: this.#store.cursor, topics: [...this.#topics.keys()] });
  }

  readonly #take = (frame: Frame): void => {
    this.#requests.take(frame);
    const changes = this.#store.take(frame);
    if (frame.type === 'welcome') {
      if (!frame.resumed) this.inbox.welcomed(frame.items);
      if (frame.user !== this.#user) this.#enter((this.#user = frame.user));
    }
    for (const change of changes) this.#tell(change);
    this.inbox.look(changes);
    if (frame.type === 'signal') this.#told.tell('signal', frame);
    // Before the session is open it is the reason why it will not be.
    if (frame.type === 'error' && !frame.ref && this.connection.status === 'open') this.#tellError(refusal(frame.code, frame.detail));
    if (frame.type === 'live') this.#sumUp();
  };

  #tell(change: Change): void {
    if (change.kind === 'missing') return;
    if (change.kind === 'reset') {
      this.#missed = [];
      return void this.#told.tell('reset');
    }
    const item = change.item as unknown as Item<Data>;
    if (change.kind !== 'created') return void this.#told.tell(change.kind, item);
    const { connection } = this;
    const live = connection.status === 'open' && connection.live;
    if (!live) this.#missed.push(item);
    this.#told.tell('notification', item, { live, alert: live && !item.silent && this.#tab.held() });
  }

  /** Of what was missed, what nobody has seen elsewhere meanwhile. */
  #sumUp(): void {
    const unseen = new Set(this.#store.items.filter((i) => i.inbox !== false && !i.silent && !i.seenAt).map((i) => i.id));
    const missed = this.#missed.filter((i) => unseen.has(i.id));
    this.#missed = [];
    if (missed.length) this.#told.tell('summary', missed, { alert: this.#tab.held() });
  }

  #tellCounts(): void {
    const { counts } = this.#store;
    if (counts.unread === this.#counts.unread && counts.unseen === this.#counts.unseen) return;
    this.#counts = counts;
    this.#told.tell('counts', counts);
  }

  readonly #tellError = (error: BelfryError): void => {
    // A lost connection is told as such.
    if (error.code !== 'outcome_unknown' && !this.#told.tell('error', error)) console.error(error);
  };

  readonly #changed = (now: Connection, before: Connection): void => {
    if (now.status !== 'open') {
      this.#requests.lost();
      clearTimeout(this.#renewal);
    } else if (before.status !== 'open') {
      this.#syncTopics();
      this.inbox.resume();
      this.#renewBefore(this.#opening?.token as string);
    }
    this.#told.tell('connection', now);
  };

  /** Makes the connection see the topics that are wanted: by frames, or where it takes none by opening anew. */
  #syncTopics(): void {
    if (this.connection.status !== 'open' || !this.#opening) return;
    const { topics } = this.#opening;
    const wanted = [...this.#topics.keys()];
    const more = wanted.filter((t) => !topics.includes(t));
    const less = topics.filter((t) => !this.#topics.has(t));
    this.#opening = { ...this.#opening, topics: wanted };
    if (!more.length && !less.length) return;
    if (this.connection.transport !== 'websocket') return this.#driver.input({ type: 'reopen' });
    for (const topic of more) {
      this.#requests.ask({ type: 'subscribe', topic }).catch((error: BelfryError) => {
        if (error.told) this.#topics.delete(topic);
        this.#tellError(error);
      });
    }
    for (const topic of less) this.#requests.ask({ type: 'unsubscribe', topic }).catch(this.#tellError);
  }

  readonly #renewBefore = (token: string): void => {
    clearTimeout(this.#renewal);
    const delay = renewalDelay(token, Date.now());
    if (delay !== undefined && this.#token.renewable) this.#renewal = setTimeout(() => void this.#renew(token), delay);
  };

  /** Gives the session a newer token before the old one ends; where it takes no frames, opens anew with it. */
  async #renew(old: string): Promise<void> {
    let token = old;
    try {
      token = await this.#token.get(true);
      const { connection } = this;
      if (connection.status !== 'open' || token === old) return;
      if (connection.transport !== 'websocket') return this.#driver.input({ type: 'reopen' });
      await this.#requests.ask({ type: 'auth', token });
    } catch (error) {
      this.#tellError(error as BelfryError);
    } finally {
      if (this.connection.status === 'open') this.#renewBefore(token); // and again, until it ends
    }
  }

  /** Takes part in the choice of the tab that alerts, once it is known whose tabs. */
  #enter(user = this.#user): void {
    if (user) this.#tab.enter(`belfry ${this.#url} ${user}`);
  }
}

/** fetch and WebSocket want a whole address where there is no page to complete it. */
function absolute(url: string): string {
  return new URL(url, globalThis.location?.href).href.replace(/\/+$/, '');
}
