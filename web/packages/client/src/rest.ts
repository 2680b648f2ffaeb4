import { BelfryError } from './error.js';
import type { Token } from './token.js';
import { address, authorized, problem, unreachable, type Means } from './transport/transport.js';

export interface Call {
  readonly query?: Record<string, string | number | undefined>;
  readonly body?: unknown;
}

/** The requests of the client API: docs/protocol.md, section 7. */
export class Rest {
  readonly #means: Means;
  readonly #token: Token;

  constructor(
    means: Means,
    token: Token,
  ) {
    this.#means = means;
    this.#token = token;
  }

  /** Answers the body, or throws a BelfryError. A token that has ended is renewed once. */
  async call<T>(method: string, path: string, { query, body }: Call = {}): Promise<T> {
    for (let renew = false; ; renew = true) {
      const answer = await this.#ask(address(this.#means.url, path, query), renew, {
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      if (answer.ok) return (answer.status === 204 ? undefined : await answer.json()) as T;
      if (renew || answer.status !== 401 || !this.#token.renewable) throw await problem(answer);
    }
  }

  async #ask(url: string, renew: boolean, init: RequestInit): Promise<Response> {
    try {
      const headers = { ...authorized(await this.#token.get(renew)), ...(init.body ? { 'Content-Type': 'application/json' } : {}) };
      return await this.#means.fetch(url, { ...init, headers, cache: 'no-store' });
    } catch (cause) {
      throw cause instanceof BelfryError ? cause : unreachable(cause);
    }
  }
}
