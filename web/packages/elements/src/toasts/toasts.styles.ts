import { css } from 'lit';

export const styles = css`
  :host {
    position: fixed;
    z-index: var(--belfry-toast-layer, 2147483000);
    width: min(380px, calc(100vw - 32px));
    pointer-events: none;
  }
  :host([position^='top']) {
    top: 16px;
  }
  :host([position^='bottom']) {
    bottom: 16px;
  }
  :host([position$='start']) {
    inset-inline-start: 16px;
  }
  :host([position$='end']) {
    inset-inline-end: 16px;
  }
  :host([position$='center']) {
    left: 50%;
    translate: -50%;
  }
  ol {
    display: flex;
    flex-direction: column;
    gap: 10px;
    margin: 0;
    padding: 0;
    list-style: none;
  }
  :host([position^='bottom']) ol {
    flex-direction: column-reverse;
  }
  li {
    position: relative;
    display: flex;
    gap: 12px;
    align-items: flex-start;
    padding: 13px 14px;
    border-radius: var(--_radius);
    background: var(--_raised);
    box-shadow: var(--_shadow);
    pointer-events: auto;
    cursor: pointer;
    animation: arrive 0.34s var(--_ease);
    --_surface: var(--_raised);
  }
  li.urgent {
    box-shadow: inset 0 0 0 1.5px var(--_level), var(--_shadow);
  }
  @keyframes arrive {
    from {
      opacity: 0;
      transform: translateY(var(--_from, 14px)) scale(0.97);
    }
  }
  :host([position^='top']) li {
    --_from: -14px;
  }
  .text {
    flex: 1;
    min-width: 0;
    padding-block: 1px;
  }
  .title {
    display: block;
    width: 100%;
    font-weight: 600;
    text-align: start;
    text-align: -webkit-match-parent;
    text-align: match-parent;
    overflow-wrap: anywhere;
  }
  .title,
  .body {
    display: -webkit-box;
    overflow: hidden;
    -webkit-box-orient: vertical;
    -webkit-line-clamp: 2;
  }
  .body {
    text-align: start;
    text-align: -webkit-match-parent;
    text-align: match-parent;
    margin: 1px 0 0;
    color: var(--_muted);
    overflow-wrap: anywhere;
  }
  .count {
    margin-inline-end: 5px;
    padding: 0 6px;
    border-radius: 9px;
    background: color-mix(in srgb, var(--_level) 14%, transparent);
    color: var(--_level);
    font-size: 12px;
    font-weight: 600;
    font-variant-numeric: tabular-nums;
  }
  .actions {
    display: flex;
    flex-wrap: wrap;
    gap: 6px;
    margin-top: 9px;
  }
  a.title::after {
    content: '';
    position: absolute;
    inset: 0;
  }
  /* Above the link, which covers the toast. */
  .icon,
  .actions {
    position: relative;
  }
  .icon {
    margin: -4px;
    margin-inline-start: 0;
  }
`;
