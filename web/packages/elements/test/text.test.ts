import { describe, expect, test } from 'vitest';
import { place } from '../src/bell/placement.js';
import { initials } from '../src/inbox/face.js';
import { commandOf } from '../src/inbox/keys.js';
import { snoozeTimes } from '../src/inbox/snooze.js';
import { Window } from '../src/inbox/window.js';
import { titled } from '../src/provider/signs.js';
import { en } from '../src/strings/en.js';
import { knownLocale, language, tables } from '../src/strings/strings.js';
import { clockTime, relativeTime } from '../src/time.js';

describe('relativeTime', () => {
  const now = Date.UTC(2026, 0, 15, 12);
  test.each([
    [0, 'now'], [59, 'now'], [60, '1m ago'], [3599, '59m ago'], [3600, '1h ago'], [86_400, 'yesterday'], [6 * 86_400, '6d ago'],
    [8 * 86_400, 'Jan 7'], [400 * 86_400, 'Dec 11, 2024'], [-7200, 'in 2h'],
  ])('%i seconds ago', (ago, want) => expect(relativeTime(new Date(now - ago * 1000).toISOString(), now, 'en')).toBe(want));
});

test('clockTime says which Monday', () => {
  const sunday = new Date(2026, 0, 4, 15).getTime();
  expect([5, 12].map((day) => clockTime(new Date(2026, 0, day, 9), sunday, 'en'))).toEqual(['Mon 9:00 AM', 'Jan 12, 9:00 AM'].map((s) => expect.stringMatching(s.replace(/ (?=AM)/, '\\s'))));
});

describe('language', () => {
  test.each(Object.entries(tables))('%s has every text', (_, table) => {
    expect(Object.keys(table).sort()).toEqual(Object.keys(en).sort());
  });

  test('plurals, numbers, directions', () => {
    expect(language('en').text('unreadCount', 1)).toBe('1 unread notification');
    expect(language('de-AT').text('unreadCount', 1234)).toMatch(/^1.?234 ungelesene Mitteilungen$/);
    expect(language('ar').text('unreadCount', 2)).toBe('إشعاران غير مقروءين');
    expect([language('ar').dir, language('de').dir]).toEqual(['rtl', 'ltr']);
  });

  test('what is missing is English; own texts come first', () => {
    expect(language('fr').text('archive')).toBe('Archive');
    expect(language('fr', { archive: 'Archiver' }).text('archive')).toBe('Archiver');
    expect(knownLocale('no such tag')).toBe('en');
  });
});

describe('Window', () => {
  test('finds rows by place, with heights that were measured', () => {
    const rows = new Window(50);
    rows.lay(['a', 'b', 'c', 'd']);
    expect([rows.height, rows.at(0), rows.at(49), rows.at(50), rows.at(199)]).toEqual([200, 0, 0, 1, 3]);
    expect(rows.measure(new Map([['a', 80]]), 120)).toBe(30);
    expect([rows.height, rows.top(1), rows.at(79), rows.at(80)]).toEqual([230, 80, 0, 1]);
    expect(rows.measure(new Map([['a', 80]]), 120)).toBeUndefined();
    expect(rows.range(80, 50, 0)).toEqual([1, 3]);
  });
});

describe('commandOf', () => {
  const press = (key: string, more = {}): Parameters<typeof commandOf>[0] => ({ key, ctrlKey: false, metaKey: false, altKey: false, ...more });
  test.each([['j', 'next'], ['ArrowUp', 'previous'], ['e', 'archive'], ['Enter', 'open'], ['x', undefined]])('%s', (key, want) =>
    expect(commandOf(press(key), false)).toBe(want));
  test('letters with a modifier belong to the browser', () => expect(commandOf(press('r', { metaKey: true }), false)).toBeUndefined());
  test('right to left turns the arrows', () => expect(commandOf(press('ArrowRight'), true)).toBe('collapse'));
});

test('titled puts the number in front, once', () => {
  expect(titled('Page', 3)).toBe('(3) Page');
  expect(titled('(3) Page', 12)).toBe('(12) Page');
  expect(titled('(3) Page', 0)).toBe('Page');
});

test('initials', () => {
  expect(['Ann', 'Ben Okafor', 'Maria da Silva', '', ' 李 小龍 ', '🙂x'].map((n) => initials(n))).toEqual(['A', 'BO', 'MS', '', '李小', '🙂']);
});

test('snoozeTimes never offers the same time twice', () => {
  for (let day = 1; day <= 7; day++) {
    const times = snoozeTimes(new Date(2026, 0, day, 15)).map(([, until]) => until.getTime());
    expect(new Set(times).size).toBe(3);
    expect(new Date(times[2]!).getDay()).toBe(1);
  }
});

test('place turns to where there is room, and stays on the screen', () => {
  const [popover, screen] = [{ width: 400, height: 600 }, { width: 1000, height: 800 }];
  const box = (left: number, top: number): DOMRect => ({ left, top, right: left + 36, bottom: top + 36 }) as DOMRect;
  expect(place(box(900, 10), popover, screen, 'bottom-end', false)).toEqual({ left: 536, top: 54 });
  expect(place(box(900, 750), popover, screen, 'bottom-end', false)).toEqual({ left: 536, top: 142 });
  expect(place(box(100, 10), popover, screen, 'bottom-end', false).left).toBe(8);
  expect(place(box(100, 10), popover, screen, 'bottom-end', true).left).toBe(100);
});
