import type { AnyData, Counts } from '@belfry/client';
import type { BelfryBell, Placement } from '@belfry/elements';
import { useRef, useState, type ReactNode } from 'react';
import { flushSync } from 'react-dom';
import { useCounts } from './hooks.js';
import { heard, host, useElements, useListeners, useProperties } from './host.js';
import { Inbox, type InboxProps } from './inbox.js';

export interface BellProps<Data extends object = AnyData> extends InboxProps<Data> {
  /** Whether the inbox is shown. Without it the bell decides. */
  readonly open?: boolean | undefined;
  /** The user opens or closes it. */
  readonly onOpenChange?: ((open: boolean) => void) | undefined;
  /** Where the popover stands; it turns to the other side where there is no room. Default bottom-end. */
  readonly placement?: Placement | undefined;
  /** What the button shows instead of the bell and the number. It stands inside a button, so it can hold none. */
  readonly renderBell?: ((counts: Counts) => ReactNode) | undefined;
}

/** A bell with the number of unread, and the inbox in a popover. */
export function Bell<Data extends object = AnyData>(props: BellProps<Data>): ReactNode {
  const { open, onOpenChange, placement = 'bottom-end', renderBell, tabs, renderItem, renderEmpty, navigate, className, style, id, slot } = props;
  const ref = useRef<BelfryBell>(null);
  const [opened, setOpened] = useState(false);
  useElements();
  useProperties(ref, { placement, ...(open === undefined ? {} : { open }) });
  useListeners(ref, {
    ...heard(props),
    'belfry-toggle': ({ target, detail: { open: wanted } }) => {
      if (target !== ref.current) return;
      // The popover shows itself next, and its inbox takes the focus.
      flushSync(() => {
        setOpened(wanted);
        if (wanted !== open) onOpenChange?.(wanted);
      });
    },
  });
  const inbox = (open ?? opened) && <Inbox<Data> {...{ tabs, renderItem, renderEmpty, navigate }} style={{ height: '100%' }} />;
  return host('belfry-bell', { ref, className, style, id, slot },
    renderBell && <Face render={renderBell} />,
    <div slot="inbox">{inbox}</div>,
  );
}

/** Stands in for the bell, and leaves the number out. */
function Face({ render }: { render: (counts: Counts) => ReactNode }): ReactNode {
  return (
    <>
      <span slot="icon">{render(useCounts())}</span>
      <span slot="badge" hidden />
    </>
  );
}
