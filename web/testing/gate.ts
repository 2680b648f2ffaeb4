// The network between clients and a server: it can be cut, and it can stand in the way.

import { createServer, request, type IncomingMessage, type Server as HttpServer, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { pipeline, type Duplex } from 'node:stream';

export class Gate {
  /** Paths that are not let through: the connection ends without an answer. */
  refuse: RegExp | undefined;
  /** Paths that are let through to nobody: no answer, no end. */
  hold: RegExp | undefined;
  readonly #sockets = new Set<Duplex>();
  #open = true;

  private constructor(private readonly http: HttpServer, private readonly port: number, readonly url: string) {}

  static async before(server: { readonly port: number }): Promise<Gate> {
    const http = createServer();
    await new Promise<void>((done) => http.listen(0, '127.0.0.1', done));
    const gate = new Gate(http, server.port, `http://127.0.0.1:${(http.address() as { port: number }).port}`);
    http.on('connection', (socket) => gate.#enter(socket));
    http.on('request', (asked, answer) => gate.#pass(asked, answer));
    http.on('upgrade', (asked, socket, head) => gate.#upgrade(asked, socket, head));
    return gate;
  }

  /** Ends every connection, and takes no new one. */
  cut(): void {
    this.#open = false;
    for (const socket of this.#sockets) socket.destroy();
  }

  mend(): void {
    this.#open = true;
  }

  async stop(): Promise<void> {
    this.cut();
    await new Promise((done) => this.http.close(done));
  }

  #enter(socket: Duplex): void {
    if (!this.#open) return void socket.destroy();
    this.#sockets.add(socket);
    socket.on('error', () => {}); // that it was cut is no news
    socket.on('close', () => this.#sockets.delete(socket));
  }

  /** Whether a path is let through. */
  #lets({ url = '' }: IncomingMessage, socket: Duplex): boolean {
    if (this.refuse?.test(url)) socket.destroy();
    return !this.refuse?.test(url) && !this.hold?.test(url);
  }

  #pass(asked: IncomingMessage, answer: ServerResponse): void {
    if (!this.#lets(asked, asked.socket)) return;
    const { method = 'GET', url: path = '/', headers } = asked;
    const onward = request({ host: '127.0.0.1', port: this.port, method, path, headers, agent: false }, (theirs) => {
      answer.writeHead(theirs.statusCode ?? 502, theirs.headers);
      answer.flushHeaders();
      pipeline(theirs, answer, () => {});
    });
    onward.on('error', () => asked.socket.destroy());
    answer.on('close', () => onward.destroy());
    asked.pipe(onward);
  }

  #upgrade(asked: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (!this.#lets(asked, socket)) return;
    const onward: Socket = connect(this.port, '127.0.0.1', () => {
      const lines = [`${asked.method} ${asked.url} HTTP/1.1`];
      for (let i = 0; i < asked.rawHeaders.length; i += 2) lines.push(`${asked.rawHeaders[i]}: ${asked.rawHeaders[i + 1]}`);
      onward.write(`${lines.join('\r\n')}\r\n\r\n`);
      onward.write(head);
    });
    pipeline(socket, onward, socket, () => {});
  }
}
