import { describe, expect, test } from 'vitest';
import { rowsOf } from '../src/inbox/rows.js';
import { item } from './item.js';

const none = new Set<string>();
const brief = (rows: ReturnType<typeof rowsOf>): string[] =>
  rows.map((r) => (r.kind === 'group' ? `${r.items.length} × ${r.item.title}` : `${r.nested ? '  ' : ''}${r.item.title}`));

describe('rowsOf', () => {
  test('items of one group stand together, where the newest is', () => {
    const rows = rowsOf([item({ title: 'A', group: 'g' }), item({ title: 'B', ago: 5 }), item({ title: 'C', group: 'g', ago: 86_400 })], none);
    expect(brief(rows)).toEqual(['2 × A', 'B']);
  });

  test('a group of one is its item', () => {
    expect(brief(rowsOf([item({ group: 'g' })], none))).toEqual(['Hello']);
  });

  test('without a group: the same type, level and title within a minute', () => {
    const at = (ago: number, more = {}): ReturnType<typeof item> => item({ ago, ...more });
    expect(brief(rowsOf([at(0), at(60)], none))).toEqual(['2 × Hello']);
    expect(brief(rowsOf([at(0), at(61)], none))).toEqual(['Hello', 'Hello']);
    expect(brief(rowsOf([at(0), at(1, { level: 'error' })], none))).toEqual(['Hello', 'Hello']);
    expect(brief(rowsOf([at(0), at(1, { type: 'order' })], none))).toEqual(['Hello', 'Hello']);
  });

  test('what says the same does not join a named group', () => {
    expect(brief(rowsOf([item({ group: 'g' }), item({ ago: 1 })], none))).toEqual(['Hello', 'Hello']);
  });

  test('an open group shows its items, and stays open when one more comes', () => {
    const two = [item({ ago: 10 }), item({ ago: 20 })];
    const [group] = rowsOf(two, none);
    const open = new Set([group!.key]);
    expect(brief(rowsOf(two, open))).toEqual(['2 × Hello', '  Hello', '  Hello']);
    expect(brief(rowsOf([item(), ...two], open))).toEqual(['3 × Hello', '  Hello', '  Hello', '  Hello']);
  });
});
