import type { Action, Item } from '@belfry/client';

export interface OpenDetail {
  readonly item: Item;
  /** Where the item leads, if that is an address that may be followed. */
  readonly url: string | undefined;
}

export interface ActionDetail extends OpenDetail {
  readonly action: Action;
}

const known = { bubbles: true, composed: true };

/** An item is opened. Prevent it to follow the address in your own way. */
export class OpenEvent extends CustomEvent<OpenDetail> {
  constructor(detail: OpenDetail) {
    super('belfry-open', { ...known, cancelable: true, detail });
  }
}

/** A button of an item is pressed. Prevent it to follow the address in your own way. */
export class ActionEvent extends CustomEvent<ActionDetail> {
  constructor(detail: ActionDetail) {
    super('belfry-action', { ...known, cancelable: true, detail });
  }
}

/** The bell's popover is about to open or close. */
export class ToggleEvent extends CustomEvent<{ readonly open: boolean }> {
  constructor(open: boolean) {
    super('belfry-toggle', { ...known, detail: { open } });
  }
}

declare global {
  interface HTMLElementEventMap {
    'belfry-open': OpenEvent;
    'belfry-action': ActionEvent;
    'belfry-toggle': ToggleEvent;
    /** A mark was refused and taken back. */
    'belfry-error': CustomEvent<{ readonly error: unknown }>;
  }
}
