import type { AnyData, Item } from '@belfry/client';
import type { BelfryInbox, Tab } from '@belfry/elements';
import { useRef, type ReactNode } from 'react';
import { heard, host, useElements, useListeners, useProperties, useSame, useStable, type ComponentProps } from './host.js';
import { useItemSlots } from './slots.js';

export interface InboxProps<Data extends object = AnyData> extends ComponentProps<Data> {
  /** Default: all, unread, snoozed, archived. */
  readonly tabs?: readonly Tab[] | undefined;
  /** What an item shows instead of its title and body. */
  readonly renderItem?: ((item: Item<Data>) => ReactNode) | undefined;
  /** What is shown when there is nothing. */
  readonly renderEmpty?: (() => ReactNode) | undefined;
}

/** The inbox, in a box of yours: give it a height. */
export function Inbox<Data extends object = AnyData>(props: InboxProps<Data>): ReactNode {
  const { tabs, renderItem, renderEmpty, navigate, className, style, id, slot } = props;
  const ref = useRef<BelfryInbox>(null);
  useElements();
  useProperties(ref, { tabs: useSame(tabs), navigate: useStable(navigate) });
  useListeners(ref, heard(props));
  const items = useItemSlots(ref, renderItem);
  return host('belfry-inbox', { ref, className, style, id, slot }, renderEmpty && <div slot="empty">{renderEmpty()}</div>, items);
}
