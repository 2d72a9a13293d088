// Verifies names and texts against the glossary: one term per thing, that of the field.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { buildProgram } from '../src/cli/program.ts';
import { areaOf, CEILINGS, phrasesOf, textsIn, textsOf } from './dialect.ts';

const ROOT = join(import.meta.dirname, '..');

/** Words that names must not contain, and their replacements. Includes plurals. */
const NAMES: Readonly<Record<string, string>> = {
  glance: 'flow summary',
  stay: 'activity period',
  leg: 'duplicate flow',
  dark: 'not visible',
  tally: 'period sums, rule evidence',
  crew: 'worker threads',
  desk: 'live windows',
  law: 'watch config',
  look: 'terminal, style',
  outlet: 'stdout',
  keeper: 'writer',
  complaint: 'error',
  trial: 'policy test',
  moment: 'datetime, phase',
  sighting: 'host observation',
  naming: 'host discovery',
  neighbours: 'host discovery',
  interest: 'watchlist',
  crossing: 'export filter',
  patience: 'probe budget',
  captureStart: 'stream start',
  glued: 'GRO frame',
  judgement: 'policy result',
  judge: 'evaluate',
};

/** Exceptions, each with its reason. */
const KEPT_NAMES: readonly { readonly names: string; readonly reason: string }[] = [
  {
    names: 'hostsDark darkShare dark',
    reason: 'fields and a reason of report documents; bundles that were sealed before hold them',
  },
  { names: 'judge defineJudge', reason: 'the verb, as administrators know it' },
  { names: 'leg Leg LEGS', reason: 'the field of a diagnosis that names the place of a fault' },
  { names: 'legs darkFlows', reason: 'counts of ceilings in windows that were written before' },
  { names: 'stays', reason: 'a field of profiles that people keep as baselines' },
  { names: 'DARK_THEME', reason: 'the dark theme of pages' },
  { names: 'look', reason: 'the verb: at bytes, up a name' },
  {
    names: 'StreamLook first_look kMaxLooks',
    reason: 'what a reader sees when it looks at the first bytes of a stream',
  },
  {
    names: 'kNeighbourSolicitation kNeighbourAdvertisement',
    reason: 'messages of RFC 4861',
  },
];
const KEPT = new Set(KEPT_NAMES.flatMap(({ names }) => names.split(' ')));
/** Verbs with the spelling of the noun. */
const VERBS = /^(look(s)?_(like|at)|looks[A-Z]|isOneLook)/;

/** Phrases that no text contains: messages, help, reports, documents. */
const PHRASES: Readonly<Record<string, string>> = {
  'at a glance': 'in summary',
  'our side': 'local networks',
  'dark traffic': 'traffic that is not visible',
  'found no place': 'was not kept',
  'blind spots?': 'not visible',
  'sightings?': 'host observation',
  'judged again': 'evaluated again',
};

const files = (folder: string, ending: RegExp): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => ending.test(path))
    .map((path) => `${folder}/${path.replaceAll('\\', '/')}`)
    .sort();

const textOf = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

const partsOf = (name: string): string[] =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/);

/** "name: say …" for each part of a name with a replacement in the glossary. */
function offencesOf(path: string, names: Iterable<string>): string[] {
  return [...new Set(names)]
    .filter((name) => !KEPT.has(name) && !VERBS.test(name))
    .flatMap((name) =>
      partsOf(name).flatMap((part) => {
        const instead = NAMES[part] ?? NAMES[part.replace(/s$/, '')];
        return instead === undefined ? [] : [`${path}: ${name}: say ${instead}`];
      }),
    );
}

interface Read {
  readonly names: readonly string[];
  readonly texts: readonly string[];
}
const read = new Map<string, Read>();

/** Identifiers of a TypeScript file, fields of its JSON among them, and its texts. */
function readTypeScript(path: string): Read {
  const known = read.get(path);
  if (known !== undefined) return known;
  const names: string[] = [];
  const texts: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) || ts.isPrivateIdentifier(node)) names.push(node.text);
    else if (
      ts.isStringLiteralLike(node) ||
      ts.isTemplateHead(node) ||
      ts.isTemplateMiddle(node) ||
      ts.isTemplateTail(node)
    )
      texts.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, textOf(path), ts.ScriptTarget.ES2022, true));
  read.set(path, { names, texts });
  return { names, texts };
}

function phrasesIn(path: string, text: string): string[] {
  return Object.entries(PHRASES).flatMap(([phrase, instead]) => {
    const found = new RegExp(`\\b${phrase}\\b`, 'i').exec(text);
    return found === null ? [] : [`${path}: "${found[0]}": say ${instead}`];
  });
}

