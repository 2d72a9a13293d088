// Verifies the rules of ARCHITECTURE.md on the source: imports point down only and have no circles or long
// chains, pure folders are pure, one module loads native code.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
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
  diagnosis: 3,
  report: 3,
  files: 4,
  attribution: 4,
  reading: 5,
  store: 6,
  live: 7,
  fleet: 7,
  query: 8,
  web: 9,
  cli: 10,
  browser: 10,
  'index.ts': 10,
};
const PURE_FOLDERS = new Set(
  'net time text model catalogue window policy diagnosis report attribution'.split(' '),
);

/** A comment that begins with one of the words has no subject; later lines of a run of line comments may begin so. */
const fragmentsOf = (text: string, words: string): string[] => {
  const pattern = `(?:/\\*\\*?\\s+(?:\\* )?|(?<!^\\s*//.*\\n\\s*)// )(?:${words})\\b.*`;
  return [...text.matchAll(new RegExp(pattern, 'gm'))].map(([comment]) => comment.trim());
};
const FRAGMENTS = 'What|Of|As|By|Where|Which';

/** Files of the longest chain of static imports, types included: what a reader follows from a command down to a byte. */
const MAX_IMPORT_DEPTH = 14;

interface Source {
  /** Below src/, with slashes. */
  readonly path: string;
  readonly place: string;
  readonly text: string;
  readonly tree: ts.SourceFile;
  readonly imports: readonly string[];
}

