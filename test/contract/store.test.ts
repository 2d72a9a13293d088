// The contract of all stores, run for each of them.

import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HostTotals, UsageWindow } from '../../src/model/usage.ts';
import { openStore } from '../../src/store/open.ts';
import { readUsageFile } from '../../src/store/usage-file.ts';
import { encodeWindow } from '../../src/window/codec.ts';
import { EMPTY_STATS } from '../../src/window/sums.ts';
import { BARE_HOST } from '../bare-facts.ts';
import { temporaryFolder } from '../temporary.ts';
import { ClickhouseFront, lacksEngine } from './clickhouse-front.ts';

const DAY = 86_400;
/** 2026-07-13T00:00:00Z. */
const START = 1_783_900_800;

const folder = temporaryFolder('store');
const isWithout = lacksEngine();
let front: ClickhouseFront;
beforeAll(async () => {
  if (!isWithout) front = await ClickhouseFront.start();
});
afterAll(async () => {
  if (!isWithout) await front.close();
});

let made = 0;
const STORES = [
  { kind: 'usageFile', newPath: () => join(folder, `${made++}.usage`) },
  { kind: 'usageFolder', newPath: () => `${join(folder, `${made++}`)}/` },
  { kind: 'duckdb', newPath: () => join(folder, `${made++}.duckdb`) },
  { kind: 'clickhouse', newPath: () => front.newAddress() },
] as const;
const isHere = ({ kind }: { readonly kind: string }): boolean => kind !== 'clickhouse' || !isWithout;

function hostOf(host: string, startSeconds: number): HostTotals {
  const firstUs = startSeconds * 1e6;
  return {
    host,
    ...BARE_HOST,
    flows: 1,
    packets: 10,
    bytesUp: 600,
    bytesDown: 400,
    firstUs,
    lastUs: firstUs + 5,
  };
}

function window(startSeconds: number, over: Partial<UsageWindow> = {}): UsageWindow {
  return {
    sensor: 'a',
    startSeconds,
    revision: 0,
    lengthSeconds: 60,
    stats: { ...EMPTY_STATS, packets: 10, bytes: 1000, flows: 1 },
    hosts: [hostOf(`secret-host-${startSeconds}`, startSeconds)],
    rows: [],
    queriedNames: [],
    ...over,
  };
}

