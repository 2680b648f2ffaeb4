import { html, type TemplateResult } from 'lit';
import type { Language, Strings } from '../strings/strings.js';
import { clockTime } from '../time.js';

/** The times that are offered to snooze until: in an hour, tomorrow morning, Monday morning. */
export function snoozeTimes(now: Date): readonly (readonly [label: keyof Strings, until: Date])[] {
  const morning = (days: number): Date => new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, 9);
  const monday = (8 - now.getDay()) % 7 || 7;
  return [
    ['hour', new Date(now.getTime() + 3_600_000)],
    ['tomorrow', morning(1)],
    ['week', morning(monday > 1 ? monday : 8)],
  ];
}

/** A menu of times (APG menu button pattern). */
export function snoozeMenu({ text, locale }: Language, choose: (until: Date) => void): TemplateResult {
  return html`<div class="menu" part="menu" popover="auto" role="menu" aria-label=${text('snooze')} @keydown=${walk}>
    ${snoozeTimes(new Date()).map(
      ([label, until]) => html`<button role="menuitem" tabindex="-1" @click=${() => choose(until)}>
        <span>${text(label)}</span><span class="when">${clockTime(until, Date.now(), locale)}</span>
      </button>`,
    )}
  </div>`;
}

function walk(event: KeyboardEvent): void {
  event.stopPropagation();
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const choices = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>('[role=menuitem]')];
  const at = choices.findIndex((c) => c.matches(':focus'));
  choices.at((at + step) % choices.length)?.focus();
}
