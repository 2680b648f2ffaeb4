import type { Client, Counts } from '@belfry/client';
import type { Frame } from '../../client/src/frame.js';
import { apply, empty } from '../../client/src/replica.js';
import type { Store } from '../../client/src/store.js';
import type { CountsAt } from '../../client/src/types.js';

/** What a client shows after a frame. */
export interface Seen {
  readonly type: string;
  readonly cursor: string | undefined;
  /** As an app and the elements see them. */
  readonly shown: Counts;
  /** As the frames say, with the position at which they are true. */
  readonly counts: CountsAt | undefined;
}

/** Looks at a client after every frame, whatever the transport. */
export function watch(client: Client): Seen[] {
  const seen: Seen[] = [];
  let replica = empty;
  const { store } = client.inbox as unknown as { store: Store };
  const take = store.take.bind(store);
  store.take = (frame: Frame) => {
    const changes = take(frame);
    replica = apply(replica, frame).replica;
    const { unread, unseen } = client.inbox.counts;
    seen.push({ type: frame.type, cursor: client.cursor, shown: { unread, unseen }, counts: replica.counts });
    return changes;
  };
  return seen;
}

/** The position in a cursor: opaque to every client, known to a test (cursor.go). */
export function positionOf(cursor: string): { p: number; s: number } {
  const bytes = Buffer.from(cursor, 'base64url');
  return { p: bytes.readUIntBE(6, 6), s: bytes.readUIntBE(17, 6) };
}
