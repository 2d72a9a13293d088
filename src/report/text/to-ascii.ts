// Text for terminals that show nothing but ASCII.

/** Blocks of eight heights are the digits 1 to 8. */
const LOWEST_STEP = 0x2581;

/** Typographic signs of sentences; names that are not ASCII are named by code point. */
export function toAscii(text: string): string {
  return text
    .replaceAll(/[–─]/g, '-')
    .replaceAll('…', '...')
    .replaceAll(/[▁-█]/g, (step) => String((step.codePointAt(0) ?? 0) - LOWEST_STEP + 1))
    .replaceAll(/[“”]/g, '"')
    .replaceAll('’', "'")
    .replace(
      /\P{ASCII}/gu,
      (sign) => `<U+${(sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}>`,
    );
}
