// Text for terminals that show nothing but ASCII.

/** Typographic signs of sentences; names that are not ASCII are named by code point. */
export function toAscii(text: string): string {
  return text
    .replaceAll(/[–─]/g, '-')
    .replaceAll('…', '...')
    .replaceAll(/[“”]/g, '"')
    .replaceAll('’', "'")
    .replace(
      /\P{ASCII}/gu,
      (sign) => `<U+${(sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}>`,
    );
}
