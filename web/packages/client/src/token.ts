export type TokenSource = string | (() => string | Promise<string>);

/** The user's token: asked for when it is first needed, and again on demand. */
export interface Token {
  /** Whether there is a newer one to be had. */
  readonly renewable: boolean;
  get(renew?: boolean): Promise<string>;
}

export function token(source: TokenSource): Token {
  let held: Promise<string> | undefined;
  const ask = async (): Promise<string> => {
    try {
      return await (typeof source === 'string' ? source : source());
    } catch (cause) {
      held = undefined;
      throw cause;
    }
  };
  return {
    renewable: typeof source !== 'string',
    get: (renew) => (renew || !held ? (held = ask()) : held),
  };
}

/**
 * When to ask for a newer token, in milliseconds from now: a tenth of what is
 * left before the end, at most a minute. undefined: never.
 */
export function renewalDelay(token: string, now: number): number | undefined {
  const left = expiry(token) - now;
  if (!(left > 0)) return undefined;
  // A timer holds no more than 2^31 ms; asking after 24 days does no harm.
  return Math.min(left - Math.min(60_000, left / 10), 2 ** 31 - 1);
}

/** When a JWT ends (RFC 7519, section 4.1.4), in milliseconds since 1970; NaN: it does not say. */
function expiry(token: string): number {
  try {
    const claims = (token.split('.')[1] as string).replace(/-/g, '+').replace(/_/g, '/');
    return (JSON.parse(atob(claims)) as { exp: number }).exp * 1000;
  } catch {
    return NaN;
  }
}
