// Recognizes logs of known products in an unsupported form, with the command that converts them.

import { shellWord } from '../../text/shell-word.ts';
import { buildSample, type LogInput } from './inputs.ts';
import { isDefinition, type LogFormat, type LogSample, type Missing } from './records.ts';

type Recognize = (sample: LogSample) => LogFormat | null;

/** Returns null for a file that is not a log in any of these forms. */
export function convertibleLog(
  { name, head, sample, compression }: LogInput,
  recognize: Recognize,
): Missing | null {
  const converted = (what: string, command: string): Missing => ({
    what,
    next: formatCommand(name, compression, command),
  });
  const isLog = (text: string): boolean => {
    const inside = buildSample(name, Buffer.from(text), sample.modifiedUs);
    return recognize(inside) !== null || isDefinition(inside) || isHeaderless(inside);
  };
  const wide = wideText(head);
  const text = wide?.text ?? head.toString('utf8').replace(/^\ufeff/, '');
  if (wide !== null) {
    const isKnown = isLog(text) || jsonForm(text, isLog) !== null || isLog(withoutPrefixes(text));
    return isKnown ? converted(`text in ${wide.encoding}`, `iconv -f ${wide.encoding} -t UTF-8`) : null;
  }
  const json = jsonForm(text, isLog);
  if (json !== null) return converted(json.what, json.command);
  if (isHeaderless(sample))
    return { what: 'a Zeek log without its header (#fields)', next: withHeader(name, compression) };
  return isLog(withoutPrefixes(text))
    ? converted('JSON objects behind a syslog header or another prefix', "sed 's/^[^{]*//'")
    : null;
}

/**
 * True for JSON whose first line continues in the second one: a list or an object over several lines. A line that was
 * cut is not followed by the rest of a valid list or object.
 */
