export type TokenSource = string | (() => string | Promise<string>);
/** The user's token; asked for when it is first needed, and again when it is refused or about to end. */
export declare class Token {
    #private;
    constructor(source: TokenSource);
    /** Whether there is a newer one to be had. */
    get renewable(): boolean;
    get(renew?: boolean): Promise<string>;
}
/**
 * When to ask for a newer token, in milliseconds from now: a tenth of what is
 * left before the end, at most a minute. undefined: never.
 */
export declare function renewalDelay(token: string, now: number): number | undefined;
//# sourceMappingURL=token.d.ts.map