const steps: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400], ['hour', 3600], ['minute', 60],
];

const formats = new Map<string, Intl.RelativeTimeFormat>();

function relative(locale: string): Intl.RelativeTimeFormat {
  let format = formats.get(locale);
  if (!format) formats.set(locale, (format = new Intl.RelativeTimeFormat(locale, { style: 'narrow', numeric: 'auto' })));
  return format;
}

/** How long ago, or how far ahead: "now", "5m ago", "yesterday"; from a week on, the date. `now` is milliseconds since 1970. */
export function relativeTime(iso: string, now: number, locale: string): string {
  const then = Date.parse(iso);
  const seconds = Math.round((then - now) / 1000);
  for (const [unit, size] of steps) {
    if (Math.abs(seconds) < size) continue;
    const n = Math.trunc(seconds / size);
    if (unit === 'day' && Math.abs(n) >= 7) return shortDate(then, now, locale);
    return relative(locale).format(n, unit);
  }
  return relative(locale).format(0, 'second');
}

function shortDate(then: number, now: number, locale: string): string {
  const sameYear = new Date(then).getFullYear() === new Date(now).getFullYear();
  return new Intl.DateTimeFormat(locale, { month: 'short', day: 'numeric', ...(sameYear ? {} : { year: 'numeric' }) }).format(then);
}

/** The whole date and time, for a tooltip. */
export function fullTime(iso: string, locale: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'short' }).format(Date.parse(iso));
}

const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

/** Calls back every 15 seconds, one timer for the page. The answer ends it. */
export function onTick(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => listeners.forEach((l) => l()), 15_000);
  return () => {
    listeners.delete(listener);
    if (listeners.size) return;
    clearInterval(timer);
    timer = undefined;
  };
}
