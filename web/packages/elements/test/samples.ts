import type { Draft } from '@belfry/client';

type Sample = Omit<Draft, 'to'>;

/** A believable morning: people, orders, a machine that is unwell. */
export const samples: readonly Sample[] = [
  { title: 'Nightly backup finished', body: '42 GB in 6 min 12 s', type: 'system', level: 'success' },
  { title: 'Invoice INV-2093 is due in three days', body: 'Northwind Traders, €1,280.00', type: 'billing', level: 'warning', actionUrl: '/invoices/2093' },
  { title: 'Deploy of api@8f2c1e failed', body: 'Step “migrate” exited with code 1 after 38 s.', type: 'deploy', level: 'error', priority: 'high',
    actions: [{ id: 'retry', label: 'Retry', style: 'primary' }, { id: 'logs', label: 'View logs', url: '/logs/8f2c1e' }] },
  { title: 'Memory above 80 %', body: 'web-3 at 83 %', type: 'alert', level: 'warning', group: 'memory' },
  { title: 'Memory above 80 %', body: 'web-1 at 81 %', type: 'alert', level: 'warning', group: 'memory' },
  { title: 'Memory above 80 %', body: 'web-3 at 88 %, still climbing', type: 'alert', level: 'warning', group: 'memory' },
  { title: 'Ben Okafor mentioned you', body: '“@ann could you look at the cursor handling before we ship? I think the second page repeats a row.”', type: 'mention',
    actor: { id: 'ben', name: 'Ben Okafor' }, actionUrl: '/threads/7' },
  { title: 'Maya Lind asks you to review “Windowed list”', body: 'belfry/web #482 · +312 −87', type: 'review', actor: { id: 'maya', name: 'Maya Lind' },
    actions: [{ id: 'review', label: 'Review', style: 'primary', url: '/pulls/482' }, { id: 'decline', label: 'Not now' }], actionUrl: '/pulls/482' },
  { title: 'Order #5512 has shipped', body: 'Arrives Thursday between 9:00 and 13:00', type: 'order', level: 'success', actionUrl: '/orders/5512' },
];
