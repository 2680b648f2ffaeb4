/** The closed list of codes: docs/protocol.md, section 15. */
export type Code =
  | 'malformed' | 'invalid' | 'unauthorized' | 'token_expired' | 'logged_out' | 'forbidden' | 'origin_refused'
  | 'auth_timeout' | 'not_found' | 'method_not_allowed' | 'conflict' | 'gone' | 'too_large' | 'unsupported'
  | 'upgrade_required' | 'idempotency_reused' | 'rate_limited' | 'too_many_sessions' | 'unavailable'
  | 'outcome_unknown' | 'draining' | 'stalled' | 'protocol_error' | 'invalid_text' | 'internal';

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
  /** HTTP status; 0: there was no answer. */
  readonly status: number = 0;
  readonly fields: readonly FieldError[] = [];
  /** Milliseconds that the server asks to wait; 0: it did not say. */
  readonly retryAfter: number = 0;
  /** Names the request in the server's log. */
  readonly requestId: string | undefined;

  constructor(
    readonly code: Code,
    detail: string,
    more: Partial<Pick<BelfryError, 'status' | 'fields' | 'retryAfter' | 'requestId' | 'cause'>> = {},
  ) {
    super(detail);
    Object.assign(this, more);
  }
}

/** The error that an answer is: an RFC 9457 problem, or one of something in between. */
export async function problem(answer: Response): Promise<BelfryError> {
  const { status } = answer;
  const retryAfter = Number(answer.headers.get('Retry-After')) * 1000 || 0;
  const body = (await answer.json().catch(() => ({}))) as { code?: Code; detail?: string; errors?: FieldError[]; requestId?: string };
  const { code, detail, errors = [], requestId } = body;
  if (code) return new BelfryError(code, detail ?? code, { status, retryAfter, fields: errors, requestId });
  return new BelfryError('unavailable', `the answer, ${status}, is not Belfry's; check the url and what stands in between`, { status, retryAfter });
}
