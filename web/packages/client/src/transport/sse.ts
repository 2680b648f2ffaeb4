import type { BelfryError } from '../error.js';
import type { Frame, Opening } from '../frame.js';
import { address, authorized, overFetch, parameters, problem, refusal, unreachable, type Dial, type Means, type Receiver } from './transport.js';

/**
 * Server-sent events (WHATWG HTML, section 9.2) read from fetch, not from
 * EventSource: it sees comments and heartbeats, sends the token as a header and
 * reads why it was refused.
 */
export const sse: Dial = (means, opening, to) => overFetch(to, (signal) => read(means, opening, to, signal));

async function read(means: Means, opening: Opening, to: Receiver, signal: AbortSignal): Promise<BelfryError> {
  const headers = { Accept: 'text/event-stream', ...authorized(opening.token) };
  const answer = await means.fetch(address(means.url, '/v1/stream', parameters(opening)), { headers, signal, cache: 'no-store' });
  if (!answer.ok || !answer.body) return problem(answer);
  const reader = answer.body.getReader();
  const text = new TextDecoder();
  let end = unreachable();
  const take = blocks((id, data) => {
    if (signal.aborted) return;
    if (!data) return id && to.frame({ type: 'pong', cursor: id });
    const frame = JSON.parse(data) as Frame;
    if (frame.type === 'bye') end = refusal(frame.code, undefined, frame.retryAfter);
    if (frame.type === 'welcome') to.opened(frame.heartbeat);
    to.frame(frame);
  });
  for (;;) {
    const { done, value } = await reader.read();
    if (done || signal.aborted) return end;
    to.heard();
    take(text.decode(value, { stream: true }));
  }
}

/**
 * Takes a stream as it comes and gives its blocks; one without data is a
 * heartbeat. Event names are not kept: they repeat the frame's type. A CR alone
 * ends no line: our server sends none.
 */
export function blocks(block: (id: string, data: string) => void): (chunk: string) => void {
  let rest = '';
  let id = '';
  let data: string[] = [];
  const line = (text: string): void => {
    const [, name, value = ''] = /^([^:]*):? ?(.*)$/s.exec(text) as unknown as [string, string, string?];
    if (name === 'id') id = value;
    else if (name === 'data') data.push(value);
    else if (!text) {
      block(id, data.join('\n'));
      [id, data] = ['', []];
    }
  };
  return (chunk) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() as string;
    for (const text of lines) line(text.replace(/\r$/, ''));
  };
}
