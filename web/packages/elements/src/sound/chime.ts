import type { Level } from '@belfry/client';

/** Two soft notes a level, in hertz: up is good, down is bad. */
const notes: Readonly<Record<Level, readonly [number, number]>> = {
  info: [659.3, 880],
  success: [783.99, 1174.7],
  warning: [587.3, 587.3],
  error: [440, 329.6],
};

/** Whatever comes within this time after a sound is silent: a burst is one sound. Milliseconds. */
const quiet = 2000;
const key = 'belfry-muted';

/** Sounds made by Web Audio: no file to load. Silent until the user has touched the page, as browsers want it. */
export class Chime {
  #audio: AudioContext | undefined;
  #last = -Infinity;
  readonly #unlock = (): void => {
    this.#audio ??= new AudioContext();
    void this.#audio.resume();
  };

  constructor() {
    for (const gesture of gestures) addEventListener(gesture, this.#unlock, { once: true, capture: true });
  }

  /** Kept in localStorage, so that it is the same in every tab and after a reload. */
  get muted(): boolean {
    return recall();
  }

  set muted(muted: boolean) {
    remember(muted);
  }

  /** Whether a sound was made: not while muted, locked or just after another. */
  ring(level: Level, now = performance.now()): boolean {
    if (this.#audio?.state !== 'running' || recall() || now - this.#last < quiet) return false;
    this.#last = now;
    notes[level].forEach((note, i) => strike(this.#audio as AudioContext, note, i * 0.11));
    return true;
  }

  close(): void {
    for (const gesture of gestures) removeEventListener(gesture, this.#unlock, { capture: true });
    void this.#audio?.close();
    this.#audio = undefined;
  }
}

const gestures = ['pointerdown', 'keydown'] as const;

function strike(audio: AudioContext, frequency: number, after: number): void {
  const [tone, gain] = [audio.createOscillator(), audio.createGain()];
  const at = audio.currentTime + after;
  tone.frequency.value = frequency;
  gain.gain.setValueAtTime(0, at);
  gain.gain.linearRampToValueAtTime(0.12, at + 0.012);
  gain.gain.exponentialRampToValueAtTime(0.0001, at + 0.5);
  tone.connect(gain).connect(audio.destination);
  tone.start(at);
  tone.stop(at + 0.5);
}

// A page may be denied storage: then the switch lasts as long as the page.
let session = false;

function recall(): boolean {
  try {
    return localStorage.getItem(key) === '1';
  } catch {
    return session;
  }
}

function remember(muted: boolean): void {
  session = muted;
  try {
    localStorage.setItem(key, muted ? '1' : '0');
  } catch {
    // `session` has it
  }
}
