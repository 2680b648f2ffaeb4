import { type Dial } from './transport.js';
/** RFC 6455. The token goes in the first frame, so that no log of addresses holds it. */
export declare const websocket: Dial;
//# sourceMappingURL=websocket.d.ts.map