import { css } from 'lit';

export const styles = css`
  :host {
    display: block;
    container: belfry-inbox / inline-size;
    min-height: 0;
    background: var(--_surface);
  }
  .inbox {
    display: flex;
    flex-direction: column;
    position: relative;
    height: 100%;
    max-height: inherit;
  }
  header {
    display: flex;
    align-items: center;
    gap: 2px;
    padding: 12px 12px 4px 18px;
  }
  [dir='rtl'] header {
    padding: 12px 18px 4px 12px;
  }
  h2 {
    flex: 1;
    margin: 0;
    font-size: 15px;
    font-weight: 650;
    letter-spacing: -0.012em;
  }
  .icon:disabled {
    opacity: 0.35;
    pointer-events: none;
  }
  .tabs {
    display: flex;
    gap: 2px;
    padding: 0 10px;
    border-bottom: 1px solid var(--_border);
    overflow-x: auto;
    scrollbar-width: none;
  }
  .tabs button {
    position: relative;
    flex: none;
    padding: 8px;
    color: var(--_muted);
    font-size: 13px;
    font-weight: 500;
    transition: color 0.12s;
  }
  .tabs button:hover,
  .tabs [aria-selected='true'] {
    color: var(--_text);
  }
  .tabs [aria-selected='true']::after {
    content: '';
    position: absolute;
    inset: auto 8px -1px;
    height: 2px;
    border-radius: 2px 2px 0 0;
    background: var(--_text);
  }
  .tabs button:focus-visible {
    outline-offset: -4px;
    border-radius: 9px;
  }
  .number {
    margin-inline-start: 6px;
    padding: 1px 6px;
    border-radius: 8px;
    background: color-mix(in srgb, var(--_text) 8%, transparent);
    color: var(--_text);
    font-size: 11px;
    font-weight: 600;
    font-variant-numeric: tabular-nums;
  }
  .scroll {
    position: relative;
    flex: 1;
    min-height: 0;
    overflow: auto;
    overscroll-behavior: contain;
    overflow-anchor: none;
    scrollbar-width: thin;
    scrollbar-color: var(--_border) transparent;
  }
  .feed {
    position: relative;
  }
  .row {
    position: absolute;
    inset-inline: 0;
    top: 0;
    display: flex;
    gap: 12px;
    padding: 13px 18px 13px 20px;
    border-bottom: 1px solid var(--_border);
    background: var(--_surface);
    cursor: pointer;
  }
  [dir='rtl'] .row {
    padding: 13px 20px 13px 18px;
  }
  .row:hover,
  .row:focus-within {
    background: var(--_hover);
    --_surface: var(--_hover);
  }
  .row:focus-visible {
    outline-offset: -3px;
    border-radius: 10px;
  }
  .row.nested {
    padding-inline-start: 46px;
  }
  .dot {
    position: absolute;
    inset-inline-start: 7px;
    top: 26px;
    width: 7px;
    height: 7px;
    border-radius: 50%;
  }
  .new .dot {
    background: var(--_accent);
  }
  .nested .dot {
    inset-inline-start: 30px;
  }
  .main {
    flex: 1;
    min-width: 0;
  }
  .head {
    display: flex;
    gap: 12px;
    align-items: baseline;
  }
  .title {
    flex: 1;
    min-width: 0;
    color: var(--_muted);
    font-weight: 500;
    overflow-wrap: anywhere;
  }
  .new .title {
    color: var(--_text);
    font-weight: 600;
  }
  .title,
  .body {
    display: -webkit-box;
    overflow: hidden;
    -webkit-box-orient: vertical;
    text-align: start;
    text-align: -webkit-match-parent;
    text-align: match-parent;
    -webkit-line-clamp: 2;
  }
  a.title::after {
    content: '';
    position: absolute;
    inset: 0;
  }
  /* What can be touched lies above the link, which covers the row. */
  time,
  .actions,
  .toggle {
    position: relative;
  }
  .count {
    color: var(--_level);
    font-weight: 600;
    font-variant-numeric: tabular-nums;
  }
  time {
    flex: none;
    color: var(--_muted);
    font-size: 12px;
    font-variant-numeric: tabular-nums;
  }
  .body {
    margin: 1px 0 0;
    color: var(--_muted);
    font-size: 13.5px;
    overflow-wrap: anywhere;
  }
  .image {
    display: block;
    width: 100%;
    height: 140px;
    margin-top: 8px;
    border-radius: 8px;
    object-fit: cover;
  }
  .actions {
    display: flex;
    flex-wrap: wrap;
    gap: 6px;
    margin-top: 9px;
  }
  .toggle {
    display: inline-flex;
    align-items: center;
    gap: 3px;
    margin-top: 5px;
    color: var(--_muted);
    font-size: 12.5px;
    font-weight: 500;
  }
  .actions + .toggle {
    margin-top: 9px;
  }
  .toggle:hover {
    color: var(--_text);
  }
  .toggle svg {
    transition: transform 0.18s var(--_ease);
  }
  .toggle[aria-expanded='true'] svg {
    transform: rotate(180deg);
  }
  .tools {
    position: absolute;
    inset-inline-end: 12px;
    top: 8px;
    display: none; /* most rows never need theirs laid out */
    padding: 2px;
    border-radius: 9px;
    background: var(--_raised);
    box-shadow: 0 0 0 1px var(--_border), 0 2px 8px rgb(0 0 0 / 8%);
    opacity: 0;
    pointer-events: none;
  }
  .row:hover .tools,
  .row.active .tools {
    display: flex;
  }
  .row:hover .tools,
  .row:focus-visible .tools,
  .row:has(:focus-visible) .tools {
    opacity: 1;
    pointer-events: auto;
  }
  @media (hover: none) {
    .row.active .tools {
      opacity: 1;
      pointer-events: auto;
    }
  }
  .menu {
    position: fixed;
    inset: auto;
    min-width: 200px;
    margin: 0;
    border: 0;
    padding: 5px;
    border-radius: 10px;
    background: var(--_raised);
    color: inherit;
    box-shadow: var(--_shadow);
  }
  .menu button {
    display: flex;
    gap: 20px;
    width: 100%;
    padding: 7px 10px;
    border-radius: 7px;
    text-align: start;
  }
  .menu button span:first-child {
    flex: 1;
  }
  .menu button:hover,
  .menu button:focus-visible {
    background: var(--_hover);
    outline-offset: -2px;
  }
  .when {
    color: var(--_muted);
    font-size: 12.5px;
  }
  @container belfry-inbox (width < 340px) {
    .row,
    [dir='rtl'] .row {
      gap: 10px;
      padding-inline: 16px 12px;
    }
    .dot {
      inset-inline-start: 5px;
    }
    .avatar {
      width: 26px;
      height: 26px;
    }
  }
`;
