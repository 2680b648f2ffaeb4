// Light or dark: the system's, until somebody chooses here.

import { find, icon } from './page.js';

const root = document.documentElement;
const system = matchMedia('(prefers-color-scheme: dark)');
const button = find('theme');

const isDark = () => (root.dataset.theme ? root.dataset.theme === 'dark' : system.matches);

function show() {
  const theme = root.dataset.theme ?? 'system';
  document.querySelector('belfry-provider')?.setAttribute('theme', theme);
  button.setAttribute('aria-pressed', String(isDark()));
  button.replaceChildren(icon(isDark() ? 'sun' : 'moon'));
}

export function startTheme() {
  if (localStorage.theme) root.dataset.theme = localStorage.theme;
  system.addEventListener('change', show);
  button.addEventListener('click', () => {
    root.dataset.theme = localStorage.theme = isDark() ? 'light' : 'dark';
    show();
  });
  show();
}
