// Carries out what the machine of connection.ts decides: timers, tokens, sockets.

import { deadline, machine, next, type Connection, type Effect, type Input, type Transport } from './connection.js';
import { BelfryError } from './error.js';
import type { Frame, Opening } from './frame.js';
import type { Token } from './token.js';
import { poll } from './transport/poll.js';
import { sse } from './transport/sse.js';
import type { Dial, Link, Means } from './transport/transport.js';
import { websocket } from './transport/websocket.js';

const dials: Record<Transport, Dial> = { websocket, sse, poll };

/** After a sleep of the machine it takes no longer to notice. */
const longestTimer = 10_000;

export interface Hooks {
  opening(token: string): Opening;
  frame(frame: Frame): void;
  changed(now: Connection, before: Connection): void;
}

export interface Driver {
  connection(): Connection;
  input(input: Input): void;
  /** Sends a frame, if a connection is open that can. */
  send(frame: object): boolean;
}

export function driver(means: Means, token: Token, hooks: Hooks, transports: readonly Transport[]): Driver {
  let now = machine(transports, token.renewable);
  let link: Link | undefined;
  /** Of the newest link: what older ones still tell is not heard. */
  let generation = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let timerAt = Infinity;

  const input = (input: Input): void => {
    const before = now.connection;
    const { machine, effects } = next(now, input, { now: Date.now(), random: Math.random() });
    now = machine;
    effects.forEach(perform);
    arm();
    if (now.connection !== before) hooks.changed(now.connection, before);
  };
  const send = (frame: object): boolean => now.connection.status === 'open' && !!link?.send(frame);
  const perform = (effect: Effect): void => {
    if (effect.type === 'ping') return void send({ type: 'ping' });
    generation++;
    link?.close();
    link = undefined;
    if (effect.type === 'dial') void dial(effect.transport, effect.renew, generation);
  };
  const dial = async (transport: Transport, renew: boolean, mine: number): Promise<void> => {
    const told = <Args extends unknown[]>(run: (...args: Args) => void) => (...args: Args): void => {
      if (mine === generation) run(...args);
    };
    const closed = told((error: BelfryError) => input({ type: 'lost', error }));
    const receiver = {
      closed,
      opened: told((heartbeat: number) => input({ type: 'opened', heartbeat: heartbeat * 1000 })),
      heard: told(() => input({ type: 'heard' })),
      frame: told((frame: Frame) => {
        hooks.frame(frame);
        if (frame.type === 'live') input({ type: 'live' });
      }),
    };
    try {
      const held = await token.get(renew);
      if (mine === generation) link = dials[transport](means, hooks.opening(held), receiver);
    } catch (cause) {
      // getToken failed, or no transport takes the address: not for the network to mend.
      closed(cause instanceof BelfryError ? cause : new BelfryError('unavailable', 'no token or address', { cause, told: true }));
    }
  };
  /** Sees to a tick when the machine wants one, and every few seconds, so that a sleep is noticed. */
  const arm = (): void => {
    const wanted = deadline(now);
    const at = wanted === Infinity ? wanted : Math.min(wanted, Date.now() + longestTimer);
    if (timerAt <= at && at !== Infinity) return;
    clearTimeout(timer);
    timerAt = at;
    if (at === Infinity) return;
    timer = setTimeout(() => {
      timerAt = Infinity;
      input({ type: 'tick' });
    }, at - Date.now());
  };
  return { connection: () => now.connection, input, send };
}
