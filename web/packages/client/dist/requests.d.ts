import type { Frame } from './frame.js';
/** Frames that are answered, by their ref. */
export interface Requests {
    /** Sends a frame and waits for its answer; rejects with a BelfryError. */
    ask<Answer>(frame: object): Promise<Answer>;
    /** Takes an answer, if it is one. */
    take(frame: Frame): void;
    /** The connection is gone; what was asked may have been done or not. */
    lost(): void;
}
export declare function requests(send: (frame: object) => boolean): Requests;
//# sourceMappingURL=requests.d.ts.map