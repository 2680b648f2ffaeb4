import type { Item, Level } from '@belfry/client';

/** From the gravest to the mildest. */
export const levels: readonly Level[] = ['error', 'warning', 'success', 'info'];

/** The item's level; info where a newer server says one that is not known here. */
export const levelOf = ({ level }: Pick<Item, 'level'>): Level => (levels.includes(level) ? level : 'info');
