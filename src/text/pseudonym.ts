// Makes keyed pseudonyms of hosts: without the key, addresses cannot be enumerated; the same key gives the same names.

/** No vowels and no ambiguous characters, so that no words appear. */
const SIGNS = '23456789BCDFGHJKLMNPQRSTVWXZ';
/** 28^8 names: with 10,000 hosts, the probability that two share one is 1 in 7,500. Then two hosts would become one. */
const LENGTH = 8;

/** Minimum size of a key in bytes. */
export const MIN_KEY_BYTES = 32;

/** Returns `mark`, "-" and eight characters, from at least sixteen bytes of HMAC-SHA-256(key, host). */
export function formatPseudonym(mac: Uint8Array, mark: 'h' | 'u' = 'h'): string {
  let text = `${mark}-`;
  for (let i = 0; i < LENGTH; i++) {
    // Two bytes per character keep the bias below 1 in 2,000.
    const value = ((mac[2 * i] ?? 0) << 8) | (mac[2 * i + 1] ?? 0);
    text += SIGNS[value % SIGNS.length];
  }
  return text;
}

export const isPseudonym = (host: string): boolean => /^h-[2-9B-DF-HJ-NP-TV-XZ]{8}$/.test(host);

export const isUserPseudonym = (name: string): boolean => /^u-[2-9B-DF-HJ-NP-TV-XZ]{8}$/.test(name);

/** Replaces an entry of a scope that identifies a machine or a network, if hosts are pseudonyms. */
export const HIDDEN_ENTRY = '';
