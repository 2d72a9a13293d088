// Stores of an older version: read with explicit options, migrated as a whole or not at all.

import { spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { UsageWindow } from '../../../src/model/usage.ts';
import { attributorOf } from '../../../src/store/attributor.ts';
import { openDuckdb, openDuckdbPeriods } from '../../../src/store/duckdb/duckdb-store.ts';
import { SCHEMA_VERSION } from '../../../src/store/duckdb/migrate.ts';
import { History } from '../../../src/store/history.ts';
import { openZone } from '../../../src/time/zone.ts';
import { mergeWindows } from '../../../src/window/merge.ts';
import { type Compiled, compile } from '../../compiled.ts';
import { catalogue, recorded, recordings } from '../../property/judged-recordings.ts';
import { askDuckdb } from './ask-duckdb.ts';
import { madeOffice } from './made-office.ts';
import { makeVersion1 } from './version-1.ts';
import { intoVersion3 } from './version-3.ts';

const attributor = attributorOf(catalogue, 'test');
const SPAN = { from: 0, to: Number.MAX_SAFE_INTEGER };
const KILLS = 4;

const folder = mkdtempSync(join(tmpdir(), 'wiretally-migrate-'));
const old = join(folder, 'version-1.duckdb');
const known = { sensor: 's0-0', startSeconds: 900, revision: 1 };
let windows: UsageWindow[];
let compiled: Compiled;
beforeAll(async () => {
  const parts: (readonly UsageWindow[])[] = [];
  for (const recording of recordings.filter((_, i) => i % 24 === 0)) parts.push(await recorded(recording));
  windows = mergeWindows(madeOffice(parts));
  await makeVersion1(old, windows, [known]);
  compiled = compile('migrate-test');
  writeFileSync(join(compiled.folder, 'migrator.mjs'), MIGRATOR);
});
afterAll(() => {
  compiled.remove();
  rmSync(folder, { recursive: true });
});

const MIGRATOR = `
  const { openDuckdb } = await import(process.argv[2] + '/store/duckdb/duckdb-store.js');
  console.log('begins');
  const store = await openDuckdb(process.argv[3], { mode: 'write' });
  await store.close();
`;

const versionOf = async (path: string): Promise<number> =>
  Number((await askDuckdb(path, 'SELECT schema_version FROM meta'))[0]?.[0]);

async function copied(name: string): Promise<string> {
  const path = join(folder, name);
  copyFileSync(old, path);
  return path;
}

async function contentOf(path: string): Promise<unknown> {
  const store = await openDuckdb(path, { mode: 'read' });
  const { windows: kept, damage } = await store.read();
  await store.close();
  return { kept, damage };
}

async function answersOf(path: string): Promise<unknown> {
  const history = new History(await openDuckdbPeriods(path), attributor);
  const part = await history.part({ span: SPAN, zone: openZone('Europe/Berlin'), firstSeen: () => null });
  await history.close();
  return part;
}

describe('a store of version 1', () => {
  it('is read once it was migrated, and says so', async () => {
    await expect(openDuckdb(await copied('read.duckdb'), { mode: 'read' })).rejects.toMatchObject({
      code: 'STORE_DAMAGED',
      message: expect.stringContaining('tables of version 1'),
      next: expect.stringContaining('open it once for writing'),
    });
  });

  it('holds the same windows afterwards, and knows those that were summed', async () => {
    const path = await copied('written.duckdb');
    const store = await openDuckdb(path, { mode: 'write' });
    const [first] = windows;
    if (first === undefined) throw new Error('no windows');
    expect(await store.put([first, { ...first, ...known }])).toEqual({ added: 0, replaced: 0, ignored: 2 });
    await store.close();
    expect(await versionOf(path)).toBe(SCHEMA_VERSION);
    expect(await contentOf(path)).toEqual({ kept: windows, damage: [] });
    const sums = 'SELECT host, sum(bytes_up), sum(flows) FROM host_totals GROUP BY host ORDER BY host';
    expect(await askDuckdb(path, sums)).toEqual(await askDuckdb(old, sums));
  });

  it('answers as one that was written by this version', async () => {
    const fresh = join(folder, 'fresh.duckdb');
    const made = await openDuckdb(fresh, { mode: 'write', attributor });
    await made.put(windows);
    await made.close();
    const path = await copied('asked.duckdb');
    await (await openDuckdb(path, { mode: 'write', attributor })).close();
    expect(await answersOf(path)).toEqual(await answersOf(fresh));
  });

  it('keeps what cannot be read as it was', async () => {
    const path = await copied('damaged.duckdb');
    const at = windows[3]?.startSeconds;
    await askDuckdb(path, `UPDATE windows SET message = 'xx'::BLOB WHERE start_seconds = ${at}`);
    const before = await askDuckdb(
      path,
      'SELECT host, sum(bytes_up) FROM host_totals GROUP BY host ORDER BY host',
    );
    await (await openDuckdb(path, { mode: 'write', attributor })).close();
    const store = await openDuckdb(path, { mode: 'read' });
    const { damage } = await store.read();
    await store.close();
    expect(damage.map(({ message }) => message)).toEqual(
      damage.map(() => expect.stringContaining(`window ${at} of`)),
    );
    expect(damage.length).toBeGreaterThan(0);
    expect(
      await askDuckdb(path, 'SELECT host, sum(bytes_up) FROM host_totals GROUP BY host ORDER BY host'),
    ).toEqual(before);
    const history = new History(await openDuckdbPeriods(path), attributor);
    const question = { span: SPAN, zone: openZone('UTC'), firstSeen: () => null };
    expect((await history.part(question)).damage).toHaveLength(damage.length);
    await history.close();
  });

  it(`is whole after ${KILLS} kills in the middle of it`, async () => {
    for (let kill = 0; kill < KILLS; kill++) {
      const path = await copied(`killed-${kill}.duckdb`);
      const child = spawn(
        process.execPath,
        [join(compiled.folder, 'migrator.mjs'), resolve(compiled.folder), path],
        { stdio: ['ignore', 'pipe', 'inherit'] },
      );
      const ended = new Promise((done) => child.once('close', done));
      await new Promise((done) => child.stdout.once('data', done));
      await setTimeout(kill * 60);
      child.kill('SIGKILL');
      await ended;
      expect([1, SCHEMA_VERSION]).toContain(await versionOf(path));
      await (await openDuckdb(path, { mode: 'write' })).close();
      expect(await contentOf(path)).toEqual({ kept: windows, damage: [] });
    }
  });
});

describe('a store of version 3', () => {
  it('is refused for reading, and has its sums recomputed when it is written', async () => {
    const fresh = join(folder, 'version-4.duckdb');
    const made = await openDuckdb(fresh, { mode: 'write', attributor });
    await made.put(windows);
    await made.close();
    const path = join(folder, 'version-3.duckdb');
    copyFileSync(fresh, path);
    await intoVersion3(path);
    await expect(openDuckdb(path, { mode: 'read' })).rejects.toMatchObject({
      code: 'STORE_DAMAGED',
      message: expect.stringContaining('tables of version 3'),
    });
    await expect(openDuckdbPeriods(path)).rejects.toMatchObject({ code: 'STORE_DAMAGED' });
    await (await openDuckdb(path, { mode: 'write', attributor })).close();
    expect(await versionOf(path)).toBe(SCHEMA_VERSION);
    expect(await askDuckdb(path, TABLES)).toEqual(await askDuckdb(fresh, TABLES));
    expect(await contentOf(path)).toEqual({ kept: windows, damage: [] });
    expect(await answersOf(path)).toEqual(await answersOf(fresh));
  });
});

const TABLES = 'SELECT table_name, column_name FROM information_schema.columns ORDER BY ALL';
