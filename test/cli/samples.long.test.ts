// Every command that README and docs/ show runs, and prints what stands there; `npm run docs:samples` writes it anew.
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildProgram } from '../../src/cli/program.ts';
import { blocksOf, renewed } from './doc-blocks.ts';
import { folderOfCommand, wiretally } from './run.ts';

const DOCUMENTS = [
  'README.md',
  ...['docs', 'docs/tutorials'].flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.md'))
      .map((name) => `${folder}/${name}`),
  ),
];
const root = mkdtempSync(join(tmpdir(), 'wiretally-samples-'));
const bin = folderOfCommand();
afterAll(() => {
  for (const each of [root, bin]) rmSync(each, { recursive: true });
});

/** What a document may take as given: an office's capture under several names, what was kept of it, and its policy. */
const MADE = join(root, 'made');
beforeAll(async () => {
  mkdirSync(MADE);
  const demo = 'captures/demo.pcap.gz';
  for (const name of ['office.pcapng', 'trial.pcap', 'office.pcap.gz']) copyFileSync(demo, join(MADE, name));
  for (const name of ['acme.yaml', 'policy.yaml'])
    copyFileSync('captures/demo-policy.yaml', join(MADE, name));
  const kept = ['--write', join(MADE, 'office.usage'), '--store', join(MADE, 'office.duckdb')];
  await wiretally(['analyze', demo, '--quiet', ...kept]);
  copyFileSync(join(MADE, 'office.duckdb'), join(MADE, 'history.duckdb'));
  for (const name of ['sensor-1.usage', 'sensor-2.usage'])
    copyFileSync(join(MADE, 'office.usage'), join(MADE, name));
}, 120_000);

/** A folder of its own with all that; a tutorial has the demo alone, as its reader has. */
function folderFor(document: string): string {
  const folder = mkdtempSync(join(root, 'folder-'));
  const isTutorial = document.startsWith('docs/tutorials/');
  if (isTutorial) {
    for (const name of ['demo.pcap.gz', 'demo-policy.yaml']) {
      copyFileSync(join('captures', name), join(folder, name));
    }
    return folder;
  }
  for (const name of readdirSync(MADE)) copyFileSync(join(MADE, name), join(folder, name));
  symlinkSync(resolve('captures'), join(folder, 'captures'));
  return folder;
}

const hasJq = spawnSync('jq', ['--version']).status === 0;
if (!hasJq) console.log('skipped: jq is not installed (apt-get install jq)');

describe('what documents show', () => {
  it.each(DOCUMENTS.filter((document) => hasJq || document !== 'docs/cli.md'))(
    'in %s is what their commands print',
    { timeout: 300_000 },
    async (document) => {
      const cwd = folderFor(document);
      const env = {
        PATH: `${bin}:${process.env.PATH}`,
        HOME: cwd,
        TMP: cwd,
        LANG: 'C.UTF-8',
        COLUMNS: '100',
        WIRETALLY_DETAIL: 'brief',
      };
      const text = readFileSync(document, 'utf8');
      await expect(renewed(text, { cwd, env })).toMatchFileSnapshot(resolve(document));
    },
  );

  it('names commands and options that there are, also where they do not run', async () => {
    const program = await buildProgram('all');
    const unknown: string[] = [];
    for (const document of DOCUMENTS) {
      const code = blocksOf(readFileSync(document, 'utf8')).map(({ text }) => text.replaceAll('\\\n', ' '));
      for (const [line] of code.join('\n').matchAll(/(?<=^(?:\$ )?)wiretally [^|>#\n]*/gm)) {
        let command = program as typeof program | undefined;
        for (const word of line.trim().split(/\s+/).slice(1)) {
          command = command?.commands.find((each) => each.name() === word) ?? command;
        }
        const known = command?.options.flatMap(({ short, long }) => [short, long]) ?? [];
        const asked = line.match(/(?<= \[?)--?[a-z][a-z-]*/g) ?? [];
        const missing = asked.filter((option) => !known.includes(option) && option !== '--help');
        if (command === program || missing.length > 0) unknown.push(`${document}: ${line} ${missing}`);
      }
    }
    expect(unknown).toEqual([]);
  });
});
