// JSON that is safe to display: characters that hide or reorder text are \u escapes, which parsers read as the same text.

const HIDDEN = /[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu;
const PLAIN = /^[\x20-\x7e\n]*$/;
/** Needs no escape in JSON. */
const BARE = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;
const INDENT = '  ';

export function jsonText(value: unknown, indent?: number): string {
  return shown(JSON.stringify(value, null, indent));
}

/** jsonText of a string, for lines that are assembled from strings because there are many of them. */
export function jsonString(text: string): string {
  return BARE.test(text) ? `"${text}"` : jsonText(text);
}

/** jsonText of texts. */
export function jsonStrings(texts: readonly string[]): string {
  return texts.length === 0 ? '[]' : `[${texts.map(jsonString).join(',')}]`;
}

/**
 * The text of jsonText(value, 2), in pieces: the largest reports are longer than a string can be. Objects above `depth`
 * and lists down to it are written entry by entry, all else as one piece. The value is plain data.
 */
export function jsonChunks(value: unknown, depth: number): Iterable<string> {
  return chunksOf(value, depth, '\n');
}

function* chunksOf(value: unknown, depth: number, line: string): Iterable<string> {
  if (Array.isArray(value) && depth >= 0) {
    yield* enclosed('[]', value, (each) => ['', each], depth, line);
  } else if (typeof value === 'object' && value !== null && !Array.isArray(value) && depth > 0) {
    // As in JSON.stringify: undefined is omitted in objects and null in lists.
    const entries = Object.entries(value).filter(([, each]) => each !== undefined);
    yield* enclosed('{}', entries, ([key, each]) => [`${jsonText(key)}: `, each], depth, line);
  } else {
    yield shown(indented(value, (line.length - 1) / INDENT.length));
  }
}

/** JSON.stringify indents lists at the requested depth, so that no line is processed twice. */
function indented(value: unknown, levels: number): string {
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
  entryOf: (entry: T) => readonly [name: string, value: unknown],
  depth: number,
  line: string,
): Iterable<string> {
  if (entries.length === 0) {
    yield signs;
    return;
  }
  let sign = signs.charAt(0);
  for (const entry of entries) {
    const [name, value] = entryOf(entry);
    yield `${sign}${line}${INDENT}${name}`;
    yield* chunksOf(value, depth - 1, line + INDENT);
    sign = ',';
  }
  yield line + signs.charAt(1);
}

function shown(text: string): string {
  return PLAIN.test(text) ? text : text.replace(HIDDEN, escapeSign);
}

function escapeSign(sign: string): string {
  let escaped = '';
  for (let i = 0; i < sign.length; i++) escaped += `\\u${sign.charCodeAt(i).toString(16).padStart(4, '0')}`;
  return escaped;
}
