// Holds the source against the rules of ARCHITECTURE.md: imports go down only, pure folders stay pure, one door to
// native code.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const FLOORS: Readonly<Record<string, number>> = {
  model: 1,
  native: 2,
  files: 2,
  catalogue: 2,
  usage: 2,
  policy: 2,
  report: 2,
  capture: 3,
  store: 3,
  sensor: 4,
  web: 4,
  cli: 5,
  'index.ts': 5,
};
const PURE_FOLDERS = new Set(['model', 'catalogue', 'usage', 'policy', 'report']);

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

/** Where an import of an own file points to, below src/; null for packages and what lies outside. */
function targetOf(source: Source, specifier: string): string | null {
  if (!specifier.startsWith('.')) return null;
  const target = posix.normalize(posix.join(posix.dirname(source.path), specifier));
  return target.startsWith('..') ? null : target;
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
