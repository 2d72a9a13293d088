// Parses catalogue files. Every fault contains file, line and path, and, for an unknown key, the nearest known one.

import type { z } from 'zod';
import { WiretallyError } from '../model/errors.ts';
import { schemaFaults } from '../text/schema-fault.ts';
import { formatPath, readTree } from '../text/text-tree.ts';
import {
  type CatalogueData,
  collectorsSchema,
  indexSchema,
  regionsSchema,
  runtimesSchema,
  type ToolEntry,
  toolSchema,
} from './schema.ts';

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

/** Throws CATALOGUE_INVALID with every fault of the file. */
function readText<S extends z.ZodType>({ file, text }: CatalogueText, schema: S): z.output<S> {
  const read = readTree(text);
  if ('problems' in read) {
    throw invalid(read.problems.map(({ line, message }) => `${file}: line ${line}: ${message}`));
  }
  const { value, locate } = read.tree;
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw invalid(
    schemaFaults(result.error, schema, value).map(
      ({ path, message }) =>
        `${file}: line ${locate(path).line}: ${formatPath(path) || 'the file'}: ${message}`,
    ),
  );
}

function invalid(messages: readonly string[]): WiretallyError {
  return new WiretallyError('CATALOGUE_INVALID', messages.join('\n'));
}

export function parseTool(text: CatalogueText): ToolEntry {
  return readText(text, toolSchema);
}

/** Parses a whole catalogue. Additional entries extend the built-in ones and must not repeat an id. */
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
