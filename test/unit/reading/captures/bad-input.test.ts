// Unreadable and truncated inputs: each is reported with offset and reason, and the rest is read.

import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { ReadSummary } from '../../../../src/model/sensor.ts';
import { readFlows } from '../../../../src/reading/captures/analyze-captures.ts';
import { temporaryFolder } from '../../../temporary.ts';

const folder = temporaryFolder('bad');

const GOOD = 'captures/recordings/base-bun1.4.4-https.pcap.gz';
const stored = readFileSync(GOOD);
const bytes = gunzipSync(stored);

async function read(...files: string[]): Promise<ReadSummary> {
  return await readFlows(files, {}, () => undefined);
}

function save(name: string, content: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function lyingLength(at: number, length: number): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt32LE(length, at);
  return copy;
}

const whole = await read(GOOD);
const secondRecord = 24 + 16 + bytes.readUInt32LE(32);

describe('an input that gives nothing', () => {
  const cases: { name: string; path: () => string; message: RegExp }[] = [
    { name: 'a missing file', path: () => join(folder, 'none.pcap'), message: /none\.pcap: no such file$/ },
    {
      name: 'an empty file',
      path: () => save('empty.pcap', new Uint8Array(0)),
      message: /empty\.pcap: byte 0: /,
    },
    { name: 'a folder', path: () => folder, message: /: is a folder, not a capture$/ },
    {
      name: 'a foreign file',
      path: () => save('foreign.pcap', Buffer.from('%PDF-1.7 and so on and on and on')),
      message: /foreign\.pcap: byte 0: /,
    },
    {
      name: 'a header that is cut',
      path: () => save('header.pcap', bytes.subarray(0, 20)),
      message: /header\.pcap: byte \d+: /,
    },
    {
      name: 'an unknown link type',
      path: () => save('link.pcap', lyingLength(20, 147)),
      message: /link\.pcap: link type 147, for private use: not supported$/,
    },
    {
      name: 'a link type that has a name',
      path: () => save('bluetooth.pcap', lyingLength(20, 187)),
      message: /bluetooth\.pcap: link type 187, Bluetooth HCI: not supported$/,
    },
    {
      name: 'a link type that has none',
      path: () => save('unnamed.pcap', lyingLength(20, 9999)),
      message: /unnamed\.pcap: link type 9999: not supported$/,
    },
    {
      name: 'damaged compression from the first byte',
      path: () => save('garbage.gz', Buffer.concat([stored.subarray(0, 10), Buffer.alloc(64, 0xff)])),
      message: /garbage\.gz: /,
    },
  ];

  it.each(cases)('$name is reported, and the other input is read', async ({ path, message }) => {
    const alone = await read(path());
    expect(alone.errors.length).toBeGreaterThan(0);
    expect(alone.errors[0]).toMatchObject({
      code: 'INPUT_UNREADABLE',
      message: expect.stringMatching(message),
    });
    expect(alone.counters.flows).toBe(0);
    const together = await read(path(), GOOD);
    expect(together.counters.flows).toBe(whole.counters.flows);
    expect(together.errors.length + together.notes.length).toBeGreaterThan(0);
  });

  it('a file without read permission is reported', async () => {
    if (process.getuid?.() === 0) return; // root may read everything
    const path = save('secret.pcap', bytes);
    chmodSync(path, 0);
    expect((await read(path)).errors[0]?.message).toMatch(/secret\.pcap: permission denied$/);
  });
});

describe('an input that ends early', () => {
  const cases: { name: string; path: () => string; message: RegExp }[] = [
    {
      name: 'a cut file',
      path: () => save('cut.pcap', bytes.subarray(0, bytes.length - 7)),
      message: /cut\.pcap: byte \d+: /,
    },
    {
      name: 'a record longer than the file',
      path: () => save('lying.pcap', lyingLength(secondRecord + 8, 200_000)),
      message: new RegExp(`lying\\.pcap: byte ${secondRecord}: `),
    },
    {
      name: 'a record longer than any',
      path: () => save('huge.pcap', lyingLength(secondRecord + 8, 0x7fffffff)),
      message: new RegExp(`huge\\.pcap: byte ${secondRecord}: `),
    },
    {
      name: 'compression that is cut',
      path: () => save('cut.gz', gzipSync(bytes).subarray(0, -400)),
      message: /cut\.gz: byte \d+: the gzip data end early$/,
    },
  ];

  it.each(cases)('$name gives the records before it, and is reported', async ({ path, message }) => {
    const result = await read(path());
    expect(result.errors.map((error) => error.message)).toContainEqual(expect.stringMatching(message));
    expect(result.counters.packets).toBeGreaterThan(0);
    expect(result.counters.packets).toBeLessThanOrEqual(whole.counters.packets);
  });
});

describe('times', () => {
  it('that run backwards are reported', async () => {
    const copy = Buffer.from(bytes);
    copy.writeUInt32LE(1000, secondRecord);
    const result = await read(save('backwards.pcap', copy));
    expect(result.notes).toEqual([
      expect.stringMatching(/^.*backwards\.pcap: times run backwards, by 1\d{9} s at most/),
    ]);
    expect(result.captures[0]?.clockBackSeconds).toBeGreaterThan(1e9);
    expect(whole.captures[0]).not.toHaveProperty('clockBackSeconds');
  });
});

describe('compressed inputs', () => {
  it('are detected by their first bytes, for any name', async () => {
    const path = save('called.pcap', stored);
    expect((await read(path)).counters).toEqual(whole.counters);
  });

  it('may hold zstd', async () => {
    expect((await read('test/unit/reading/captures/base-bun1.4.4-https.pcap.zst')).counters).toEqual(
      whole.counters,
    );
  });

  it('may hold nothing', async () => {
    const result = await read(save('nothing.gz', gzipSync(new Uint8Array(0))));
    expect(result.errors[0]?.message).toMatch(/nothing\.gz: byte 0 unpacked: /);
  });
});

describe('progress', () => {
  it('ends at what there was to read', async () => {
    const reported: number[] = [];
    mkdirSync(join(folder, 'many'));
    const files = Array.from({ length: 40 }, (_, i) => save(join('many', `${i}.pcap`), bytes));
    await readFlows(files, { onProgress: (progress) => reported.push(progress.bytesRead) }, () => undefined);
    expect(reported).toEqual([...reported].sort((a, b) => a - b));
    expect(reported.at(-1) ?? 0).toBeLessThanOrEqual(40 * bytes.length);
  });
});
