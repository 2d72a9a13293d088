// `watch` with a server as its store: windows are on the sensor's disk first, and nothing waits for the server.

import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { UsageWindow } from '../../src/model/usage.ts';
import { openStore } from '../../src/store/open.ts';
import { buildSensorNotes } from '../../src/store/sensor-notes.ts';
import { wiretally } from '../cli/run.ts';
import { temporaryFolder } from '../temporary.ts';
import { ClickhouseFront, lacksEngine } from './clickhouse-front.ts';

/** No other traffic, as no connection is given this port: the sensor sees its own windows of silence, and this. */
const PORT = 18_015;

/** Prints why. */
function lacksRights(): boolean {
  if (process.platform === 'linux' && process.getuid?.() === 0) return false;
  console.warn('skipped: no sensor wrote to a server (needs root to listen)');
  return true;
}

const folder = temporaryFolder('watched');
const isWithout = lacksEngine();
let front: ClickhouseFront;
beforeAll(async () => {
  if (!isWithout) front = await ClickhouseFront.start();
});
afterAll(async () => {
  if (!isWithout) await front.close();
});

describe.skipIf(isWithout || lacksRights())('a sensor whose store is a server', () => {
  let child: ChildProcess;
  let said: string;
  afterEach(() => {
    child.kill('SIGKILL');
    front.isAway = false;
  });

  const start = async (spool: string, address: string): Promise<void> => {
    const words = [
      '-i',
      'lo',
      '-f',
      `udp port ${PORT}`,
      '--window',
      '1',
      '--sensor',
      'lab',
      '--write',
      spool,
    ];
    child = spawn(process.execPath, ['dist/cli/main.js', 'watch', ...words, '--store', address, '-v']);
    said = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    await until(() => said.includes('watching lo'));
    const socket = createSocket('udp4');
    await new Promise((done) => socket.send('x', PORT, '127.0.0.1', done));
    socket.close();
  };

  const end = async (): Promise<number | null> => {
    const ended = new Promise<number | null>((done) => child.once('exit', done));
    child.kill('SIGTERM');
    return await ended;
  };

  it('gives it each window, those too that closed while it was away', { timeout: 120_000 }, async () => {
    const [spool, address] = [join(folder, 'one'), front.newAddress()];
    await start(spool, address);
    await until(async () => (await windowsIn(address)).length >= 2);
    front.isAway = true;
    await until(() => said.includes('no data is lost'));
    const before = (await windowsIn(spool)).length;
    await until(async () => (await windowsIn(spool)).length >= before + 2);
    front.isAway = false;
    await until(() => said.includes('accepts records again'));
    expect(await end()).toBe(0);
    expect(await windowsIn(address)).toEqual(await windowsIn(spool));
    const [note] = await buildSensorNotes(address).list();
    expect(note).toMatchObject({ sensor: 'lab', keepsName: true });
  });

  it('ends without it, says where the rest waits, and goes on from there', { timeout: 120_000 }, async () => {
    const [spool, address] = [join(folder, 'two'), front.newAddress()];
    front.isAway = true;
    await start(spool, address);
    await until(async () => (await windowsIn(spool)).length >= 2);
    expect(await end()).toBe(0);
    expect(said).toContain(`or "wiretally fleet ship ${spool} --to ${address}"`);
    front.isAway = false;
    expect(await wiretally(['fleet', 'ship', spool, '--to', address, '--once'])).toMatchObject({ code: 0 });
    expect(await windowsIn(address)).toEqual(await windowsIn(spool));
  });

  it('goes on where its name is not its own', { timeout: 120_000 }, async () => {
    const [spool, address] = [join(folder, 'three'), front.newAddress()];
    await (await openStore(address, { mode: 'write' })).close();
    const other = { sensor: 'lab', instance: 'another', program: '', catalogue: '', policy: null };
    const times = { keepsName: true, clockAheadMs: null, arrivedMs: 1, refused: null };
    await buildSensorNotes(address).put({ ...other, ...times });
    await start(spool, address);
    await until(() => said.includes('the sensor continues, and its windows stay in'));
    const before = (await windowsIn(spool)).length;
    await until(async () => (await windowsIn(spool)).length > before);
    expect(await end()).toBe(0);
    expect(await windowsIn(address)).toEqual([]);
  });
});

describe('a sensor that has no disk of its own', () => {
  it('is refused', async () => {
    const words = ['watch', '-i', 'lo', '--store', 'clickhouse://127.0.0.1:1/db'];
    const { code, err } = await wiretally(words);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('add --write windows/') });
  });
});

/** None before the store exists. */
async function windowsIn(place: string): Promise<UsageWindow[]> {
  const wasAway = front.isAway;
  if (place.startsWith('clickhouse:')) front.isAway = false;
  try {
    const store = await openStore(place, { mode: 'read' });
    const windows = await store.windows();
    await store.close();
    return windows;
  } catch {
    return [];
  } finally {
    front.isAway = wasAway;
  }
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((wake) => setTimeout(wake, 100));
}
