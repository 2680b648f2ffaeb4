import { html, type TemplateResult } from 'lit';

const controls = 'a, button, input, select, textarea, label, summary';

/** What an app shows of an item instead of its title and body, if it shows anything. */
export function own(content: unknown): TemplateResult | undefined {
  return content === undefined || content === null ? undefined : html`<div part="content">${content}</div>`;
}

/** Whether a click is for a link, a button or a field in there: it is that, and opens nothing. */
export function isOwn(event: Event): boolean {
  const path = event.composedPath() as Element[];
  const inside = path.slice(0, Math.max(0, path.findIndex((at) => at.part?.contains('content'))));
  return inside.some((at) => at.matches?.(controls));
}

/** Whether a key is pressed in a field: all keys are its own. */
export function isInField(event: Event): boolean {
  const at = event.composedPath()[0] as HTMLElement;
  return at.isContentEditable || at.matches('input, select, textarea');
}
