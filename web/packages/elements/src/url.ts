/**
 * The address if it may be followed or loaded: http, https or a path of this
 * origin, as the server allows; otherwise undefined. Checked again here, since
 * what a page shows must not depend on which server it met.
 */
export function safeUrl(url: string | undefined): string | undefined {
  if (!url || /[\u0000-\u0020\u007f\\]/.test(url)) return undefined;
  if (!/^https?:\/\//i.test(url) && !/^\/(?!\/)/.test(url)) return undefined;
  return URL.canParse(url, 'https://a.invalid') ? url : undefined;
}

/** Whether a click on a link asks for another tab or window, or to save what is there: the browser sees to that. */
export function isForBrowser(event: Event | undefined): boolean {
  if (!(event instanceof MouseEvent) || !(event.target as Element).closest('a')) return false;
  return event.button === 1 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
}

/** Follows an address: this origin in place, others in a tab of their own. */
export function follow(url: string, navigate?: (url: string) => void): void {
  const { origin, href } = new URL(url, location.href);
  if (origin !== location.origin) window.open(href, '_blank', 'noopener');
  else if (navigate) navigate(url);
  else location.assign(href);
}
