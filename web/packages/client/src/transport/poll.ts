import type { BelfryError } from '../error.js';
import type { Frame, Opening } from '../frame.js';
import { address, authorized, overFetch, parameters, problem, unreachable, type Dial, type Means, type Receiver } from './transport.js';

/** Long polling, for networks that let nothing else through: one request a change. */
export const poll: Dial = (means, opening, to) => overFetch(to, (signal) => ask(means, opening, to, signal));

/** Seconds; a request waits for no longer, so that is its heartbeat. */
const wait = 30;

async function ask(means: Means, opening: Opening, to: Receiver, signal: AbortSignal): Promise<BelfryError> {
  const headers = authorized(opening.token);
  let { cursor } = opening;
  let live = false;
  for (let first = true; ; first = false) {
    const query = { ...parameters({ ...opening, cursor }), wait: `${live ? wait : 0}s` };
    const answer = await means.fetch(address(means.url, '/v1/changes', query), { headers, signal, cache: 'no-store' });
    if (!answer.ok) return problem(answer);
    const got = (await answer.json()) as { frames: Frame[]; cursor: string };
    if (signal.aborted) return unreachable();
    cursor = got.cursor;
    to.heard();
    if (first) to.opened(wait);
    // Every request is a session: only the first one's replay is a replay. No frames: there is nothing left of it.
    for (const frame of got.frames.length ? got.frames : [{ type: 'live', cursor } as const]) {
      if (frame.type === 'welcome' && !frame.resumed && !first) {
        live = false;
        to.opened(wait);
      }
      if (!live || (frame.type !== 'welcome' && frame.type !== 'live')) to.frame(frame);
      live ||= frame.type === 'live';
    }
    to.frame({ type: 'pong', cursor });
  }
}
