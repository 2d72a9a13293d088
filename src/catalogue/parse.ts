// Reads catalogue files: every complaint names file, line, path and, for an unknown key, the nearest known word.

import { isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { WiretallyError } from '../model/errors.ts';
import { nearestWord } from '../model/near-word.ts';
import {
  type CatalogueData,
  collectorsSchema,
  indexSchema,
  regionsSchema,
  runtimesSchema,
  type ToolEntry,
  toolSchema,
} from './schema.ts';

/** Ceiling of one catalogue file; the largest built-in one has 40 kB. */
const MAX_FILE_CHARS = 1_000_000;

export interface CatalogueText {
  readonly file: string;
  readonly text: string;
}

/** The texts of one catalogue: its index, runtimes, collectors and regions, and one text for each tool. */
export interface CatalogueTexts {
  readonly index: CatalogueText;
  readonly runtimes: CatalogueText;
  readonly collectors: CatalogueText;
  readonly regions: CatalogueText;
  readonly tools: readonly CatalogueText[];
}

type Path = readonly PropertyKey[];

/** Throws CATALOGUE_INVALID with every complaint of the file. */
function readText<S extends z.ZodType>({ file, text }: CatalogueText, schema: S): z.output<S> {
  if (text.length > MAX_FILE_CHARS) throw invalid([`${file}: larger than ${MAX_FILE_CHARS} characters`]);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, prettyErrors: false });
  const [first] = document.errors;
  if (first !== undefined) {
    throw invalid([`${file}: line ${lines.linePos(first.pos[0]).line}: ${first.message.split('\n')[0]}`]);
  }
  const result = schema.safeParse(document.toJS({ maxAliasCount: 0 }));
  if (result.success) return result.data;
  const lineOf = (path: Path): number => {
    let node: unknown = document.contents;
    let offset = isNode(node) ? (node.range?.[0] ?? 0) : 0;
    for (const step of path) {
      if (isMap(node)) {
        const pair = node.items.find((item) => isScalar(item.key) && item.key.value === step);
        if (pair !== undefined && isNode(pair.key)) offset = pair.key.range?.[0] ?? offset;
        node = pair?.value;
      } else if (isSeq(node) && typeof step === 'number') {
        node = node.items[step];
        if (isNode(node)) offset = node.range?.[0] ?? offset;
      } else break;
    }
    return lines.linePos(offset).line;
  };
  throw invalid(result.error.issues.flatMap((issue) => complaints(issue, schema, file, lineOf)));
}

function complaints(
  issue: z.core.$ZodIssue,
  schema: z.ZodType,
  file: string,
  lineOf: (path: Path) => number,
): string[] {
  const at = (path: Path): string => `${file}: line ${lineOf(path)}: ${formatPath(path)}`;
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const near = nearestWord(key, knownKeys(schema));
      const hint = near === null ? '' : `; did you mean "${near}"?`;
      return `${at([...issue.path, key])}: unknown key${hint}`;
    });
  }
  if (issue.code === 'invalid_value') {
    const values = issue.values.map(String);
    return [`${at(issue.path)}: must be one of ${values.join(', ')}`];
  }
  return [`${at(issue.path)}: ${issue.message}`];
}

function formatPath(path: Path): string {
  let out = '';
  for (const step of path) {
    out += typeof step === 'number' ? `[${step}]` : out === '' ? String(step) : `.${String(step)}`;
  }
  return out === '' ? 'the file' : out;
}

/** Every key that the schema knows anywhere: enough to name the one that was meant. */
function knownKeys(schema: z.ZodType): Set<string> {
  const keys = new Set<string>();
  const seen = new Set<unknown>();
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || seen.has(value)) return;
    seen.add(value);
    const definition: unknown = Reflect.get(value, 'def');
    const inside = typeof definition === 'object' && definition !== null ? definition : {};
    for (const part of ['innerType', 'element', 'shape', 'options', 'items']) {
      const next: unknown = Reflect.get(inside, part);
      if (Array.isArray(next)) for (const item of next) walk(item);
      else if (part === 'shape' && typeof next === 'object' && next !== null) {
        for (const [key, field] of Object.entries(next)) {
          keys.add(key);
          walk(field);
        }
      } else walk(next);
    }
  };
  walk(schema);
  return keys;
}

function invalid(messages: readonly string[]): WiretallyError {
  return new WiretallyError('CATALOGUE_INVALID', messages.join('\n'));
}

export function parseTool(text: CatalogueText): ToolEntry {
  return readText(text, toolSchema);
}

/** Reads a whole catalogue; own entries stand beside the built-in ones and may not repeat an id. */
export function parseCatalogue(texts: CatalogueTexts, own: readonly CatalogueText[] = []): CatalogueData {
  const index = readText(texts.index, indexSchema);
  return addOwn(
    {
      version: index.version,
      tools: texts.tools.map(parseTool),
      runtimes: readText(texts.runtimes, runtimesSchema).runtimes,
      collectors: readText(texts.collectors, collectorsSchema),
      regions: readText(texts.regions, regionsSchema),
    },
    own,
  );
}

/** Adds the files of `--catalogue DIR`. */
export function addOwn(data: CatalogueData, own: readonly CatalogueText[]): CatalogueData {
  const files = new Map(data.tools.map((tool) => [tool.id, 'the built-in catalogue']));
  const tools = [...data.tools];
  for (const text of own) {
    const tool = parseTool(text);
    const before = files.get(tool.id);
    if (before !== undefined) {
      throw invalid([`${text.file}: line 1: id: "${tool.id}" is in ${before} already; choose another id`]);
    }
    files.set(tool.id, text.file);
    tools.push(tool);
  }
  return own.length === 0 ? data : { ...data, version: `${data.version}+own`, tools };
}
