import type { Client } from '@belfry/client';
import type { Chime } from './sound/chime.js';
import type { Language } from './strings/strings.js';

/** What a provider gives to the elements inside it. */
export interface Scope {
  readonly client: Client | undefined;
  readonly language: Language;
  readonly theme: string;
  /** The app's router. */
  readonly navigate: ((url: string) => void) | undefined;
  /** There where sound is switched on. */
  readonly chime: Chime | undefined;
  /** Whether the app wants system notices. */
  readonly notices: boolean;
}

/** Asks the nearest provider for its scope, now and whenever it changes. */
export class ScopeRequest extends Event {
  static readonly type = 'belfry-scope-request';
  /** Set by the provider that answers: ends the subscription. */
  off: (() => void) | undefined;

  constructor(readonly callback: (scope: Scope) => void) {
    super(ScopeRequest.type, { bubbles: true, composed: true });
  }
}
