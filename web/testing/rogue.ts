// A server that greets as ours does and then sends what it is told to: what no server of ours would.

import { WebSocketServer, type WebSocket } from 'ws';

const cursor = 'AQAAAAoAAAAAAAAFAAAACwAAAAAAAAHp';

export class Rogue {
  readonly #sockets = new Set<WebSocket>();

  private constructor(private readonly ws: WebSocketServer, readonly url: string) {
    ws.on('connection', (socket) => {
      socket.once('message', () => {
        const welcome = {
          cursor, type: 'welcome', protocol: 1, server: 'rogue/1', session: 'x', user: 'x', resumed: false, reset: false, heartbeat: 25,
          follows: [], counts: { unread: 0, unseen: 0, p: 0, s: 0 }, watermarks: [], items: [],
        };
        socket.send(JSON.stringify(welcome));
        socket.send(JSON.stringify({ cursor, type: 'live' }));
        this.#sockets.add(socket);
      });
    });
  }

  static async start(): Promise<Rogue> {
    const ws = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    await new Promise((listening) => ws.once('listening', listening));
    return new Rogue(ws, `http://127.0.0.1:${(ws.address() as { port: number }).port}`);
  }

  /** Tells every client of an item. */
  send(item: object): void {
    for (const socket of this.#sockets) socket.send(JSON.stringify({ cursor, type: 'notification', op: 'created', item }));
  }

  async stop(): Promise<void> {
    for (const socket of this.ws.clients) socket.terminate();
    await new Promise((done) => this.ws.close(done));
  }
}
