import type { Client } from '@belfry/client';
import { useMemo, useSyncExternalStore } from 'react';
import { useSubscription } from './hooks.js';
import { useHeld } from './provider.js';

export interface Typing {
  /** The others who type now, in the order they began. */
  readonly users: readonly string[];
  /** Says that this user types: call it at every key. */
  readonly type: () => void;
}

/** Who types in a topic. The token must allow to subscribe it, and to publish to it what is typed here. */
export function useTyping(topic: string): Typing {
  const { client } = useHeld();
  useSubscription(client, topic);
  const store = useMemo(() => typists(client, topic), [client, topic]);
  const users = useSyncExternalStore(store.subscribe, store.getSnapshot, () => nobody);
  return useMemo(() => ({ users, type: () => client.typing(topic) }), [client, topic, users]);
}

const nobody: readonly string[] = [];
/** Whoever types says so every three seconds; who has not for so long, in milliseconds, has stopped. */
const stopped = 5000;

function typists(client: Client, topic: string): { subscribe: (changed: () => void) => () => void; getSnapshot: () => readonly string[] } {
  let users = nobody;
  return {
    getSnapshot: () => users,
    subscribe: (changed) => {
      const timers = new Map<string, ReturnType<typeof setTimeout>>();
      const tell = (): void => {
        users = [...timers.keys()];
        changed();
      };
      const off = client.on('signal', ({ from, to, name }) => {
        if (name !== 'typing' || to !== `topic:${topic}` || !from || from === client.user) return;
        const known = timers.has(from);
        clearTimeout(timers.get(from));
        timers.set(from, setTimeout(() => timers.delete(from) && tell(), stopped));
        if (!known) tell();
      });
      return () => {
        off();
        for (const timer of timers.values()) clearTimeout(timer);
        users = nobody;
      };
    },
  };
}
