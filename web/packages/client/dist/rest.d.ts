import type { Token } from './token.js';
import { type Means } from './transport/transport.js';
export interface Call {
    readonly query?: Record<string, string | number | undefined>;
    readonly body?: unknown;
}
/**
 * A request of the client API: docs/protocol.md, section 7. Answers the body, or
 * throws a BelfryError. A token that was refused is renewed once.
 */
export type Rest = <T>(method: string, path: string, call?: Call) => Promise<T>;
export declare function rest(means: Means, token: Token): Rest;
//# sourceMappingURL=rest.d.ts.map