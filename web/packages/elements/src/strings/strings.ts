import { ar } from './ar.js';
import { de } from './de.js';
import { en } from './en.js';

/** A text, or one for each plural category (CLDR) of `{n}`. */
export type Text = string | ({ readonly other: string } & Partial<Record<Intl.LDMLPluralRule, string>>);

/** Everything the elements say. */
export type Strings = Readonly<Record<keyof typeof en, Text>>;

/** The tables that are built in; add your own by its language, such as `tables.fr = {…}`. */
export const tables: Record<string, Strings> = { en, de, ar };

/** Texts in a language, and the direction it is written in. */
export interface Language {
  readonly locale: string;
  readonly dir: 'ltr' | 'rtl';
  readonly text: (key: keyof Strings, n?: number) => string;
  readonly number: (n: number) => string;
}

const rightToLeft = /^(ar|arc|dv|fa|ha|he|khw|ks|ku|ps|ur|yi)\b/i;

/** The language of a BCP 47 tag, such as `de-AT`; a text that is missing is taken from English. */
export function language(locale: string, own: Partial<Strings> = {}): Language {
  const table: Strings = { ...en, ...tables[locale.split('-')[0] as string], ...tables[locale], ...own };
  const [plural, number] = [new Intl.PluralRules(locale), new Intl.NumberFormat(locale)];
  return {
    locale,
    number: (n) => number.format(n),
    dir: rightToLeft.test(locale) ? 'rtl' : 'ltr',
    text(key, n = 0) {
      const text = table[key];
      const chosen = typeof text === 'string' ? text : (text[plural.select(n)] ?? text.other);
      return chosen.replace('{n}', number.format(n));
    },
  };
}

/** The locale if it is one that Intl knows, otherwise English. */
export function knownLocale(locale: string): string {
  try {
    return Intl.getCanonicalLocales(locale)[0] ?? 'en';
  } catch {
    return 'en';
  }
}
