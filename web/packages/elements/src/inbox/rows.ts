// How a list of items becomes rows: single items, and groups that can be opened.

import type { Item } from '@belfry/client';

export interface ItemRow {
  readonly kind: 'item';
  readonly key: string;
  readonly item: Item;
  /** Inside an open group. */
  readonly nested: boolean;
}

export interface GroupRow {
  readonly kind: 'group';
  readonly key: string;
  /** The newest, which the group is shown as. */
  readonly item: Item;
  readonly items: readonly Item[];
  readonly open: boolean;
}

export type Row = ItemRow | GroupRow;

/** Items without a group belong together if they say the same within this time, in milliseconds. */
const together = 60_000;

/** Whether two items belong in one group: by its name, or else by saying the same within a minute. */
export function alike(a: Item, b: Item): boolean {
  if (a.group || b.group) return a.group === b.group;
  if (a.type !== b.type || a.level !== b.level || a.title !== b.title) return false;
  return Math.abs(Date.parse(a.deliveredAt) - Date.parse(b.deliveredAt)) <= together;
}

/**
 * Rows of items that are newest first. A group stands where its newest item
 * does; a group of one is that item.
 */
export function rowsOf(items: readonly Item[], open: ReadonlySet<string>): Row[] {
  const groups: Item[][] = [];
  const latest = new Map<string, Item[]>();
  for (const item of items) {
    const name = item.group ? `g ${item.group}` : `s ${item.type} ${item.level} ${item.title}`;
    const group = latest.get(name);
    if (group && alike(group[0] as Item, item)) group.push(item);
    else {
      const fresh = [item];
      groups.push(fresh);
      latest.set(name, fresh);
    }
  }
  const rows: Row[] = [];
  for (const group of groups) addRows(rows, group, open);
  return rows;
}

function addRows(rows: Row[], items: readonly Item[], open: ReadonlySet<string>): void {
  const item = items[0] as Item;
  if (items.length === 1) return void rows.push({ kind: 'item', key: item.id, item, nested: false });
  // The oldest stays when newer ones join, so that an open group stays open.
  const key = item.group ? `group ${item.group}` : `same ${items.at(-1)?.id}`;
  const group: GroupRow = { kind: 'group', key, item, items, open: open.has(key) };
  rows.push(group);
  if (group.open) for (const i of items) rows.push({ kind: 'item', key: i.id, item: i, nested: true });
}

/** The items that an act on a row is about. */
export const itemsOf = (row: Row): readonly Item[] => (row.kind === 'group' ? row.items : [row.item]);
