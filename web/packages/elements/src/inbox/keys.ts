/** What a key does to the row that has the focus. */
export type Command =
  | 'next' | 'previous' | 'first' | 'last' | 'open' | 'archive' | 'read' | 'unread' | 'snooze' | 'delete' | 'expand' | 'collapse' | 'undo';

const keys: Readonly<Record<string, Command>> = {
  j: 'next', ArrowDown: 'next', PageDown: 'next',
  k: 'previous', ArrowUp: 'previous', PageUp: 'previous',
  Home: 'first', End: 'last',
  Enter: 'open', o: 'open',
  e: 'archive', r: 'read', u: 'unread', s: 'snooze', '#': 'delete', Delete: 'delete', z: 'undo',
};

/** The command of a key press, if it has one. Letters with a modifier belong to the browser. */
export function commandOf(event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey'>, rtl: boolean): Command | undefined {
  if (event.altKey || event.metaKey) return undefined;
  if (event.ctrlKey) return event.key === 'Home' ? 'first' : event.key === 'End' ? 'last' : undefined;
  if (event.key === 'ArrowRight') return rtl ? 'collapse' : 'expand';
  if (event.key === 'ArrowLeft') return rtl ? 'expand' : 'collapse';
  return keys[event.key];
}
