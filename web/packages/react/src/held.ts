import { createClient, type Client, type Connection, type Options, type Snapshot } from '@belfry/client';

/** A client with what it showed at first: what a server renders, and hydration begins with. */
export interface Held {
  readonly client: Client;
  readonly first: Snapshot;
  /** The same of a list of which nothing is there yet. */
  readonly pending: Snapshot;
  /** Connects, until everyone who entered has left. */
  readonly enter: () => () => void;
}

/** What a server renders of the connection. */
export const idle: Connection = { status: 'idle' };

/** A client of our own. Making one touches neither network nor page, so a server may, and StrictMode twice. */
export function hold(options: Options): Held {
  // A server has no page to complete the path of a page's own origin, and connects to nothing.
  const url = globalThis.location ? options.url : new URL(options.url, 'http://localhost').href;
  const client = createClient({ ...options, url });
  let inside = 0;
  return {
    ...adopt(client),
    enter: () => {
      if (!inside++) client.connect();
      // StrictMode leaves and enters again at once, which must not cost the connection.
      return () => queueMicrotask(() => --inside || client.disconnect());
    },
  };
}

/** A client that the app has made, and connects itself. */
export function adopt(client: Client): Held {
  const first = client.inbox.getSnapshot();
  return { client, first, pending: { ...first, items: [], status: 'pending', hasMore: true }, enter: () => () => {} };
}
