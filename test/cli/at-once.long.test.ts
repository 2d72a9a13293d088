// Commands that write the same place at the same time: none undoes what another one wrote.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, watch, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { sensorLock } from '../../src/store/spool.ts';
import { temporaryFolder } from '../temporary.ts';
import { type Run, wiretally } from './run.ts';

const RECORDING = 'captures/recordings/claude-code-2.1.328-prompt.pcap.gz';
/** Nights that follow each other without a pause: each cut lies within a window. */
const PARTS = 4;
const TIMES = 4;

const folder = temporaryFolder('at-once');
const at = (...names: string[]): string => join(folder, ...names);
const parts = Array.from({ length: PARTS }, (_, i) => at(`night-${i}.pcap`));
let packets = 0;

/** Cuts a capture (libpcap's classic file format) between packets. */
beforeAll(() => {
  const whole = gunzipSync(readFileSync(RECORDING));
  const starts: number[] = [];
  for (let start = 24; start < whole.length; start += 16 + whole.readUInt32LE(start + 8)) starts.push(start);
  packets = starts.length;
  const cutAt = (i: number): number => starts[Math.floor((i * packets) / PARTS)] ?? whole.length;
  for (const [i, part] of parts.entries())
    writeFileSync(part, Buffer.concat([whole.subarray(0, 24), whole.subarray(cutAt(i), cutAt(i + 1))]));
});

async function packetsIn(store: string): Promise<number> {
  const { out } = await wiretally(['analyze', store, '--format', 'json']);
  const { stats }: { stats: { packets: number } } = JSON.parse(out);
  return stats.packets;
}

/** A process that takes a lock, says so, and never gives it back. */
const HOLDER = `
  const { tryLock } = await import('${resolve('dist/files/process-lock.js')}');
  if (tryLock(process.argv[1], process.argv[2]) === null) throw new Error('held');
  console.log('held');
  setInterval(() => {}, 1000);
`;

const locksIn = (place: string): string[] => readdirSync(place).filter((name) => name.endsWith('.lock'));

describe('readings of one sensor that are added at once', () => {
  it.each([
    ['a folder', '--write', (i: number) => at(`folder-${i}/`)],
    ['a .usage file', '--store', (i: number) => at(`file-${i}.usage`)],
  ] as const)('are all in %s, and each counts once when it is added again', async (_, option, nameOf) => {
    for (let i = 0; i < TIMES; i++) {
      const place = nameOf(i);
      const add = (): Promise<Run>[] =>
        parts.map((part) => wiretally(['analyze', part, '--sensor', 'A', option, place, '-q']));
      for (const run of [...(await Promise.all(add())), ...(await Promise.all(add()))])
        expect(run).toMatchObject({ code: 0, err: '' });
      expect(await packetsIn(place)).toBe(packets);
      expect(locksIn(option === '--write' ? place : folder)).toEqual([]);
    }
  });

  it('are all in a DuckDB store, or refused with the process that has it', async () => {
    const place = at('history.duckdb');
    const add = (): Promise<Run>[] =>
      parts.map((part) => wiretally(['analyze', part, '--sensor', 'A', '--store', place, '-q']));
    const runs = await Promise.all(add());
    for (const { code, err } of runs)
      if (code !== 0) expect([code, err]).toEqual([3, expect.stringContaining('is being written by')]);
    for (const part of parts)
      expect(await wiretally(['analyze', part, '--sensor', 'A', '--store', place, '-q'])).toMatchObject({
        code: 0,
      });
    expect(await packetsIn(place)).toBe(packets);
  });

  it('wait for a process that is there, and not for one that was killed', async () => {
    const place = at('killed');
    mkdirSync(place);
    for (const [i, name] of ['write', 'spool', sensorLock('A')].entries()) {
      const holder = spawn(process.execPath, ['--input-type=module', '-e', HOLDER, place, name]);
      await once(holder.stdout, 'data');
      const held = locksIn(place)[0] ?? '';
      const watcher = watch(place);
      const tried = new Promise<void>((done) =>
        watcher.on('change', (_, file) => {
          if (String(file).startsWith(`.${name}.`) && file !== held) done();
        }),
      );
      const adding = wiretally(['analyze', parts[i] ?? '', '--sensor', 'A', '--write', `${place}/`, '-q']);
      await tried;
      watcher.close();
      expect(locksIn(place)).toContain(held);
      holder.kill('SIGKILL');
      await once(holder, 'exit');
      expect(await adding).toMatchObject({ code: 0, err: '' });
    }
    const rest = await wiretally(['analyze', parts[3] ?? '', '--sensor', 'A', '--write', `${place}/`, '-q']);
    expect(rest).toMatchObject({ code: 0, err: '' });
    expect(await packetsIn(place)).toBe(packets);
    expect(locksIn(place)).toEqual([]);
  });
});

describe('sensors of several names that are added at once', () => {
  it('are all told of in the folder', async () => {
    const place = at('several/');
    const names = ['A', 'B', 'C', 'D'];
    const runs = names.map((name, i) =>
      wiretally(['analyze', parts[i] ?? '', '--sensor', name, '--write', place, '-q']),
    );
    for (const run of await Promise.all(runs)) expect(run).toMatchObject({ code: 0, err: '' });
    const spool: { sensors: Record<string, { readings: unknown[] }> } = JSON.parse(
      readFileSync(at('several', '.spool.json'), 'utf8'),
    );
    expect(
      Object.entries(spool.sensors)
        .map(([name, { readings }]) => [name, readings.length])
        .sort(),
    ).toEqual(names.map((name) => [name, 1]));
  });
});
