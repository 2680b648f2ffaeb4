import { BelfryError } from '../error.js';
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
export declare function address(url: string, path: string, query?: Query): string;
/** An opening as query parameters; the token goes in the header. */
export declare const parameters: ({ cursor, topics, items, filter }: Opening) => Query;
export declare const authorized: (token: string) => Record<string, string>;
/** A link over fetch: run until it ends, fails or is cut. */
export declare function overFetch(to: Receiver, run: (signal: AbortSignal) => Promise<BelfryError>): Link;
/**
 * The error that an answer is: an RFC 9457 problem. What is none came from
 * something between us and the server, which may be gone a moment later.
 */
export declare function problem(answer: Response): Promise<BelfryError>;
/** What a bye or an error frame says about the end. */
export declare const refusal: (code: string, detail?: string, retryAfter?: number) => BelfryError;
export declare const unreachable: (cause?: unknown) => BelfryError;
export {};
//# sourceMappingURL=transport.d.ts.map