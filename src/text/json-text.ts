// Writes JSON that is safe to display: characters that hide or reorder text are \u escapes, which parsers read as the same text.

const HIDDEN = /[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu;
const PLAIN = /^[\x20-\x7e\n]*$/;
/** Matches text that needs no escape in JSON. */
const BARE = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;
const INDENT = '  ';

export function jsonText(value: unknown, indent?: number): string {
  return escapeHidden(JSON.stringify(value, null, indent));
}

/** Writes a string like jsonText, for the many lines that are assembled from strings. */
export function jsonString(text: string): string {
  return BARE.test(text) ? `"${text}"` : jsonText(text);
}

/** Writes a list of texts like jsonText. */
export function jsonStrings(texts: readonly string[]): string {
  return texts.length === 0 ? '[]' : `[${texts.map(jsonString).join(',')}]`;
}

/** Writes a value nested in `levels` brackets, as jsonText(…, 2) does. */
export type JsonWriter = (value: unknown, levels: number) => string;

/** Writers of values by key of the document. */
export type JsonWriters = ReadonlyMap<string, JsonWriter>;

const NO_WRITERS: JsonWriters = new Map();

/**
 * Yields the text of jsonText(value, 2) in pieces, because the largest reports exceed the length of a string. Objects above
 * `depth` and lists down to it are written entry by entry, all else as one piece. The value is plain data.
 */
export function jsonChunks(
  value: unknown,
  depth: number,
  writers: JsonWriters = NO_WRITERS,
): Iterable<string> {
  return writeChunks(value, depth, '\n', jsonPiece, writers);
}

/** Yields the text of jsonChunks and a line end. */
export function* jsonLines(value: unknown, depth: number, writers?: JsonWriters): Iterable<string> {
  yield* jsonChunks(value, depth, writers);
  yield '\n';
}

function* writeChunks(
  value: unknown,
  depth: number,
  line: string,
  write: JsonWriter,
  writers: JsonWriters = NO_WRITERS,
): Iterable<string> {
  if (Array.isArray(value) && depth >= 0) {
    yield* enclosed('[]', value, (item) => ['', item, write], depth, line);
  } else if (typeof value === 'object' && value !== null && !Array.isArray(value) && depth > 0) {
    // JSON.stringify does the same: undefined is omitted in objects and null in lists.
    const entries = Object.entries(value).filter(([, content]) => content !== undefined);
    const formatEntry = ([key, content]: readonly [string, unknown]) =>
      [`${jsonText(key)}: `, content, writers.get(key) ?? write] as const;
    yield* enclosed('{}', entries, formatEntry, depth, line);
  } else {
    yield write(value, (line.length - 1) / INDENT.length);
  }
}

export const jsonPiece: JsonWriter = (value, levels) => escapeHidden(indentJson(value, levels));

/** Yields an object whose last value is a list of texts. */
export function jsonWithList(value: object, key: string, texts: readonly string[], levels: number): string {
  const piece = jsonPiece({ ...value, [key]: [] }, levels);
  if (texts.length === 0) return piece;
  const end = `[]\n${INDENT.repeat(levels)}}`;
  const line = `\n${INDENT.repeat(levels + 2)}`;
  return `${piece.slice(0, -end.length)}[${line}${texts.join(`,${line}`)}\n${INDENT.repeat(levels + 1)}]\n${INDENT.repeat(levels)}}`;
}

/** JSON.stringify indents lists at the requested depth, so that no line is processed twice. */
function indentJson(value: unknown, levels: number): string {
  let listed = value;
  let before = 0;
  let behind = 0;
  for (let level = 0; level < levels; level++) {
    listed = [listed];
    before += '[\n'.length + (level + 1) * INDENT.length;
    behind += '\n]'.length + level * INDENT.length;
  }
  const text = JSON.stringify(listed, null, INDENT) ?? 'null';
  return text.slice(before, text.length - behind);
}

function* enclosed<T>(
  signs: '[]' | '{}',
  entries: readonly T[],
  entryOf: (entry: T) => readonly [name: string, value: unknown, write: JsonWriter],
  depth: number,
  line: string,
): Iterable<string> {
  if (entries.length === 0) {
    yield signs;
    return;
  }
  let sign = signs.charAt(0);
  for (const entry of entries) {
    const [name, value, write] = entryOf(entry);
    yield `${sign}${line}${INDENT}${name}`;
    yield* writeChunks(value, depth - 1, line + INDENT, write);
    sign = ',';
  }
  yield line + signs.charAt(1);
}

function escapeHidden(text: string): string {
  return PLAIN.test(text) ? text : text.replace(HIDDEN, escapeSign);
}

/** Writes a \u escape of JSON for each code unit. */
export function escapeSign(sign: string): string {
  let escaped = '';
  for (let i = 0; i < sign.length; i++) escaped += `\\u${sign.charCodeAt(i).toString(16).padStart(4, '0')}`;
  return escaped;
}

/** Returns null for a text other than JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
