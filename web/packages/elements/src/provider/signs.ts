import type { Client } from '@belfry/client';

/** What of the page around may show the number of unread. */
export interface Signs {
  readonly title: boolean;
  /** The address of the icon to show while something is unread. */
  readonly favicon: string | undefined;
  readonly appBadge: boolean;
}

/** Shows the unread count in the title, the favicon and the app's badge. The answer takes it all back. */
export function showSigns(client: Client, { title, favicon, appBadge }: Signs): () => void {
  const show = (unread: number): void => {
    if (title) document.title = titled(document.title, unread);
    if (favicon) swapIcon(unread ? favicon : undefined);
    // Where the page is no installed app the browser may refuse: there is no badge then.
    if (appBadge) void navigator.setAppBadge?.(unread).catch(() => {});
  };
  const off = client.on('counts', ({ unread }) => show(unread));
  show(client.inbox.counts.unread);
  return () => {
    off();
    show(0);
  };
}

/** The title with the number in front, instead of the one that may be there. */
export function titled(title: string, unread: number): string {
  const bare = title.replace(/^\(\d+\) /, '');
  return unread ? `(${unread}) ${bare}` : bare;
}

let original: string | undefined;

function swapIcon(href: string | undefined): void {
  const link = document.querySelector<HTMLLinkElement>('link[rel~="icon"]');
  if (!link) return;
  original ??= link.href;
  link.href = href ?? original;
}
