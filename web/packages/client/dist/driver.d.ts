import { type Connection, type Input, type Transport } from './connection.js';
import type { Frame, Opening } from './frame.js';
import type { Token } from './token.js';
import type { Means } from './transport/transport.js';
export interface Hooks {
    opening(token: string): Opening;
    frame(frame: Frame): void;
    changed(now: Connection, before: Connection): void;
}
export interface Driver {
    connection(): Connection;
    input(input: Input): void;
    /** Sends a frame, if a connection is open that can. */
    send(frame: object): boolean;
}
export declare function driver(means: Means, token: Token, hooks: Hooks, transports: readonly Transport[]): Driver;
//# sourceMappingURL=driver.d.ts.map