// Makes text from the network safe to display: characters that move the cursor, hide or reorder text are named instead.

/**
 * Control characters, bidirectional marks and overrides, invisible joiners and tags, line and paragraph separators,
 * lone surrogates: characters that make a name look like another one or move the cursor of a terminal.
 */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Co}\u115F\u1160\u3164\uFFA0\u2800]/gu;

/** Replaces every hidden character by a text such as <U+001B>; for terminals, CSV and logs. */
export function visibleText(text: string): string {
  return nameCharacter(text, '<', '>');
}

/** Replaces every hidden character by a text such as ⟨U+202E⟩; for pages, where escaped < and > would be hard to read. */
export function visibleOnPage(text: string): string {
  return nameCharacter(text, '⟨', '⟩');
}

function nameCharacter(text: string, open: string, close: string): string {
  return text.replace(HIDDEN, (sign) => {
    const point = sign.codePointAt(0) ?? 0;
    return `${open}U+${point.toString(16).toUpperCase().padStart(4, '0')}${close}`;
  });
}

/** Shortens a text for tables; JSON contains the whole text. */
export function shorten(text: string, signs: number, ellipsis = '…'): string {
  const points = [...text];
  return points.length <= signs
    ? text
    : points.slice(0, Math.max(1, signs - ellipsis.length)).join('') + ellipsis;
}
