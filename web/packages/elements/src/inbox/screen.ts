import type { ReactiveController, ReactiveControllerHost } from 'lit';

/** Whether an element is before the user's eyes: on the screen, in a page that is shown. */
export class Screen implements ReactiveController {
  #intersecting = false;
  readonly #observer = new IntersectionObserver((entries) => {
    this.#intersecting = entries.at(-1)?.isIntersecting ?? false;
    this.changed();
  });

  constructor(private readonly host: ReactiveControllerHost & Element, private readonly changed: () => void) {
    host.addController(this);
  }

  get visible(): boolean {
    return this.#intersecting && !document.hidden;
  }

  hostConnected(): void {
    this.#observer.observe(this.host);
    document.addEventListener('visibilitychange', this.changed);
  }

  hostDisconnected(): void {
    this.#observer.disconnect();
    this.#intersecting = false;
    document.removeEventListener('visibilitychange', this.changed);
  }
}
