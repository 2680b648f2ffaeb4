// The life of a connection as a pure function: next(machine, input, at) says what
// becomes of it and what is to be done. Timers, sockets and chance are outside.

import { backoff } from './backoff.js';
import { BelfryError, passes, type Code } from './error.js';

export type Transport = 'websocket' | 'sse' | 'poll';

/** What an app sees of it. Times are milliseconds since 1970. */
export type Connection =
  | { readonly status: 'idle' }
  | { readonly status: 'connecting'; readonly transport: Transport }
  /** `live`: the replay is over. */
  | { readonly status: 'open'; readonly transport: Transport; readonly live: boolean }
  | { readonly status: 'waiting'; readonly retryAt: number; readonly reason: BelfryError }
  /** Coming back is pointless until something is changed: call connect(). */
  | { readonly status: 'stopped'; readonly code: Code; readonly reason: BelfryError };

export interface Machine {
  readonly connection: Connection;
  /** What may be used, best first, and which of it is in use. */
  readonly transports: readonly Transport[];
  readonly step: number;
  /** Whether a refused token can be replaced, and whether it just was. */
  readonly renewable: boolean;
  readonly renewed: boolean;
  /** Failures in a row, and those of this transport before it ever opened. */
  readonly failures: number;
  readonly misses: number;
  /** When to try a better transport, and how often that was in vain. */
  readonly climbAt: number;
  readonly climbs: number;
  readonly openedAt: number;
  /** Milliseconds of silence that are normal. */
  readonly heartbeat: number;
  readonly heardAt: number;
  /** When to ask for a sign of life, and when to stop hoping for one. */
  readonly pingAt: number;
  readonly deadAt: number;
  /** A server that named a time is not asked before it. */
  readonly notBefore: number;
}

export type Input =
  | { readonly type: 'connect' | 'disconnect' | 'live' | 'heard' | 'tick' }
  /** The tab was looked at again; the network is another one now. */
  | { readonly type: 'wake' | 'online' }
  /** Opening again is wanted, for what only an opening can carry. */
  | { readonly type: 'reopen' }
  | { readonly type: 'opened'; readonly heartbeat: number }
  | { readonly type: 'lost'; readonly error: BelfryError };

export type Effect = { readonly type: 'dial'; readonly transport: Transport; readonly renew: boolean } | { readonly type: 'hangup' | 'ping' };

export interface At {
  readonly now: number;
  /** In [0, 1). */
  readonly random: number;
}

type Step = readonly [Machine, ...Effect[]];

const openWithin = 12_000;
/** An answer to a ping that is not there by then will not come. */
const answerWithin = 5_000;
/** A connection that held for so long begins the backoff anew. */
const steady = 10_000;
const firstClimb = 30_000;
const lastClimb = 30 * 60_000;

export function machine(transports: readonly Transport[], renewable: boolean): Machine {
  return {
    connection: { status: 'idle' }, transports, step: 0, renewable, renewed: false, failures: 0, misses: 0, climbAt: Infinity,
    climbs: 0, openedAt: 0, heartbeat: 25_000, heardAt: 0, pingAt: Infinity, deadAt: Infinity, notBefore: 0,
  };
}

/** When the machine wants a tick at the latest. */
export function deadline({ connection, deadAt, pingAt, climbAt }: Machine): number {
  if (connection.status === 'waiting') return connection.retryAt;
  if (connection.status === 'connecting') return deadAt;
  return connection.status === 'open' ? Math.min(pingAt, deadAt, climbAt) : Infinity;
}

export function next(m: Machine, input: Input, at: At): { machine: Machine; effects: readonly Effect[] } {
  const [after, ...effects] = step(m, input, at);
  return { machine: after, effects };
}

function step(m: Machine, input: Input, at: At): Step {
  const { status } = m.connection;
  const dialled = status === 'connecting' || status === 'open';
  switch (input.type) {
    case 'connect':
      return status === 'idle' || status === 'stopped' ? dial({ ...m, failures: 0, misses: 0, renewed: false }, at) : wake(m, 'wake', at);
    case 'disconnect':
      return [{ ...m, connection: { status: 'idle' } }, { type: 'hangup' }];
    case 'opened':
      return dialled ? [opened(m, input.heartbeat, at)] : [m];
    case 'live':
      return m.connection.status === 'open' ? [{ ...heard(m, at), connection: { ...m.connection, live: true } }] : [m];
    case 'heard':
      return [heard(m, at)];
    case 'lost':
      return dialled ? lost(m, input.error, at) : [m];
    case 'reopen':
      return dialled ? redial(m, at) : [m];
    case 'tick':
      return tick(m, at);
    default:
      return wake(m, input.type, at);
  }
}

