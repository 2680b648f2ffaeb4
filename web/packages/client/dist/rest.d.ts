import type { Token } from './token.js';
import { type Means } from './transport/transport.js';
export interface Call {
    readonly query?: Record<string, string | number | undefined>;
    readonly body?: unknown;
}
/** The requests of the client API: docs/protocol.md, section 7. */
export declare class Rest {
    #private;
    constructor(means: Means, token: Token);
    /** Answers the body, or throws a BelfryError. A token that has ended is renewed once. */
    call<T>(method: string, path: string, { query, body }?: Call): Promise<T>;
}
//# sourceMappingURL=rest.d.ts.map