import type { Action, Item } from '@belfry/client';
import { html, nothing, type TemplateResult } from 'lit';
import { icons } from '../icons.js';
import { levelOf } from '../level.js';
import type { Language } from '../strings/strings.js';
import { safeUrl } from '../url.js';

/** The picture of whoever acted, or else of the level. */
export function face(item: Item, { text }: Language): TemplateResult {
  const [{ actor }, level] = [item, levelOf(item)];
  if (!actor?.name && !actor?.avatarUrl) {
    return html`<span class="avatar ${level}" part="avatar" role="img" aria-label=${text(level)}>${icons[level](18)}</span>`;
  }
  const src = safeUrl(actor.avatarUrl);
  const image = html`<img src=${src ?? ''} alt="" loading="lazy" decoding="async" referrerpolicy="no-referrer" @error=${drop}>`;
  const mark = html`<span class="level" role="img" aria-label=${text(level)}>${icons[level](14)}</span>`;
  return html`<span class="avatar actor ${level}" part="avatar">
    <span aria-hidden="true">${initials(actor.name)}</span>${src ? image : nothing}${level === 'info' ? nothing : mark}
  </span>`;
}

/** The first letters of the first and the last word. */
export function initials(name = ''): string {
  const words = name.trim().split(/\s+/);
  const chosen = words.length > 1 ? [words[0], words.at(-1)] : words;
  return chosen.map((w) => [...(w ?? '')][0] ?? '').join('').toLocaleUpperCase();
}

/** A picture that does not load leaves the initials. */
function drop(event: Event): void {
  (event.target as HTMLElement).hidden = true;
}

/** What is offered with an item: links where there is an address, so that they can be opened in a tab of their own, else buttons. */
export function actionButtons(item: Item, act: (action: Action, event: Event) => void, tabIndex = 0): TemplateResult | typeof nothing {
  if (!item.actions?.length) return nothing;
  return html`<div class="actions" part="actions">${item.actions.map((a) => actionButton(a, act, tabIndex))}</div>`;
}

function actionButton(action: Action, act: (action: Action, event: Event) => void, tabIndex: number): TemplateResult {
  const { label, style } = action;
  const url = safeUrl(action.url);
  const look = `chip ${style === 'primary' || style === 'danger' ? style : ''}`;
  const click = (event: MouseEvent): void => {
    event.stopPropagation();
    if (event.button < 2) act(action, event);
  };
  return url
    ? html`<a class=${look} part="action" dir="auto" tabindex=${tabIndex} href=${url} @click=${click} @auxclick=${click}>${label}</a>`
    : html`<button class=${look} part="action" dir="auto" tabindex=${tabIndex} @click=${click}>${label}</button>`;
}
