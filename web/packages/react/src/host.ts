// How React and a custom element work together. React 18 sets attributes only,
// and no React waits for an element's definition, so properties and events are
// set by hand, which an element that is defined later takes over.

import type { Action, AnyData, Item } from '@belfry/client';
import type { ActionEvent, OpenEvent } from '@belfry/elements';
import { createElement, useEffect, useLayoutEffect, useRef, useState, type CSSProperties, type ReactNode, type Ref, type RefObject } from 'react';

/** What can be heard of items. */
export interface Listening<Data extends object = AnyData> {
  /** An item is opened, and read. `event.preventDefault()` keeps its address from being followed. */
  readonly onItemClick?: ((item: Item<Data>, event: OpenEvent) => void) | undefined;
  /** A button of an item is pressed. `event.preventDefault()` keeps its address from being followed. */
  readonly onAction?: ((item: Item<Data>, action: Action, event: ActionEvent) => void) | undefined;
  /** A mark was refused, and taken back. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** What every component takes. */
export interface ComponentProps<Data extends object = AnyData> extends Listening<Data> {
  /** The app's router, called with a path of this origin. Default: the provider's. */
  readonly navigate?: ((url: string) => void) | undefined;
  readonly className?: string | undefined;
  readonly style?: CSSProperties | undefined;
  readonly id?: string | undefined;
  readonly slot?: string | undefined;
}

interface HostProps {
  readonly ref: Ref<HTMLElement>;
  readonly className?: string | undefined;
  readonly style?: CSSProperties | undefined;
  readonly id?: string | undefined;
  readonly slot?: string | undefined;
}

/** The element itself. What it writes onto itself is not React's, in hydration either. */
export function host(tag: string, { className, ...props }: HostProps, ...children: ReactNode[]): ReactNode {
  return createElement(tag, { ...props, class: className, suppressHydrationWarning: true }, ...children);
}

/** A layout effect, of which a server knows nothing. */
export const useLayout = typeof document === 'undefined' ? useEffect : useLayoutEffect;

/** Loads the elements, in the browser. */
export function useElements(wanted = true): void {
  useEffect(() => {
    if (wanted) void import('@belfry/elements');
  }, [wanted]);
}

/** Sets properties; one that is undefined is unset. */
export function useProperties<Element extends HTMLElement>(ref: RefObject<Element | null>, properties: Partial<Element>): void {
  useLayout(() => void Object.assign(ref.current as Element, properties));
}

type Listeners = { readonly [Name in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[Name]) => void };

const names = ['belfry-open', 'belfry-action', 'belfry-error', 'belfry-toggle'] as const;

/** Hears the element's events, by the listeners of the latest render. */
export function useListeners(ref: RefObject<HTMLElement | null>, listeners: Listeners): void {
  const latest = useRef(listeners);
  useLayout(() => void (latest.current = listeners));
  useLayout(() => {
    const element = ref.current as HTMLElement;
    const hear = (event: Event): void => (latest.current[event.type as (typeof names)[number]] as ((event: Event) => void) | undefined)?.(event);
    for (const name of names) element.addEventListener(name, hear);
    return () => names.forEach((name) => element.removeEventListener(name, hear));
  }, [ref]);
}

/** What is heard of items, as events. */
export function heard<Data extends object>({ onItemClick, onAction, onError }: Listening<Data>): Listeners {
  return {
    'belfry-open': (event) => onItemClick?.(event.detail.item as unknown as Item<Data>, event),
    'belfry-action': (event) => onAction?.(event.detail.item as unknown as Item<Data>, event.detail.action, event),
    'belfry-error': (event) => onError?.(event.detail.error),
  };
}

/** A function that stays the same and calls the latest: an element begins nothing anew because React rendered. */
export function useStable<Args extends unknown[], Answer>(run: ((...args: Args) => Answer) | undefined): ((...args: Args) => Answer) | undefined {
  const latest = useRef(run);
  useLayout(() => void (latest.current = run));
  const [stable] = useState(() => (...args: Args): Answer => (latest.current as (...args: Args) => Answer)(...args));
  return run && stable;
}

/** The same object until what it says changes; for plain data. */
export function useSame<T>(value: T): T {
  const [kept, keep] = useState(value);
  if (kept === value || JSON.stringify(kept) === JSON.stringify(value)) return kept;
  keep(value);
  return value;
}
