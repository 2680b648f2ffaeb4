/** Who wants to be told of what. */
export declare class Listeners<Told extends {
    [Name in keyof Told]: (...args: never[]) => void;
}> {
    #private;
    on<Name extends keyof Told>(name: Name, listener: Told[Name]): () => void;
    /** Tells everybody; false: there was nobody. */
    tell<Name extends keyof Told>(name: Name, ...args: Parameters<Told[Name]>): boolean;
}
/** A listener that throws harms nobody else: its error is reported as one that nobody caught. */
export declare function guarded(run: () => void): void;
//# sourceMappingURL=listeners.d.ts.map