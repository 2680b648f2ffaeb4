import type { Client, Filter, Snapshot, View } from '@belfry/client';
import type { Language } from '../strings/strings.js';

/** A tab of the inbox. */
export interface Tab {
  readonly id: string;
  /** Default: the filter's name in the user's language. */
  readonly label?: string;
  /** Default: the inbox without what is archived or snoozed. */
  readonly filter?: Filter;
  /** Only items of these types. */
  readonly types?: readonly string[];
}

export const defaultTabs: readonly Tab[] = [
  { id: 'all' },
  { id: 'unread', filter: 'unread' },
  { id: 'snoozed', filter: 'snoozed' },
  { id: 'archived', filter: 'archived' },
];

export const viewOf = (client: Client, { filter, types }: Tab): View =>
  client.inbox.view({ ...(filter ? { filter } : {}), ...(types ? { types } : {}) });

export const labelOf = ({ label, filter }: Tab, { text }: Language): string => label ?? text(filter || 'all');

/** How many a tab holds, as far as that is known: exact for unread, "20+" while there are older ones to load. */
export function countOf(tab: Tab, snapshot: Snapshot | undefined, { number }: Language): string {
  if (!snapshot) return '';
  if (tab.filter === 'unread' && !tab.types) return number(snapshot.counts.unread);
  if (snapshot.hasMore && !snapshot.items.length) return ''; // nothing is loaded
  return `${number(snapshot.items.length)}${snapshot.hasMore ? '+' : ''}`;
}
