import type { Filter, Snapshot } from '@belfry/client';
import { html, nothing, type TemplateResult } from 'lit';
import { icons } from '../icons.js';
import type { Language } from '../strings/strings.js';
import type { Outage } from './outage.js';
import type { Undoable } from './undo.js';

/** What stands where the items would: a skeleton, why there are none, or nothing. */
export function placeholder(
  { items, status }: Snapshot, shown: number, filter: Filter, { text }: Language, retry: () => void,
): TemplateResult | typeof nothing {
  if (shown) return nothing;
  if (status === 'failed') {
    return html`<div class="state" role="alert"><span class="halo down">${icons.offline()}</span>
      <p>${text('failed')}</p><button class="chip" @click=${retry}>${text('retry')}</button></div>`;
  }
  if (status !== 'ready' && !items.length) return skeleton(text('loading'));
  return html`<slot name="empty"><div class="state">
    <span class="halo">${filter ? icons.inbox(22) : icons.check()}</span>
    <p class="strong">${text(emptyText[filter])}</p>${filter ? nothing : html`<p>${text('emptyAllHint')}</p>`}
  </div></slot>`;
}

const emptyText = { '': 'emptyAll', unread: 'emptyUnread', snoozed: 'emptySnoozed', archived: 'emptyArchived' } as const;

const skeleton = (label: string): TemplateResult => html`<div class="skeleton" role="status" aria-label=${label}>
  ${[1, 2, 3, 4, 5].map(() => html`<div><i class="round"></i><span><i></i><i></i></span></div>`)}
</div>`;

/** Says that there is no connection, if there is none. */
export function connectionStrip(told: Outage['told'], { text }: Language, retry: () => void): TemplateResult {
  const button = html`<button class="link" @click=${retry}>${text('retry')}</button>`;
  return html`<div role="status">${
    told ? html`<div class="strip" part="offline">${icons.offline()}<span>${text(told === 'stopped' ? 'stopped' : 'offline')}</span>${button}</div>` : nothing
  }</div>`;
}

/** Says what was done, and offers to take it back. */
export function undoBar(undoable: Undoable | undefined, { text }: Language, undo: () => void): TemplateResult {
  return html`<div role="status">${
    undoable ? html`<div class="undo" part="undo"><span>${undoable.text}</span><button class="link" @click=${undo}>${text('undo')}</button></div>` : nothing
  }</div>`;
}
