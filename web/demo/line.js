// The line between this tab and the server, with a switch in it: what a tunnel
// or a closed lid does to a page.

const sockets = new Set();
let whole = true;
let requests = new AbortController();

export const isWhole = () => whole;

/** Every connection ends, and no other can be made. */
export function cut() {
  whole = false;
  for (const socket of sockets) socket.close();
  requests.abort();
  requests = new AbortController();
  dispatchEvent(new Event('offline'));
}

/** As when the network is back: the browser says `online`, and the client comes back at once. */
export function restore() {
  whole = true;
  dispatchEvent(new Event('online'));
}

/** @type {typeof fetch} */
export const lineFetch = (input, init) => {
  if (!whole) return Promise.reject(new TypeError('the line is cut'));
  const signals = [requests.signal, init?.signal].filter((s) => !!s);
  return fetch(input, { ...init, signal: AbortSignal.any(signals) });
};

export const LineSocket = /** @type {typeof WebSocket} */ (/** @type {unknown} */ (open));

/** @param {string} url */
function open(url) {
  if (!whole) return unreachable();
  const socket = new WebSocket(url);
  sockets.add(socket);
  socket.addEventListener('close', () => sockets.delete(socket));
  return socket;
}

/** A socket that never opened (RFC 6455 section 7.1.5: code 1006). */
function unreachable() {
  const socket = {
    readyState: WebSocket.CLOSED,
    send() {},
    close() {},
    /** @type {((closed: {code: number, reason: string}) => void) | null} */
    onclose: null,
  };
  setTimeout(() => socket.onclose?.({ code: 1006, reason: '' }));
  return socket;
}
