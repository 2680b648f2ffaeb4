// A long list. Times are said, not judged: they are the machine's as much as ours.

import { expect, test } from 'vitest';
import { until } from '../../../testing/server.js';
import { hold } from './hold.js';
import { item } from './item.js';
import { stage } from './stage.js';

const s = stage();

test('10,000 items: few rows are drawn, and the keyboard reaches the last', async () => {
  const items = Array.from({ length: 10_000 }, (_, i) => item({ ago: i * 90, title: `Item ${i}`, ...(i % 3 ? { body: 'A line of text' } : {}) }));
  let spent = async (): Promise<number> => 0;
  const page = await hold(s, items, async (page) => {
    const session = await page.context().newCDPSession(page);
    await session.send('Performance.enable', { timeDomain: 'threadTicks' });
    const total = async (): Promise<number> => (await session.send('Performance.getMetrics')).metrics.find((m) => m.name === 'TaskDuration')!.value * 1000;
    const before = await total();
    spent = async () => (await total()) - before;
  });
  await until(() => page.evaluate('first'), 'the first frame is drawn');
  const [first, work] = [await page.evaluate<number>('first'), await spent()];
  const scrolled = await page.evaluate(async () => {
    const tasks: number[] = [];
    new PerformanceObserver((list) => tasks.push(...list.getEntries().map((e) => e.duration))).observe({ type: 'longtask' });
    const root = document.querySelector('belfry-inbox')!.shadowRoot!;
    const scroll = root.querySelector('.scroll')!;
    let frames = 0;
    for (const begun = performance.now(); performance.now() - begun < 2000; frames++) {
      scroll.scrollTop += 240;
      await new Promise(requestAnimationFrame);
    }
    return { frames, tasks, articles: root.querySelectorAll('article').length };
  });
  console.log(`10,000 items: first render ${Math.round(first)} ms (${Math.round(work)} ms of work); scrolling for 2 s ${scrolled.frames} frames, long tasks: ${scrolled.tasks.map(Math.round).join(', ') || 'none'} ms`);
  expect(scrolled.articles).toBeLessThan(40);
  await page.locator('article[tabindex="0"]').focus();
  await page.keyboard.press('End');
  await page.getByText('Item 9999', { exact: true }).waitFor();
  await until(() => page.locator('article:focus').count(), 'the last has the focus');
});
