import { BelfryError, type Code } from './error.js';
export type Transport = 'websocket' | 'sse' | 'poll';
/** What an app sees of it. Times are milliseconds since 1970. */
export type Connection = {
    readonly status: 'idle';
} | {
    readonly status: 'connecting';
    readonly transport: Transport;
}
/** `live`: the replay is over. */
 | {
    readonly status: 'open';
    readonly transport: Transport;
    readonly live: boolean;
} | {
    readonly status: 'waiting';
    readonly retryAt: number;
    readonly reason: BelfryError;
}
/** Coming back is pointless until something is changed: call connect(). */
 | {
    readonly status: 'stopped';
    readonly code: Code;
    readonly reason: BelfryError;
};
export interface Machine {
    readonly connection: Connection;
    /** What may be used, best first, and which of it is in use. */
    readonly transports: readonly Transport[];
    readonly step: number;
    /** Whether a refused token can be replaced, and whether it just was. */
    readonly renewable: boolean;
    readonly renewed: boolean;
    /** Failures in a row, and those of this transport before it ever opened. */
    readonly failures: number;
    readonly misses: number;
    /** When to try a better transport, and how often that was in vain. */
    readonly climbAt: number;
    readonly climbs: number;
    readonly openedAt: number;
    /** Milliseconds of silence that are normal. */
    readonly heartbeat: number;
    readonly heardAt: number;
    /** When to ask for a sign of life, and when to stop hoping for one. */
    readonly pingAt: number;
    readonly deadAt: number;
    /** A server that named a time is not asked before it. */
    readonly notBefore: number;
}
export type Input = {
    readonly type: 'connect' | 'disconnect' | 'live' | 'heard' | 'tick';
}
/** The tab was looked at again; the network is another one now. */
 | {
    readonly type: 'wake' | 'online';
}
/** Opening again is wanted, for what only an opening can carry. */
 | {
    readonly type: 'reopen';
} | {
    readonly type: 'opened';
    readonly heartbeat: number;
} | {
    readonly type: 'lost';
    readonly error: BelfryError;
};
export type Effect = {
    readonly type: 'dial';
    readonly transport: Transport;
    readonly renew: boolean;
} | {
    readonly type: 'hangup' | 'ping';
};
export interface At {
    readonly now: number;
    /** In [0, 1). */
    readonly random: number;
}
export declare function machine(transports: readonly Transport[], renewable: boolean): Machine;
/** When the machine wants a tick at the latest. */
export declare function deadline({ connection, deadAt, pingAt, climbAt }: Machine): number;
export declare function next(m: Machine, input: Input, at: At): {
    machine: Machine;
    effects: readonly Effect[];
};
//# sourceMappingURL=connection.d.ts.map