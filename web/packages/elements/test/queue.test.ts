import { describe, expect, test } from 'vitest';
import { add, addSummary, close, elapse, forget, shown, worthy, type Queue } from '../src/toasts/queue.js';
import { item } from './item.js';

const titled = (...titles: string[]): Queue => titles.reduce<Queue>((q, title) => add(q, item({ title })), []);
const titles = (queue: Queue): (string | undefined)[] => queue.map((t) => t.item?.title);

describe('worthy', () => {
  test.each([
    ['live', item(), true, true],
    ['replayed', item(), false, false],
    ['silent', item({ silent: true }), true, false],
    ['priority low', item({ priority: 'low' }), true, false],
    ['only subscribed', item({ inbox: false }), true, false],
  ])('%s', (_, given, live, want) => expect(worthy(given, live)).toBe(want));
});

describe('queue', () => {
  test('three are shown, the newest first', () => {
    expect(titles(shown(titled('1', '2', '3', '4')))).toEqual(['4', '3', '2']);
  });

  test('the same again is counted, and stays as long as a new one', () => {
    const queue = add(elapse(titled('A'), 4000), item({ title: 'A' }));
    expect(queue).toMatchObject([{ count: 2, left: 5000 }]);
  });

  test('an item that comes twice is counted once', () => {
    const one = item();
    expect(add(add([], one), one)).toMatchObject([{ count: 1 }]);
  });

  test('five seconds, unless it is urgent', () => {
    const queue = add(titled('A'), item({ title: 'B', priority: 'urgent' }));
    expect(titles(elapse(queue, 4999))).toEqual(['B', 'A']);
    expect(titles(elapse(queue, 5000))).toEqual(['B']);
    expect(titles(elapse(queue, 1e9))).toEqual(['B']);
  });

  test('what is urgent waits for its place', () => {
    const queue = ['1', '2', '3'].reduce((q, title) => add(q, item({ title })), add([], item({ title: 'U', priority: 'urgent' })));
    expect(titles(shown(queue))).toEqual(['3', '2', '1']);
    expect(titles(shown(elapse(queue, 5000)))).toEqual(['U']);
  });

  test('what was dealt with elsewhere goes', () => {
    const [a, b] = [item({ title: 'A' }), item({ title: 'A' })];
    const both = add(add([], a), b);
    expect(forget(both, a.id)).toMatchObject([{ count: 1 }]);
    expect(forget(both, b.id)).toEqual([]);
  });

  test('one summary, whatever the number', () => {
    expect(addSummary(addSummary([], 3), 12)).toMatchObject([{ count: 12 }]);
    expect(close(addSummary([], 3), 'summary')).toEqual([]);
  });
});
