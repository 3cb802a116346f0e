import type { DerElement } from "@apoc/encoding";

/** An element that must be there with this tag. Throws RangeError; readers of key files map it to their code. */
export function typed(element: DerElement | undefined, tag: number): DerElement {
  if (element?.tag !== tag) throw new RangeError(`tag ${tag} expected`);
  return element;
}
