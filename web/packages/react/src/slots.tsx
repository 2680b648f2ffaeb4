import type { Item } from '@belfry/client';
import { useState, useSyncExternalStore, type ReactNode, type RefObject } from 'react';
import { createPortal } from 'react-dom';
import { useLayout } from './host.js';

type Shown = ReadonlyMap<string, Item>;

const nothing: Shown = new Map();

/** An element that renders items: a Lit element takes controllers (ReactiveControllerHost). */
interface Rendering extends HTMLElement {
  renderItem: ((item: Item) => unknown) | undefined;
  addController?(controller: Slots): void;
  removeController?(controller: Slots): void;
  requestUpdate?(): void;
}

/**
 * Which items an element has on the screen, as a store for React. In place of
 * an item the element renders a slot; what stands in a slot is in the page's own
 * tree, where the app's styles reach it.
 */
class Slots {
  #shown: Shown = nothing;
  #next = new Map<string, Item>();
  readonly #slots = new Map<string, HTMLSlotElement>();
  readonly #listeners = new Set<() => void>();

  /** For the element: what stands in the item's place. */
  readonly renderItem = (item: Item): HTMLSlotElement => {
    let name = item.id;
    while (this.#next.has(name)) name += '+'; // a group shows its newest item, and when it is open again
    this.#next.set(name, item);
    const slot = this.#slots.get(name) ?? Object.assign(document.createElement('slot'), { name });
    this.#slots.set(name, slot);
    return slot;
  };

  hostUpdate(): void {
    this.#next = new Map();
  }

  hostUpdated(): void {
    for (const name of this.#slots.keys()) if (!this.#next.has(name)) this.#slots.delete(name);
    const same = this.#next.size === this.#shown.size && [...this.#next].every(([name, item]) => this.#shown.get(name) === item);
    if (same) return;
    this.#shown = this.#next;
    for (const listener of this.#listeners) listener();
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  readonly getSnapshot = (): Shown => this.#shown;
}

/** Lets React render the items of an element: the answer belongs into what is rendered. */
export function useItemSlots<Data extends object>(
  ref: RefObject<HTMLElement | null>, renderItem: ((item: Item<Data>) => ReactNode) | undefined,
): ReactNode {
  const [slots] = useState(() => new Slots());
  const shown = useSyncExternalStore(slots.subscribe, slots.getSnapshot, () => nothing);
  const wanted = !!renderItem;
  useLayout(() => {
    const element = ref.current as Rendering;
    let here = wanted;
    if (wanted) void customElements.whenDefined(element.localName).then(() => {
      if (!here) return;
      element.addController?.(slots);
      element.requestUpdate?.();
    });
    element.renderItem = wanted ? slots.renderItem : undefined;
    return () => {
      here = false;
      element.removeController?.(slots);
    };
  }, [ref, slots, wanted]);
  if (!renderItem) return null;
  return (
    <>
      {[...shown].map(([name, item]) => (
        <Slotted key={name} name={name} into={ref}>
          {renderItem(item as unknown as Item<Data>)}
        </Slotted>
      ))}
    </>
  );
}

/** Puts something into a slot, by a portal: its React events come before the element's own. */
function Slotted({ name, into, children }: { name: string; into: RefObject<HTMLElement | null>; children: ReactNode }): ReactNode {
  const [place] = useState(() => Object.assign(document.createElement('div'), { slot: name }));
  useLayout(() => {
    into.current?.append(place);
    return () => place.remove();
  }, [place, into]);
  return createPortal(children, place);
}
