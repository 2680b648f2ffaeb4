import { StrictMode } from 'react';
import { createRoot, hydrateRoot } from 'react-dom/client';
import { App, heard, type Config } from './scenes.js';

const config = JSON.parse(document.querySelector('#config')?.textContent ?? '') as Config;
const root = document.querySelector('#root') as HTMLElement;
const app = <StrictMode><App {...config} /></StrictMode>;
Object.assign(globalThis, { heard });
if (root.firstElementChild) hydrateRoot(root, app, { onRecoverableError: (error) => heard.push(['recovered', String(error)]) });
else createRoot(root).render(app);
