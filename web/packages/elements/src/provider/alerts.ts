import type { Client, Item, Level } from '@belfry/client';
import { levelOf, levels } from '../level.js';
import type { Chime } from '../sound/chime.js';
import { safeUrl } from '../url.js';

export interface Alerts {
  readonly chime: Chime | undefined;
  /** System notices, while the page is hidden and the user allows them. */
  readonly notices: boolean;
  readonly open: (item: Item) => void;
}

/** Sounds and system notices: for what is live, in one tab, never for priority low. The answer ends it. */
export function alertOf(client: Client, { chime, notices, open }: Alerts): () => void {
  const offs = [
    client.on('notification', (item, { alert }) => {
      if (!alert || item.priority === 'low') return;
      chime?.ring(levelOf(item));
      if (notices && document.hidden) notice(item, open);
    }),
    client.on('summary', (missed, { alert }) => {
      const loud = missed.filter((i) => i.priority !== 'low');
      if (alert && loud.length) chime?.ring(gravest(loud));
    }),
  ];
  return () => offs.forEach((off) => off());
}

const gravest = (items: readonly Item[]): Level => levels.find((level) => items.some((i) => levelOf(i) === level)) ?? 'info';

function notice(item: Item, open: (item: Item) => void): void {
  if (!('Notification' in globalThis) || Notification.permission !== 'granted') return;
  const icon = safeUrl(item.actor?.avatarUrl);
  const shown = new Notification(item.title, {
    body: item.body ?? '', tag: item.id, silent: true, ...(icon ? { icon } : {}),
  });
  shown.onclick = () => {
    shown.close();
    focus();
    open(item);
  };
}
