import { BelfryError } from './error.js';
import type { Token } from './token.js';
import { address, authorized, problem, unreachable, type Means } from './transport/transport.js';

export interface Call {
  readonly query?: Record<string, string | number | undefined>;
  readonly body?: unknown;
}

/**
 * A request of the client API: docs/protocol.md, section 7. Answers the body, or
 * throws a BelfryError. A token that was refused is renewed once.
 */
export type Rest = <T>(method: string, path: string, call?: Call) => Promise<T>;

export function rest(means: Means, token: Token): Rest {
  const ask = async (url: string, init: RequestInit, renew: boolean): Promise<Response> => {
    try {
      const headers = { ...authorized(await token.get(renew)), ...(!!init.body && { 'Content-Type': 'application/json' }) };
      return await means.fetch(url, { ...init, headers, cache: 'no-store' });
    } catch (cause) {
      throw cause instanceof BelfryError ? cause : unreachable(cause);
    }
  };
  return async <T>(method: string, path: string, { query, body }: Call = {}): Promise<T> => {
    const url = address(means.url, path, query);
    // A mark made by a click on a link must outlive the page.
    const init = { method, keepalive: !!body, body: body ? JSON.stringify(body) : null };
    let answer = await ask(url, init, false);
    if (answer.status === 401 && token.renewable) answer = await ask(url, init, true);
    if (!answer.ok) throw await problem(answer);
    if (answer.status === 204) return undefined as T;
    return answer.json().catch((cause: unknown) => Promise.reject(unreachable(cause))); // cut off, or a portal's page
  };
}
