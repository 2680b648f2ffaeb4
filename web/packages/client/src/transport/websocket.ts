import { BelfryError, codeOfClose } from '../error.js';
import type { Frame } from '../frame.js';
import { address, refusal, type Dial } from './transport.js';

/** RFC 6455. The token goes in the first frame, so that no log of addresses holds it. */
export const websocket: Dial = ({ url, WebSocket }, opening, to) => {
  const socket = new (WebSocket as NonNullable<typeof WebSocket>)(address(url, '/v1/ws').replace(/^http/, 'ws'));
  let said: BelfryError | undefined; // why the server is about to close
  let cut = false;

  socket.onopen = () => socket.send(JSON.stringify({ type: 'auth', ...opening, client: 'belfry-js' }));
  socket.onmessage = ({ data }) => {
    if (cut) return;
    const frame = JSON.parse(data as string) as Frame;
    to.heard();
    if (frame.type === 'bye') said = refusal(frame.code, said?.message, frame.retryAfter);
    else said = frame.type === 'error' && !frame.ref ? refusal(frame.code, frame.detail) : undefined;
    if (frame.type === 'welcome') to.opened(frame.heartbeat);
    to.frame(frame);
  };
  socket.onerror = () => {}; // onclose follows and says all there is to say; without a listener Node's `ws` throws
  socket.onclose = ({ code, reason }) => {
    if (cut) return;
    // 1005 and 1006 mean that nobody said anything (section 7.1.5).
    const told = code !== 1005 && code !== 1006;
    to.closed(said ?? new BelfryError(codeOfClose(code, reason), `connection closed: ${reason || code}`, { told }));
  };
  return {
    send(frame) {
      const open = socket.readyState === 1;
      if (open) socket.send(JSON.stringify(frame));
      return open;
    },
    close() {
      cut = true;
      socket.close();
    },
  };
};
