import { BelfryError } from './error.js';
import type { Frame } from './frame.js';
import { refusal } from './transport/transport.js';

/** Frames that are answered, by their ref. */
export interface Requests {
  /** Sends a frame and waits for its answer; rejects with a BelfryError. */
  ask<Answer>(frame: object): Promise<Answer>;
  /** Takes an answer, if it is one. */
  take(frame: Frame): void;
  /** The connection is gone; what was asked may have been done or not. */
  lost(): void;
}

interface Waiting {
  resolve(answer: never): void;
  reject(error: BelfryError): void;
}

export function requests(send: (frame: object) => boolean): Requests {
  const waiting = new Map<string, Waiting>();
  let refs = 0;
  return {
    ask: (frame) =>
      new Promise((resolve, reject) => {
        const ref = `${++refs}`;
        if (send({ ...frame, ref })) waiting.set(ref, { resolve, reject });
        else reject(new BelfryError('unavailable', 'this needs an open WebSocket'));
      }),
    take(frame) {
      const { ref = '' } = frame as { ref?: string };
      const asked = waiting.get(ref);
      waiting.delete(ref);
      if (frame.type !== 'error') asked?.resolve(frame as never);
      else asked?.reject(refusal(frame.code, frame.detail));
    },
    lost() {
      for (const { reject } of waiting.values()) reject(new BelfryError('outcome_unknown', 'connection lost before the answer'));
      waiting.clear();
    },
  };
}
