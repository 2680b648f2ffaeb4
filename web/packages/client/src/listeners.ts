/** Who wants to be told of what. */
export class Listeners<Told extends { [Name in keyof Told]: (...args: never[]) => void }> {
  readonly #sets = new Map<keyof Told, Set<(...args: never[]) => void>>();

  on<Name extends keyof Told>(name: Name, listener: Told[Name]): () => void {
    const set = this.#sets.get(name) ?? new Set();
    this.#sets.set(name, set.add(listener));
    return () => void set.delete(listener);
  }

  /** Tells everybody; false: there was nobody. */
  tell<Name extends keyof Told>(name: Name, ...args: Parameters<Told[Name]>): boolean {
    const set = this.#sets.get(name);
    for (const listener of [...(set ?? [])]) guarded(() => listener(...args));
    return !!set?.size;
  }
}

/** A listener that throws harms nobody else: its error is reported as one that nobody caught. */
export function guarded(run: () => void): void {
  try {
    run();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
