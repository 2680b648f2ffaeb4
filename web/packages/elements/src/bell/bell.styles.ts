import { css } from 'lit';

export const styles = css`
  :host {
    display: inline-block;
    position: relative;
  }
  .bell {
    position: relative;
    display: grid;
    place-items: center;
    width: 36px;
    height: 36px;
    border-radius: 10px;
    transition: background 0.12s;
  }
  .bell:hover,
  .bell[aria-expanded='true'] {
    background: color-mix(in srgb, currentColor 9%, transparent);
  }
  .badge {
    position: absolute;
    top: -2px;
    inset-inline-start: 19px;
    min-width: 17px;
    height: 17px;
    padding: 0 4.5px;
    border-radius: 9px;
    background: var(--_badge);
    color: var(--_on-badge);
    font-size: 10.5px;
    font-weight: 650;
    line-height: 17px;
    text-align: center;
    font-variant-numeric: tabular-nums;
    animation: pop 0.3s var(--_ease);
    pointer-events: none;
  }
  @keyframes pop {
    from {
      transform: scale(0.4);
      opacity: 0;
    }
  }
  .ringing svg {
    transform-origin: 50% 10%;
    animation: ring 0.7s ease-in-out;
  }
  @keyframes ring {
    20% {
      transform: rotate(13deg);
    }
    45% {
      transform: rotate(-11deg);
    }
    70% {
      transform: rotate(6deg);
    }
    85% {
      transform: rotate(-3deg);
    }
  }
  .popover {
    position: fixed;
    inset: auto;
    margin: 0;
    border: 0;
    padding: 0;
    width: min(var(--belfry-popover-width, 420px), calc(100vw - 16px));
    height: min(var(--belfry-popover-height, 600px), calc(100dvh - 16px));
    overflow: hidden;
    border-radius: var(--_radius);
    background: var(--_surface);
    color: inherit;
    box-shadow: var(--_shadow);
  }
  .popover:popover-open {
    animation: open 0.18s var(--_ease);
  }
  @keyframes open {
    from {
      opacity: 0;
      transform: translateY(-4px) scale(0.985);
    }
  }
  belfry-inbox,
  ::slotted([slot='inbox']) {
    display: block;
    height: 100%;
  }
`;
