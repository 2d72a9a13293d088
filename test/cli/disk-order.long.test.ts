// What is announced is on disk: bytes before their name, the name before the words that tell of it.

import { execFileSync, spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wiretally } from './run.ts';

const DEMO = 'captures/demo.pcap.gz';
const POLICY = 'captures/demo-policy.yaml';
const canCompile = process.platform === 'linux' && spawnSync('cc', ['--version']).status === 0;

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'wiretally-order-')));
const at = (...names: string[]): string => join(folder, ...names);
let runs = 0;

beforeAll(() => {
  const { privateKey } = generateKeyPairSync('ed25519');
  writeFileSync(at('key.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
  if (canCompile)
    execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', at('order.so'), 'test/cli/disk-order.c', '-ldl']);
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Act {
  readonly what: string;
  readonly path: string;
  readonly to: string;
}

/** What a command did to the disk, in order. */
async function actsOf(words: readonly string[], codes: readonly number[]): Promise<Act[]> {
  const log = at(`order-${runs++}`);
  const { code, err } = await wiretally(words, { env: { LD_PRELOAD: at('order.so'), DISK_ORDER: log } });
  expect(codes, err).toContain(code);
  return readFileSync(log, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line): Act => {
      const [what = '', path = '', to = ''] = line.split('\t');
      return { what, path, to };
    });
}

/** A file, or a folder of files, that got its name: all of it was on disk before, and its name was before the last words. */
function requireDurable(acts: readonly Act[], path: string, files: readonly string[] = ['']): void {
  const named = acts.findLastIndex(({ what, to }) => what === 'rename' && to === path);
  expect(named, `${path} was renamed`).toBeGreaterThanOrEqual(0);
  const draft = acts[named]?.path ?? '';
  const isSynced = (file: string, from: number, to: number): boolean =>
    acts.slice(from, to).some((act) => act.what === 'sync' && act.path === file);
  for (const file of files)
    expect(isSynced(join(draft, file), 0, named), `${file} before its name`).toBe(true);
  const told = acts.findLastIndex(({ what }) => what === 'out');
  expect(told).toBeGreaterThan(named);
  expect(isSynced(dirname(path), named, told), `the folder of ${path} before the words`).toBe(true);
}

describe.skipIf(!canCompile)('before it is announced', () => {
  it('a bundle is on disk, each file and its folder', async () => {
    const words = [
      'analyze',
      DEMO,
      '--policy',
      POLICY,
      '--bundle',
      at('bundle'),
      '--sign-key',
      at('key.pem'),
    ];
    const acts = await actsOf(words, [1]);
    requireDurable(acts, at('bundle'), ['', ...readdirSync(at('bundle'))]);
  });

  it.each(['history.usage', 'history.duckdb'])(
    'a prune of %s is on disk, and so is its proof',
    async (name) => {
      await wiretally(['analyze', DEMO, '--store', at(name), '-q']);
      const proof = ['--proof', at(`${name}.proof`), '--sign-key', at('key.pem')];
      const acts = await actsOf(['store', 'prune', at(name), '--before', '2026-07-10', ...proof], [0]);
      requireDurable(acts, at(name));
      requireDurable(acts, at(`${name}.proof`));
    },
  );

  it('days that are removed whole do not come back', async () => {
    await wiretally(['analyze', DEMO, '--write', at('days/'), '-q']);
    const days = (): string[] => readdirSync(at('days')).filter((name) => name.endsWith('.usage'));
    const before = days();
    const acts = await actsOf(['store', 'prune', at('days'), '--before', '2026-07-10'], [0]);
    const gone = before.filter((name) => !days().includes(name));
    expect(gone.length).toBeGreaterThan(0);
    const told = acts.findLastIndex(({ what }) => what === 'out');
    for (const name of gone) {
      const removed = acts.findIndex(({ what, path }) => what === 'unlink' && path === at('days', name));
      const synced = acts.findIndex(
        ({ what, path }, i) => i > removed && i < told && what === 'sync' && path === at('days'),
      );
      expect(synced, name).toBeGreaterThan(removed);
    }
  });

  it('an answer to a question is on disk, when the command ends', async () => {
    const store = at('asked.duckdb');
    await wiretally(['analyze', DEMO, '--store', store, '-q']);
    for (const name of ['answer.csv', 'answer.parquet']) {
      const acts = await actsOf(
        ['store', 'sql', store, 'SELECT sensor FROM windows', '--out', at(name)],
        [0],
      );
      requireDurable([...acts, { what: 'out', path: '', to: '' }], at(name));
      expect(existsSync(at(name))).toBe(true);
    }
  });
});
