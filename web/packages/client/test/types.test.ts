import { expectTypeOf, it } from 'vitest';
import { createClient, type Client, type Item } from '../src/index.js';

const options = { url: 'http://127.0.0.1:1', token: 'x' };

it('data is typed by kind', () => {
  const client = createClient<{ comment: { postId: string }; order: { total: number } }>(options);
  client.on('notification', (item, { live }) => {
    expectTypeOf(live).toEqualTypeOf<boolean>();
    expectTypeOf(item.type).toEqualTypeOf<'comment' | 'order'>();
    if (item.type === 'comment') expectTypeOf(item.data).toEqualTypeOf<{ postId: string }>();
    else expectTypeOf(item.data.total).toEqualTypeOf<number>();
  });
  expectTypeOf<(typeof client.inbox.items)[number]['type']>().toEqualTypeOf<'comment' | 'order'>();
});

it('data is anything where no kinds are named', () => {
  const client = createClient(options);
  expectTypeOf(client).toEqualTypeOf<Client>();
  expectTypeOf<(typeof client.inbox.items)[number]['data']>().toEqualTypeOf<Record<string, unknown> | undefined>();
});

it('kinds may be an interface', () => {
  interface Kinds {
    comment: { postId: string };
  }
  expectTypeOf<Item<Kinds>['data']['postId']>().toEqualTypeOf<string>();
  expectTypeOf(createClient<Kinds>(options)).toEqualTypeOf<Client<Kinds>>();
});

it('what goes both ways cannot be done to everything', () => {
  const { inbox } = createClient(options);
  expectTypeOf(inbox.markRead).toBeCallableWith({ all: true });
  // @ts-expect-error: everything cannot be made unread
  expectTypeOf(inbox.markUnread).toBeCallableWith({ all: true });
});
