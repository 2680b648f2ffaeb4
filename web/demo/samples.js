// What the buttons send.

/** @typedef {Omit<import('../sdk/v1.js').Draft, 'to'>} Sample */

/** @type {Record<string, Sample[]>} */
const samples = {
  info: [
    { type: 'mention', title: 'Priya mentioned you', body: '“Could you own the launch checklist?”', actor: { id: 'priya', name: 'Priya Raman' } },
    { type: 'review', title: 'Tom asked for your review', body: 'Rename the billing tables, 6 files changed', actor: { id: 'tom', name: 'Tom Becker' }, actions: [{ id: 'review', label: 'Review', style: 'primary' }, { id: 'later', label: 'Not now' }] },
    { type: 'calendar', title: 'Design review in 10 minutes', body: 'Room Aurora, or join from where you are.', actions: [{ id: 'join', label: 'Join', style: 'primary' }] },
  ],
  success: [
    { type: 'deploy', title: 'web was deployed to production', body: '42 commits, 3 min 12 s, no errors since.' },
    { type: 'invoice.paid', title: 'Invoice 2043 was paid', body: 'Northwind Traders, € 1,249.00' },
    { type: 'review', title: 'Marcus approved your pull request', body: 'Resume streams by cursor', actor: { id: 'marcus', name: 'Marcus Lind' } },
  ],
  warning: [
    { type: 'disk', title: 'Disk at 91 % on db-2', body: 'At this pace it is full on Thursday.' },
    { type: 'login', title: 'New sign-in from Lisbon', body: 'Firefox on Linux, a device we have not seen before.', actions: [{ id: 'yes', label: 'It was me' }, { id: 'no', label: 'Secure account', style: 'danger' }] },
    { type: 'quota', title: '80 % of this month’s e-mails are sent', body: '8,012 of 10,000, with eleven days to go.' },
  ],
  error: [
    { type: 'build', title: 'Build 1187 failed on main', body: 'TestCheckout_Total: got 49.00, want 49.90', actions: [{ id: 'log', label: 'Open log', style: 'primary' }] },
    { type: 'payment', title: 'A payment was declined', body: 'Card ending in 4242, order 1042. The customer was told.' },
    { type: 'incident', title: 'Checkout answers slowly', body: 'p99 above 2 s for 5 minutes. On call: Priya Raman.', priority: 'urgent', actions: [{ id: 'ack', label: 'Acknowledge', style: 'primary' }] },
  ],
};

export const levels = /** @type {const} */ (['info', 'success', 'warning', 'error']);

/** @type {Record<string, number>} */
const used = {};

/** One of this level, another each time. @param {(typeof levels)[number]} level @returns {Sample} */
export function sample(level) {
  const list = samples[level] ?? [];
  const n = (used[level] ?? 0) % list.length;
  used[level] = n + 1;
  return { title: '', ...list[n], level };
}
