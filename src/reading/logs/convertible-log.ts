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

/** True for a list of objects over several lines. Of the known products, only Arkime writes one. */
export const isList = ({ lines: [first = '', ...others] }: LogSample): boolean =>
  /^\s*\[\s*(?:\{|$)/.test(first) && others.length > 0 && !/\]\s*$/.test(first);

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

/** Recognizes JSON that is not one object per line: a list, or objects over several lines. */
function jsonForm(
  text: string,
  isLog: (text: string) => boolean,
): { readonly what: string; readonly command: string } | null {
  const first = /\S/.exec(text)?.[0];
  if (first !== '[' && first !== '{') return null;
  const isInList = first === '[';
  const objects = objectsIn(text, isInList ? 1 : 0);
  if (!isLog(objects.join('\n'))) return null;
  return isInList
    ? { what: 'one JSON list', command: "jq -c '.[]'" }
    : { what: 'indented JSON', command: 'jq -c .' };
}

/**
 * Returns the complete objects at a nesting depth, each on one line. The beginning of a file ends in a truncated one.
 */
function objectsIn(text: string, depthOfObjects: number): string[] {
  const objects: string[] = [];
  let depth = 0;
  let object = '';
  // A string without an end extends to the end of the text. Otherwise each of its quotes would be tried again.
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*(?:"|\\?$)|[[\]{}]|[^\s"[\]{}]+/gs)) {
    if (token === '{' || token === '[') depth++;
    if (depth > depthOfObjects) object += token;
    if (token !== '}' && token !== ']') continue;
    depth--;
    if (depth !== depthOfObjects || token !== '}') continue;
    objects.push(object);
    object = '';
  }
  return objects;
}

const withoutPrefixes = (text: string): string => text.replaceAll(/^[^{\n]+(?=\{")/gm, '');

/** Matches rows of Zeek, which begin with a time and a unique ID. */
const ZEEK_ROW = /^\d{9,10}\.\d{1,9}\t[A-Z][0-9A-Za-z]{1,24}\t\S+\t\d{1,5}\t\S+\t\d{1,5}\t/;

const isHeaderless = ({ lines }: LogSample): boolean =>
  lines.some((line) => ZEEK_ROW.test(line)) && !lines.some((line) => line.startsWith('#fields'));
