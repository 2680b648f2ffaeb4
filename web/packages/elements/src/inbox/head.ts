import type { Snapshot } from '@belfry/client';
import { html, nothing, type TemplateResult } from 'lit';
import { icons } from '../icons.js';
import type { Chime } from '../sound/chime.js';
import type { Language } from '../strings/strings.js';
import { countOf, labelOf, type Tab } from './tabs.js';

export interface Head {
  readonly language: Language;
  readonly tabs: readonly Tab[];
  readonly shown: string;
  readonly snapshots: ReadonlyMap<string, Snapshot>;
  readonly unread: number;
  readonly any: boolean;
  readonly chime: Chime | undefined;
  readonly notices: boolean;
  readonly choose: (tab: string) => void;
  readonly readAll: () => void;
  readonly archiveAll: () => void;
  /** A switch was turned. */
  readonly changed: () => void;
}

/** The heading, what can be done with everything, and the tabs. */
export function head(h: Head): TemplateResult {
  const { text } = h.language;
  return html`<header part="header">
    <h2>${text('notifications')}</h2>
    ${noticeButton(h)}${muteButton(h)}
    ${button(text('markAllRead'), icons.checks(), h.readAll, !h.unread)}
    ${button(text('clearAll'), icons.archive(), h.archiveAll, !h.any || h.shown === 'archived')}
  </header>
  <div class="tabs" part="tabs" role="tablist" aria-label=${text('notifications')} @keydown=${(e: KeyboardEvent) => walk(e, h)}>
    ${h.tabs.map((tab) => tabButton(tab, h))}
  </div>`;
}

function tabButton(tab: Tab, { language, shown, snapshots, choose }: Head): TemplateResult {
  const selected = tab.id === shown;
  const count = countOf(tab, snapshots.get(tab.id), language);
  return html`<button role="tab" part="tab" id="tab-${tab.id}" aria-selected=${selected} aria-controls="panel" tabindex=${selected ? 0 : -1}
    @click=${() => choose(tab.id)}>${labelOf(tab, language)}${count ? html`<span class="number">${count}</span>` : nothing}</button>`;
}

/** Arrow keys move between the tabs (APG tabs pattern). */
function walk(event: KeyboardEvent, { tabs, shown, language, choose }: Head): void {
  const forward = language.dir === 'rtl' ? 'ArrowLeft' : 'ArrowRight';
  if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
  event.preventDefault();
  const at = tabs.findIndex((t) => t.id === shown) + (event.key === forward ? 1 : -1);
  const next = tabs.at(at % tabs.length) as Tab;
  choose(next.id);
  (event.currentTarget as HTMLElement).querySelector<HTMLElement>(`#${CSS.escape(`tab-${next.id}`)}`)?.focus();
}

const button = (label: string, icon: TemplateResult, run: () => void, disabled = false): TemplateResult =>
  html`<button class="icon" aria-label=${label} title=${label} ?disabled=${disabled} @click=${run}>${icon}</button>`;

function muteButton({ chime, language: { text }, changed }: Head): TemplateResult | typeof nothing {
  if (!chime) return nothing;
  const turn = (): void => {
    chime.muted = !chime.muted;
    changed();
  };
  return button(text(chime.muted ? 'unmute' : 'mute'), chime.muted ? icons.mute() : icons.sound(), turn);
}

/** The browser's question comes only after a click on this. */
function noticeButton({ notices, language: { text }, changed }: Head): TemplateResult | typeof nothing {
  if (!notices || !('Notification' in globalThis) || Notification.permission !== 'default') return nothing;
  return button(text('allowNotices'), icons.bell(16), () => void Notification.requestPermission().then(changed));
}
