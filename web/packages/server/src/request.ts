import { BelfryError, problem } from './error.js';

export interface Settings {
  /** With the base path. */
  readonly url: string;
  readonly key: string;
  /** Tries of one call. */
  readonly tries: number;
  /** Of one try, in milliseconds. */
  readonly timeout: number;
  readonly fetch: typeof fetch;
}

const firstWait = 200;
const longestWait = 10_000;

const passing: ReadonlySet<string> = new Set(['rate_limited', 'unavailable', 'outcome_unknown', 'draining', 'stalled', 'internal']);

/**
 * Sends a request and answers its body. What may pass is tried again, with full
 * jitter and no earlier than the server asks for; so every request that is tried
 * more than once is one that does no harm when it arrives twice.
 */
export async function request<T>(settings: Settings, method: string, path: string, body?: unknown): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const { answer, error } = await send<T>(settings, method, path, body);
    if (!error) return answer as T;
    if (attempt >= settings.tries || !passing.has(error.code)) throw error;
    const wait = error.retryAfter + Math.random() * Math.min(longestWait, firstWait * 2 ** attempt);
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}

async function send<T>(
  { url, key, timeout, fetch }: Settings, method: string, path: string, body: unknown,
): Promise<{ answer?: T; error?: BelfryError }> {
  const headers: Record<string, string> = { Authorization: `Bearer ${key}` };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  try {
    const init = { method, headers, signal: AbortSignal.timeout(timeout), ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    const answer = await fetch(url + path, init);
    if (!answer.ok) return { error: await problem(answer) };
    return answer.status === 204 ? {} : { answer: (await answer.json()) as T };
  } catch (cause) {
    return { error: new BelfryError('outcome_unknown', `no answer from ${url}; is it the right address, and is the server up?`, { cause }) };
  }
}
