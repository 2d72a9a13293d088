// Verifies the rules of ARCHITECTURE.md on the source: imports point down only and have no circles, folders are small,
// pure folders are pure, one module loads native code.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const FLOORS: Readonly<Record<string, number>> = {
  net: 1,
  time: 1,
  text: 1,
  model: 2,
  native: 3,
  catalogue: 3,
  window: 3,
  policy: 3,
  report: 3,
  files: 4,
  capture: 4,
  aggregation: 4,
  attribution: 4,
  input: 5,
  store: 5,
  sensor: 6,
  web: 8,
  query: 7,
  cli: 9,
  'index.ts': 9,
};
const PURE_FOLDERS = new Set(
  'net time text model catalogue window policy report aggregation attribution'.split(' '),
);

/** A folder that takes longer to read through is two. Its sub-folders count apart. */
const MAX_FILES_OF_FOLDER = 25;

interface Source {
  /** Below src/, with slashes. */
  readonly path: string;
  readonly place: string;
  readonly text: string;
  readonly imports: readonly string[];
}

const sources: readonly Source[] = readdirSync(join(ROOT, 'src'), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
  .map((entry) => {
    const path = relative(join(ROOT, 'src'), join(entry.parentPath, entry.name)).replaceAll('\\', '/');
    const text = readFileSync(join(ROOT, 'src', path), 'utf8');
    const imports = ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName);
    return { path, place: placeOf(path), text, imports };
  });

/** The folder below src/, or the file's own name at the top. */
function placeOf(path: string): string {
  return path.split('/')[0] ?? path;
}

/** Target of an import of a project file, below src/; null for packages and files outside. */
function targetOf(source: Source, specifier: string): string | null {
  if (!specifier.startsWith('.')) return null;
  const target = posix.normalize(posix.join(posix.dirname(source.path), specifier));
  return target.startsWith('..') ? null : target;
}

/** Project source files that a file imports, including type imports. */
function targetsOf(source: Source): string[] {
  return source.imports.flatMap((specifier) => targetOf(source, specifier) ?? []);
}

/** Those from which a way leads back to themselves. */
function inCircles(arrows: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const reaches = (from: string, seen: Set<string>): Set<string> => {
    for (const next of arrows.get(from) ?? []) if (!seen.has(next)) reaches(next, seen.add(next));
    return seen;
  };
  return [...arrows.keys()].filter((from) => reaches(from, new Set()).has(from));
}

function foldersInCircles(
  files: readonly { readonly path: string; readonly targets: readonly string[] }[],
): string[] {
  const isInside = (a: string, b: string) => `${a}/`.startsWith(`${b}/`);
  const arrows = new Map<string, Set<string>>();
  for (const { path, targets } of files) {
    const from = posix.dirname(path);
    const others = targets.map((target) => posix.dirname(target));
    const beside = others.filter((to) => !isInside(from, to) && !isInside(to, from));
    arrows.set(from, new Set([...(arrows.get(from) ?? []), ...beside]));
  }
  return inCircles(arrows);
}

function largeFolders(files: readonly { readonly path: string }[]): string[] {
  const counts = new Map<string, number>();
  for (const folder of files.map(({ path }) => posix.dirname(path)))
    counts.set(folder, (counts.get(folder) ?? 0) + 1);
  const large = [...counts].filter(([, count]) => count > MAX_FILES_OF_FOLDER);
  return large.map(([folder, count]) => `${folder}: ${count} files`);
}

function offences(rule: (source: Source) => readonly string[]): string[] {
  return sources.flatMap((source) => rule(source).map((offence) => `src/${source.path}: ${offence}`));
}

/** Code as the compiler sees it, comments and the inside of strings left out. */
function identifiersOf({ text, path }: Source): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAccessExpression(node)) found.push(node.getText().replace(/\s+/g, ''));
    if (ts.isNewExpression(node) && (node.arguments?.length ?? 0) === 0)
      found.push(`new ${node.expression.getText()}()`);
    if (ts.isIdentifier(node) && !ts.isPropertyAccessExpression(node.parent)) found.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true));
  return found;
}

