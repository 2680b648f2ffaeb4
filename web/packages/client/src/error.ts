// The closed list of codes: docs/protocol.md, section 15.

export type Code =
  | 'malformed' | 'invalid' | 'unauthorized' | 'token_expired' | 'logged_out' | 'forbidden' | 'origin_refused'
  | 'auth_timeout' | 'not_found' | 'method_not_allowed' | 'conflict' | 'gone' | 'too_large' | 'unsupported'
  | 'upgrade_required' | 'idempotency_reused' | 'rate_limited' | 'too_many_sessions' | 'unavailable'
  | 'outcome_unknown' | 'draining' | 'stalled' | 'protocol_error' | 'invalid_text' | 'internal';

const passing = new Set<string>([
  'rate_limited', 'too_many_sessions', 'unavailable', 'outcome_unknown', 'draining', 'stalled', 'internal',
]);

/** Whether the same request may succeed later. */
export const passes = (code: string): boolean => passing.has(code);

/**
 * What a WebSocket close says by itself. The server's reason is its code; where
 * there is none, 4100-4199 do not invite a reconnect.
 */
export const codeOfClose = (close: number, reason: string): Code =>
  close >= 4000 && reason ? (reason as Code) : close >= 4100 && close < 4200 ? 'malformed' : 'unavailable';

/** One field that was wrong. */
export interface FieldError {
  /** JSON pointer (RFC 6901), or the parameter's name. */
  readonly field: string;
  readonly code: string;
  readonly detail: string;
}

/** The one error of this package. */
export class BelfryError extends Error {
  override readonly name = 'BelfryError';
  readonly fields: readonly FieldError[] = [];
  /** Milliseconds that the server asks to wait; 0: it did not say. */
  readonly retryAfter: number = 0;
  /** HTTP status; 0: none. */
  readonly status: number = 0;
  /** Names the request in the server's log. */
  readonly requestId: string | undefined;
  /** Whether the server said so itself, or the network did. */
  readonly told: boolean = false;

  constructor(
    readonly code: Code,
    detail: string,
    more: Partial<Pick<BelfryError, 'fields' | 'retryAfter' | 'status' | 'requestId' | 'told' | 'cause'>> = {},
  ) {
    super(detail);
    Object.assign(this, more);
  }
}
