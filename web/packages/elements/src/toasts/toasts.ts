import type { Action, Client, Item } from '@belfry/client';
import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { BelfryElement } from '../element.js';
import { icons } from '../icons.js';
import { levelOf } from '../level.js';
import { actionButtons, face } from '../inbox/face.js';
import { isOwn, own } from '../inbox/own.js';
import { theme } from '../theme/theme.js';
import { safeUrl } from '../url.js';
import * as queue from './queue.js';
import { styles } from './toasts.styles.js';

export type ToastPosition = 'top-start' | 'top-center' | 'top-end' | 'bottom-start' | 'bottom-center' | 'bottom-end';

/** How often the time that is left is looked at, in milliseconds. */
const beat = 250;

/**
 * Shows what is new for a moment: five seconds, or until it is closed if it is
 * urgent. Nothing that is silent, of priority low, or older than the page.
 *
 * @tag belfry-toasts
 * @fires belfry-open - A toast is clicked; cancelable.
 * @fires belfry-action - A button of a toast is clicked; cancelable.
 * @fires belfry-error - A mark was refused and taken back.
 * @csspart toast - One toast.
 * @csspart content - What renderItem gives.
 * @csspart avatar - The picture of whoever acted, or of the level.
 * @csspart actions - Its actions.
 * @csspart action - One of them.
 */
export class BelfryToasts extends BelfryElement {
  static override styles = [theme, styles];

  static override properties = {
    position: { reflect: true },
    renderItem: { attribute: false },
    queue: { state: true },
  };

  /** Which corner or edge. Default bottom-end. */
  declare position: ToastPosition;
  /** What a toast shows instead of its title and body. */
  declare renderItem: ((item: Item) => unknown) | undefined;
  /** @internal */
  declare queue: queue.Queue;

  #timer: ReturnType<typeof setInterval> | undefined;
  #held = false;
  #polite = '';
  #urgent = '';

  constructor() {
    super();
    this.position = 'bottom-end';
    this.queue = [];
    this.addEventListener('pointerenter', () => (this.#held = true));
    this.addEventListener('pointerleave', () => (this.#held = this.matches(':focus-within')));
    this.addEventListener('focusin', () => (this.#held = true));
    this.addEventListener('focusout', () => (this.#held = this.matches(':hover')));
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#pause();
    this.queue = [];
  }

  protected attach(client: Client): () => void {
    const offs = [
      client.on('notification', (item, { live }) => this.#take(item, live)),
      client.on('summary', (missed) => this.#sumUp(missed)),
      client.on('updated', (item) => this.#follow(item)),
      client.on('removed', ({ id }) => (this.queue = queue.forget(this.queue, id))),
      // Marks of everything come as counts alone.
      client.on('counts', () => this.#refresh(client.inbox.items)),
    ];
    return () => offs.forEach((off) => off());
  }

  #take(item: Item, live: boolean): void {
    if (!queue.worthy(item, live)) return;
    this.queue = queue.add(this.queue, item);
    this.#say(item.title, item.priority === 'urgent' || item.level === 'error');
  }

  #sumUp(missed: readonly Item[]): void {
    const { length } = missed.filter((i) => i.priority !== 'low');
    if (!length) return;
    this.queue = queue.addSummary(this.queue, length);
    this.#say(this.language.text('away', length), false);
  }

  #say(text: string, urgent: boolean): void {
    if (urgent) this.#urgent = text;
    else this.#polite = text;
  }

  /** What was dealt with in the inbox, here or elsewhere, need not be said any more. */
  #follow(item: Item): void {
    const done = item.readAt || item.archivedAt || item.snoozedUntil || (item.seenAt && item.priority !== 'urgent');
    if (done) this.queue = queue.forget(this.queue, item.id);
  }

  #refresh(items: readonly Item[]): void {
    if (!this.queue.length) return;
    const waiting = new Set(this.queue.flatMap((t) => t.ids));
    for (const item of items) if (waiting.has(item.id)) this.#follow(item);
  }

  protected override updated(changed: PropertyValues): void {
    if (!changed.has('queue')) return;
    if (!this.queue.length) this.#held = false;
    if (queue.shown(this.queue).some((t) => t.left < Infinity)) this.#timer ??= setInterval(this.#elapse, beat);
    else this.#pause();
  }

  #pause(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  readonly #elapse = (): void => {
    if (this.#held || document.hidden) return;
    this.queue = queue.elapse(this.queue, beat);
  };

  protected override render(): TemplateResult {
    const { text, dir } = this.language;
    return html`<section aria-label=${text('notifications')} dir=${dir}>
      <div class="sr" role="status">${this.#polite}</div>
      <div class="sr" role="alert">${this.#urgent}</div>
      <ol>${repeat(queue.shown(this.queue), (t) => t.key, (t) => (t.item ? this.#toast(t, t.item) : this.#summary(t)))}</ol>
    </section>`;
  }

  #toast(toast: queue.Toast, item: Item): TemplateResult {
    const count = html`<span class="count">${toast.count} ×</span>`;
    const url = safeUrl(item.actionUrl);
    const title = html`${toast.count > 1 ? count : nothing}${item.title}`;
    const open = (event: MouseEvent): void => {
      if (event.button < 2 && !isOwn(event)) this.#open(toast, item, event);
    };
    const content = html`${
      url ? html`<a class="title" dir="auto" href=${url} @auxclick=${open}>${title}</a>` : html`<button class="title" dir="auto">${title}</button>`
    }
      ${item.body ? html`<p class="body" dir="auto">${item.body}</p>` : nothing}`;
    const act = (action: Action, event: Event): void => {
      this.act(item, action, event);
      this.#close(toast);
    };
    return html`<li part="toast" class="${levelOf(item)} ${item.priority === 'urgent' ? 'urgent' : ''}" @click=${open}>
      ${face(item, this.language)}
      <div class="text">${own(this.renderItem?.(item)) ?? content}${actionButtons(item, act)}</div>
      ${this.#closer(toast)}
    </li>`;
  }

  #summary(toast: queue.Toast): TemplateResult {
    return html`<li part="toast" class="info">
      <span class="avatar info">${icons.inbox(18)}</span>
      <div class="text"><span class="title">${this.language.text('away', toast.count)}</span></div>
      ${this.#closer(toast)}
    </li>`;
  }

  #closer(toast: queue.Toast): TemplateResult {
    const close = (event: Event): void => {
      event.stopPropagation();
      this.#close(toast);
    };
    return html`<button class="icon" aria-label=${this.language.text('close')} @click=${close}>${icons.close()}</button>`;
  }

  #open(toast: queue.Toast, item: Item, event: Event): void {
    this.openItem(item, event);
    this.#close(toast);
  }

  #close({ key }: queue.Toast): void {
    this.queue = queue.close(this.queue, key);
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'belfry-toasts': BelfryToasts;
  }
}
