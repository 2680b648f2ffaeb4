import type { Action, Client, Item } from '@belfry/client';
import { LitElement, type PropertyValues } from 'lit';
import { ScopeRequest, type Scope } from './context.js';
import { ActionEvent, OpenEvent } from './events.js';
import { knownLocale, language, type Language } from './strings/strings.js';
import { follow, isForBrowser, safeUrl } from './url.js';

/** What every element that shows notifications has: a client, a language, a way to open an item. */
export abstract class BelfryElement extends LitElement {
  static override properties: Record<string, object> = {
    client: { attribute: false },
    navigate: { attribute: false },
    theme: { reflect: true },
    scope: { state: true },
  };

  /** The client, where there is no provider around. */
  declare client: Client | undefined;
  /** The app's router, called with a path of this origin. Default: the provider's. */
  declare navigate: ((url: string) => void) | undefined;
  /** light, dark or system. Default: the provider's, or else the page's. */
  declare theme: string | undefined;
  /** @internal */
  declare scope: Scope | undefined;

  #language: Language | undefined;
  #request: ScopeRequest | undefined;
  #attached: Client | undefined;
  #detach: (() => void) | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#request = new ScopeRequest((scope) => (this.scope = scope));
    this.dispatchEvent(this.#request);
    this.requestUpdate();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#request?.off?.();
    this.#release();
  }

  protected override willUpdate(_changed: PropertyValues): void {
    const client = this.belfry;
    if (client === this.#attached || !this.isConnected) return;
    this.#release();
    this.#attached = client;
    if (client) this.#detach = this.attach(client);
  }

  /** Begins to follow a client; the answer ends it. */
  protected abstract attach(client: Client): () => void;

  protected get belfry(): Client | undefined {
    return this.client ?? this.scope?.client;
  }

  protected get language(): Language {
    return this.scope?.language ?? (this.#language ??= language(knownLocale(document.documentElement.lang || 'en')));
  }

  /** Opens an item: it is read, and its address followed unless the app prevents it. */
  protected openItem(item: Item, event?: Event): void {
    const url = safeUrl(item.actionUrl);
    this.#pursue(item, url, new OpenEvent({ item, url }), event);
  }

  /** Runs one of the actions offered with an item. */
  protected act(item: Item, action: Action, event?: Event): void {
    const url = safeUrl(action.url);
    this.#pursue(item, url, new ActionEvent({ item, action, url }), event);
  }

  #pursue(item: Item, url: string | undefined, told: Event, event: Event | undefined): void {
    if (!item.readAt && item.inbox !== false) this.mark(this.belfry?.inbox.markRead(item.id));
    if (isForBrowser(event)) return;
    event?.preventDefault(); // a link would be followed past the app
    if (this.dispatchEvent(told) && url) this.go(url);
  }

  /** A mark that is refused is taken back by the client; the app hears of it as an event. */
  protected mark(marked: Promise<unknown> | undefined): void {
    marked?.catch((error: unknown) => {
      this.dispatchEvent(new CustomEvent('belfry-error', { detail: { error }, bubbles: true, composed: true }));
    });
  }

  private go(url: string): void {
    follow(url, this.navigate ?? this.scope?.navigate);
  }

  #release(): void {
    this.#detach?.();
    this.#detach = this.#attached = undefined;
  }
}