function dial(m: Machine, { now }: At, renew = false): Step {
  const transport = m.transports[m.step] as Transport;
  const connecting: Machine = { ...m, connection: { status: 'connecting', transport }, deadAt: now + openWithin };
  return [connecting, { type: 'dial', transport, renew }];
}

function redial(m: Machine, at: At): Step {
  const [after, ...effects] = dial(m, at);
  return [after, { type: 'hangup' }, ...effects];
}

/** A second welcome on an open connection is a reset: a replay begins again. */
function opened(m: Machine, heartbeat: number, at: At): Machine {
  const transport = m.transports[m.step] as Transport;
  const best = m.step === 0;
  return heard(
    {
      ...m, connection: { status: 'open', transport, live: false }, heartbeat, openedAt: at.now, misses: 0, renewed: false,
      climbs: best ? 0 : m.climbs, climbAt: best ? Infinity : at.now + Math.min(lastClimb, firstClimb * 2 ** m.climbs),
    },
    at,
  );
}

function heard(m: Machine, { now }: At): Machine {
  if (m.connection.status !== 'open') return m;
  return { ...m, heardAt: now, pingAt: now + m.heartbeat, deadAt: now + 2 * m.heartbeat };
}

function tick(m: Machine, at: At): Step {
  const { now } = at;
  const { status } = m.connection;
  if (now < deadline(m)) return [m];
  if (status === 'waiting') return dial(m, at, m.renewed);
  if (now >= m.deadAt) {
    const [after, ...effects] = lost(m, new BelfryError('stalled', 'nothing was heard'), at);
    return [after, { type: 'hangup' }, ...effects];
  }
  if (now >= m.climbAt) return redial({ ...m, step: 0, climbs: m.climbs + 1, misses: 1, failures: 0 }, at);
  return [{ ...m, pingAt: Infinity }, { type: 'ping' }];
}

function wake(m: Machine, why: 'wake' | 'online', at: At): Step {
  const { connection } = m;
  if (connection.status === 'waiting') {
    // What failed while the device was away says nothing of what is blocked: the best transport first.
    if (at.now >= m.notBefore) return dial({ ...m, step: 0, misses: 0 }, at, m.renewed);
    return [{ ...m, connection: { ...connection, retryAt: m.notBefore } }];
  }
  if (connection.status !== 'open') return [m];
  const silence = at.now - m.heardAt;
  if (connection.transport === 'websocket') {
    return silence < 1000 ? [m] : [{ ...m, pingAt: Infinity, deadAt: Math.min(m.deadAt, at.now + answerWithin) }, { type: 'ping' }];
  }
  return why === 'online' || silence > m.heartbeat ? redial(m, at) : [m];
}

/** The connection ended: stop, or wait and come back, perhaps by another transport. */
function lost(m: Machine, error: BelfryError, at: At): Step {
  const { code, retryAfter } = error;
  const stale = m.renewable && !m.renewed && (code === 'token_expired' || code === 'unauthorized');
  if (!stale && error.told && !passes(code)) return [{ ...m, connection: { status: 'stopped', code, reason: error } }];
  const open = m.connection.status === 'open';
  const failures = open && at.now - m.openedAt >= steady ? 1 : m.failures + 1;
  const retryAt = at.now + backoff(failures, at.random, retryAfter);
  const waiting: Machine = {
    ...m, connection: { status: 'waiting', retryAt, reason: error }, failures, renewed: stale, notBefore: at.now + retryAfter,
  };
  return [open || error.told ? waiting : missed(waiting)];
}

/** A transport that does not open twice (a lesser one: once) may be blocked on the way. */
function missed(m: Machine): Machine {
  const misses = m.misses + 1;
  if (misses < (m.step === 0 ? 2 : 1)) return { ...m, misses };
  return { ...m, misses: 0, step: (m.step + 1) % m.transports.length };
}
