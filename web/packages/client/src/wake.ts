/**
 * Tells when a connection should be looked after: `online`, the network is
 * another one or the page was frozen; `wake`, the tab is looked at again. Sleep
 * shows by itself, at the next tick.
 */
export function onWake(tell: (why: 'online' | 'wake') => void): () => void {
  const off = new AbortController();
  const on = (target: EventTarget | undefined, name: string, listener: (e: PageTransitionEvent) => void): void =>
    // Node has neither a window nor a document.
    target?.addEventListener?.(name, listener as EventListener, { signal: off.signal });
  on(globalThis as unknown as EventTarget, 'online', () => tell('online'));
  on(globalThis as unknown as EventTarget, 'pageshow', (e) => e.persisted && tell('online'));
  on(globalThis.document, 'visibilitychange', () => document.hidden || tell('wake'));
  return () => off.abort();
}
