/**
 * Tells when a connection should be looked after: `online`, the network is
 * another one or the page was frozen; `wake`, the tab is looked at again. Sleep
 * shows by itself, at the next tick.
 */
export function onWake(tell: (why: 'online' | 'wake') => void): () => void {
  if (typeof addEventListener !== 'function') return () => {};
  const off = new AbortController();
  const { signal } = off;
  addEventListener('online', () => tell('online'), { signal });
  addEventListener('pageshow', (e) => (e as PageTransitionEvent).persisted && tell('online'), { signal });
  if (typeof document !== 'undefined') {
    document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && tell('wake'), { signal });
  }
  return () => off.abort();
}
