import type { Item } from './types.js';

/** Where an item stands in an inbox. */
export type Place = Pick<Item, 'deliveredAt' | 'id'>;

const downwards = (a: string, b: string): number => +(a < b) - +(a > b);

/** The order of an inbox: by deliveredAt, then by id. */
export const newestFirst = (a: Place, b: Place): number => downwards(a.deliveredAt, b.deliveredAt) || downwards(a.id, b.id);
