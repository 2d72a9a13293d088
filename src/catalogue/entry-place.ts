// Locates a fault in the text of an entry, so that messages contain its line.

import { formatPath, readTree } from '../text/text-tree.ts';
import type { LintProblem } from './lint-catalogue.ts';
import type { CatalogueText } from './parse.ts';
import type { ToolEntry } from './schema.ts';

export interface EntryPlace {
  readonly line: number;
  /** For example "endpoints[2].host". */
  readonly path: string;
}

type Path = readonly (string | number)[];

/** `rule` is declared by the entry, or derived from the name in `detail`. */
export function findRulePlace(entry: ToolEntry, text: string, rule: string, detail: string): EntryPlace {
  const declared = (entry.evidence ?? []).findIndex(({ id }) => id === rule);
  if (declared >= 0) return findPlace(text, ['evidence', declared, 'id']);
  const endpoint = entry.endpoints
    .map(({ host }, index) => ({ host, index }))
    .filter(({ host }) => detail.includes(host.replace(/^\*\./, '')))
    .sort((a, b) => b.host.length - a.host.length)[0];
  return findPlace(text, endpoint === undefined ? [] : ['endpoints', endpoint.index, 'host']);
}

/** `path` in the notation of messages: "builds.lines[0].marks[3].in". */
export function findLine(text: string, path: string): number {
  const steps = path.split('.').flatMap((part) => {
    const [key = '', ...indices] = part.split('[');
    return [key, ...indices.map((index) => Number.parseInt(index, 10))];
  });
  return findPlace(text, steps).line;
}

function findPlace(text: string, path: Path): EntryPlace {
  const read = readTree(text);
  const line = 'tree' in read ? read.tree.locate(path).line : 1;
  return { line, path: formatPath(path) };
}

/** Adds file and line to problems of entries with a text; `texts` by the ids of their entries. */
export function formatProblems(
  problems: readonly LintProblem[],
  texts: ReadonlyMap<string, CatalogueText>,
): string[] {
  return problems.map(({ tool, path, message }) => {
    const text = texts.get(tool);
    if (text === undefined) return `${tool}: ${path}: ${message}`;
    return `${text.file}: line ${findLine(text.text, path)}: ${tool}: ${path}: ${message}`;
  });
}
