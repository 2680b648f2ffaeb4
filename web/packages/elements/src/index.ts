/**
 * @belfry/elements: a live notification inbox as web components.
 *
 *     <belfry-provider url="https://notify.example.com" token="…">
 *       <belfry-bell></belfry-bell>
 *       <belfry-toasts></belfry-toasts>
 *     </belfry-provider>
 *
 * provider/ connects; bell/, inbox/ and toasts/ show; sound/ is heard; theme/ and
 * strings/ are the look and the words. Importing this registers the elements.
 */

import { BelfryBell } from './bell/bell.js';
import { define } from './define.js';
import { BelfryInbox } from './inbox/inbox.js';
import { BelfryProvider } from './provider/provider.js';
import { BelfryToasts } from './toasts/toasts.js';

// The provider first: it must be there when the others ask for it.
define('belfry-provider', BelfryProvider);
define('belfry-inbox', BelfryInbox);
define('belfry-bell', BelfryBell);
define('belfry-toasts', BelfryToasts);

export { BelfryBell, BelfryInbox, BelfryProvider, BelfryToasts };
export type { Placement } from './bell/placement.js';
export { ActionEvent, OpenEvent, ToggleEvent, type ActionDetail, type OpenDetail } from './events.js';
export { defaultTabs, type Tab } from './inbox/tabs.js';
export { tables, type Strings, type Text } from './strings/strings.js';
export type { ToastPosition } from './toasts/toasts.js';
export { safeUrl } from './url.js';
