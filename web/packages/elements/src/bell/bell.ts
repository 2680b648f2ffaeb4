import type { Client, Item } from '@belfry/client';
import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { BelfryElement } from '../element.js';
import { ToggleEvent } from '../events.js';
import { icons } from '../icons.js';
import type { BelfryInbox } from '../inbox/inbox.js';
import type { Tab } from '../inbox/tabs.js';
import { theme } from '../theme/theme.js';
import { styles } from './bell.styles.js';
import { place, type Placement } from './placement.js';

/** What the badge has room for; the button's name always has the exact number. */
const mostShown = 99;
/** The parts of the inbox inside. */
const parts = 'inbox, header, tabs, tab, item, content, avatar, title, body, image, actions, action, tools, menu, undo, offline';

/**
 * A bell with the number of unread, and the inbox in a popover.
 *
 * @tag belfry-bell
 * @slot icon - Instead of the bell.
 * @slot badge - Instead of the number.
 * @slot inbox - An inbox of your own, instead of the one that is made.
 * @slot empty - What the inbox shows when there is nothing.
 * @fires belfry-error - A mark was refused and taken back.
 * @fires belfry-toggle - The popover opens or closes.
 * @fires belfry-open - An item is opened; cancelable.
 * @fires belfry-action - A button of an item is clicked; cancelable.
 * @csspart button - The bell.
 * @csspart badge - The number.
 * @csspart popover - What holds the inbox, whose parts the bell has, too.
 */
export class BelfryBell extends BelfryElement {
  static override styles = [theme, styles];

  static override properties = {
    open: { type: Boolean, reflect: true },
    placement: {},
    tabs: { attribute: false },
    renderItem: { attribute: false },
    unread: { state: true },
  };

  /** Whether the popover is there. */
  declare open: boolean;
  /** Where the popover stands; it turns to the other side where there is no room. Default bottom-end. */
  declare placement: Placement;
  /** The inbox's tabs. */
  declare tabs: readonly Tab[] | undefined;
  /** What an item shows instead of its title and body. */
  declare renderItem: ((item: Item) => unknown) | undefined;
  /** @internal */
  declare unread: number;

  #ringing = false;

  constructor() {
    super();
    this.open = false;
    this.placement = 'bottom-end';
    this.unread = 0;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    addEventListener('resize', this.#place);
    addEventListener('scroll', this.#place, { passive: true, capture: true });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#changing = false;
    removeEventListener('resize', this.#place);
    removeEventListener('scroll', this.#place, { capture: true });
  }

  protected attach(client: Client): () => void {
    this.unread = client.inbox.counts.unread;
    const offs = [
      client.on('counts', ({ unread }) => (this.unread = unread)),
      client.on('notification', (item, { live }) => {
        if (live && !item.silent && item.inbox !== false) this.#ring();
      }),
    ];
    return () => offs.forEach((off) => off());
  }

  protected override updated(changed: PropertyValues): void {
    if (changed.has('open')) this.#follow();
  }

  /** Shows or hides the popover as `open` says. One that is about to change is left alone until it has. */
  #follow(): void {
    const popover = this.panel;
    if (!popover || this.#changing || popover.matches(':popover-open') === this.open) return;
    if (this.open) this.#show(popover);
    else popover.hidePopover();
  }

  private get panel(): HTMLElement | null {
    return this.renderRoot.querySelector('.popover');
  }

  #ring(): void {
    this.#ringing = true;
    this.requestUpdate();
  }

  #show(popover: HTMLElement): void {
    popover.showPopover();
    this.#place();
    const { inbox } = this;
    void inbox?.updateComplete.then(() => inbox.focus());
  }

  readonly #place = (): void => {
    if (!this.open) return;
    const { panel: popover, button } = this;
    if (!popover || !button) return;
    const size = { width: popover.offsetWidth, height: popover.offsetHeight };
    const screen = { width: document.documentElement.clientWidth, height: innerHeight };
    const rtl = this.language.dir === 'rtl';
    const { left, top } = place(button.getBoundingClientRect(), size, screen, this.placement, rtl);
    Object.assign(popover.style, { left: `${left}px`, top: `${top}px` });
  };

  /** What stands in the slot for an inbox of the app's own: that, or something around it. */
  private get own(): HTMLElement | null {
    return this.querySelector<HTMLElement>(':scope > [slot=inbox]');
  }

  private get inbox(): BelfryInbox | null {
    const { own } = this;
    return own?.localName === 'belfry-inbox' ? (own as BelfryInbox) : (own ?? this.renderRoot).querySelector('belfry-inbox');
  }

  private get button(): HTMLElement | null {
    return this.renderRoot.querySelector('button');
  }

  #changing = false;
  #hadFocus = false;

  /** It is about to open or close; the browser closes it by itself, at Escape and at a click outside. */
  #toggle(event: Event): void {
    this.#changing = true;
    this.#hadFocus = this.matches(':focus-within');
    this.open = (event as unknown as { newState: string }).newState === 'open';
    this.dispatchEvent(new ToggleEvent(this.open));
  }

  #toggled(): void {
    this.#changing = false;
    this.#follow();
    if (!this.open && (this.#hadFocus || document.activeElement === document.body)) this.button?.focus();
  }

  protected override render(): TemplateResult {
    const { language, unread, open } = this;
    const label = unread ? language.text('unreadCount', unread) : language.text('noUnread');
    // Beside the button, whose name it is no part of: that has the exact number.
    const badge = html`<span class="badge" part="badge" aria-hidden="true">${unread > mostShown ? `${mostShown}+` : unread}</span>`;
    return html`<div dir=${language.dir}>
      <button class="bell ${this.#ringing ? 'ringing' : ''}" part="button" aria-label=${label} aria-haspopup="dialog" aria-expanded=${open}
        @pointerdown=${this.#remember} @click=${this.#click} @animationend=${this.#rung}>
        <slot name="icon">${icons.bell()}</slot>
      </button>
      <slot name="badge">${unread ? badge : nothing}</slot>
      <div class="popover" part="popover" popover="auto" role="dialog" aria-label=${language.text('notifications')}
        @beforetoggle=${this.#toggle} @toggle=${this.#toggled}>
        <slot name="inbox">${open && !this.own ? this.#inbox() : nothing}</slot>
      </div>
    </div>`;
  }

  #inbox(): TemplateResult {
    return html`<belfry-inbox exportparts=${parts} .client=${this.belfry} .navigate=${this.navigate}
      .tabs=${this.tabs} .renderItem=${this.renderItem}><slot name="empty" slot="empty"></slot></belfry-inbox>`;
  }

  // A press on the bell closes the open popover before the click comes, which must not open it again.
  #wasOpen = false;
  #remember(): void {
    this.#wasOpen = this.open;
  }

  #click(event: MouseEvent): void {
    this.open = event.detail === 0 ? !this.open : !this.#wasOpen;
  }

  #rung(event: AnimationEvent): void {
    if (event.animationName !== 'ring') return;
    this.#ringing = false;
    this.requestUpdate();
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'belfry-bell': BelfryBell;
  }
}
