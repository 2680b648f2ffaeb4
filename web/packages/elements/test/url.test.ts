import { describe, expect, test } from 'vitest';
import { safeUrl } from '../src/url.js';
import { hostileUrls } from './hostile.js';

describe('safeUrl', () => {
  test.each(['https://example.com/a?b#c', 'HTTP://example.com', '/orders/1', '/'])('allows %s', (url) => expect(safeUrl(url)).toBe(url));
  test.each(hostileUrls)('refuses %j', (url) => expect(safeUrl(url)).toBeUndefined());
});
