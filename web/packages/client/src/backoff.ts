const first = 500;
const most = 30_000;

/**
 * How long to wait in milliseconds after so many failures in a row, one or more: anything
 * between nothing and a ceiling that doubles, so that a thousand clients that
 * lost one server come back spread out (Brooker, "Exponential Backoff and
 * Jitter": full jitter), and no less than the server asks for. It never gives
 * up. `random` is in [0, 1).
 */
export function backoff(failures: number, random: number, retryAfter = 0): number {
  return retryAfter + random * Math.min(most, first * 2 ** (failures - 1));
}