describe.each(STORES.filter(isHere))('a store of kind $kind', ({ kind, newPath }) => {
  it('gives back what was put, sorted, also after it was closed and opened again', async () => {
    const path = newPath();
    const windows = [window(START + 60), window(START), window(START, { sensor: 'b' })];
    const store = await openStore(path, { mode: 'write' });
    expect(await store.put(windows)).toEqual({ added: 3, replaced: 0, ignored: 0 });
    await store.close();
    const again = await openStore(path, { mode: 'read' });
    expect(await again.windows()).toEqual([
      window(START),
      window(START, { sensor: 'b' }),
      window(START + 60),
    ]);
    await again.close();
  });

  it('counts a window that is put twice once, and keeps the highest revision', async () => {
    const store = await openStore(newPath(), { mode: 'write' });
    const corrected = window(START, { revision: 2, stats: { ...EMPTY_STATS, packets: 99 } });
    await store.put([window(START), window(START)]);
    expect(await store.put([window(START)])).toEqual({ added: 0, replaced: 0, ignored: 1 });
    expect(await store.put([corrected])).toEqual({ added: 0, replaced: 1, ignored: 0 });
    expect(await store.put([window(START, { revision: 1 })])).toEqual({ added: 0, replaced: 0, ignored: 1 });
    expect(await store.windows()).toEqual([corrected]);
    await store.close();
  });

  it('keeps a window that another one of its revision contradicts, and says which', async () => {
    const store = await openStore(newPath(), { mode: 'write' });
    const honest = window(START);
    const forged = window(START, { hosts: [hostOf('10.9.9.9', START)] });
    await store.put([honest]);
    expect(await store.put([structuredClone(honest)])).toEqual({ added: 0, replaced: 0, ignored: 1 });
    expect(await store.put([forged])).toMatchObject({ added: 0, replaced: 0, ignored: 1, clashes: [forged] });
    expect(await store.windows()).toEqual([honest]);
    await store.close();
  });

  it('answers for a span of time', async () => {
    const store = await openStore(newPath(), { mode: 'write' });
    await store.put([0, 60, 120].map((offset) => window(START + offset)));
    const query = { sinceSeconds: START + 60, untilSeconds: START + 120 };
    expect((await store.windows(query)).map((found) => found.startSeconds)).toEqual([START + 60]);
    await store.close();
  });

  it('says what it holds', async () => {
    const path = newPath();
    const store = await openStore(path, { mode: 'write' });
    await store.put([window(START), window(START + DAY, { sensor: 'b' })]);
    expect(await store.info()).toMatchObject({
      kind,
      path,
      windows: 2,
      sensors: ['a', 'b'],
      firstSeconds: START,
      lastSeconds: START + DAY + 60,
      damage: [],
    });
    await store.close();
  });

  it('says of an empty store that it is empty', async () => {
    const store = await openStore(newPath(), { mode: 'write' });
    expect(await store.windows()).toEqual([]);
    expect(await store.info()).toMatchObject({ windows: 0, firstSeconds: null, lastSeconds: null });
    await store.close();
  });

  it('deletes for good what is older than a time, and proves it', async () => {
    const path = newPath();
    const store = await openStore(path, { mode: 'write' });
    await store.put([0, DAY, 2 * DAY].map((offset) => window(START + offset)));
    await store.compact();
    expect(onDisk(path)).toContain(`secret-host-${START}`);
    const proof = await store.prune(START + DAY + 60, null);
    expect(proof).toMatchObject({ deletedWindows: 2, keptWindows: 1, foundAfterwards: 0 });
    expect(proof.deletedKeysSha256).toMatch(/^[0-9a-f]{64}$/);
    expect(await store.windows()).toEqual([window(START + 2 * DAY)]);
    await store.close();
    expect(onDisk(path)).not.toContain(`secret-host-${START}`);
    expect(onDisk(path)).not.toContain(`secret-host-${START + DAY}`);
  });

  it('deletes for good what is older of some sensors alone, and proves it', async () => {
    const path = newPath();
    const store = await openStore(path, { mode: 'write' });
    const late = window(START, { sensor: 'b', hosts: [hostOf('host-of-b', START)] });
    const others = [late, window(START + 2 * DAY), window(START + DAY, { sensor: 'o\'dd "c"' })];
    await store.put([window(START), window(START + DAY), ...others]);
    await store.compact();
    const proof = await store.prune(START + DAY + 60, ['a']);
    expect(proof).toMatchObject({ sensors: ['a'], deletedWindows: 2, keptWindows: 3, foundAfterwards: 0 });
    expect((await store.windows()).map(({ sensor, startSeconds }) => [sensor, startSeconds - START])).toEqual(
      [
        ['b', 0],
        ['o\'dd "c"', DAY],
        ['a', 2 * DAY],
      ],
    );
    expect(onDisk(path)).not.toContain(`secret-host-${START}"`);
    expect(onDisk(path)).toContain('host-of-b');
    expect(await store.prune(START + DAY + 60, ['o\'dd "c"'])).toMatchObject({ deletedWindows: 1 });
    expect(await store.prune(START + DAY + 60, ['nobody'])).toMatchObject({
      deletedWindows: 0,
      keptWindows: 2,
    });
    expect(await store.prune(START + DAY + 60, [])).toMatchObject({ deletedWindows: 0, keptWindows: 2 });
    await store.close();
  });

  it('refuses to read what is not there', async () => {
    await expect(openStore(newPath(), { mode: 'read' })).rejects.toMatchObject({ code: 'INPUT_UNREADABLE' });
  });
});

/** All content of a path as Latin-1 text; for a server, which deletes files asynchronously, everything that queries return. */
function onDisk(path: string): string {
  if (path.startsWith('clickhouse:')) return front.rowsOf(path);
  if (!statSync(path).isDirectory()) return readFileSync(path, 'latin1');
  return readdirSync(path)
    .map((name) => readFileSync(join(path, name), 'latin1'))
    .join('');
}

