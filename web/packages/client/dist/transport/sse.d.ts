import { type Dial } from './transport.js';
/**
 * Server-sent events (WHATWG HTML, section 9.2) read from fetch, not from
 * EventSource: it sees comments and heartbeats, sends the token as a header and
 * reads why it was refused.
 */
export declare const sse: Dial;
/**
 * Takes a stream as it comes and gives its blocks; one without data is a
 * heartbeat. Event names are not kept: they repeat the frame's type. A CR alone
 * ends no line: our server sends none.
 */
export declare function blocks(block: (id: string, data: string) => void): (chunk: string) => void;
//# sourceMappingURL=sse.d.ts.map