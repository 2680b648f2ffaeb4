import { createClient, type Client, type Item, type Options } from '@belfry/client';
import { css, html, type PropertyValues, type TemplateResult } from 'lit';
import { ScopeRequest, type Scope } from '../context.js';
import { BelfryElement } from '../element.js';
import { Chime } from '../sound/chime.js';
import { knownLocale, language, type Strings } from '../strings/strings.js';
import { alertOf } from './alerts.js';
import { showSigns } from './signs.js';

/**
 * Connects to the server and gives the elements inside it their client, language and theme.
 *
 * @tag belfry-provider
 * @slot - The app, or the part of it that shows notifications.
 * @fires belfry-open - An item is opened from a system notice; cancelable.
 * @fires belfry-error - A mark was refused and taken back.
 */
export class BelfryProvider extends BelfryElement {
  static override styles = css`
    :host { display: contents; }
    :host([theme='system']) { color-scheme: light dark; }
    :host([theme='light']) { color-scheme: light; }
    :host([theme='dark']) { color-scheme: dark; }
  `;

  static override properties = {
    url: {},
    token: {},
    getToken: { attribute: false },
    locale: {},
    strings: { attribute: false },
    sound: { type: Boolean },
    tabTitle: { type: Boolean, attribute: 'tab-title' },
    favicon: {},
    appBadge: { type: Boolean, attribute: 'app-badge' },
    systemNotice: { type: Boolean, attribute: 'system-notice' },
  };

  /** The server, with its base path. */
  declare url: string | undefined;
  /** The user's token. It ends, and the connection with it: set getToken where you can. */
  declare token: string | undefined;
  /** Asks your backend for the user's token. */
  declare getToken: (() => string | Promise<string>) | undefined;
  /** A BCP 47 tag. Default: the `lang` around, or else English. */
  declare locale: string | undefined;
  /** Texts of your own, instead of the built-in ones. */
  declare strings: Partial<Strings> | undefined;
  /** Sounds by level, with a mute switch in the inbox. */
  declare sound: boolean;
  /** The number of unread in front of the page's title. */
  declare tabTitle: boolean;
  /** The address of the icon to show while something is unread. */
  declare favicon: string | undefined;
  /** The number of unread on the installed app's icon. */
  declare appBadge: boolean;
  /** System notices while the page is hidden, and the button in the inbox that asks for them. */
  declare systemNotice: boolean;

  #own: Client | undefined;
  #chime: Chime | undefined;
  #scope: Scope | undefined;
  #asked = new Set<(scope: Scope) => void>();
  #offs: (() => void)[] = [];

  constructor() {
    super();
    this.theme = 'system';
    this.addEventListener(ScopeRequest.type, (event) => this.#answer(event as ScopeRequest));
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    // An element that is only moved is back in the document by then.
    queueMicrotask(() => this.isConnected || this.#stop());
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has('url') || changed.has('token') || changed.has('getToken') || !this.#own) this.#reconnect();
    if (!!this.sound !== !!this.#chime) this.#switchSound();
    this.#scope = {
      client: this.belfry,
      language: language(knownLocale(this.locale || this.closest('[lang]')?.getAttribute('lang') || 'en'), this.strings),
      theme: this.theme ?? 'system',
      navigate: this.navigate,
      chime: this.#chime,
      notices: this.systemNotice,
    };
    for (const callback of this.#asked) callback(this.#scope);
    this.#follow();
  }

  protected override render(): TemplateResult {
    return html`<slot></slot>`;
  }

  protected override get belfry(): Client | undefined {
    return this.client ?? this.#own;
  }

  protected attach(): () => void {
    return () => {};
  }

  #answer(request: ScopeRequest): void {
    if (request.composedPath()[0] === this) return; // ours, to a provider around
    request.stopPropagation();
    this.#asked.add(request.callback);
    request.off = () => this.#asked.delete(request.callback);
    if (this.#scope) request.callback(this.#scope);
  }

  #reconnect(): void {
    this.#own?.disconnect();
    const { url, token, getToken } = this;
    this.#own = undefined;
    if (this.client || !url || !(token || getToken)) return;
    const options: Options = { url, ...(getToken ? { getToken } : { token: token as string }) };
    this.#own = createClient(options);
    this.#own.connect();
  }

  #switchSound(): void {
    this.#chime?.close();
    this.#chime = this.sound ? new Chime() : undefined;
  }

  #follow(): void {
    this.#offs.forEach((off) => off());
    const client = this.belfry;
    if (!client) return void (this.#offs = []);
    const open = (item: Item): void => this.openItem(item);
    this.#offs = [
      showSigns(client, { title: this.tabTitle, favicon: this.favicon, appBadge: this.appBadge }),
      alertOf(client, { chime: this.#chime, notices: this.systemNotice, open }),
    ];
  }

  #stop(): void {
    this.#offs.forEach((off) => off());
    this.#offs = [];
    this.#own?.disconnect();
    this.#own = undefined;
    this.#chime?.close();
    this.#chime = undefined;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'belfry-provider': BelfryProvider;
  }
}
