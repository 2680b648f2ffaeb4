import type { Action, Item } from '@belfry/client';
import { expectTypeOf, test } from 'vitest';
import type { BelfryBell, BelfryInbox, BelfryProvider, BelfryToasts } from '../src/index.js';

test('events and elements are typed by name', () => {
  expectTypeOf<HTMLElementEventMap['belfry-open']['detail']>().toEqualTypeOf<{ readonly item: Item; readonly url: string | undefined }>();
  expectTypeOf<HTMLElementEventMap['belfry-action']['detail']['action']>().toEqualTypeOf<Action>();
  expectTypeOf<HTMLElementEventMap['belfry-toggle']['detail']>().toEqualTypeOf<{ readonly open: boolean }>();
  expectTypeOf<HTMLElementTagNameMap['belfry-provider']>().toEqualTypeOf<BelfryProvider>();
  expectTypeOf<HTMLElementTagNameMap['belfry-bell']>().toEqualTypeOf<BelfryBell>();
  expectTypeOf<HTMLElementTagNameMap['belfry-inbox']>().toEqualTypeOf<BelfryInbox>();
  expectTypeOf<HTMLElementTagNameMap['belfry-toasts']>().toEqualTypeOf<BelfryToasts>();
});
