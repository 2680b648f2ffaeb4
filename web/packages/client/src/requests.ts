import { BelfryError, type Code } from './error.js';
import type { Frame } from './frame.js';

interface Waiting {
  resolve(answer: never): void;
  reject(error: BelfryError): void;
}

/** Frames that are answered, by their ref. */
export class Requests {
  readonly #waiting = new Map<string, Waiting>();
  #refs = 0;

  readonly #send: (frame: object) => boolean;

  constructor(send: (frame: object) => boolean) {
    this.#send = send;
  }

  /** Sends a frame and waits for its answer; rejects with a BelfryError. */
  ask<Answer>(frame: object): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const ref = String(++this.#refs);
      if (this.#send({ ...frame, ref })) this.#waiting.set(ref, { resolve, reject });
      else reject(new BelfryError('unavailable', 'this needs an open WebSocket connection'));
    });
  }

  /** Takes an answer, if it is one. */
  answered(frame: Frame): void {
    if (!('ref' in frame) || !frame.ref) return;
    const waiting = this.#waiting.get(frame.ref);
    this.#waiting.delete(frame.ref);
    if (frame.type !== 'error') return waiting?.resolve(frame as never);
    waiting?.reject(new BelfryError(frame.code as Code, frame.detail ?? frame.code, { told: true }));
  }

  /** The connection is gone; what was asked may have been done or not. */
  lost(): void {
    for (const { reject } of this.#waiting.values()) {
      reject(new BelfryError('outcome_unknown', 'the connection was lost before the answer'));
    }
    this.#waiting.clear();
  }
}
