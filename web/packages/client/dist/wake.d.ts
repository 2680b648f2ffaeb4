/**
 * Tells when a connection should be looked after: `online`, the network is
 * another one or the page was frozen; `wake`, the tab is looked at again. Sleep
 * shows by itself, at the next tick.
 */
export declare function onWake(tell: (why: 'online' | 'wake') => void): () => void;
//# sourceMappingURL=wake.d.ts.map