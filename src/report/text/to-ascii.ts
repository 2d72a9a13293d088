// Converts text for terminals that support only ASCII.

/** First of the blocks of eight heights, which become the digits 1 to 8. */
const LOWEST_STEP = 0x2581;

/** Replaces typographic characters of sentences; other characters that are not ASCII become code points. */
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
