// The app of the demo: milestones and a discussion. Both are drawn from the
// notifications of the team's topic alone, so they are the same in every tab,
// also after a reload or a cut.

import { tellTeam } from './backend.js';
import { me, nameOf, topic } from './me.js';
import { calm, face, find, make } from './page.js';

/** @typedef {import('../sdk/v1.js').Client} Client */
/** @typedef {import('../sdk/v1.js').Item} Item */

const statuses = /** @type {const} */ ({ planned: 'Planned', track: 'On track', risk: 'At risk', done: 'Done' });
const milestones = [
  { id: 'offline', name: 'Offline mode', owner: 'Marcus Lind', done: 9, of: 12, status: 'track' },
  { id: 'exports', name: 'Exports', owner: 'Yuki Tanaka', done: 8, of: 8, status: 'track' },
  { id: 'sso', name: 'Single sign-on', owner: 'Priya Raman', done: 3, of: 10, status: 'track' },
  { id: 'billing', name: 'Billing by seat', owner: 'Tom Becker', done: 5, of: 5, status: 'done' },
  { id: 'audit', name: 'Audit log', owner: 'Jonas Weber', done: 4, of: 9, status: 'track' },
  { id: 'themes', name: 'Themes', owner: 'Sofia Alvarez', done: 0, of: 6, status: 'planned' },
];
const entity = { type: 'doc', id: 'roadmap' };
const actor = { id: me, name: nameOf(me) };

/** @param {Client} client */
export function startRoadmap(client) {
  const rows = milestones.map(milestoneRow);
  find('milestones').append(...rows);
  client.inbox.view({ types: ['status'] }).subscribe(({ items }) => showStatuses(items));
  client.inbox.view({ types: ['comment'] }).subscribe(({ items }) => showThread(items));
  client.on('notification', (item) => {
    if (item.silent && item.actor?.id === me) void client.inbox.markRead(item.id);
  });
  face(nameOf(me), find('me'));
  face(nameOf(me), find('my-face'));
  startComposer(client);
}

/** @param {(typeof milestones)[number]} m */
function milestoneRow(m) {
  const progress = make('progress', '');
  Object.assign(progress, { max: m.of, value: m.done });
  progress.setAttribute('aria-label', `${m.done} of ${m.of} tasks`);
  const select = /** @type {HTMLSelectElement} */ (make('select', ''));
  select.append(...Object.entries(statuses).map(([value, label]) => new Option(label, value)));
  show(select, m.status);
  select.setAttribute('aria-label', `Status of ${m.name}`);
  select.addEventListener('change', () => setStatus(m.name, m.id, select));
  const row = make('li', '', face(m.owner), make('span', 'name', m.name), progress, select);
  row.dataset.milestone = m.id;
  return row;
}

/** @param {HTMLSelectElement} select @param {string} status */
function show(select, status) {
  select.value = select.dataset.status = status;
}

/** @param {string} name @param {string} milestone @param {HTMLSelectElement} select */
function setStatus(name, milestone, select) {
  const status = /** @type {keyof typeof statuses} */ (select.value);
  const says = statuses[status].toLowerCase();
  const level = /** @type {const} */ ({ planned: 'info', track: 'info', risk: 'warning', done: 'success' })[status];
  show(select, status);
  const draft = { type: 'status', level, title: `“${name}” is ${says}`, body: `${nameOf(me)} moved it.`, actor, entity, data: { milestone, status } };
  void tellTeam(draft, `You moved “${name}” to ${says}`);
}

/** The newest says how it is. @param {readonly Item[]} items */
function showStatuses(items) {
  for (const { data } of [...items].reverse()) {
    const select = find('milestones').querySelector(`[data-milestone="${CSS.escape(String(data?.milestone))}"] select`);
    const status = String(data?.status);
    if (!(select instanceof HTMLSelectElement) || !(status in statuses) || select.matches(':focus')) continue;
    show(select, status);
  }
}

const shown = new Set();

/** @param {readonly Item[]} items */
function showThread(items) {
  const thread = find('thread');
  const comments = items.filter((i) => i.entity?.id === entity.id).slice(0, 20).reverse();
  if (comments.map((i) => i.id).join() === thread.dataset.ids) return;
  thread.dataset.ids = comments.map((i) => i.id).join();
  thread.replaceChildren(...comments.map((item) => {
    const who = item.actor?.name ?? 'Somebody';
    const row = make('li', shown.size && !shown.has(item.id) ? 'fresh' : '', face(who), make('div', '', make('b', '', who), make('p', '', item.body ?? '')));
    if (item.actor?.id) quiet(item.actor.id);
    return row;
  }));
  for (const { id } of comments) shown.add(id);
  thread.scrollTo({ top: thread.scrollHeight, behavior: calm() ? 'auto' : 'smooth' });
}

/** @param {Client} client */
function startComposer(client) {
  const field = /** @type {HTMLInputElement} */ (find('comment'));
  const answer = () => {
    location.hash = 'roadmap';
    requestAnimationFrame(() => field.focus());
  };
  field.addEventListener('input', () => client.typing(topic));
  find('composer').addEventListener('submit', (submit) => {
    submit.preventDefault();
    const body = field.value.trim();
    if (!body) return;
    field.value = '';
    const draft = { type: 'comment', title: `${nameOf(me)} commented on Roadmap`, body, actor, entity, group: topic };
    tellTeam(draft, 'You commented on Roadmap').catch(() => (field.value = body));
  });
  client.on('signal', ({ from, name }) => {
    if (name === 'typing' && from && from !== me) typing(from);
  });
  // An item of the roadmap leads here, and nothing leads away.
  addEventListener('belfry-open', (open) => {
    open.preventDefault();
    if (/** @type {HTMLElementEventMap['belfry-open']} */ (open).detail.item.entity?.id === entity.id) answer();
  });
  addEventListener('belfry-action', (act) => {
    if (/** @type {HTMLElementEventMap['belfry-action']} */ (act).detail.action.id === 'reply') answer();
  });
}

/** Who is typing, and the timers that end it. @type {Map<string, ReturnType<typeof setTimeout>>} */
const typists = new Map();
const typingFor = 4500;

/** @param {string} user */
function typing(user) {
  clearTimeout(typists.get(user));
  typists.set(user, setTimeout(() => quiet(user), typingFor));
  showTyping();
}

/** @param {string} user */
function quiet(user) {
  clearTimeout(typists.get(user));
  if (typists.delete(user)) showTyping();
}

function showTyping() {
  const names = [...typists.keys()].map(nameOf);
  const says = names.length ? [make('span', 'dots', make('i', ''), make('i', ''), make('i', '')), `${names.join(' and ')} ${names.length > 1 ? 'are' : 'is'} typing`] : [];
  find('typing').replaceChildren(...says);
}
