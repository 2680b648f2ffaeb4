// What one user's inbox was at every position of both logs, by the acts that made it so: a recount that
// shares no code with any store or client. Acts are made one after the other and tried again until the
// server has them, so that it may be killed meanwhile; after each, the recount is held against the store.

import { expect } from 'vitest';
import type { Address, Counts, CountsAt } from '../packages/client/src/index.js';
import type { Server } from './server.js';

interface State {
  readonly rev: number;
  readonly seen: boolean;
  readonly read: boolean;
  readonly archived: boolean;
}

interface Life {
  readonly shared: boolean;
  readonly born: number;
  died: number;
  /** Its receipts, each from a private revision on. */
  readonly states: State[];
}

type Act = 'seen' | 'read' | 'unread' | 'archive';

export class History {
  readonly #lives = new Map<string, Life>();
  #at: CountsAt = { unread: 0, unseen: 0, p: 0, s: 0 };
  #keys = 0;

  constructor(private readonly server: Server, readonly user: string) {}

  /** Takes the store's present position, before which nothing happened. */
  async begin(): Promise<void> {
    this.#at = await this.#look();
  }

  get position(): CountsAt {
    return this.#at;
  }

  /** The ids of what is alive. */
  get alive(): string[] {
    return [...this.#lives].filter(([, life]) => life.died === Infinity).map(([id]) => id);
  }

  async publish(to: Address, title: string): Promise<string> {
    const draft = { to, title, idempotencyKey: `${this.user} ${++this.#keys}` };
    const { id } = await this.#do(() => this.server.publish(draft));
    const shared = !('user' in to);
    const born = shared ? this.#at.s : this.#at.p;
    this.#lives.set(id, { shared, born, died: Infinity, states: [{ rev: 0, seen: false, read: false, archived: false }] });
    this.#check();
    return id;
  }

  async mark(action: Act, id: string): Promise<void> {
    await this.#do(() => this.server.api('POST', this.#marks, { action, ids: [id] }));
    this.#write(this.#lives.get(id) as Life, action);
    this.#check();
  }

  async markAll(action: 'seen' | 'read'): Promise<void> {
    await this.#do(() => this.server.api('POST', this.#marks, { action, all: true }));
    for (const life of this.#lives.values()) this.#write(life, action);
    this.#check();
  }

  async edit(id: string, title: string): Promise<void> {
    await this.#do(() => this.server.api('PATCH', `/v1/notifications/${id}`, { title }));
    this.#check();
  }

  async retract(id: string): Promise<void> {
    const life = this.#lives.get(id) as Life;
    await this.#do(() => this.server.api('DELETE', `/v1/notifications/${id}`));
    life.died = life.shared ? this.#at.s : this.#at.p;
    this.#check();
  }

  /** The counts at a position, by walking. */
  counts({ p, s }: { readonly p: number; readonly s: number }): Counts {
    const counts = { unread: 0, unseen: 0 };
    for (const { shared, born, died, states } of this.#lives.values()) {
      const at = shared ? s : p;
      if (born > at || died <= at) continue;
      const { seen, read, archived } = states.filter(({ rev }) => rev <= p).at(-1) as State;
      if (read || archived) continue;
      counts.unread++;
      if (!seen) counts.unseen++;
    }
    return counts;
  }

  get #marks(): string {
    return `/v1/users/${this.user}/inbox/marks`;
  }

  #write({ states }: Life, action: Act): void {
    const last = states.at(-1) as State;
    const seen = last.seen || action === 'seen' || action === 'read';
    const read = action === 'read' || (last.read && action !== 'unread');
    states.push({ rev: this.#at.p, seen, read, archived: last.archived || action === 'archive' });
  }

  async #do<T>(act: () => Promise<T>): Promise<T> {
    const answer = await untilAnswered(act);
    this.#at = await this.#look();
    return answer;
  }

  async #look(): Promise<CountsAt> {
    const { counts } = await untilAnswered(() => this.server.api<{ counts: CountsAt }>('GET', `/v1/users/${this.user}/inbox?limit=1`));
    return counts;
  }

  #check(): void {
    const { unread, unseen } = this.#at;
    expect(this.counts(this.#at), `the recount at ${this.#at.p}, ${this.#at.s}`).toEqual({ unread, unseen });
  }
}

/** Asks again until somebody answers: the server may be away. */
async function untilAnswered<T>(ask: () => Promise<T>): Promise<T> {
  for (const end = Date.now() + 60_000; ; ) {
    try {
      return await ask();
    } catch (error) {
      // A connection that was refused or lost, or a server that is about to go.
      const away = error instanceof TypeError || / 503 /.test(String(error));
      if (!away || Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
