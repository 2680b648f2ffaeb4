/** Registers an element once: a second copy of this library on a page leaves the first one's alone. */
export function define(name: string, element: CustomElementConstructor): void {
  if (!customElements.get(name)) customElements.define(name, element);
}
