import type { Filter, Item } from '@belfry/client';
import { html, nothing, type TemplateResult } from 'lit';
import { icons } from '../icons.js';
import type { Language } from '../strings/strings.js';
import { fullTime, relativeTime } from '../time.js';
import { safeUrl } from '../url.js';
import { actionButtons, face } from './face.js';
import type { Command } from './keys.js';
import { itemsOf, type Row } from './rows.js';

/** What a row needs to know of the inbox around it. */
export interface Around {
  readonly language: Language;
  readonly now: number;
  readonly filter: Filter;
  readonly size: number;
  readonly renderItem: ((item: Item) => unknown) | undefined;
  readonly run: (command: Command, row: Row, event?: Event) => void;
  readonly act: (item: Item, action: string) => void;
}

/** An article of the feed (APG feed pattern). Only the active one is in the tab order. */
export function rowTemplate(row: Row, index: number, top: number, active: boolean, around: Around): TemplateResult {
  const { item } = row;
  const { language, run, size } = around;
  const unread = itemsOf(row).filter((i) => !i.readAt).length;
  const state = unread ? `${language.text('unread')}: ` : '';
  const classes = ['row', item.level, unread && 'new', row.kind === 'item' && row.nested && 'nested', active && 'active'];
  return html`<article class=${classes.filter(Boolean).join(' ')} part="item" data-key=${row.key} tabindex=${active ? 0 : -1}
    aria-posinset=${index + 1} aria-setsize=${size} aria-label="${state}${countOf(row)}${item.title}" aria-describedby="body-${row.key}"
    aria-expanded=${row.kind === 'group' ? row.open : nothing} .style=${`transform: translateY(${top}px)`}
    @click=${(event: Event) => run('open', row, event)}>
    <span class="dot"></span>
    ${face(item, language)}
    <div class="main">
      ${around.renderItem?.(item) ?? content(row, around)}
      ${actionButtons(item, (id) => around.act(item, id), active ? 0 : -1)}
      ${row.kind === 'group' ? toggle(row, active, around) : nothing}
    </div>
    ${tools(row, unread > 0, active, around)}
  </article>`;
}

const countOf = (row: Row): string => (row.kind === 'group' ? `${row.items.length} × ` : '');

function content(row: Row, { language: { locale, text }, now }: Around): TemplateResult {
  const { item } = row;
  const at = item.snoozedUntil ?? item.deliveredAt;
  const image = safeUrl(item.imageUrl);
  return html`<div class="head">
      <span class="title" part="title" dir="auto">${row.kind === 'group' ? html`<b class="count">${row.items.length} ×</b> ` : nothing}${item.title}</span>
      <time datetime=${at} title=${fullTime(at, locale)}>${item.snoozedUntil ? `${text('wakes')} ` : nothing}${relativeTime(at, now, locale)}</time>
    </div>
    ${item.body ? html`<p class="body" part="body" id="body-${row.key}" dir="auto">${item.body}</p>` : nothing}
    ${image ? html`<img class="image" part="image" src=${image} alt="" loading="lazy" decoding="async" referrerpolicy="no-referrer">` : nothing}`;
}

function toggle(row: Row & { kind: 'group' }, active: boolean, { language: { text }, run }: Around): TemplateResult {
  const label = row.open ? text('collapse') : text('expand', row.items.length);
  return html`<button class="toggle" tabindex=${active ? 0 : -1} aria-expanded=${row.open}
    @click=${stop(() => run(row.open ? 'collapse' : 'expand', row))}>${label}${icons.chevron()}</button>`;
}

function tools(row: Row, unread: boolean, active: boolean, { language: { text }, filter, run }: Around): TemplateResult {
  const tool = (command: Command, label: string, icon: TemplateResult): TemplateResult => html`<button class="icon"
    tabindex=${active ? 0 : -1} aria-label=${label} title=${label} data-command=${command}
    @click=${stop((event) => run(command, row, event))}>${icon}</button>`;
  const snoozed = filter === 'snoozed';
  return html`<div class="tools" part="tools">
    ${unread ? tool('read', text('markRead'), icons.check()) : tool('unread', text('markUnread'), icons.dot())}
    ${filter === 'archived' ? nothing : tool('snooze', text(snoozed ? 'unsnooze' : 'snooze'), snoozed ? icons.bell(16) : icons.clock())}
    ${filter === 'archived' ? tool('archive', text('unarchive'), icons.unarchive()) : tool('archive', text('archive'), icons.archive())}
    ${tool('delete', text('delete'), icons.trash())}
  </div>`;
}

const stop = (run: (event: Event) => void) => (event: Event): void => {
  event.stopPropagation();
  run(event);
};
