// Small things that several parts of the page want.

/** @param {string} id */
export const find = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/**
 * An element with a class and what is in it. Text stays text.
 * @param {string} name @param {string} className @param {...(Node | string)} children
 */
export function make(name, className, ...children) {
  const element = document.createElement(name);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

/** @param {string} name */
export function icon(name) {
  const [svg, use] = ['svg', 'use'].map((n) => document.createElementNS('http://www.w3.org/2000/svg', n));
  if (!svg || !use) throw new Error('unreachable');
  svg.setAttribute('aria-hidden', 'true');
  use.setAttribute('href', `#${name}`);
  svg.append(use);
  return svg;
}

/** The initials of somebody, in their colour. @param {string} name @param {HTMLElement} [at] */
export function face(name, at = make('span', 'face')) {
  const words = name.split(' ');
  at.textContent = words.map((w) => w.charAt(0)).slice(0, 2).join('');
  at.title = name;
  at.dataset.hue = String([...name].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % 6);
  return at;
}

export const calm = () => matchMedia('(prefers-reduced-motion: reduce)').matches;
