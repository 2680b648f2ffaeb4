import type { Page } from '@belfry/client';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { serverBundle, versions } from './bundle.js';

const at = '2026-01-02T15:04:05.000Z';
const initial: Page = {
  items: [{
    id: '019a2f6c-1d2e-7a53-8d0a-5be2a3c1f004', rev: 7, born: 7, to: { user: 'ann' }, createdAt: at, deliveredAt: at,
    type: 'comment', level: 'info', priority: 'medium', title: 'Bob <replied>', data: undefined,
  }],
  counts: { unread: 3, unseen: 1, p: 7, s: 0 },
  cursor: 'C',
};
const props = { url: 'https://notify.example', token: 't' };

describe.each(versions)('on a server, React %s', (version) => {
  beforeEach(() => void vi.spyOn(console, 'error'));
  afterEach(() => {
    expect(console.error).not.toHaveBeenCalled();
    vi.restoreAllMocks();
  });

  test('importing it does not throw, and it is that version', async () => {
    expect((await serverBundle(version)).version.split('.')[0]).toBe(version);
  });

  test('hooks render what `initial` has', async () => {
    const { render } = await serverBundle(version);
    const html = render({ scene: 'hooks', ...props, initial });
    expect(html).toContain('3 unread, 1 unseen, idle, ready');
    expect(html).toContain('Bob &lt;replied&gt;');
    expect(render({ scene: 'hooks', url: '/belfry', token: 't' })).toContain('0 unread, 0 unseen, idle, pending');
  });

  test('what is missing is named', async () => {
    const { render } = await serverBundle(version);
    expect(() => render({ scene: 'hooks', url: '', token: 't' })).toThrow('url is missing');
    vi.mocked(console.error).mockClear(); // React says it, too
  });

  test('components render as tags, with what the app puts into their slots', async () => {
    const { render } = await serverBundle(version);
    const html = render({ scene: 'bell', ...props, initial });
    expect(html).toContain('<belfry-provider style="display:contents">');
    expect(html).toContain('<span slot="icon"><b id="face">3 new</b></span>');
    expect(render({ scene: 'inbox', ...props })).toMatch(/<belfry-inbox [^>]*class="box"[^>]*><div slot="empty"><p class="none">Nothing at all/);
    expect(render({ scene: 'toasts', ...props })).toContain('<belfry-toasts class="idle">');
    expect(render({ scene: 'topic', ...props })).toContain('<output></output>');
    expect(render({ scene: 'controlled', ...props })).toContain('<belfry-bell');
  });
});
