import { StrictMode } from 'react';
import { renderToString } from 'react-dom/server';
import { App, type Config } from './scenes.js';

export const render = (config: Config): string => renderToString(<StrictMode><App {...config} /></StrictMode>);
export { version } from 'react';
