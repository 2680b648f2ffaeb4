export type TokenSource = string | (() => string | Promise<string>);
/** The user's token: asked for when it is first needed, and again on demand. */
export interface Token {
    /** Whether there is a newer one to be had. */
    readonly renewable: boolean;
    get(renew?: boolean): Promise<string>;
}
export declare function token(source: TokenSource): Token;
/**
 * When to ask for a newer token, in milliseconds from now: a tenth of what is
 * left before the end, at most a minute. undefined: never.
 */
export declare function renewalDelay(token: string, now: number): number | undefined;
//# sourceMappingURL=token.d.ts.map