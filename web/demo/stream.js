// One WebSocket that comes back: it resumes by cursor, waits with full jitter,
// asks when it hears nothing, and stops only where the server says so.

const first = 500, most = 30_000; // ms, the ceiling of the wait
const steady = 10_000; // a connection that held this long begins anew

export class Stream {
  /**
   * @param {{url: string, token: () => Promise<string>, cursor: () => string|null,
   *          frame: (f: object) => void, state: (name: string, detail?: object) => void}} on
   */
  constructor(on) {
    this.on = on;
    this.failures = 0;
    this.cut = false;
  }

  async connect() {
    if (this.cut) return;
    this.on.state("connecting");
    const began = Date.now();
    let token;
    try {
      token = await this.on.token();
    } catch {
      return this.retry(began, "the server does not answer");
    }
    if (this.cut) return;
    const ws = (this.ws = new WebSocket(this.on.url));
    let bye = null;
    ws.onopen = () => {
      if (this.ws !== ws) return;
      this.send({ type: "auth", token, cursor: this.on.cursor() ?? undefined, items: 50, client: "belfry-demo" });
      this.listen(25);
    };
    ws.onmessage = ({ data }) => {
      if (this.ws !== ws) return;
      const frame = JSON.parse(data);
      if (frame.type === "welcome") this.heartbeat = frame.heartbeat;
      if (frame.type === "bye") bye = frame;
      this.listen(this.heartbeat ?? 25);
      this.on.frame(frame);
    };
    ws.onclose = ({ code }) => {
      clearTimeout(this.silence);
      if (this.ws !== ws) return;
      this.ws = null;
      if (code >= 4100 && code <= 4199 && code !== 4102) return this.on.state("refused", { code, reason: bye?.code });
      this.retry(began, bye?.code ?? "the line is down", bye?.retryAfter);
    };
  }

  retry(began, reason, atLeast = 0) {
    if (this.cut) return;
    if (Date.now() - began > steady) this.failures = 0;
    const wait = atLeast + Math.random() * Math.min(most, first * 2 ** this.failures++);
    this.on.state("waiting", { wait, reason });
    this.timer = setTimeout(() => this.connect(), wait);
  }

  /** After one heartbeat of silence: ask. After two: connect anew. */
  listen(seconds) {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => {
      this.send({ type: "ping" });
      this.silence = setTimeout(() => this.ws?.close(), seconds * 1000);
    }, seconds * 1000);
  }

  send(frame) {
    if (this.ws?.readyState !== WebSocket.OPEN) return false;
    this.ws.send(JSON.stringify(frame));
    return true;
  }

  /** Pulls the plug, or puts it back in. */
  setCut(cut) {
    this.cut = cut;
    clearTimeout(this.timer);
    clearTimeout(this.silence);
    const ws = this.ws;
    this.ws = null;
    ws?.close();
    this.failures = 0;
    if (cut) this.on.state("cut");
    else this.connect();
  }
}
