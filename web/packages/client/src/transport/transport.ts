// What the three transports have in common.

import { BelfryError, type Code, type FieldError } from '../error.js';
import type { Frame, Opening } from '../frame.js';

/** Where a transport takes its means from. */
export interface Means {
  /** With the base path, without a slash at the end. */
  readonly url: string;
  readonly fetch: typeof fetch;
  readonly WebSocket: typeof WebSocket | undefined;
}

/** What a transport tells. */
export interface Receiver {
  /** The session is open, or begins anew; silence of `heartbeat` seconds is normal. */
  opened(heartbeat: number): void;
  frame(frame: Frame): void;
  /** A sign of life, before the frames that it brought. */
  heard(): void;
  /** It ended by itself. Nothing is told after. */
  closed(error: BelfryError): void;
}

/** One connection, whatever its transport. */
export interface Link {
  /** Sends a frame; false: this transport cannot, or not now. */
  send(frame: object): boolean;
  /** Ends it. Nothing is told after. */
  close(): void;
}

export type Dial = (means: Means, opening: Opening, to: Receiver) => Link;

type Query = Record<string, string | number | undefined>;

/** An address under the server's. Absent and empty parameters are left out. */
export function address(url: string, path: string, query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value || value === 0) search.set(name, `${value}`);
  }
  return url + path + (`${search}` && `?${search}`);
}

/** An opening as query parameters; the token goes in the header. */
export const parameters = ({ cursor, topics, items, filter }: Opening): Query => ({ cursor, topics: topics.join(), items, filter });

export const authorized = (token: string): Record<string, string> => ({ Authorization: `Bearer ${token}` });

/** A link over fetch: run until it ends, fails or is cut. */
export function overFetch(to: Receiver, run: (signal: AbortSignal) => Promise<BelfryError>): Link {
  const cut = new AbortController();
  run(cut.signal)
    .catch(unreachable)
    .then((end) => cut.signal.aborted || to.closed(end));
  return { send: () => false, close: () => cut.abort() };
}

/**
 * The error that an answer is: an RFC 9457 problem. What is none came from
 * something between us and the server, which may be gone a moment later.
 */
export async function problem(answer: Response): Promise<BelfryError> {
  const { status } = answer;
  const retryAfter = Number(answer.headers.get('Retry-After')) * 1000 || 0; // seconds; dates are not used by our server;
  const body = (await answer.json().catch(() => ({}))) as { code?: Code; detail?: string; errors?: FieldError[]; requestId?: string };
  const { code, detail = code, errors: fields = [], requestId } = body;
  if (code) return new BelfryError(code, detail as string, { status, retryAfter, told: true, fields, requestId });
  return new BelfryError('unavailable', `the answer, ${status}, is not Belfry's`, { status, retryAfter });
}

/** What a bye or an error frame says about the end. */
export const refusal = (code: string, detail = `connection closed: ${code}`, retryAfter = 0): BelfryError =>
  new BelfryError(code as Code, detail, { told: true, retryAfter });

export const unreachable = (cause?: unknown): BelfryError =>
  new BelfryError('unavailable', 'the server cannot be reached', { cause });
