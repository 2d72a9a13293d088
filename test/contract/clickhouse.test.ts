// Requirements of a ClickHouse store beyond the contract: no rows of replaced revisions, and no loss in partial writes.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { makeHost, makeQuarter, makeRow, START } from '../../bench/made-windows.ts';
import { Random } from '../../bench/random.ts';
import type { UsageWindow } from '../../src/model/usage.ts';
import { openStore } from '../../src/store/open.ts';
import { ClickhouseFront, lacksEngine } from './clickhouse-front.ts';

const isWithout = lacksEngine();
let front: ClickhouseFront;
beforeAll(async () => {
  front = await ClickhouseFront.start();
});
afterAll(() => front.close());

/** With N hosts, each with a row. */
function windowOf(hosts: number, revision: number): UsageWindow {
  const random = new Random(7);
  const numbers = Array.from({ length: hosts }, (_, i) => i);
  const us = START * 1e6;
  const totals = numbers.map((i) =>
    makeHost({ host: `10.0.0.${i}`, mac: '02:00:00:00:00:01', name: `d${i}` }, us, random),
  );
  const rows = numbers.map((i) => makeRow(`10.0.0.${i}`, i, us, { random, exchanges: 3 }));
  return { ...makeQuarter(START, totals, rows), revision };
}

const databaseOf = (address: string): string => new URL(address).pathname.slice(1);

/** Hosts with a live row, by SQL and by the windows. */
async function hostsOf(address: string): Promise<{ sql: number; windows: number }> {
  const database = databaseOf(address);
  const sql = Number(front.ask(`SELECT uniqExact(host) FROM ${database}.live_usage_rows`));
  const store = await openStore(address, { mode: 'read' });
  const [window] = await store.windows();
  await store.close();
  return { sql, windows: window?.rows.length ?? 0 };
}

describe.skipIf(isWithout)('a revision with fewer rows', () => {
  it('leaves no ghosts, before, during and after merges, whichever revision comes first', async () => {
    for (const order of [
      [0, 1],
      [1, 0],
    ]) {
      const address = front.newAddress();
      const store = await openStore(address, { mode: 'write' });
      const revisions = [windowOf(9, 0), windowOf(2, 1)];
      for (const i of order) await store.put(revisions.filter((_, at) => at === i));
      expect(await hostsOf(address)).toEqual({ sql: 2, windows: 2 });
      for (const table of ['usage_rows', 'windows', 'host_totals']) {
        front.ask(`OPTIMIZE TABLE ${databaseOf(address)}.${table} FINAL`);
        expect(await hostsOf(address)).toEqual({ sql: 2, windows: 2 });
      }
      await store.compact();
      expect(await hostsOf(address)).toEqual({ sql: 2, windows: 2 });
      expect(Number(front.ask(`SELECT count() FROM ${databaseOf(address)}.usage_rows`))).toBe(2);
      await store.close();
    }
  });
});

describe.skipIf(isWithout)('a put that ends halfway', () => {
  it('counts for nothing, and once when it is tried again', async () => {
    const address = front.newAddress();
    const store = await openStore(address, { mode: 'write' });
    await store.put([windowOf(9, 0)]);
    front.failsInsertInto = 'windows';
    await expect(store.put([windowOf(2, 1)])).rejects.toMatchObject({ code: 'STORE_WRITE' });
    expect(await hostsOf(address)).toEqual({ sql: 9, windows: 9 });
    expect(await store.put([windowOf(2, 1)])).toEqual({ added: 0, replaced: 1, ignored: 0 });
    expect(await hostsOf(address)).toEqual({ sql: 2, windows: 2 });
    expect(Number(front.ask(`SELECT sum(flows) FROM ${databaseOf(address)}.live_usage_rows`))).toBe(4);
    await store.close();
  });
});

describe.skipIf(isWithout)('a server that asks who comes', () => {
  afterEach(() => {
    front.password = null;
    vi.unstubAllEnvs();
  });

  it('gets the password of the environment or of a file, and its refusal is reported', async () => {
    const address = front.newAddress();
    front.password = 'right';
    vi.stubEnv('WIRETALLY_STORE_PASSWORD', 'wrong');
    await expect(openStore(address, { mode: 'write' })).rejects.toMatchObject({
      message: `${address}: access denied for this user`,
      next: expect.stringContaining('WIRETALLY_STORE_PASSWORD_FILE'),
    });
    vi.stubEnv('WIRETALLY_STORE_PASSWORD', 'right');
    await (await openStore(address, { mode: 'write' })).close();
    const folder = mkdtempSync(join(tmpdir(), 'wiretally-password-'));
    writeFileSync(join(folder, 'password'), 'right\n');
    vi.stubEnv('WIRETALLY_STORE_PASSWORD', 'wrong');
    vi.stubEnv('WIRETALLY_STORE_PASSWORD_FILE', join(folder, 'password'));
    await (await openStore(address, { mode: 'read' })).close();
    rmSync(folder, { recursive: true });
  });
});

describe.skipIf(isWithout)('what is no store', () => {
  it.each([
    { name: 'a password in the address', address: 'clickhouse://me:secret@127.0.0.1:1/db', code: 'USAGE' },
    { name: 'a database with a strange name', address: 'clickhouse://me@127.0.0.1:1/a;b', code: 'USAGE' },
    {
      name: 'a server that is not there',
      address: 'clickhouse://me@127.0.0.1:1/db',
      code: 'INPUT_UNREADABLE',
    },
  ])('is reported: $name', async ({ address, code }) => {
    const opened = openStore(address, { mode: 'read' });
    await expect(opened).rejects.toMatchObject({ code, message: expect.not.stringContaining('secret') });
  });

  it('is a database with foreign tables, which is not changed', async () => {
    const address = front.newAddress();
    front.ask(`CREATE TABLE ${databaseOf(address)}.orders (id Int64) ENGINE = MergeTree ORDER BY id`);
    await expect(openStore(address, { mode: 'write' })).rejects.toMatchObject({ code: 'INPUT_UNREADABLE' });
    expect(front.ask(`SHOW TABLES FROM ${databaseOf(address)}`).trim()).toBe('orders');
  });

  it('is one of another version', async () => {
    const address = front.newAddress();
    await (await openStore(address, { mode: 'write' })).close();
    front.ask(`INSERT INTO ${databaseOf(address)}.meta VALUES (99)`);
    for (const mode of ['read', 'write'] as const)
      await expect(openStore(address, { mode })).rejects.toMatchObject({
        message: expect.stringContaining('contains tables of version 99, and this program reads version 1'),
        next: expect.stringContaining('wiretally analyze windows/ --store NEW'),
      });
  });
});
