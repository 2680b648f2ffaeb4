// What to paste: the values are this server's.

import { server, me, nameOf } from './me.js';
import { find, icon, make } from './page.js';

/** @param {import('./backend.js').Credentials} credentials */
export function startSnippets({ token, key }) {
  const list = [
    ['HTML', `<script type="module"
  src="${server}/sdk/v1.js"></script>

<belfry-provider
  url="${server}"
  token="${token}" sound>
  <belfry-bell></belfry-bell>
  <belfry-toasts></belfry-toasts>
</belfry-provider>`],
    ['React', `import { Bell, BelfryProvider, Toasts }
  from '@belfry/react';

<BelfryProvider
  url="${server}"
  token="${token}" sound>
  <Bell />
  <Toasts />
</BelfryProvider>`],
    ['curl', `curl ${server}/v1/notifications \\
  -H "Authorization: Bearer ${key}" \\
  -H "Content-Type: application/json" \\
  -d '{"to": {"user": "${me}"},
       "level": "success",
       "title": "Hello, ${nameOf(me)}"}'`],
  ];
  // A token is long: it is copied whole and shown in part.
  find('snippets').append(...list.map(([name, text = '']) => snippet(String(name), text, text.replace(token, `${token.slice(0, 10)}…`))));
}

/** @param {string} name @param {string} text @param {string} shown */
function snippet(name, text, shown) {
  const button = make('button', 'button icon', icon('copy'));
  button.setAttribute('aria-label', `Copy ${name}`);
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(text);
    button.replaceChildren(icon('check'));
    button.dataset.copied = '';
    setTimeout(() => {
      button.replaceChildren(icon('copy'));
      delete button.dataset.copied;
    }, 1400);
  });
  const code = make('pre', '', make('code', '', shown));
  code.tabIndex = 0; // it scrolls
  return make('figure', '', make('figcaption', '', name, button), code);
}
