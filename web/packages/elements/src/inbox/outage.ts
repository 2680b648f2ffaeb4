import type { Connection } from '@belfry/client';

/** A connection that is back by then was not worth a word, in milliseconds. */
const patience = 1500;

/** Whether the user is to be told that there is no connection. */
export class Outage {
  /** `stopped`: it will not come back by itself. */
  told: 'waiting' | 'stopped' | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly changed: () => void) {}

  take({ status }: Connection): void {
    if (status === 'connecting') return; // it says nothing yet of how that ends
    if (status === 'waiting') this.#timer ??= setTimeout(() => this.#tell('waiting'), patience);
    else this.#tell(status === 'stopped' ? 'stopped' : undefined);
  }

  /** Forgets what it was about to tell. */
  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #tell(told: Outage['told']): void {
    this.end();
    this.told = told;
    this.changed();
  }
}
