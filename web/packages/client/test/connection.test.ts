import { describe, expect, it } from 'vitest';
import { deadline, machine, next, type Effect, type Input, type Machine, type Transport } from '../src/connection.js';
import { BelfryError, type Code } from '../src/error.js';

const all: Transport[] = ['websocket', 'sse', 'poll'];
const lost = (code: Code, more: object = {}): Input => ({ type: 'lost', error: new BelfryError(code, '', more) });
const gone = lost('unavailable'); // the network said so
const bye = (code: Code, retryAfter = 0): Input => lost(code, { told: true, retryAfter });
const opened: Input = { type: 'opened', heartbeat: 25_000 };
const on = (type: Exclude<Input['type'], 'opened' | 'lost'>): Input => ({ type });

/** Feeds inputs, each at a time in milliseconds, and tells what the last one did. */
function after(steps: readonly (readonly [number, Input])[], options: { transports?: Transport[]; renewable?: boolean; random?: number } = {}) {
  let m: Machine = machine(options.transports ?? all, options.renewable ?? true);
  let effects: readonly Effect[] = [];
  for (const [now, input] of steps) ({ machine: m, effects } = next(m, input, { now, random: options.random ?? 0.5 }));
  return { m, status: m.connection.status, at: deadline(m), effects: effects.map((e) => ('transport' in e ? `${e.type} ${e.transport}${e.renew ? ' renew' : ''}` : e.type)) };
}

const connecting = [[0, on('connect')]] as const;
const open = [...connecting, [100, opened], [200, on('live')]] as const;

type Row = [name: string, steps: readonly (readonly [number, Input])[], want: { status: string; effects?: string[]; at?: number }, options?: object];

