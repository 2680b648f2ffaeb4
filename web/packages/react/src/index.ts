/**
 * @belfry/react: a live notification inbox for React.
 *
 *     <BelfryProvider url="https://notify.example.com" getToken={getToken}>
 *       <Bell />
 *       <Toasts />
 *     </BelfryProvider>
 *
 *     provider              the client, for everything inside
 *     bell, inbox, toasts   the elements of @belfry/elements, as components
 *     hooks, typing         the same data without a view
 *     held                  a client, and what a server renders of it
 *     host, slots           how React and a custom element work together
 *
 * Importing this loads no element: the first component that shows something
 * does, in the browser.
 */

export { Bell, type BellProps } from './bell.js';
export { useBelfry, useConnection, useCounts, useNotifications, useTopic, type Notifications } from './hooks.js';
export type { ComponentProps, Listening } from './host.js';
export { Inbox, type InboxProps } from './inbox.js';
export { BelfryProvider, type BelfryProviderProps } from './provider.js';
export { Toasts, type ToastsProps } from './toasts.js';
export { useTyping, type Typing } from './typing.js';
export type { Action, Client, Connection, Counts, Filter, Item, Page, Query, Snapshot } from '@belfry/client';
export type { ActionEvent, OpenEvent, Placement, Strings, Tab, ToastPosition } from '@belfry/elements';
