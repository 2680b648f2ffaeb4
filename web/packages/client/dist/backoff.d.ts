/**
 * How long to wait in milliseconds after so many failures in a row: anything
 * between nothing and a ceiling that doubles, so that a thousand clients that
 * lost one server come back spread out (Brooker, "Exponential Backoff and
 * Jitter": full jitter), and no less than the server asks for. It never gives
 * up. `random` is in [0, 1).
 */
export declare function backoff(failures: number, random: number, retryAfter?: number): number;
//# sourceMappingURL=backoff.d.ts.map