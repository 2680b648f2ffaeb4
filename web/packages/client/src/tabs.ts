/**
 * One of the tabs of a user alerts: the one that holds a Web Lock. Every tab has
 * its own connection; this decides about sound and system notices only. Where
 * there are no Web Locks every tab does.
 */
export interface Alerting {
  /** Whether this tab is the one. */
  held(): boolean;
  /** Takes part in the choice, under a name that the tabs of one user share. */
  enter(name: string): void;
  leave(): void;
}

export function alerting(): Alerting {
  const locks = globalThis.navigator?.locks;
  let held = !locks;
  let left = new AbortController();
  const leave = (): void => {
    held = !locks;
    left.abort();
  };
  return {
    held: () => held,
    leave,
    enter(name) {
      leave();
      const { signal } = (left = new AbortController());
      const hold = (): Promise<unknown> => {
        held = true;
        return new Promise((resolve) => signal.addEventListener('abort', resolve));
      };
      locks?.request(name, { signal }, hold).catch(() => {}); // aborted: we left before it was our turn
      // A page that is put aside must not hold the lock, nor be kept from being put aside by it.
      globalThis.addEventListener?.('pagehide', leave, { signal });
    },
  };
}
