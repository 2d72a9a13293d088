// Computes FNV-1a (32 bits) over UTF-16 units. Stores persist its results, and exported rules are numbered by it, so it must
// never change.

/** Returns a signed 32-bit number. */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5 | 0;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash;
}

/** Combines two hashes so that every bit depends on both. */
export function mixHashes(a: number, b: number): number {
  const hash = Math.imul(a ^ Math.imul(b, 0x9e3779b1), 0x85ebca6b);
  return hash ^ (hash >>> 15);
}
