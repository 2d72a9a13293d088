// How much may come out of compressed data.

/**
 * Maximum ratio of decompressed to stored bytes: captures of identical packets reach about fifty. Higher ratios are
 * decompression bombs and are reported as damaged data.
 */
export const MOST_EXPANSION = 200;
/** Decompressed bytes below which the ratio is not checked. */
const FREE_BYTES = 64 << 20;

/** The error of more bytes than a stored size may expand to; null for fewer. */
export function refusalOf(bytes: number, storedBytes: number): Error | null {
  if (bytes <= FREE_BYTES || bytes <= MOST_EXPANSION * storedBytes) return null;
  return new Error(`more than ${MOST_EXPANSION} bytes come out of each that is stored`);
}
