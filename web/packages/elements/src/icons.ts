import { svg, html, type TemplateResult } from 'lit';

const icon = (paths: ReturnType<typeof svg>, size = 16): TemplateResult => html`<svg
  width=${size} height=${size} viewBox="0 0 16 16" fill="none" stroke="currentColor"
  stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">${paths}</svg>`;

const bellShape = svg`<path d="M8 2a4 4 0 0 0-4 4c0 3.2-1.5 4.5-1.5 5.2h11C13.5 10.5 12 9.2 12 6a4 4 0 0 0-4-4z"/><path d="M6.6 13.400a1.6 1.6 0 0 0 2.8 0"/>`;

export const icons = {
  bell: (size = 20) => icon(bellShape, size),
  bellOff: () => icon(svg`${bellShape}<path d="M2 2l12 12"/>`),
  sound: () => icon(svg`<path d="M3 6.200h2L8 3.500v9L5 9.800H3z"/><path d="M10.5 6a3 3 0 0 1 0 4M12.5 4.200a5.5 5.5 0 0 1 0 7.6"/>`),
  mute: () => icon(svg`<path d="M3 6.200h2L8 3.500v9L5 9.800H3z"/><path d="M10.7 6.300l3.4 3.400M14.1 6.300l-3.4 3.4"/>`),
  check: () => icon(svg`<path d="M3.5 8.500l3 3 6-7"/>`),
  checks: () => icon(svg`<path d="M1.5 8.500l3 3 6-7M8.2 11.200l.3.3 6-7"/>`),
  dot: () => icon(svg`<circle cx="8" cy="8" r="3.5" fill="currentColor" stroke="none"/>`),
  archive: () => icon(svg`<path d="M2.5 3.500h11v3h-11zM3.5 6.500v6h9v-6M6.5 9h3"/>`),
  unarchive: () => icon(svg`<path d="M2.5 9.500v3.500h11V9.500M8 10V3M5.2 5.700L8 2.900l2.8 2.8"/>`),
  clock: () => icon(svg`<circle cx="8" cy="8" r="5.5"/><path d="M8 5v3.200l2 1.3"/>`),
  trash: () => icon(svg`<path d="M3 4.500h10M6.5 4.500V3h3v1.500M4.5 4.500l.6 8.500h5.800l.6-8.5"/>`),
  close: () => icon(svg`<path d="M4.5 4.500l7 7M11.5 4.500l-7 7"/>`),
  chevron: () => icon(svg`<path d="M4.5 6.500L8 10l3.5-3.5"/>`),
  inbox: (size = 16) => icon(svg`<path d="M2.5 9.500L4.3 3.500h7.400l1.8 6v3.500h-11zM2.5 9.500h3l1 1.500h3l1-1.500h3"/>`, size),
  offline: () => icon(svg`<path d="M2 2l12 12M4.8 8.800a4.5 4.5 0 0 1 2-1.200M9.8 7.800c.5.2 1 .6 1.4 1M2.5 6.200a8 8 0 0 1 2.3-1.500M7 4a8 8 0 0 1 6.5 2.200M8 12h.01"/>`),
  info: (size = 16) => icon(svg`<circle cx="8" cy="8" r="5.7"/><path d="M8 7.500V11M8 5.200h.01"/>`, size),
  success: (size = 16) => icon(svg`<circle cx="8" cy="8" r="5.7"/><path d="M5.6 8.200l1.7 1.7 3.2-3.6"/>`, size),
  warning: (size = 16) => icon(svg`<path d="M8 2.500l6 10.700H2zM8 6.500v3M8 11.300h.01"/>`, size),
  error: (size = 16) => icon(svg`<circle cx="8" cy="8" r="5.7"/><path d="M8 5v3.500M8 10.900h.01"/>`, size),
};
