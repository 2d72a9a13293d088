// FNV-1a (32 bits) over UTF-16 units. Stores keep results of it, and rules of other programs have their numbers by it: it must
// never change.

/** Signed. */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5 | 0;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash;
}
