// An untrusted DuckDB file may declare millions of hosts in a few bytes, or contain them a million
// times: invalid content is skipped and reported, and content that exceeds memory is refused before it is read.

import { statSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { beforeEach, describe, expect, it } from 'vitest';
import { openDuckdb } from '../../../src/store/duckdb/duckdb-store.ts';
import { readWindows } from '../../../src/store/duckdb/windows.ts';
import { wiretally } from '../../cli/run.ts';
import { temporaryFolder } from '../../temporary.ts';
import { askDuckdb } from './ask-duckdb.ts';
import { minuteWindow, START } from './minute-window.ts';
import { emptyHosts, packedWindow } from './packed-window.ts';

const folder = temporaryFolder('hostile-store');

let made = 0;
let path: string;
beforeEach(async () => {
  path = join(folder, `${made++}.duckdb`);
  const store = await openDuckdb(path, { mode: 'write' });
  await store.put([minuteWindow(0), minuteWindow(1)]);
  await store.close();
});

/** A window with N hosts of two bytes each, deflated. */
const packed = (hosts: number, start = START): Buffer =>
  packedWindow(['a', '10.0.0.1'], start, emptyHosts(hosts));

const blob = (bytes: Buffer): string => `from_hex('${bytes.toString('hex')}')`;

async function read(): Promise<{ windows: number; damage: string[] }> {
  const store = await openDuckdb(path, { mode: 'read' });
  try {
    const { windows, damage } = await store.read();
    return { windows: windows.length, damage: damage.map(({ message }) => message) };
  } finally {
    await store.close();
  }
}

describe('a DuckDB file', () => {
  it.each([
    [33_000_000, 'it contains more than a window of its size can'],
    [400_000, 'field hosts has more than 65536 entries'],
  ])('with a window of %i hosts in some kilobytes is read without that window', async (hosts, reason) => {
    const bytes = packed(hosts);
    expect(bytes.length).toBeLessThan(68 << 10);
    await askDuckdb(path, `UPDATE windows SET message = ${blob(bytes)} WHERE start_seconds = ${START}`);
    const { windows, damage } = await read();
    expect(windows).toBe(1);
    expect(damage).toEqual([expect.stringContaining(`window ${START} of a left out: ${reason}`)]);
    const { code, err } = await wiretally([
      'analyze',
      path,
      '--policy',
      'captures/demo-policy.yaml',
      '--json',
    ]);
    expect(code).not.toBe(0);
    expect(err).toContain('left out');
  });

  it('with the same window again and again is refused before it is read, and the span is named', async () => {
    const rows = `SELECT windows.* REPLACE (start_seconds + i * 60 AS start_seconds)
      FROM windows, range(1, 5000000) t(i) WHERE start_seconds = ${START}`;
    await askDuckdb(path, `INSERT INTO windows BY NAME ${rows}`);
    expect(statSync(path).size).toBeLessThan(200 << 20);
    await expect(read()).rejects.toThrow(
      /holds \d+ (windows|bytes of packed windows) in this span, which exceed the memory limit/,
    );
  });

  it('with more than there is memory for is refused while it is read, whatever its windows say of themselves', async () => {
    for (const start of [START, START + 60])
      await askDuckdb(
        path,
        `UPDATE windows SET message = ${blob(packed(2000, start))} WHERE start_seconds = ${start}`,
      );
    const instance = await DuckDBInstance.create(path);
    const connection = await instance.connect();
    const span = { from: 0, to: START + 3600 };
    const limits = { windows: 9, bytes: 1 << 20, entries: 3999 };
    await expect(readWindows({ path, connection }, span, limits)).rejects.toThrow(
      'more than 3999 hosts, rows and exchanges in this span',
    );
    const { windows } = await readWindows({ path, connection }, span, { ...limits, entries: 4000 });
    expect(windows).toHaveLength(2);
    connection.closeSync();
    instance.closeSync();
  });
});