describe('what is no store', () => {
  const FOREIGN = 'root:x:0:0:root:/root:/bin/bash\n'.repeat(50);
  const names = ['passwd', 'passwd.usage', 'passwd.duckdb', 'capture.pcap'];

  it.each(names)('is refused and never touched: %s', async (name) => {
    const path = join(folder, name);
    writeFileSync(path, FOREIGN);
    for (const mode of ['read', 'write'] as const) {
      await expect(openStore(path, { mode })).rejects.toMatchObject({ code: 'INPUT_UNREADABLE' });
    }
    expect(readFileSync(path, 'latin1')).toBe(FOREIGN);
    expect(readdirSync(folder).filter((other) => other.startsWith(name))).toEqual([name]);
    rmSync(path);
  });

  it('is a folder of other things, also with a stray .usage file among them', async () => {
    const path = join(folder, 'things');
    mkdirSync(path);
    writeFileSync(join(path, 'notes.txt'), 'x');
    writeFileSync(join(path, 'stray.usage'), encodeWindow(window(START)));
    for (const mode of ['read', 'write'] as const) {
      await expect(openStore(path, { mode })).rejects.toMatchObject({ code: 'INPUT_UNREADABLE' });
    }
  });

  it('is windows under another name, when they would be written', async () => {
    const path = join(folder, 'windows.duckdb');
    writeFileSync(path, encodeWindow(window(START)));
    await expect(openStore(path, { mode: 'write' })).rejects.toMatchObject({ code: 'INPUT_UNREADABLE' });
    expect(await (await openStore(path, { mode: 'read' })).windows()).toHaveLength(1);
  });

  it('is an empty file, when it is read under another name than that of windows', async () => {
    const path = join(folder, 'empty.duckdb');
    writeFileSync(path, '');
    await expect(openStore(path, { mode: 'read' })).rejects.toMatchObject({
      message: expect.stringMatching(/is empty$/),
    });
  });
});

describe('.usage files', () => {
  it('without a byte, and folders without a file, hold no windows: a capture without packets leaves them', async () => {
    const path = join(folder, 'empty.usage');
    writeFileSync(path, '');
    expect(await readUsageFile(path)).toMatchObject({ windows: [], damage: [] });
    const days = join(folder, 'empty-days');
    mkdirSync(days);
    for (const place of [path, days]) {
      const store = await openStore(place, { mode: 'read' });
      expect(await store.windows()).toEqual([]);
      expect(await store.info()).toMatchObject({ windows: 0, damage: [] });
      await store.close();
    }
    const store = await openStore(path, { mode: 'write' });
    expect(await store.put([window(START)])).toMatchObject({ added: 1 });
    await store.close();
  });

  it('hold bytes that are no window: that is damage, and no empty part', async () => {
    const path = join(folder, 'junk.usage');
    writeFileSync(path, '\0');
    await expect(readUsageFile(path)).rejects.toMatchObject({ code: 'INPUT_UNREADABLE' });
    await expect(openStore(path, { mode: 'read' })).rejects.toMatchObject({ code: 'INPUT_UNREADABLE' });
  });

  it('are read around damage, which is reported and saved when the file is rewritten', async () => {
    const path = join(folder, 'damaged.usage');
    const store = await openStore(path, { mode: 'write' });
    await store.put([window(START)]);
    const whole = statSync(path).size;
    appendFileSync(path, 'torn');
    expect((await store.info()).damage.map((error) => error.message)).toEqual([
      expect.stringContaining(`damaged.usage: byte ${whole}: 4 bytes skipped`),
    ]);
    await store.put([window(START + 60)]);
    expect((await store.info()).damage).toEqual([]);
    expect(await store.windows()).toHaveLength(2);
    expect(readFileSync(`${path}.damaged`, 'latin1')).toBe('torn');
  });

  it('keep no damaged bytes next to a file that is pruned', async () => {
    const path = join(folder, 'pruned.usage');
    const store = await openStore(path, { mode: 'write' });
    await store.put([window(START), window(START + DAY)]);
    const torn = readFileSync(path).subarray(0, 60);
    appendFileSync(path, torn);
    await store.put([window(START + 2 * DAY)]);
    expect(onDisk(`${path}.damaged`)).toContain(`secret-host-${START}`);
    appendFileSync(path, torn);
    expect(await store.prune(START + DAY, null)).toMatchObject({ deletedWindows: 1, foundAfterwards: 0 });
    expect(readdirSync(folder).filter((name) => name.startsWith('pruned.usage'))).toEqual(['pruned.usage']);
    expect(onDisk(path)).not.toContain(`secret-host-${START}`);
  });

  it('say why they cannot be written', async () => {
    const path = join(folder, 'no-such-folder', 'x.usage');
    const store = await openStore(path, { mode: 'write' });
    await expect(store.put([window(START)])).rejects.toMatchObject({ code: 'STORE_WRITE' });
  });
});
