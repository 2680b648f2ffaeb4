// Who this page belongs to, and where the server is.

const query = new URLSearchParams(location.search);

export const me = query.get('user') === 'bob' ? 'bob' : 'ann';
export const other = me === 'ann' ? 'bob' : 'ann';
export const transport = /** @type {'websocket' | 'sse' | 'poll'} */ (
  ['sse', 'poll'].find((t) => t === query.get('transport')) ?? 'websocket'
);

/** What everybody in the demo follows. */
export const topic = 'doc.roadmap';

/** The server with its base path, without a slash at the end. */
export const server = new URL('.', location.href).href.replace(/\/$/, '');

/** @param {string} user */
export const nameOf = (user) => user.charAt(0).toUpperCase() + user.slice(1);

/** This page with other parameters. @param {Record<string, string>} changed */
export const address = (changed) => `?${new URLSearchParams({ user: me, transport, ...changed })}`;
