// The backend's desk: to whom, of which level, and what the server answered.

import { publish } from './backend.js';
import { me, nameOf, other, topic } from './me.js';
import { find, icon, make } from './page.js';
import { levels, sample } from './samples.js';

/** @typedef {import('../sdk/v1.js').Draft['to']} Target */

/** @type {readonly (readonly [label: string, to: Target])[]} */
const targets = [
  ['Me', { user: me }],
  [nameOf(other), { user: other }],
  ['A topic', { topic }],
  ['Everyone', { all: true }],
];
/** @type {Target} */
let to = { user: me };

/** @param {() => void} sent called after each publish */
export function startDesk(sent) {
  find('targets').append(...targets.map(([label, target], i) => segment(label, target, i === 0)));
  find('levels').append(...levels.map((level) => {
    const button = make('button', 'button', icon(level), nameOf(level));
    button.dataset.level = level;
    button.addEventListener('click', () => send({ to, ...sample(level) }, sent));
    return button;
  }));
}

/** @param {string} label @param {Target} target @param {boolean} chosen */
function segment(label, target, chosen) {
  const input = document.createElement('input');
  Object.assign(input, { type: 'radio', name: 'target', checked: chosen });
  input.addEventListener('change', () => (to = target));
  return make('label', '', input, make('span', '', label));
}

/** @param {import('../sdk/v1.js').Draft} draft @param {() => void} sent */
async function send(draft, sent) {
  const line = find('sent');
  try {
    const { status, ms } = await publish(draft);
    line.replaceChildren(make('b', '', String(status)), ` in ${ms.toFixed(ms < 10 ? 1 : 0)} ms · ${draft.title}`);
  } catch (error) {
    line.replaceChildren(`Not sent: ${/** @type {Error} */ (error).message}`);
  }
  sent();
}
