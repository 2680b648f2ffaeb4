/**
 * One of the tabs of a user alerts: the one that holds a Web Lock. Every tab has
 * its own connection; this decides about sound and system notices only. Where
 * there are no Web Locks every tab does.
 */
export class AlertingTab {
  #held = false;
  #end: (() => void) | undefined;

  get alerts(): boolean {
    return this.#held || !this.#end;
  }

  /** Takes part in the choice, under a name that the tabs of one user share. */
  enter(name: string): void {
    const locks = globalThis.navigator?.locks;
    if (!locks) return;
    this.leave();
    const left = new AbortController();
    const until = new Promise<void>((resolve) => left.signal.addEventListener('abort', () => resolve()));
    const { signal } = left;
    this.#end = () => left.abort();
    // A page that is put aside must not hold the lock, nor be kept from being put aside by it.
    globalThis.addEventListener?.('pagehide', () => this.leave(), { signal });
    const hold = (): Promise<void> => {
      this.#held = !signal.aborted;
      return until;
    };
    locks.request(name, { signal }, hold).catch(() => {}); // aborted: we left before it was our turn
  }

  leave(): void {
    this.#held = false;
    this.#end?.();
    this.#end = undefined;
  }
}
