import { describe, expect, it } from 'vitest';
import { backoff } from '../src/backoff.js';
import { codeOfClose } from '../src/error.js';
import { renewalDelay } from '../src/token.js';
import { blocks } from '../src/transport/sse.js';
import { address, problem } from '../src/transport/transport.js';

describe('blocks', () => {
  const stream = ': hello\n\nretry: 100\nid: a\nevent: counts\ndata: {"x":\u2028 1}\r\n\r\nid: b\n\ndata: 1\ndata: 2\n\n';
  const want = [['', ''], ['a', '{"x":\u2028 1}'], ['b', ''], ['', '1\n2']];

  it.each([1, 2, 3, 7, 1000])('come out whole, fed by %i characters', (size) => {
    const got: string[][] = [];
    const feed = blocks((id, data) => got.push([id, data]));
    for (let i = 0; i < stream.length; i += size) feed(stream.slice(i, i + size));
    expect(got).toEqual(want);
  });
});

describe('backoff', () => {
  it('doubles its ceiling up to 30 s and never gives up', () => {
    expect([1, 2, 3, 7, 1000].map((n) => backoff(n, 0.5))).toEqual([250, 500, 1000, 15_000, 15_000]);
  });
  it('waits at least as long as the server says', () => {
    expect(backoff(1, 0, 3000)).toBe(3000);
  });
});

describe('problem', () => {
  const answer = (body: string, init: ResponseInit): Response => new Response(body, init);

  it('reads what the server says', async () => {
    const body = JSON.stringify({ code: 'invalid', detail: '/x: no', errors: [{ field: '/x', code: 'invalid', detail: 'no' }], requestId: 'r1' });
    expect(await problem(answer(body, { status: 422 }))).toMatchObject({
      name: 'BelfryError', code: 'invalid', message: '/x: no', status: 422, requestId: 'r1', told: true, fields: [{ field: '/x' }],
    });
  });
  it('obeys Retry-After', async () => {
    expect(await problem(answer('{"code":"rate_limited"}', { status: 429, headers: { 'Retry-After': '7' } }))).toMatchObject({ retryAfter: 7000 });
  });
  it('takes what is no problem of ours for something that passes', async () => {
    expect(await problem(answer('<h1>Bad gateway</h1>', { status: 502 }))).toMatchObject({ code: 'unavailable', told: false, retryAfter: 0 });
  });
});

describe('codeOfClose', () => {
  it.each([
    [4101, 'unauthorized', 'unauthorized'],
    [4199, '', 'malformed'],
    [1012, 'restart', 'unavailable'],
    [1006, '', 'unavailable'],
  ])('%i %s is %s', (close, reason, code) => {
    expect(codeOfClose(close, reason)).toBe(code);
  });
});

describe('renewalDelay', () => {
  const token = (exp: unknown): string => `x.${btoa(JSON.stringify({ exp }))}.x`;
  it.each<[what: string, token: string, want: number | undefined]>([
    ['a tenth before the end', token(100), 90_000],
    ['a minute before a far end', token(3600), 3_540_000],
    ['no later than a timer can', token(1e10), 2 ** 31 - 1],
    ['never once it has ended', token(0), undefined],
    ['never where it does not say', token(undefined), undefined],
    ['never of what is no token', 'opaque', undefined],
  ])('%s', (_, token, want) => {
    expect(renewalDelay(token, 0)).toBe(want);
  });
});

describe('address', () => {
  it('leaves out what is absent and keeps zero', () => {
    expect(address('http://x/base', '/v1/stream', { items: 0, filter: '', cursor: undefined, topics: 'a,b' })).toBe('http://x/base/v1/stream?items=0&topics=a%2Cb');
  });
});