export function isSpread({ lines: [first = '', second = ''] }: LogSample): boolean {
  if (!/^\s*[[{]/.test(first)) return false;
  const open: string[] = [];
  let last = '';
  for (const [token] of first.matchAll(TOKENS)) {
    if (token === '{' || token === '[') open.push(token);
    else if (token === '}' || token === ']') open.pop();
    last = token;
  }
  const next = second.trimStart();
  if (open.length === 0) return next.startsWith(',') || last.endsWith(',');
  if (/^[,\]}]/.test(next)) return true;
  return /[[{,]$/.test(last) && (open.at(-1) === '[' ? /^["{[\d-]/.test(next) : next.startsWith('"'));
}

const UNPACK = { none: 'cat', gzip: 'gunzip -c', zstd: 'zstd -dc' } as const;

function formatCommand(name: string, compression: LogInput['compression'], command: string): string {
  if (name === '-') return `${command} | wiretally analyze -`;
  const file = shellWord(name);
  const whole = compression === 'none' ? `${command} ${file}` : `${UNPACK[compression]} ${file} | ${command}`;
  return `${whole} > converted.log, then analyze converted.log`;
}

const withHeader = (name: string, compression: LogInput['compression']): string =>
  name === '-'
    ? 'keep the lines that begin with #'
    : `{ grep '^#' LOG_WITH_HEADER; ${UNPACK[compression]} ${shellWord(name)}; } > converted.log, then analyze converted.log`;

/** Decodes text with two bytes per character, as PowerShell writes it; null for other text. */
function wideText(head: Buffer): { readonly encoding: string; readonly text: string } | null {
  const [a, b] = head;
  const marked = a === 0xff && b === 0xfe ? 'little' : a === 0xfe && b === 0xff ? 'big' : null;
  const order = marked ?? (b === 0 && a !== 0 ? 'little' : a === 0 && b !== 0 ? 'big' : null);
  if (order === null || head.length < 2) return null;
  const even = Buffer.from(head.subarray(0, head.length & ~1));
  const text = (order === 'little' ? even : even.swap16()).toString('utf16le').replace(/^\ufeff/, '');
  const encoding = marked !== null ? 'UTF-16' : order === 'little' ? 'UTF-16LE' : 'UTF-16BE';
  return text.includes('\0') ? null : { encoding, text };
}

/** Recognizes JSON that is not one object per line: lists, objects over several lines, and lists in an object. */
function jsonForm(
  text: string,
  isLog: (text: string) => boolean,
): { readonly what: string; readonly command: string } | null {
  if (!/^\s*[[{]/.test(text)) return null;
  const isPath = (path: string): boolean => isLog(objects.get(path)?.join('\n') ?? '');
  const objects = objectsIn(text);
  const paths = [...objects.keys()];
  // An object that contains a list may be longer than the longest line.
  const path = [...paths.filter((one) => one.endsWith('[]')), ''].find(isPath);
  if (path === undefined) return null;
  if (path === '[]') return { what: 'one JSON list', command: "jq -c '.[]'" };
  if (path !== '') return { what: 'a JSON list over several lines', command: `jq -c '.${path}'` };
  return /\}\s*,\s*$/.test(text.split('\n', 1)[0] ?? '')
    ? { what: 'a JSON list without its brackets', command: "sed 's/}[[:space:]]*,[[:space:]]*$/}/'" }
    : { what: 'indented JSON', command: 'jq -c .' };
}

/** A string without an end extends to the end of the text. Otherwise each of its quotes would be tried again. */
const TOKENS = /"(?:[^"\\]|\\.)*(?:"|\\?$)|[[\]{}]|[^\s"[\]{}]+/gs;
/** Deeper objects are parts of rows. */
const MAX_DEPTH = 4;
/** A key that jq reads without quotes. */
const PLAIN_KEY = /^"[A-Za-z_]\w{0,63}"$/;

/**
 * Returns the complete objects by their path ("records[]"), each on one line; "" is that of objects outside of others.
 * The beginning of a file ends in a truncated one.
 */
function objectsIn(text: string): ReadonlyMap<string, readonly string[]> {
  const objects = new Map<string, string[]>();
  const open: { readonly path: string | null; readonly at: number }[] = [];
  const tokens: string[] = [];
  for (const [token] of text.matchAll(TOKENS)) {
    const key = tokens.at(-1) === ':' ? tokens.at(-2) : undefined;
    tokens.push(token);
    if (token === '{' || token === '[') {
      const above = open.at(-1);
      const path = above === undefined ? '' : open.length > MAX_DEPTH ? null : pathBelow(above.path, key);
      open.push({ path: token === '[' && path !== null ? `${path}[]` : path, at: tokens.length - 1 });
    } else if (token === '}' || token === ']') {
      const { path = null, at = 0 } = open.pop() ?? {};
      if (token === ']' || path === null || !/^$|\[\]$/.test(path)) continue;
      const found = objects.get(path) ?? [];
      found.push(tokens.slice(at).join(''));
      objects.set(path, found);
    }
  }
  return objects;
}

/** Null for a path that no command of jq without quotes has. */
function pathBelow(above: string | null, key: string | undefined): string | null {
  if (key === undefined) return above?.endsWith('[]') === true ? above : null;
  if (above === null || !PLAIN_KEY.test(key)) return null;
  return above === '' ? key.slice(1, -1) : `${above}.${key.slice(1, -1)}`;
}

const withoutPrefixes = (text: string): string => text.replaceAll(/^[^{\n]+(?=\{")/gm, '');

/** Matches rows of Zeek, which begin with a time and a unique ID. */
const ZEEK_ROW = /^\d{9,10}\.\d{1,9}\t[A-Z][0-9A-Za-z]{1,24}\t\S+\t\d{1,5}\t\S+\t\d{1,5}\t/;

const isHeaderless = ({ lines }: LogSample): boolean =>
  lines.some((line) => ZEEK_ROW.test(line)) && !lines.some((line) => line.startsWith('#fields'));
