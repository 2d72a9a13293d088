// Reads catalogue files: the built-in entries and those of `--catalogue DIR`.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Catalogue, type SensorPart } from '../catalogue/catalogue.ts';
import type { CatalogueText, CatalogueTexts } from '../catalogue/parse.ts';
import type { CatalogueData, Collectors, Regions, RuntimeEntry, ToolEntry } from '../catalogue/schema.ts';
import { WiretallyError } from '../model/errors.ts';
import { escapeSign } from '../text/json-text.ts';
import { MAX_TEXT_BYTES } from '../text/text-size.ts';
import { causeRefusal, readBounded } from './read-bounded.ts';

/** The build writes it next to its sources. */
export const COMPILED = 'compiled.json';
const BUILT_IN = fileURLToPath(new URL('../catalogue', import.meta.url));

function readText(file: string): string {
  return readFileSync(file, 'utf8');
}

/** Returns one file for each tool, in the order of their ids. */
function listToolFiles(): string[] {
  const ids = readdirSync(join(BUILT_IN, 'tools')).flatMap((name) =>
    name.endsWith('.json') ? [basename(name, '.json')] : [],
  );
  return ids.sort().map((id) => join('tools', `${id}.json`));
}

/** Returns the built-in files as texts, for commands that check or print them. */
export function readBuiltIn(): CatalogueTexts {
  const load = (name: string): CatalogueText => ({ file: name, text: readText(join(BUILT_IN, name)) });
  return {
    index: load('catalogue.json'),
    runtimes: load('runtimes.json'),
    collectors: load('collectors.json'),
    regions: load('regions.json'),
    tools: listToolFiles().map(load),
  };
}

/**
 * Returns the *.json files of a directory of own entries, by name. Throws CATALOGUE_INVALID for an unreadable
 * directory.
 */
export function readOwnTexts(directory: string): CatalogueText[] {
  try {
    const names = readdirSync(directory).filter((name) => name.endsWith('.json') && !name.startsWith('.'));
    return names
      .sort()
      .map((name) => ({ file: join(directory, name), text: readOwnText(join(directory, name)) }));
  } catch (cause) {
    if (cause instanceof WiretallyError) throw cause;
    throw new WiretallyError(
      'CATALOGUE_INVALID',
      `${directory}: cannot be read; --catalogue takes a directory`,
      {
        cause,
      },
    );
  }
}

function readOwnText(file: string): string {
  try {
    return readBounded(file, MAX_TEXT_BYTES).toString('utf8');
  } catch (cause) {
    throw new WiretallyError('CATALOGUE_INVALID', `${file}: cannot be read: ${causeRefusal(cause)}`, {
      cause,
    });
  }
}

/**
 * Loads the built-in catalogue. Tests validate it against the schema, so start-up does not. A built program has one
 * file, because two hundred small files take longer to open than to read: a line for sensors, and a line with the
 * tools, which are most of it and parsed at the first query about a tool.
 */
function loadBuiltIn(): Catalogue {
  const file = join(BUILT_IN, COMPILED);
  builtInCatalogue ??= existsSync(file)
    ? parseCatalogue(readFileSync(file))
    : new Catalogue(compileBuiltIn());
  return builtInCatalogue;
}

/** Read once in a process. */
let builtInCatalogue: Catalogue | undefined;

export function parseCatalogue(compiled: Buffer): Catalogue {
  const end = compiled.indexOf('\n');
  const { sensorPart, version, ...rest } = JSON.parse(compiled.toString('latin1', 0, end)) as FirstLine;
  let bytes: Buffer | null = compiled;
  let tools: readonly ToolEntry[] = [];
  // The order of the files is fixed, because stores contain a hash of this text.
  const data: CatalogueData = {
    version,
    get tools() {
      if (bytes !== null) tools = JSON.parse(bytes.toString('latin1', end)) as readonly ToolEntry[];
      bytes = null;
      return tools;
    },
    ...rest,
  };
  return new Catalogue(data, sensorPart);
}

type FirstLine = Omit<CatalogueData, 'tools'> & { readonly sensorPart: SensorPart };

/** Returns the text of the compiled file in ASCII, which is read faster than UTF-8. */
export function formatCompiled(): string {
  const data = compileBuiltIn();
  const { tools, ...rest } = data;
  const { sensorPart } = new Catalogue(data);
  const first: FirstLine = { ...rest, sensorPart };
  return `${asciiJson(first)}\n${asciiJson(tools)}`;
}

const asciiJson = (value: unknown): string => JSON.stringify(value).replaceAll(/[^\0-\x7f]/g, escapeSign);

/** Joins the built-in files to one value. */
export function compileBuiltIn(): CatalogueData {
  const read = (name: string): unknown => JSON.parse(readText(join(BUILT_IN, name)));
  return {
    version: (read('catalogue.json') as { readonly version: string }).version,
    tools: listToolFiles().map((name) => read(name) as ToolEntry),
    runtimes: (read('runtimes.json') as { readonly runtimes: readonly RuntimeEntry[] }).runtimes,
    collectors: read('collectors.json') as Collectors,
    regions: read('regions.json') as Regions,
  };
}

/** Loads the catalogue: the built-in entries and those of the given directories. */
export async function loadCatalogue(directories: readonly string[] = []): Promise<Catalogue> {
  return catalogueWith(directories.flatMap(readOwnTexts), directories.join(', '));
}

/** Adds entries, given as texts, to the built-in data; `where` is the location in faults about them. */
export async function catalogueWith(own: readonly CatalogueText[], where: string): Promise<Catalogue> {
  const catalogue = loadBuiltIn();
  if (own.length === 0) return catalogue;
  const { data } = catalogue;
  const [{ addOwn }, { lintCatalogue }, { formatProblems }] = await Promise.all([
    import('../catalogue/parse.ts'),
    import('../catalogue/lint-catalogue.ts'),
    import('../catalogue/entry-place.ts'),
  ]);
  const whole = addOwn(data, own);
  const ids = whole.tools.slice(data.tools.length).map(({ id }) => id);
  const problems = lintCatalogue(whole, new Set(ids));
  if (problems.length > 0) {
    // A test validates the built-in entries, so every fault is in the additional ones.
    const texts = new Map(own.flatMap((text, i) => (ids[i] === undefined ? [] : [[ids[i], text] as const])));
    const lines = formatProblems(problems, texts);
    throw new WiretallyError('CATALOGUE_INVALID', lines.join('\n'), { where });
  }
  return new Catalogue(whole);
}
