import type { AnyData, Item } from '@belfry/client';
import type { BelfryToasts, ToastPosition } from '@belfry/elements';
import { useRef, type ReactNode } from 'react';
import { heard, host, useElements, useListeners, useProperties, useStable, type ComponentProps } from './host.js';
import { useItemSlots } from './slots.js';

export interface ToastsProps<Data extends object = AnyData> extends ComponentProps<Data> {
  /** Which corner or edge. Default bottom-end. */
  readonly position?: ToastPosition | undefined;
  /** What a toast shows instead of its title and body. */
  readonly renderItem?: ((item: Item<Data>) => ReactNode) | undefined;
}

/** Shows what is new for a moment. One a page. */
export function Toasts<Data extends object = AnyData>(props: ToastsProps<Data>): ReactNode {
  const { position = 'bottom-end', renderItem, navigate, className, style, id, slot } = props;
  const ref = useRef<BelfryToasts>(null);
  useElements();
  useProperties(ref, { position, navigate: useStable(navigate) });
  useListeners(ref, heard(props));
  const items = useItemSlots(ref, renderItem);
  return host('belfry-toasts', { ref, className, style, id, slot }, items);
}
