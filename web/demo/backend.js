// What your backend does: it holds the API key, publishes, and hands out tokens.

import { me, server, topic } from './me.js';

/** @typedef {import('../sdk/v1.js').Draft} Draft */

/** @typedef {{token: string, key: string}} Credentials */

/** @type {Promise<Credentials> | undefined} */
let signed;

/** A fresh token of this page's user, and the key of the development server. */
export const signIn = () => (signed = ask());

/** Those of the last time. */
export const credentials = () => signed ?? signIn();

/** @returns {Promise<Credentials>} */
async function ask() {
  const answer = await fetch(`${server}/demo/token?user=${me}`);
  if (!answer.ok) throw new Error(await answer.text());
  return answer.json();
}

/** @param {string} method @param {string} path @param {object} [body] */
async function call(method, path, body) {
  const { key } = await credentials();
  const answer = await fetch(server + path, {
    method,
    headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  if (!answer.ok) throw new Error((await answer.json()).detail);
  return { status: answer.status, body: await answer.json() };
}

/** @param {Draft} draft */
export async function publish(draft) {
  const began = performance.now();
  const { status } = await call('POST', '/v1/notifications', draft);
  return { status, ms: performance.now() - began };
}

/**
 * Tells all who follow the topic but me. I get a silent copy, for my other tabs.
 * @param {Omit<Draft, 'to'>} draft @param {string} mine the title of the copy
 */
export async function tellTeam(draft, mine) {
  const copy = { ...draft, to: { user: me }, title: mine, silent: true };
  await call('POST', '/v1/notifications/batch', { notifications: [{ ...draft, to: { topic }, except: [me] }, copy] });
}

/** How many are unread in my inbox, as the server counts. @returns {Promise<number>} */
export async function unread() {
  const { body } = await call('GET', `/v1/users/${me}/inbox/counts`);
  return body.unread;
}
