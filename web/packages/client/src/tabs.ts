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
    const { signal } = left;
    this.#end = () => left.abort();
    const hold = (): Promise<unknown> => {
      this.#held = true;
      return new Promise((resolve) => signal.addEventListener('abort', resolve));
    };
    locks.request(name, { signal }, hold).catch(() => {}); // aborted: we left before it was our turn
    // A page that is put aside must not hold the lock, nor be kept from being put aside by it.
    globalThis.addEventListener?.('pagehide', () => this.leave(), { signal });
  }

  leave(): void {
    this.#held = false;
    this.#end?.();
    this.#end = undefined;
  }
}
