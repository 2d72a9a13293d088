// Keyed pseudonyms of hosts: without the key addresses cannot be enumerated; the same key gives the same names.

/** No vowels and no ambiguous characters, so that no words appear. */
const SIGNS = '23456789BCDFGHJKLMNPQRSTVWXZ';
/** 28^8 names: two of 10 000 hosts share one with a chance of 1 in 7 500; on a collision two hosts would become one. */
const LENGTH = 8;

/** Least size of a key in bytes. */
export const MIN_KEY_BYTES = 32;

/** `mark`, "-" and eight signs, from at least sixteen bytes of HMAC-SHA-256(key, host). */
export function formatPseudonym(mac: Uint8Array, mark: 'h' | 'u' = 'h'): string {
  let text = `${mark}-`;
  for (let i = 0; i < LENGTH; i++) {
    // Two bytes a sign keep the bias below 1 in 2 000.
    const value = ((mac[2 * i] ?? 0) << 8) | (mac[2 * i + 1] ?? 0);
    text += SIGNS[value % SIGNS.length];
  }
  return text;
}

export const isPseudonym = (host: string): boolean => /^h-[2-9B-DF-HJ-NP-TV-XZ]{8}$/.test(host);

export const isUserPseudonym = (name: string): boolean => /^u-[2-9B-DF-HJ-NP-TV-XZ]{8}$/.test(name);

/** An entry of a scope that is not shown: it names a machine or a network, and hosts are pseudonyms. */
export const HIDDEN_ENTRY = '';
