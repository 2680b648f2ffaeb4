// The two views of the app, by the address: #roadmap and #inbox.

const views = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('[data-view]'));

function show() {
  const chosen = location.hash === '#inbox' ? 'inbox' : 'roadmap';
  for (const view of views) view.hidden = view.dataset.view !== chosen;
  for (const link of document.querySelectorAll('.app nav a')) {
    if (link.getAttribute('href') === `#${chosen}`) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
}

export function startViews() {
  addEventListener('hashchange', show);
  show();
}