describe('the floors of the house', () => {
  it('has a floor for every folder', () => {
    expect(
      offences(({ place }) => (place in FLOORS ? [] : [`${place} has no floor in ARCHITECTURE.md`])),
    ).toEqual([]);
  });

  it('imports go down only, never up and never sideways', () => {
    const rule = (source: Source) =>
      source.imports.flatMap((specifier) => {
        const target = targetOf(source, specifier);
        if (target === null || placeOf(target) === source.place) return [];
        const from = FLOORS[source.place] ?? 0;
        const to = FLOORS[placeOf(target)] ?? Number.POSITIVE_INFINITY;
        return to < from ? [] : [`imports ${target} (floor ${to}) from floor ${from}`];
      });
    expect(offences(rule)).toEqual([]);
  });

  it('has no circle of files, imports of types included', () => {
    const arrows = new Map(sources.map((source) => [source.path, new Set(targetsOf(source))]));
    expect(inCircles(arrows)).toEqual([]);
  });

  it('has no circle of folders; what a folder shares with its sub-folders lies in it', () => {
    expect(
      foldersInCircles(sources.map((source) => ({ path: source.path, targets: targetsOf(source) }))),
    ).toEqual([]);
  });

  it('has no folder that is too large to read through', () => {
    expect(largeFolders(sources)).toEqual([]);
  });

  it('own files are imported by relative paths with their ending', () => {
    const rule = (source: Source) =>
      source.imports
        .filter((name) => name.startsWith('.') && !/\.(ts|json|node)$/.test(name))
        .map((name) => `imports ${name} without an ending`);
    expect(offences(rule)).toEqual([]);
  });
});

describe('the pure folders', () => {
  const isPure = ({ place }: Source) => PURE_FOLDERS.has(place);

  it('import nothing from Node', () => {
    const rule = (source: Source) =>
      isPure(source) ? source.imports.filter((name) => name.startsWith('node:')) : [];
    expect(offences(rule)).toEqual([]);
  });

  it('know no clock, no chance, no environment and no console', () => {
    const forbidden =
      /^(console|process|globalThis|Date\.now|Math\.random|performance\.now|new Date\(\))(\.|$)/;
    const rule = (source: Source) =>
      isPure(source) ? identifiersOf(source).filter((name) => forbidden.test(name)) : [];
    expect(offences(rule)).toEqual([]);
  });
});

describe('single doors', () => {
  it('only native/ loads the addon', () => {
    const rule = (source: Source) =>
      source.place !== 'native' && /\.node['"`]/.test(source.text) ? ['names a .node file'] : [];
    expect(offences(rule)).toEqual([]);
  });

  it('only store/servers.ts knows which servers can keep windows', () => {
    const folders = ['store/clickhouse'];
    const rule = (source: Source) =>
      folders.some((folder) => source.path.startsWith(`${folder}/`)) ||
      ['store/servers.ts', 'store/on-server.ts'].includes(source.path)
        ? []
        : identifiersOf(source).filter((name) =>
            /^(isClickhouse|clickhouseAddress|openClickhouse)/.test(name),
          );
    expect(offences(rule)).toEqual([]);
  });

  it('only query/ assembles report documents and applies policies to them', () => {
    const makes = new Set(['buildReport', 'assembleReport', 'applyPolicy', 'compareParts']);
    const rule = (source: Source) =>
      // An alert repeats rows of one host, long before anybody asks for a report.
      ['query', 'report'].includes(source.place) || source.path === 'sensor/alerts/live-policy-check.ts'
        ? []
        : identifiersOf(source).filter((name) => makes.has(name));
    expect(offences(rule)).toEqual([]);
  });

  it('only index.ts re-exports', () => {
    const rule = (source: Source) =>
      source.place !== 'index.ts' && /^export (type )?(\*|\{[^}]*\}) from /m.test(source.text)
        ? ['re-exports another module']
        : [];
    expect(offences(rule)).toEqual([]);
  });

  it('only cli/ writes to the console', () => {
    const rule = (source: Source) =>
      source.place === 'cli'
        ? []
        : identifiersOf(source).filter((name) => name === 'console' || name.startsWith('console.'));
    expect(offences(rule)).toEqual([]);
  });
});