const sources: readonly Source[] = readdirSync(join(ROOT, 'src'), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
  .map((entry) => {
    const path = relative(join(ROOT, 'src'), join(entry.parentPath, entry.name)).replaceAll('\\', '/');
    const text = readFileSync(join(ROOT, 'src', path), 'utf8');
    const imports = ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName);
    const tree = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
    return { path, place: placeOf(path), text, tree, imports };
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

/** Imports that are loaded, or read by the compiler, with the file itself: `import()` is neither. */
function staticTargetsOf(source: Source): string[] {
  return source.tree.statements.flatMap((statement) => {
    if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) return [];
    const from = statement.moduleSpecifier;
    return from !== undefined && ts.isStringLiteral(from) ? (targetOf(source, from.text) ?? []) : [];
  });
}

/** The longest chain of imports from each of them, itself first. Without circles. */
function longestChains(arrows: ReadonlyMap<string, readonly string[]>): string[][] {
  const chains = new Map<string, string[]>();
  const chainOf = (from: string): string[] => {
    const known = chains.get(from);
    if (known !== undefined) return known;
    let longest: string[] = [];
    for (const next of arrows.get(from) ?? []) {
      const chain = chainOf(next);
      if (chain.length > longest.length) longest = chain;
    }
    chains.set(from, [from, ...longest]);
    return [from, ...longest];
  };
  return [...arrows.keys()].map(chainOf).sort((a, b) => b.length - a.length);
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

function offences(rule: (source: Source) => readonly string[]): string[] {
  return sources.flatMap((source) => rule(source).map((offence) => `src/${source.path}: ${offence}`));
}

const identifiers = new Map<Source, readonly string[]>();

/** Code as the compiler sees it, comments and the inside of strings left out. */
function identifiersOf(source: Source): readonly string[] {
  const known = identifiers.get(source);
  if (known !== undefined) return known;
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAccessExpression(node)) found.push(node.getText().replace(/\s+/g, ''));
    if (ts.isNewExpression(node) && (node.arguments?.length ?? 0) === 0)
      found.push(`new ${node.expression.getText()}()`);
    if (ts.isIdentifier(node) && !ts.isPropertyAccessExpression(node.parent)) found.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(source.tree);
  identifiers.set(source, found);
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

  it('has no long chain of static imports, imports of types included', () => {
    const arrows = new Map(sources.map((source) => [source.path, staticTargetsOf(source)]));
    const deepest = longestChains(arrows)[0] ?? [];
    expect(deepest.length, deepest.join('\n')).toBeLessThanOrEqual(MAX_IMPORT_DEPTH);
  });

  it('has no circle of folders; what a folder shares with its sub-folders lies in it', () => {
    expect(
      foldersInCircles(sources.map((source) => ({ path: source.path, targets: targetsOf(source) }))),
    ).toEqual([]);
  });

  it('own files are imported by relative paths with their ending', () => {
    const rule = (source: Source) =>
      source.imports
        .filter(
          (name) =>
            name.startsWith('.') &&
            !/\.(ts|json|node)$|\/client\/\w+\.script\.js$|\/messages\/\w+\.messages\.js$/.test(name),
        )
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

  it('only the registry imports the code of a server that stores windows', () => {
    const registry = ['store/servers.ts', 'store/on-server.ts'];
    const folders = sources
      .filter(({ path }) => registry.includes(path))
      .flatMap(targetsOf)
      .map((path) => posix.dirname(path))
      .filter((folder) => folder !== 'store');
    expect(folders).toContain('store/clickhouse');
    const rule = (source: Source) => {
      const own = posix.dirname(source.path);
      if (registry.includes(source.path) || folders.includes(own)) return [];
      return targetsOf(source).filter((path) => folders.includes(posix.dirname(path)));
    };
    expect(offences(rule)).toEqual([]);
  });

  it('the shared SQL statements know no engine', () => {
    const rule = (source: Source) =>
      source.path.startsWith('store/sql/')
        ? source.imports.filter((name) => /duckdb|clickhouse/.test(name))
        : [];
    expect(offences(rule)).toEqual([]);
  });

  it('only query/ assembles report documents and applies policies to them', () => {
    const makes = new Set(['buildReport', 'assembleReport', 'applyPolicy', 'compareParts']);
    const rule = (source: Source) =>
      // An alert repeats rows of one host, long before anybody asks for a report.
      ['query', 'report'].includes(source.place) || source.path === 'live/alerts/live-policy-check.ts'
        ? []
        : identifiersOf(source).filter((name) => makes.has(name));
    expect(offences(rule)).toEqual([]);
  });

  it('only the exports of the package re-export', () => {
    const rule = (source: Source) =>
      !['index.ts', 'browser/index.ts'].includes(source.path) &&
      /^export (type )?(\*|\{[^}]*\}) from /m.test(source.text)
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

  it('have comments that are sentences, not fragments', () => {
    const found = [
      ...sources.map(({ path, text }) => ({
        path,
        comments: fragmentsOf(text, `${FRAGMENTS}|Whether|Why|Whose`),
      })),
      ...nativeSources.map(({ path, text }) => ({ path, comments: fragmentsOf(text, FRAGMENTS) })),
    ].flatMap(({ path, comments }) => comments.map((comment) => `${path}: ${comment}`));
    expect(found).toEqual([]);
  });

  it('have names that say something', () => {
    const rule = ({ path }: Source) => {
      // What tools/ makes: the text of a browser script, the messages of a language.
      const name = posix.basename(path, '.ts').replace(/(\.script)?\.d$/, '');
      if (/^(utils?|helpers?|common|misc|types?)$/.test(name)) return ['has a name that says nothing'];
      return /^[a-z0-9]+(-[a-z0-9]+)*$/.test(name) ? [] : ['is not in kebab-case'];
    };
    expect(offences(rule)).toEqual([]);
  });

  it('give parameters the name of their content', () => {
    const rule = ({ tree }: Source) => {
      const found: string[] = [];
      const visit = (node: ts.Node): void => {
        if (ts.isParameter(node) && /^(kept|told|gone)$/.test(node.name.getText()))
          found.push(`${node.parent.getText().split('\n')[0]} has a parameter named ${node.name.getText()}`);
        ts.forEachChild(node, visit);
      };
      visit(tree);
      return found;
    };
    expect(offences(rule)).toEqual([]);
  });

  it('and their tables exist where ARCHITECTURE.md and CONTRIBUTING.md name them', () => {
    const texts = [...sources, ...nativeSources].map(({ text }) => text).join('\n');
    const names = ['ARCHITECTURE.md', 'CONTRIBUTING.md'].flatMap((file) =>
      [...readFileSync(join(ROOT, file), 'utf8').matchAll(/`([^`\s]+)`/g)].map(([, name = '']) => name),
    );
    const isMissing = (name: string): boolean => {
      if (/^(?!WIRETALLY)[A-Z]{2,}_[A-Z_]+$/.test(name)) return !texts.includes(name);
      // NAME, LANGUAGE, TARGET and * stand for any.
      return (
        /^(src|native-bindings|test|captures)\/(?!.*([A-Z]{4}|\*))/.test(name) &&
        !existsSync(join(ROOT, name))
      );
    };
    expect(names.filter(isMissing)).toEqual([]);
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
  ['protocol', 'logs'],
  ['fingerprint'],
  ['stream'],
  ['flow'],
  ['pipeline', 'collector'],
  ['output'],
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

  it('hold no circle of folders', () => {
    expect(
      foldersInCircles(nativeSources.map(({ path, includes }) => ({ path, targets: includes }))),
    ).toEqual([]);
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
