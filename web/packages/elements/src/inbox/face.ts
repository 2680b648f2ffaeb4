import type { Item } from '@belfry/client';
import { html, nothing, type TemplateResult } from 'lit';
import { icons } from '../icons.js';
import type { Language } from '../strings/strings.js';
import { safeUrl } from '../url.js';

/** The picture of whoever acted, or else of the level. */
export function face({ actor, level }: Item, { text }: Language): TemplateResult {
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

/** The buttons offered with an item. */
export function actionButtons(item: Item, act: (id: string) => void, tabIndex = 0): TemplateResult | typeof nothing {
  if (!item.actions?.length) return nothing;
  return html`<div class="actions" part="actions">${item.actions.map(
    ({ id, label, style }) => html`<button
      class="chip ${style === 'primary' || style === 'danger' ? style : ''}" part="action" dir="auto" tabindex=${tabIndex}
      @click=${(event: Event) => {
        event.stopPropagation();
        act(id);
      }}>${label}</button>`,
  )}</div>`;
}
