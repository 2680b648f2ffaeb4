/** How long an act can be taken back, in milliseconds. */
const patience = 6000;

/** An act that can be taken back for a while. */
export interface Undoable {
  /** What was done, for the user. */
  readonly text: string;
  /** Takes it back. */
  readonly undo: () => void;
  /** Makes it final; absent where it already is. */
  readonly commit?: () => void;
}

/** The last act that can be taken back. */
export class Undo {
  current: Undoable | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly changed: () => void) {}

  offer(undoable: Undoable): void {
    this.commit();
    this.current = undoable;
    this.#timer = setTimeout(() => this.commit(), patience);
    this.changed();
  }

  undo(): void {
    const undoable = this.#take();
    undoable?.undo();
  }

  commit(): void {
    this.#take()?.commit?.();
  }

  #take(): Undoable | undefined {
    clearTimeout(this.#timer);
    const { current } = this;
    this.current = undefined;
    if (current) this.changed();
    return current;
  }
}
