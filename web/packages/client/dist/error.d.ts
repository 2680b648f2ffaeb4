export type Code = 'malformed' | 'invalid' | 'unauthorized' | 'token_expired' | 'logged_out' | 'forbidden' | 'origin_refused' | 'auth_timeout' | 'not_found' | 'method_not_allowed' | 'conflict' | 'gone' | 'too_large' | 'unsupported' | 'upgrade_required' | 'idempotency_reused' | 'rate_limited' | 'too_many_sessions' | 'unavailable' | 'outcome_unknown' | 'draining' | 'stalled' | 'protocol_error' | 'invalid_text' | 'internal';
/** Whether the same request may succeed later. */
export declare const passes: (code: string) => boolean;
/**
 * What a WebSocket close says by itself. The server's reason is its code; where
 * there is none, 4100-4199 do not invite a reconnect.
 */
export declare const codeOfClose: (close: number, reason: string) => Code;
/** One field that was wrong. */
export interface FieldError {
    /** JSON pointer (RFC 6901), or the parameter's name. */
    readonly field: string;
    readonly code: string;
    readonly detail: string;
}
/** The one error of this package. */
export declare class BelfryError extends Error {
    readonly code: Code;
    readonly name = "BelfryError";
    readonly fields: readonly FieldError[];
    /** Milliseconds that the server asks to wait; 0: it did not say. */
    readonly retryAfter: number;
    /** HTTP status; 0: none. */
    readonly status: number;
    /** Names the request in the server's log. */
    readonly requestId: string | undefined;
    /** Whether the server said so itself, or the network did. */
    readonly told: boolean;
    constructor(code: Code, detail: string, more?: Partial<Pick<BelfryError, 'fields' | 'retryAfter' | 'status' | 'requestId' | 'told' | 'cause'>>);
}
//# sourceMappingURL=error.d.ts.map