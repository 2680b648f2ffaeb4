import type { Frame } from './frame.js';
/** Frames that are answered, by their ref. */
export declare class Requests {
    #private;
    constructor(send: (frame: object) => boolean);
    /** Sends a frame and waits for its answer; rejects with a BelfryError. */
    ask<Answer>(frame: object): Promise<Answer>;
    /** Takes an answer, if it is one. */
    answered(frame: Frame): void;
    /** The connection is gone; what was asked may have been done or not. */
    lost(): void;
}
//# sourceMappingURL=requests.d.ts.map