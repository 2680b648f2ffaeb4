const steps: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400], ['hour', 3600], ['minute', 60],
];

/** Making a format is slow, and every row of a list wants one. */
function kept<Format>(make: (locale: string) => Format): (locale: string) => Format {
  const formats = new Map<string, Format>();
  return (locale) => {
    let format = formats.get(locale);
    if (!format) formats.set(locale, (format = make(locale)));
    return format;
  };
}

const relative = kept((locale) => new Intl.RelativeTimeFormat(locale, { style: 'narrow', numeric: 'auto' }));
const short = kept((locale) => new Intl.DateTimeFormat(locale, { month: 'short', day: 'numeric' }));
const withYear = kept((locale) => new Intl.DateTimeFormat(locale, { month: 'short', day: 'numeric', year: 'numeric' }));
const full = kept((locale) => new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'short' }));
const clock = kept((locale) => new Intl.DateTimeFormat(locale, { weekday: 'short', hour: 'numeric', minute: '2-digit' }));
const farClock = kept((locale) => new Intl.DateTimeFormat(locale, { month: 'short', day: 'numeric', hour: 'numeric', minute: '2-digit' }));

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
  return (sameYear ? short : withYear)(locale).format(then);
}

/** The whole date and time, for a tooltip. */
export const fullTime = (iso: string, locale: string): string => full(locale).format(Date.parse(iso));

/** The time, and the day of the week where that can only be one day. `now` is milliseconds since 1970. */
export const clockTime = (at: Date, now: number, locale: string): string =>
  (at.getTime() - now < 6 * 86_400_000 ? clock : farClock)(locale).format(at);

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