describe('the words of the field', () => {
  it('name everything in TypeScript, fields of JSON included', () => {
    const offences = files('src', /\.ts$/).flatMap((path) => [
      ...offencesOf(path, readTypeScript(path).names),
      ...offencesOf(path, [path.replace(/^.*\/|\.ts$/g, '')]),
    ]);
    expect(offences).toEqual([]);
  });

  it('name everything in C++', () => {
    const offences = files('native-bindings/src', /\.(cc|h)$/).flatMap((path) => {
      const code = textOf(path).replace(/\/\/.*|\/\*[\s\S]*?\*\/|"(?:[^"\\\n]|\\.)*"/g, ' ');
      return offencesOf(path, [...(code.match(/[A-Za-z_]\w*/g) ?? []), path.replace(/^.*\/|\.\w+$/g, '')]);
    });
    expect(offences).toEqual([]);
  });

  it('name every field of a window as it is stored', () => {
    const fields = textOf('src/window/usage.proto').match(/\b\w+(?= = \d+;)|(?<=message )\w+/g) ?? [];
    expect(fields.length).toBeGreaterThan(100);
    expect(offencesOf('usage.proto', fields)).toEqual([]);
  });

  it('are those of messages, helps and reports', () => {
    const offences = files('src', /\.ts$/).flatMap((path) =>
      readTypeScript(path).texts.flatMap((text) => phrasesIn(path, text)),
    );
    expect(offences).toEqual([]);
  });

  it('are those of the documents', () => {
    const documents = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', ...files('docs', /^[a-z-]+\.md$/)];
    expect(documents.flatMap((path) => phrasesIn(path, textOf(path)))).toEqual([]);
  });

  it('keep no exception that nothing needs', () => {
    const used = new Set<string>();
    for (const path of files('src', /\.ts$/)) for (const name of readTypeScript(path).names) used.add(name);
    for (const path of files('native-bindings/src', /\.(cc|h)$/))
      for (const [name] of textOf(path).matchAll(/[A-Za-z_]\w*/g)) used.add(name);
    expect([...KEPT].filter((name) => !used.has(name))).toEqual([]);
  });
});

/** The help of the program and of all its commands, each with its name. */
async function helps(): Promise<{ name: string; text: string }[]> {
  const helpsOf = (command: Command, parents: string): { name: string; text: string }[] => {
    const name = `${parents} ${command.name()}`.trim();
    const own = { name: `help of ${name}`, text: command.helpInformation() };
    return [own, ...command.commands.flatMap((each) => helpsOf(each as Command, name))];
  };
  return helpsOf(await buildProgram('all'), '');
}

describe('plain field English', () => {
  const paths = [
    ...readdirSync(ROOT).filter((name) => name.endsWith('.md')),
    ...['src', 'native-bindings/src', 'test', 'docs', 'captures', 'bench', 'service', 'tools'].flatMap(
      (folder) => files(folder, /\.(?:ts|mjs|md|cc|h|proto|yml|yaml|sh|service|timer|conf|logrotate)$/),
    ),
  ].filter(
    (path) => !/^test\/(?:dialect|words\.test)\.ts$|^test\/(?:golden|fuzz)\/(?:expected|corpus)\//.test(path),
  );

  it('has no more phrases of the dialect in an area than its ceiling', async () => {
    const found = new Map<string, string[]>();
    const add = (area: string, phrases: readonly string[]): void => {
      found.set(area, [...(found.get(area) ?? []), ...phrases]);
    };
    for (const path of paths) add(areaOf(path), phrasesOf(path, textsOf(ROOT, path)));
    for (const { name, text } of await helps()) add('README and help', phrasesOf(name, [{ line: 1, text }]));

    const tooMany = [...found].flatMap(([area, phrases]) => {
      const ceiling = CEILINGS[area] ?? 0;
      return phrases.length <= ceiling
        ? []
        : [`${area}: ${phrases.length} of at most ${ceiling}`, ...phrases];
    });
    for (const [area, ceiling] of Object.entries(CEILINGS)) {
      const count = found.get(area)?.length ?? 0;
      if (count < ceiling) console.log(`${area}: ${count} phrases: lower its ceiling of ${ceiling}`);
    }
    expect(tooMany).toEqual([]);
  });

  it.each([
    ['a comment', 'a.ts', 'const told = 1;\n// Nobody asks.\n', ['a.ts:2: Nobody']],
    ['a comment of a block', 'a.ts', '/**\n * Made anew.\n */\nexport const a = 1;\n', ['a.ts:2: anew']],
    ['a string', 'a.ts', "say('it is told');\n", ['a.ts:1: told']],
    [
      'a template',
      'a.ts',
      'say(`one beside another, held against it`);\n',
      ['a.ts:1: beside', 'a.ts:1: held against'],
    ],
    ['no name', 'a.ts', "const beside = { told: 'beside' };\n", []],
    ['a comment of C++', 'a.cc', 'int told;  // Lets go of it.\n', ['a.cc:1: Lets go']],
    ['a comment of a unit', 'a.service', '# For ever.\nUser=nobody\n', ['a.service:1: For ever']],
    [
      'a document',
      'a.md',
      'Strangers\n```console\ntold\n```\nuser `nobody`, mended\n',
      ['a.md:1: Strangers', 'a.md:5: mended'],
    ],
  ])('is looked for in %s', (_, path, source, phrases) => {
    expect(phrasesOf(path, textsIn(path, source))).toEqual(phrases);
  });

  it('has no ceiling of an area that is not there', () => {
    const areas = new Set(paths.map(areaOf));
    expect(Object.keys(CEILINGS).filter((area) => !areas.has(area))).toEqual([]);
  });
});
