import type { Item } from '@belfry/client';

let born = 0;

/** An item, delivered so many seconds before noon. */
export function item(given: Partial<Item> & { ago?: number } = {}): Item {
  const { ago = 0, ...rest } = given;
  const at = new Date(Date.UTC(2026, 0, 5, 12) - ago * 1000).toISOString();
  born++;
  return {
    id: `id-${born}`, rev: born, born, to: { user: 'ann' }, createdAt: at, deliveredAt: at, type: 'comment', level: 'info', priority: 'medium',
    title: 'Hello', data: undefined, ...rest,
  };
}
