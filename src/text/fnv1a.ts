// Computes FNV-1a (32 bits) over UTF-16 units. Stores persist its results, and exported rules are numbered by it, so it must
// never change.

/** Returns a signed 32-bit number. */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5 | 0;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash;
}
