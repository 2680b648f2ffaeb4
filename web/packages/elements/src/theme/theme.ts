import { css } from 'lit';

/**
 * The look that every element shares. Each `--belfry-*` property may be set from
 * outside; what is not set follows `color-scheme`, which `theme` decides.
 */
export const theme = css`
  :host {
    --_accent: var(--belfry-accent, light-dark(#4f46e5, #8e8ffa));
    --_on-accent: var(--belfry-on-accent, light-dark(#fff, #101114));
    --_surface: var(--belfry-surface, light-dark(#fff, #17181c));
    --_raised: var(--belfry-raised, light-dark(#fff, #1f2025));
    --_hover: var(--belfry-hover, light-dark(#f5f5f7, #202127));
    --_text: var(--belfry-text, light-dark(#17181c, #ececef));
    --_muted: var(--belfry-muted, light-dark(#5d606b, #a0a3ad));
    --_border: var(--belfry-border, light-dark(#e6e6ea, #2b2c33));
    --_badge: var(--belfry-badge, light-dark(#d12440, #f2495f));
    --_on-badge: var(--belfry-on-badge, light-dark(#fff, #1c0307));
    --_info: var(--belfry-info, light-dark(#2563c9, #6ea8fe));
    --_success: var(--belfry-success, light-dark(#147a3d, #4cc38a));
    --_warning: var(--belfry-warning, light-dark(#8f5a00, #f0b341));
    --_error: var(--belfry-error, light-dark(#c4203a, #ff7a85));
    --_radius: var(--belfry-radius, 12px);
    --_shadow: var(
      --belfry-shadow,
      0 0 0 1px light-dark(rgb(0 0 0 / 7%), rgb(255 255 255 / 9%)),
      0 2px 6px rgb(0 0 0 / 6%),
      0 14px 40px -8px light-dark(rgb(0 0 0 / 18%), rgb(0 0 0 / 60%))
    );
    --_ease: cubic-bezier(0.2, 0.8, 0.2, 1);
    box-sizing: border-box;
    color: var(--_text);
    font: 400 14px/1.45 var(--belfry-font, Inter, ui-sans-serif, system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif);
    -webkit-font-smoothing: antialiased;
  }
  :host([hidden]) {
    display: none;
  }
  :host([theme='system']) {
    color-scheme: light dark;
  }
  :host([theme='light']) {
    color-scheme: light;
  }
  :host([theme='dark']) {
    color-scheme: dark;
  }
  *,
  *::before,
  *::after {
    box-sizing: inherit;
  }
  button {
    margin: 0;
    border: 0;
    padding: 0;
    background: none;
    color: inherit;
    font: inherit;
    cursor: pointer;
  }
  a {
    color: inherit;
    text-decoration: none;
  }
  svg {
    display: block;
    flex: none;
  }
  :focus {
    outline: none;
  }
  :focus-visible {
    outline: 2px solid var(--_accent);
    outline-offset: 2px;
  }
  .icon {
    display: inline-grid;
    place-items: center;
    width: 28px;
    height: 28px;
    border-radius: 7px;
    color: var(--_muted);
    transition: background 0.12s, color 0.12s;
  }
  .icon:hover {
    background: color-mix(in srgb, var(--_text) 9%, transparent);
    color: var(--_text);
  }
  .icon:focus-visible {
    outline-offset: -1px;
  }
  .info {
    --_level: var(--_info);
  }
  .success {
    --_level: var(--_success);
  }
  .warning {
    --_level: var(--_warning);
  }
  .error {
    --_level: var(--_error);
  }
  .sr {
    position: absolute;
    width: 1px;
    height: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
  .chip {
    display: inline-flex;
    align-items: center;
    height: 26px;
    padding: 0 10px;
    border-radius: 7px;
    box-shadow: inset 0 0 0 1px var(--_border);
    font-size: 12.5px;
    font-weight: 500;
    transition: background 0.12s, filter 0.12s;
  }
  .chip:hover {
    background: var(--_hover);
  }
  .chip.primary {
    background: var(--_accent);
    color: var(--_on-accent);
    box-shadow: none;
  }
  .chip.primary:hover {
    filter: brightness(1.08);
  }
  .chip.danger {
    color: var(--_error);
  }
  .avatar {
    position: relative;
    flex: none;
    display: grid;
    place-items: center;
    width: 32px;
    height: 32px;
    border-radius: 50%;
    background: color-mix(in srgb, var(--_level) 13%, var(--_surface));
    color: var(--_level);
    font-size: 12px;
    font-weight: 600;
  }
  .avatar.actor {
    background: color-mix(in srgb, var(--_text) 9%, var(--_surface));
    color: var(--_text);
  }
  .avatar img {
    position: absolute;
    inset: 0;
    width: 100%;
    height: 100%;
    border-radius: inherit;
    object-fit: cover;
  }
  .avatar .level {
    position: absolute;
    inset-block-end: -3px;
    inset-inline-end: -3px;
    display: grid;
    border-radius: 50%;
    background: var(--_surface);
    padding: 1px;
    color: var(--_level);
  }
  @media (prefers-reduced-motion: reduce) {
    *,
    *::before,
    *::after {
      animation-duration: 1ms !important;
      transition-duration: 1ms !important;
    }
  }
  @media (forced-colors: active) {
    .chip,
    .icon {
      border: 1px solid;
    }
  }
`;