describe('files', () => {
  it('say in their first line what they are for', () => {
    expect(
      offences(({ text }) =>
        /^(#!.*\n)?(\/\/|\/\*) ?\S/.test(text) ? [] : ['does not begin with a sentence'],
      ),
    ).toEqual([]);
  });

  it('have names that say something', () => {
    const rule = ({ path }: Source) => {
      const name = posix.basename(path, '.ts');
      if (/^(utils?|helpers?|common|misc|types?)$/.test(name)) return ['has a name that says nothing'];
      return /^[a-z0-9]+(-[a-z0-9]+)*$/.test(name) ? [] : ['is not in kebab-case'];
    };
    expect(offences(rule)).toEqual([]);
  });

  it('export by name', () => {
    expect(offences(({ text }) => (/^export default\b/m.test(text) ? ['has a default export'] : []))).toEqual(
      [],
    );
  });
});

/** The layers of the native core, bottom first; those of one line are independent of each other. */
const ROOMS: readonly (readonly string[])[] = [
  ['base'],
  ['io', 'packet', 'crypto'],
  ['protocol'],
  ['fingerprint'],
  ['stream'],
  ['flow'],
  ['pipeline'],
  ['addon'],
];

interface NativeSource {
  /** Below native-bindings/src, with slashes. */
  readonly path: string;
  readonly room: string;
  readonly text: string;
  /** Own files that it includes, below native-bindings/src. */
  readonly includes: readonly string[];
}

const nativeFolder = join(ROOT, 'native-bindings/src');
const nativeSources: readonly NativeSource[] = readdirSync(nativeFolder, {
  recursive: true,
  encoding: 'utf8',
})
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => /\.(cc|h)$/.test(file))
  .map((path) => {
    const text = readFileSync(join(nativeFolder, path), 'utf8');
    const includes = [...text.matchAll(/^#include "([^"]+)"/gm)].map(([, name = '']) =>
      posix.normalize(posix.join(posix.dirname(path), name)),
    );
    return { path, room: roomOf(path), text, includes };
  });

function roomOf(path: string): string {
  return path.includes('/') ? placeOf(path) : 'addon';
}

describe('the rooms of the native core', () => {
  const floorOf = (room: string) => ROOMS.findIndex((rooms) => rooms.includes(room));
  const nativeOffences = (rule: (source: NativeSource) => readonly string[]) =>
    nativeSources.flatMap((source) =>
      rule(source).map((offence) => `native-bindings/src/${source.path}: ${offence}`),
    );

  it('have a floor each', () => {
    expect(
      nativeOffences(({ room }) => (floorOf(room) < 0 ? [`${room} has no floor in ARCHITECTURE.md`] : [])),
    ).toEqual([]);
  });

  it('include what lies below them only, never up and never sideways', () => {
    const rule = ({ room, includes }: NativeSource) =>
      includes.filter((path) => roomOf(path) !== room && floorOf(roomOf(path)) >= floorOf(room));
    expect(nativeOffences(rule)).toEqual([]);
  });

  it('hold no circle of folders, and none that is too large to read through', () => {
    expect(
      foldersInCircles(nativeSources.map(({ path, includes }) => ({ path, targets: includes }))),
    ).toEqual([]);
    expect(largeFolders(nativeSources)).toEqual([]);
  });

  it('hold no circle of headers', () => {
    const byPath = new Map(nativeSources.map((source) => [source.path, source]));
    const reaches = (from: string, seen: Set<string>): Set<string> => {
      for (const path of byPath.get(from)?.includes ?? []) {
        if (!seen.has(path)) reaches(path, seen.add(path));
      }
      return seen;
    };
    expect(
      nativeOffences(({ path }) => (reaches(path, new Set()).has(path) ? ['includes itself'] : [])),
    ).toEqual([]);
  });

  it('call the system in io/ only', () => {
    const rule = ({ room, text }: NativeSource) =>
      room === 'io' ? [] : (text.match(/^#include <(sys\/|linux\/|net\/|unistd|fcntl|poll|dlfcn).*/gm) ?? []);
    expect(nativeOffences(rule)).toEqual([]);
  });

  it('know Node at their top only', () => {
    const rule = ({ room, text }: NativeSource) =>
      room !== 'addon' && /#include <(napi|node)/.test(text) ? ['includes headers of Node'] : [];
    expect(nativeOffences(rule)).toEqual([]);
  });
});
