// Carries out what the machine of connection.ts decides: timers, tokens, sockets.

import { deadline, machine, next, type Connection, type Effect, type Input, type Machine, type Transport } from './connection.js';
import { BelfryError } from './error.js';
import type { Frame, Opening } from './frame.js';
import type { Token } from './token.js';
import { poll } from './transport/poll.js';
import { sse } from './transport/sse.js';
import { unreachable, type Dial, type Link, type Means } from './transport/transport.js';
import { websocket } from './transport/websocket.js';

const dials: Record<Transport, Dial> = { websocket, sse, poll };

/** After a sleep of the machine it takes no longer to notice. */
const longestTimer = 10_000;

export interface Hooks {
  opening(): Omit<Opening, 'token'>;
  frame(frame: Frame): void;
  changed(now: Connection, before: Connection): void;
}

export class Driver {
  #machine: Machine;
  #link: Link | undefined;
  /** Of the newest link: what older ones still tell is not heard. */
  #generation = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #timerAt = Infinity;
  readonly #means: Means;
  readonly #token: Token;
  readonly #hooks: Hooks;

  constructor(means: Means, token: Token, hooks: Hooks, transports: readonly Transport[]) {
    this.#means = means;
    this.#token = token;
    this.#hooks = hooks;
    this.#machine = machine(transports, token.renewable);
  }

  get connection(): Connection {
    return this.#machine.connection;
  }

  input(input: Input): void {
    const before = this.#machine.connection;
    const { machine, effects } = next(this.#machine, input, { now: Date.now(), random: Math.random() });
    this.#machine = machine;
    for (const effect of effects) this.#perform(effect);
    this.#arm();
    if (machine.connection !== before) this.#hooks.changed(machine.connection, before);
  }

  /** Sends a frame, if a connection is open that can. */
  send(frame: object): boolean {
    return this.connection.status === 'open' && !!this.#link?.send(frame);
  }

  #perform(effect: Effect): void {
    if (effect.type === 'ping') this.send({ type: 'ping' });
    if (effect.type === 'hangup') this.#hangUp();
    if (effect.type === 'dial') void this.#dial(effect.transport, effect.renew);
  }

  #hangUp(): void {
    this.#generation++;
    this.#link?.close();
    this.#link = undefined;
  }

  async #dial(transport: Transport, renew: boolean): Promise<void> {
    this.#hangUp();
    const generation = this.#generation;
    const current = (): boolean => generation === this.#generation;
    const closed = (error: BelfryError): void => {
      if (current()) this.input({ type: 'lost', error });
    };
    let token: string;
    try {
      token = await this.#token.get(renew);
    } catch (cause) {
      return closed(cause instanceof BelfryError ? cause : new BelfryError('unavailable', 'no token could be had', { cause, told: true }));
    }
    if (!current()) return;
    const receiver = {
      opened: (heartbeat: number) => current() && this.input({ type: 'opened', heartbeat: heartbeat * 1000 }),
      heard: () => current() && this.input({ type: 'heard' }),
      frame: (frame: Frame) => {
        if (!current()) return;
        this.#hooks.frame(frame);
        if (frame.type === 'live') this.input({ type: 'live' });
      },
      closed,
    };
    try {
      this.#link = dials[transport](this.#means, { ...this.#hooks.opening(), token }, receiver);
    } catch (cause) {
      closed(unreachable(cause)); // an address that no WebSocket takes
    }
  }

  #arm(): void {
    const now = Date.now();
    const at = Math.min(deadline(this.#machine), now + longestTimer);
    const wanted = deadline(this.#machine) !== Infinity;
    if (wanted && this.#timerAt <= at) return;
    clearTimeout(this.#timer);
    this.#timerAt = wanted ? at : Infinity;
    if (!wanted) return;
    this.#timer = setTimeout(() => {
      this.#timerAt = Infinity;
      this.input({ type: 'tick' });
    }, Math.max(0, at - now));
  }
}
