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
export declare function alerting(): Alerting;
//# sourceMappingURL=tabs.d.ts.map