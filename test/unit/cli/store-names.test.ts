// Shell completion for a store: its hosts and tools, without characters special to a shell, and never late.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { beforeAll, describe, expect, it } from 'vitest';
import { readStoreNames } from '../../../src/cli/completion/completion-server.ts';
import { temporaryFolder } from '../../temporary.ts';

const folder = temporaryFolder('names');
const store = join(folder, 'office.duckdb');
const LONG_ENOUGH_MS = 30_000;

async function make(path: string, ...statements: readonly string[]): Promise<void> {
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  for (const statement of statements) await connection.run(statement);
  connection.closeSync();
  instance.closeSync();
}

beforeAll(() =>
  make(
    store,
    'CREATE TABLE host_totals (host VARCHAR)',
    `INSERT INTO host_totals VALUES ('10.0.0.2'), ('10.0.0.1'), ('2001:db8::1'), ('10.0.0.1'), ('$(reboot)'), ('a b'),
       ('-rf'), ('x' || chr(10) || 'y'), ('x' || chr(27) || '[2J'), (repeat('9', 65))`,
    'CREATE VIEW period_sums AS SELECT host AS tool FROM host_totals',
  ),
);

describe('names of a store', () => {
  it('are its hosts, each once, without what is no plain word', async () => {
    expect(await readStoreNames(['explain', store], 'host', LONG_ENOUGH_MS)).toEqual([
      '10.0.0.1',
      '10.0.0.2',
      '2001:db8::1',
    ]);
  });

  it('are not taken from a view', async () => {
    expect(await readStoreNames(['explain', store], 'tool', LONG_ENOUGH_MS)).toEqual([]);
  });

  it('are none when they would come late', async () => {
    expect(await readStoreNames(['explain', store], 'host', 0)).toEqual([]);
  });

  it('are none of what is damaged, and null where no word is a store', async () => {
    const damaged = join(folder, 'damaged.duckdb');
    writeFileSync(damaged, `12345678DUCK${'x'.repeat(5000)}`);
    expect(await readStoreNames(['explain', damaged], 'host', LONG_ENOUGH_MS)).toEqual([]);
    expect(await readStoreNames(['explain', 'office.pcap', '--host'], 'host', LONG_ENOUGH_MS)).toBeNull();
  });
});
