// Shows the line at work: its state, what runs along it, what waits at its
// end, and whether this tab and the server count alike.

import { unread } from './backend.js';
import { cut, isWhole, restore } from './line.js';
import { address, transport } from './me.js';
import { calm, find, icon, make } from './page.js';

/** @typedef {import('../sdk/v1.js').Client} Client */
/** @typedef {import('../sdk/v1.js').Item} Item */

const mostRows = 4;
/** @type {Client} */
let client;
/** @type {number | undefined} */
let there;

/** @param {Client} given */
export function startWire(given) {
  client = given;
  client.on('connection', showState);
  client.on('counts', look);
  client.on('signal', () => pulse('signal'));
  client.on('notification', (item, { live }) => arrived(item, live));
  client.on('updated', () => pulse('receipt'));
  client.inbox.subscribe(showCounts);
  const select = /** @type {HTMLSelectElement} */ (find('transport'));
  select.value = transport;
  select.addEventListener('change', () => location.assign(address({ transport: select.value })));
  find('cut').addEventListener('click', () => {
    if (isWhole()) cut();
    else restore();
    showState();
  });
  setInterval(() => {
    const settled = isWhole() && there === client.inbox.counts.unread;
    if (!settled && !document.hidden) void look();
  }, 500);
  showState();
  look();
}

let looking = false;
let again = false;

/** Asks the server how many are unread; while the line is cut, this tab cannot know. One question at a time. */
export async function look() {
  again = true;
  if (looking) return;
  looking = true;
  while (again) {
    again = false;
    there = await unread().catch(() => there);
  }
  looking = false;
  showCounts();
}

function showState() {
  const { connection } = client;
  const whole = isWhole();
  const live = connection.status === 'open' && connection.live;
  const texts = { idle: 'Idle', connecting: 'Connecting', open: live ? 'Live' : 'Catching up', waiting: 'Coming back', stopped: 'Stopped' };
  const name = !whole ? 'cut' : live ? 'live' : connection.status;
  const state = find('state');
  if (state.dataset.state !== name) {
    state.dataset.state = find('wire').dataset.state = name;
    state.textContent = whole ? texts[connection.status] : 'Cut';
  }
  find('cut').textContent = whole ? 'Cut the line' : 'Restore the line';
  find('cut').dataset.whole = String(whole);
  if (live) void look();
}

function showCounts() {
  const here = client.inbox.counts.unread;
  find('here').textContent = `${here} unread`;
  find('there').textContent = there === undefined ? '–' : `${there} unread`;
  showCursor(client.cursor ?? '–');
  const missing = isWhole() ? 0 : Math.max(0, (there ?? 0) - here);
  const waiting = find('waiting');
  waiting.hidden = !missing;
  waiting.textContent = `${missing} waiting`;
  const agree = find('agree');
  agree.dataset.agree = String(here === there);
  agree.replaceChildren(here === there ? icon('check') : '≠');
}

/** Every change that was taken moves the cursor. @param {string} cursor */
function showCursor(cursor) {
  const code = find('cursor');
  if (code.textContent === cursor) return;
  code.textContent = cursor;
  code.animate({ color: ['var(--accent)', 'inherit'] }, { duration: calm() ? 0 : 900, easing: 'ease-out' });
}

/** @param {Item} item @param {boolean} live */
function arrived(item, live) {
  if (item.inbox === false) return;
  pulse(item.level);
  const ms = Math.max(0, Date.now() - Date.parse(item.deliveredAt));
  const how = live ? make('em', 'live', ms < 1000 ? `${ms} ms` : 'late') : make('em', 'replayed', 'replayed');
  const row = make('li', '', how, item.title);
  const came = find('came');
  came.prepend(row);
  while (came.childElementCount > mostRows) came.lastElementChild?.remove();
}

let pending = 0;

/** Something runs from the server to this tab. @param {string} kind */
function pulse(kind) {
  if (calm() || document.hidden || pending > 20) return;
  const dot = make('s', kind);
  const track = find('wire').querySelector('.track');
  track?.append(dot);
  // Those of a replay run one behind the other.
  const options = { duration: 520, delay: 60 * pending++, easing: 'cubic-bezier(.4, 0, .5, 1)', fill: /** @type {const} */ ('backwards') };
  const run = dot.animate([{ left: '0%', opacity: 0 }, { opacity: 1, offset: 0.15 }, { opacity: 1, offset: 0.85 }, { left: '100%', opacity: 0 }], options);
  run.finished.finally(() => {
    pending--;
    dot.remove();
  });
}
