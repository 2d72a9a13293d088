// Tells whether a record of CSV continues in the next line, because a quoted cell contains the end of the line. Source:
// RFC 4180 §2.6.

/** Reason of a reader for a line whose record may continue. */
export const OPEN_QUOTE = 'a quote without its end';

const SEPARATORS = [',', ';', '\t', '|'];
/** Maximum lines and characters of a record. A quote without its end takes no more lines with it. */
const MAX_RECORD_LINES = 16;
const MAX_RECORD = 64 << 10;

/** `broken`: more text follows a quoted cell. */
type RecordState = 'whole' | 'open' | 'broken';

function stateBetween(text: string, separator: string): RecordState {
  for (let at = 0; at <= text.length; ) {
    while (text[at] === ' ') at++;
    if (text[at] === '"') {
      // Quotes are doubled.
      for (at = text.indexOf('"', at + 1); at >= 0 && text[at + 1] === '"'; ) at = text.indexOf('"', at + 2);
      if (at < 0) return 'open';
      at++;
      while (text[at] === ' ') at++;
      if (at < text.length && text[at] !== separator) return 'broken';
    }
    const next = text.indexOf(separator, at);
    if (next < 0) return 'whole';
    at = next + 1;
  }
  return 'whole';
}

/** State of a record, whose first line decides which separators it may have. */
export function recordState(text: string): RecordState {
  const end = text.indexOf('\n');
  const first = end < 0 ? text : text.slice(0, end);
  const states = SEPARATORS.filter((separator) => stateBetween(first, separator) === 'open').map(
    (separator) => stateBetween(text, separator),
  );
  if (states.length === 0 || states.includes('whole')) return 'whole';
  const isLong = text.length > MAX_RECORD || text.split('\n', MAX_RECORD_LINES + 1).length > MAX_RECORD_LINES;
  return states.includes('open') && !isLong ? 'open' : 'broken';
}

/** Joins the lines of records in the beginning of a log. */
export function joinRecords(lines: readonly string[]): readonly string[] {
  const joined: string[] = [];
  for (let at = 0; at < lines.length; at++) {
    const first = lines[at] ?? '';
    let record = first;
    let next = at + 1;
    while (next < lines.length && recordState(record) === 'open') record += `\n${lines[next++]}`;
    const isWhole = next > at + 1 && recordState(record) === 'whole';
    joined.push(isWhole ? record : first);
    if (isWhole) at = next - 1;
  }
  return joined;
}
