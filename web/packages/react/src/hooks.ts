import type { AnyData, Client, Connection, Counts, Inbox, Query, Snapshot, View } from '@belfry/client';
import { useCallback, useEffect, useMemo, useSyncExternalStore } from 'react';
import { idle } from './held.js';
import { useHeld } from './provider.js';

type Marks =
  | 'markSeen' | 'markRead' | 'markUnread' | 'archive' | 'unarchive' | 'snooze' | 'unsnooze' | 'delete'
  | 'markAllSeen' | 'markAllRead' | 'archiveAll' | 'deleteAll';

/** A list of items, the counts of the whole inbox, and what can be done. */
export type Notifications<Data extends object = AnyData> = Snapshot<Data> & Pick<Inbox<Data>, Marks | 'loadMore'>;

/** The client: what no hook is for, such as `on` and `follow`. */
export function useBelfry<Data extends object = AnyData>(): Client<Data> {
  return useHeld().client as unknown as Client<Data>;
}

/** The items of the inbox that a query admits, newest first. */
export function useNotifications<Data extends object = AnyData>(query: Query = {}): Notifications<Data> {
  const { client, first, pending } = useHeld();
  const view = client.inbox.view(query); // the same for the same query
  const snapshot = useSyncExternalStore(view.subscribe, view.getSnapshot, () => (view === client.inbox ? first : pending));
  return useMemo(() => ({ ...snapshot, ...acts(client.inbox, view) }) as unknown as Notifications<Data>, [client, view, snapshot]);
}

function acts(inbox: Inbox, view: View): Pick<Inbox, Marks | 'loadMore'> {
  const { markSeen, markRead, markUnread, archive, unarchive, snooze, unsnooze, markAllSeen, markAllRead, archiveAll, deleteAll } = inbox;
  return {
    markSeen, markRead, markUnread, archive, unarchive, snooze, unsnooze, delete: inbox.delete,
    markAllSeen, markAllRead, archiveAll, deleteAll, loadMore: () => view.loadMore(),
  };
}

/** The numbers of unread and unseen in the inbox: exact, whatever is loaded. */
export function useCounts(): Counts {
  const { client, first } = useHeld();
  const subscribe = useCallback((changed: () => void) => client.on('counts', changed), [client]);
  return useSyncExternalStore(subscribe, () => client.inbox.counts, () => first.counts);
}

/** Where the connection is in its life. */
export function useConnection(): Connection {
  const { client } = useHeld();
  const subscribe = useCallback((changed: () => void) => client.on('connection', changed), [client]);
  return useSyncExternalStore(subscribe, () => client.connection, () => idle);
}

/** A topic's items, live while this is mounted; in no inbox and no count unless the user follows it. The token must allow it. */
export function useTopic<Data extends object = AnyData>(topic: string): Notifications<Data> {
  const { client } = useHeld();
  useSubscription(client, topic);
  return useNotifications<Data>({ topic });
}

export function useSubscription(client: Client, topic: string): void {
  useEffect(() => {
    const off = client.subscribe(topic);
    // StrictMode asks for it again at once.
    return () => queueMicrotask(off);
  }, [client, topic]);
}
