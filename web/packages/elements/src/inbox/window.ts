/**
 * Where the rows of a long list are, of which only some have ever been laid
 * out: a height for each, measured or estimated, and their sums.
 */
export class Window {
  readonly #heights = new Map<string, number>();
  #keys: readonly string[] = [];
  #tops = new Float64Array(1);

  /** @param estimate Height of a row before it is measured, in pixels. */
  constructor(private readonly estimate: number) {}

  /** The height of everything. */
  get height(): number {
    return this.#tops[this.#keys.length] as number;
  }

  lay(keys: readonly string[]): void {
    this.#keys = keys;
    this.#tops = new Float64Array(keys.length + 1);
    for (let i = 0; i < keys.length; i++) {
      this.#tops[i + 1] = (this.#tops[i] as number) + (this.#heights.get(keys[i] as string) ?? this.estimate);
    }
  }

  /** Takes real heights; the answer is by how much what is above `y` grew, or undefined if nothing changed. */
  measure(heights: ReadonlyMap<string, number>, y: number): number | undefined {
    const changed = [...heights].filter(([key, height]) => this.#heights.get(key) !== height);
    if (!changed.length) return undefined;
    const anchor = this.at(y);
    const before = this.top(anchor);
    for (const [key, height] of changed) this.#heights.set(key, height);
    this.lay(this.#keys);
    return this.top(anchor) - before;
  }

  /** Where a row begins. */
  top(index: number): number {
    return this.#tops[Math.min(index, this.#keys.length)] as number;
  }

  /** The row at a place. */
  at(y: number): number {
    let [low, high] = [0, this.#keys.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#tops[middle + 1] as number) <= y) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The rows that cover a stretch, [from, to), with some more on both sides. */
  range(y: number, height: number, more = 4): [from: number, to: number] {
    const { length } = this.#keys;
    return [Math.max(0, this.at(y) - more), Math.min(length, this.at(y + height) + 1 + more)];
  }
}
