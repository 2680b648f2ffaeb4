import type { Action, Filter, Item } from '@belfry/client';
import { html, nothing, type TemplateResult } from 'lit';
import { icons } from '../icons.js';
import { levelOf } from '../level.js';
import type { Language } from '../strings/strings.js';
import { fullTime, relativeTime } from '../time.js';
import { safeUrl } from '../url.js';
import { actionButtons, face } from './face.js';
import type { Command } from './keys.js';
import { isOwn, own } from './own.js';
import { itemsOf, type Row } from './rows.js';

/** What a row needs to know of the inbox around it. */
export interface Around {
  readonly language: Language;
  readonly now: number;
  readonly filter: Filter;
  readonly size: number;
  readonly renderItem: ((item: Item) => unknown) | undefined;
  readonly run: (command: Command, row: Row, event?: Event) => void;
  readonly act: (item: Item, action: Action, event: Event) => void;
}

/** An article of the feed (APG feed pattern). Only the active one is in the tab order. */
export function rowTemplate(row: Row, index: number, top: number, active: boolean, around: Around): TemplateResult {
  const { item } = row;
  const { language, run, size } = around;
  const unread = itemsOf(row).filter((i) => !i.readAt).length;
  const state = unread ? `${language.text('unread')}: ` : '';
  const classes = ['row', levelOf(item), unread && 'new', row.kind === 'item' && row.nested && 'nested', active && 'active'];
  return html`<article class=${classes.filter(Boolean).join(' ')} part="item" data-key=${row.key} tabindex=${active ? 0 : -1}
    aria-posinset=${index + 1} aria-setsize=${size} aria-label="${state}${countOf(row)}${item.title}" aria-describedby=${item.body && !around.renderItem ? `body-${index}` : nothing}
    aria-expanded=${row.kind === 'group' ? row.open : nothing} .style=${`transform: translateY(${top}px)`}
    @click=${(event: Event) => isOwn(event) || run('open', row, event)}>
    <span class="dot"></span>
    ${face(item, language)}
    <div class="main">
      ${own(around.renderItem?.(item)) ?? content(row, index, active, around)}
      ${actionButtons(item, (action, event) => around.act(item, action, event), active ? 0 : -1)}
      ${row.kind === 'group' ? toggle(row, active, around) : nothing}
    </div>
    ${tools(row, unread > 0, active, around)}
  </article>`;
}

const countOf = (row: Row): string => (row.kind === 'group' ? `${row.items.length} × ` : '');

function content(row: Row, index: number, active: boolean, around: Around): TemplateResult {
  const [{ item }, { language: { locale, text }, now }] = [row, around];
  const at = item.snoozedUntil ?? item.deliveredAt;
  const image = safeUrl(item.imageUrl);
  return html`<div class="head">
      ${title(row, active, around)}
      <time datetime=${at} title=${fullTime(at, locale)}>${item.snoozedUntil ? `${text('wakes')} ` : nothing}${relativeTime(at, now, locale)}</time>
    </div>
    ${item.body ? html`<p class="body" part="body" id="body-${index}" dir="auto">${item.body}</p>` : nothing}
    ${image ? html`<img class="image" part="image" src=${image} alt="" loading="lazy" decoding="async" referrerpolicy="no-referrer">` : nothing}`;
}

/** A link where the item leads somewhere: a click anywhere on the row is one on it, with all that a browser can do with a link. */
function title(row: Row, active: boolean, { run }: Around): TemplateResult {
  const url = safeUrl(row.item.actionUrl);
  const text = html`${row.kind === 'group' ? html`<b class="count">${row.items.length} ×</b> ` : nothing}${row.item.title}`;
  if (!url) return html`<span class="title" part="title" dir="auto">${text}</span>`;
  const middle = (event: MouseEvent): void => {
    if (event.button === 1) run('open', row, event);
  };
  return html`<a class="title" part="title" dir="auto" href=${url} tabindex=${active ? 0 : -1} @auxclick=${middle}>${text}</a>`;
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
