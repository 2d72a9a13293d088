// FNV-1a (32 bits) over UTF-16 units. Stores keep results of it, and rules of other programs have their numbers by it: it must
// never change.

/** Signed. `before`: the hash of what stands in front of the text. */
export function fnv1a(text: string, before = 0x811c9dc5 | 0): number {
  let hash = before;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash;
}
