import { css } from 'lit';

/** What stands in place of items, above or over them. */
export const states = css`
  .state {
    display: grid;
    justify-items: center;
    gap: 4px;
    padding: 72px 32px;
    color: var(--_muted);
    text-align: center;
  }
  .state p {
    margin: 0;
  }
  .state .chip {
    margin-top: 10px;
    color: var(--_text);
  }
  .strong {
    color: var(--_text);
    font-weight: 600;
  }
  .halo {
    display: grid;
    place-items: center;
    width: 52px;
    height: 52px;
    margin-bottom: 10px;
    border-radius: 50%;
    background: color-mix(in srgb, var(--_accent) 11%, transparent);
    color: var(--_accent);
  }
  .halo.down {
    background: color-mix(in srgb, var(--_warning) 13%, transparent);
    color: var(--_warning);
  }
  .halo svg {
    width: 24px;
    height: 24px;
  }
  .skeleton div {
    display: flex;
    gap: 12px;
    padding: 14px 20px;
    animation: breathe 1.6s ease-in-out infinite;
  }
  .skeleton span {
    flex: 1;
  }
  .skeleton i {
    display: block;
    width: 45%;
    height: 10px;
    margin: 4px 0 10px;
    border-radius: 5px;
    background: color-mix(in srgb, var(--_text) 9%, transparent);
  }
  .skeleton i + i {
    width: 80%;
  }
  .skeleton .round {
    width: 32px;
    height: 32px;
    margin: 0;
    border-radius: 50%;
  }
  @keyframes breathe {
    50% {
      opacity: 0.45;
    }
  }
  .strip {
    display: flex;
    align-items: center;
    gap: 9px;
    padding: 8px 18px;
    border-bottom: 1px solid var(--_border);
    background: color-mix(in srgb, var(--_warning) 9%, var(--_surface));
    font-size: 12.5px;
  }
  .strip svg {
    color: var(--_warning);
  }
  .strip span,
  .undo span {
    flex: 1;
  }
  .link {
    font-weight: 600;
    text-decoration: underline;
    text-underline-offset: 3px;
  }
  .undo {
    position: absolute;
    inset: auto 14px 14px;
    display: flex;
    gap: 14px;
    width: fit-content;
    min-width: 180px;
    margin: 0 auto;
    padding: 9px 14px;
    border-radius: 10px;
    background: light-dark(#1d1e23, #ececef);
    color: light-dark(#fff, #17181c);
    box-shadow: 0 6px 24px rgb(0 0 0 / 25%);
    font-size: 13px;
    animation: rise 0.22s var(--_ease);
  }
  @keyframes rise {
    from {
      opacity: 0;
      transform: translateY(8px);
    }
  }
`;
