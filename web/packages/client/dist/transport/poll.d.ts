import { type Dial } from './transport.js';
/** Long polling, for networks that let nothing else through: one request a change. */
export declare const poll: Dial;
//# sourceMappingURL=poll.d.ts.map