import { svg, html, type TemplateResult } from 'lit';

const icon = (paths: ReturnType<typeof svg>, size = 16): TemplateResult => html`<svg
  width=${size} height=${size} viewBox="0 0 16 16" fill="none" stroke="currentColor"
  stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">${paths}</svg>`;

const bellShape = svg`<path d="M8 2a4 4 0 0 0-4 4c0 3.2-1.5 4.5-1.5 5.2h11C13.500 10.500 12 9.200 12 6a4 4 0 0 0-4-4z"/><path d="M6.600 13.400a1.600 1.600 0 0 0 2.800 0"/>`;

export const icons = {
  bell: (size = 20) => icon(bellShape, size),
  bellOff: () => icon(svg`${bellShape}<path d="M2 2l12 12"/>`),
  sound: () => icon(svg`<path d="M3 6.200h2L8 3.500v9L5 9.800H3z"/><path d="M10.500 6a3 3 0 0 1 0 4M12.500 4.200a5.500 5.500 0 0 1 0 7.600"/>`),
  mute: () => icon(svg`<path d="M3 6.200h2L8 3.500v9L5 9.800H3z"/><path d="M10.700 6.300l3.400 3.400M14.100 6.300l-3.400 3.400"/>`),
  check: () => icon(svg`<path d="M3.500 8.500l3 3 6-7"/>`),
  checks: () => icon(svg`<path d="M1.500 8.500l3 3 6-7M8.200 11.200l.3.300 6-7"/>`),
  dot: () => icon(svg`<circle cx="8" cy="8" r="3.500" fill="currentColor" stroke="none"/>`),
  archive: () => icon(svg`<path d="M2.500 3.500h11v3h-11zM3.500 6.500v6h9v-6M6.500 9h3"/>`),
  unarchive: () => icon(svg`<path d="M2.500 9.500v3.500h11V9.500M8 10V3M5.200 5.700L8 2.900l2.800 2.800"/>`),
  clock: () => icon(svg`<circle cx="8" cy="8" r="5.500"/><path d="M8 5v3.200l2 1.300"/>`),
  trash: () => icon(svg`<path d="M3 4.500h10M6.500 4.500V3h3v1.500M4.500 4.500l.6 8.500h5.800l.6-8.500"/>`),
  close: () => icon(svg`<path d="M4.500 4.500l7 7M11.500 4.500l-7 7"/>`),
  chevron: () => icon(svg`<path d="M4.500 6.500L8 10l3.500-3.500"/>`),
  inbox: (size = 16) => icon(svg`<path d="M2.500 9.500L4.300 3.500h7.400l1.800 6v3.500h-11zM2.500 9.500h3l1 1.500h3l1-1.500h3"/>`, size),
  offline: () => icon(svg`<path d="M2 2l12 12M4.800 8.800a4.500 4.500 0 0 1 2-1.200M9.800 7.800c.5.200 1 .6 1.400 1M2.500 6.200a8 8 0 0 1 2.300-1.500M7 4a8 8 0 0 1 6.500 2.200M8 12h.01"/>`),
  info: (size = 16) => icon(svg`<circle cx="8" cy="8" r="5.700"/><path d="M8 7.500V11M8 5.200h.01"/>`, size),
  success: (size = 16) => icon(svg`<circle cx="8" cy="8" r="5.700"/><path d="M5.600 8.200l1.700 1.700 3.200-3.600"/>`, size),
  warning: (size = 16) => icon(svg`<path d="M8 2.500l6 10.700H2zM8 6.500v3M8 11.300h.01"/>`, size),
  error: (size = 16) => icon(svg`<circle cx="8" cy="8" r="5.700"/><path d="M8 5v3.500M8 10.900h.01"/>`, size),
};