const table: Row[] = [
  ['dials when asked to connect', connecting, { status: 'connecting', effects: ['dial websocket'], at: 12_000 }],
  ['does not dial twice', [...connecting, [1, on('connect')]], { status: 'connecting', effects: [] }],
  ['is open at the welcome', [...connecting, [100, opened]], { status: 'open', effects: [], at: 25_100 }],
  ['hears', [...open, [20_000, on('heard')]], { status: 'open', effects: [], at: 45_000 }],
  ['asks after a silent heartbeat', [...open, [25_200, on('tick')]], { status: 'open', effects: ['ping'], at: 50_200 }],
  ['ticks too early in vain', [...open, [25_000, on('tick')]], { status: 'open', effects: [], at: 25_200 }],
  ['gives up after two', [...open, [25_200, on('tick')], [50_200, on('tick')]], { status: 'waiting', effects: ['hangup'] }],
  ['gives up at once after a sleep', [...open, [9e6, on('tick')]], { status: 'waiting', effects: ['hangup'] }],
  ['hangs up when told to', [...open, [300, on('disconnect')]], { status: 'idle', effects: ['hangup'], at: Infinity }],
  ['ignores a late end', [...open, [300, on('disconnect')], [301, gone]], { status: 'idle', effects: [] }],
  ['waits with full jitter', [...open, [20_000, gone]], { status: 'waiting', at: 20_250 }],
  ['waits longer each time', [...connecting, [0, bye('internal')], [250, on('tick')], [250, bye('internal')]], { status: 'waiting', at: 750 }],
  ['waits 30 s at most', [...Array.from({ length: 40 }, (_, i) => [[i * 1e5, on('tick')], [i * 1e5 + 1, bye('internal')]] as const).flat()].reduce<[number, Input][]>((s, x) => [...s, [x[0], x[1]]], [[0, on('connect')]]), { status: 'waiting', at: 39e5 + 1 + 15_000 }],
  ['comes back', [...open, [20_000, gone], [20_250, on('tick')]], { status: 'connecting', effects: ['dial websocket'] }],
  ['obeys the time in a bye', [...open, [20_000, bye('draining', 3000)]], { status: 'waiting', at: 23_250 }],
  ['does not hammer a server that cuts at once', [...open, [300, bye('draining')], [800, on('tick')], [900, opened], [1000, bye('draining')]], { status: 'waiting', at: 1500 }],
  ['begins the backoff anew after a steady connection', [...open, [300, gone], [800, on('tick')], [900, opened], [20_900, gone]], { status: 'waiting', at: 21_150 }],
  ['comes back when the network does', [...open, [20_000, gone], [20_001, on('online')]], { status: 'connecting', effects: ['dial websocket'] }],
  ['comes back when looked at', [...open, [20_000, gone], [20_001, on('wake')]], { status: 'connecting', effects: ['dial websocket'] }],
  ['comes back when asked to', [...open, [20_000, gone], [20_001, on('connect')]], { status: 'connecting', effects: ['dial websocket'] }],
  ['comes back by the best transport, whatever failed meanwhile', [...connecting, [1, gone], [500, on('tick')], [501, gone], [502, on('online')]], { status: 'connecting', effects: ['dial websocket'] }],
  ['but not before the server allows', [...open, [20_000, bye('draining', 3000)], [20_001, on('online')]], { status: 'waiting', effects: [], at: 23_000 }],
  ['asks when looked at', [...open, [10_000, on('wake')]], { status: 'open', effects: ['ping'], at: 15_000 }],
  ['does not ask whom it just heard', [...open, [1000, on('wake')]], { status: 'open', effects: [] }],
  ['opens anew when looked at and nothing answers', [...open, [10_000, on('wake')], [15_000, on('tick')]], { status: 'waiting', effects: ['hangup'] }],
  ['opens SSE anew on another network', [...open, [10_000, on('online')]], { status: 'connecting', effects: ['hangup', 'dial sse'] }, { transports: ['sse'] }],
  ['leaves SSE alone when looked at', [...open, [10_000, on('wake')]], { status: 'open', effects: [] }, { transports: ['sse'] }],
  ['opens anew when asked', [...open, [300, on('reopen')]], { status: 'connecting', effects: ['hangup', 'dial websocket'] }],
  ['replays again after a reset', [...open, [300, opened]], { status: 'open', effects: [] }],
  ['gives up an opening that takes too long', [...connecting, [12_000, on('tick')]], { status: 'waiting', effects: ['hangup'] }],
  ['stops when logged out', [...open, [300, bye('logged_out')]], { status: 'stopped', effects: [], at: Infinity }],
  ['stops when forbidden', [...connecting, [300, bye('forbidden')]], { status: 'stopped' }],
  ['goes on from a stop when asked', [...open, [300, bye('logged_out')], [400, on('connect')]], { status: 'connecting', effects: ['dial websocket'] }],
  ['ignores the network while stopped', [...open, [300, bye('logged_out')], [400, on('online')]], { status: 'stopped', effects: [] }],
  ['gets a new token when it has ended', [...open, [300, bye('token_expired')], [800, on('tick')]], { status: 'connecting', effects: ['dial websocket renew'] }],
  ['stops when the new one has ended too', [...open, [300, bye('token_expired')], [800, on('tick')], [900, bye('token_expired')]], { status: 'stopped' }],
  ['gets a new one again after it was open', [...open, [300, bye('token_expired')], [800, on('tick')], [900, opened], [1000, bye('token_expired')]], { status: 'waiting' }],
  ['stops when there is no new token', [...open, [300, bye('token_expired')]], { status: 'stopped' }, { renewable: false }],
  ['tries WebSocket twice', [...connecting, [1, gone], [500, on('tick')]], { status: 'connecting', effects: ['dial websocket'] }],
  ['then SSE', [...connecting, [1, gone], [500, on('tick')], [501, gone], [5000, on('tick')]], { status: 'connecting', effects: ['dial sse'] }],
  ['does not blame the transport for what the server says', [...connecting, [1, bye('unavailable')], [500, on('tick')], [501, bye('unavailable')], [5000, on('tick')]], { status: 'connecting', effects: ['dial websocket'] }],
  ['does not blame a transport that was open', [...open, [1000, gone], [2000, on('tick')], [2001, opened], [3000, gone], [5000, on('tick')]], { status: 'connecting', effects: ['dial websocket'] }],
  ['has nothing else where one is named', [...connecting, [1, gone], [500, on('tick')], [501, gone], [5000, on('tick')]], { status: 'connecting', effects: ['dial sse'] }, { transports: ['sse'] }],
];

const sse = [...connecting, [1, gone], [500, on('tick')], [501, gone], [5000, on('tick')]] as const;

describe('next', () => {
  it.each(table)('%s', (_, steps, want, options) => {
    const got = after(steps, options);
    expect(got).toMatchObject(want);
  });

  it('polls when SSE fails, and begins again when everything does', () => {
    const poll = [...sse, [5001, gone], [20_000, on('tick')]] as const;
    expect(after(poll).effects).toEqual(['dial poll']);
    expect(after([...poll, [20_001, gone], [60_000, on('tick')]]).effects).toEqual(['dial websocket']);
  });

  it('tries a better transport later, and later still when that is in vain', () => {
    const open = [...sse, [5100, opened]] as const;
    const climb = [...open, [30_100, on('heard')], [35_100, on('tick')]] as const;
    expect(after(climb)).toMatchObject({ status: 'connecting', effects: ['hangup', 'dial websocket'] });
    const back = [...climb, [35_200, gone], [36_000, on('tick')]] as const;
    expect(after(back).effects).toEqual(['dial sse']);
    expect(after([...back, [36_100, opened]]).m.climbAt).toBe(36_100 + 60_000);
  });

  it('does not change what it is given', () => {
    const before = Object.freeze(machine(all, true));
    next(before, on('connect'), { now: 0, random: 0 });
    expect(before.connection).toEqual({ status: 'idle' });
  });
});
