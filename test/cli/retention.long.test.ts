// Retention by site, and deletion over a fleet: several stores, some sensors, one proof that somebody else can check.

import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '../../src/store/open.ts';
import { addTo } from '../contract/carried.ts';
import { makeFleet } from '../made-fleet.ts';
import { temporaryFolder } from '../temporary.ts';
import { wiretally } from './run.ts';

const folder = temporaryFolder('retention');
let made = 0;
let here: string;
const path = (name: string): string => join(here, name);

const fleet = makeFleet({ sensors: 2, days: 4, quarters: 2, hosts: 3, seed: 7 }).map((sensor, i) => ({
  ...sensor,
  sensor: ['paris-1', 'oslo-1'][i] ?? '',
  windows: sensor.windows.map((window) => ({ ...window, sensor: ['paris-1', 'oslo-1'][i] ?? '' })),
}));
const all = fleet.flatMap(({ windows }) => windows);
const last = Math.max(...all.map(({ startSeconds, lengthSeconds }) => startSeconds + lengthSeconds));
const BEFORE = new Date((last - 86_400) * 1000).toISOString().replace('.000Z', 'Z');
const isOld = ({ startSeconds, lengthSeconds }: (typeof all)[number]): boolean =>
  startSeconds + lengthSeconds <= last - 86_400;

beforeEach(async () => {
  here = mkdtempSync(join(folder, `${made++}-`));
  for (const { sensor, windows } of fleet) addTo(path(sensor), windows);
  const central = await openStore(path('central.duckdb'), { mode: 'write' });
  await central.put(all);
  await central.close();
  for (const name of ['', 'other-']) {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    writeFileSync(path(`${name}key.pem`), privateKey.export({ type: 'pkcs8', format: 'pem' }));
    writeFileSync(path(`${name}public.pem`), publicKey.export({ type: 'spki', format: 'pem' }));
  }
});

const windowsIn = async (store: string): Promise<readonly (typeof all)[number][]> => {
  const opened = await openStore(path(store), { mode: 'read' });
  const windows = await opened.windows();
  await opened.close();
  return windows;
};
const prune = (stores: readonly string[], ...more: string[]) =>
  wiretally(['store', 'prune', ...stores.map(path), '--before', BEFORE, ...more]);

describe('retention by site', () => {
  it('deletes what is old of the sensors of a site alone, whatever else is in the store', async () => {
    const { code, out } = await prune(['central.duckdb'], '--sensor', 'paris-*', '--json');
    const ofParis = all.filter((window) => window.sensor === 'paris-1' && isOld(window));
    expect(ofParis.length).toBeGreaterThan(0);
    expect({ code, proof: JSON.parse(out) }).toMatchObject({
      code: 0,
      proof: { sensors: ['paris-1'], deletedWindows: ofParis.length, foundAfterwards: 0 },
    });
    const left = await windowsIn('central.duckdb');
    expect(left).toHaveLength(all.length - ofParis.length);
    expect(left.some((window) => window.sensor === 'paris-1' && isOld(window))).toBe(false);
  });

  it('of sensors that are not there deletes nothing, and says so', async () => {
    const { code, out } = await prune(['central.duckdb'], '--sensor', 'rome-*');
    expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining('of no sensor with these names') });
    expect(await windowsIn('central.duckdb')).toHaveLength(all.length);
  });
});

describe('deletion over a fleet', () => {
  const PLACES = ['paris-1', 'oslo-1', 'central.duckdb'];
  const signed = (name = ''): string[] => ['--proof', path('proof'), '--sign-key', path(`${name}key.pem`)];
  const verify = (key: string, ...files: string[]) =>
    wiretally(['verify', ...(files.length === 0 ? ['proof'] : files).map(path), '--key', path(key)]);

  it('is one signed document over all places', async () => {
    expect(await prune(PLACES, ...signed())).toMatchObject({ code: 0 });
    for (const place of PLACES) expect((await windowsIn(place)).some(isOld)).toBe(false);
    const { code, out } = await verify('public.pem');
    const lines = out.split('\n');
    expect(code).toBe(0);
    expect(lines[0]).toContain(
      `deletion of records before ${BEFORE.replace('Z', '.000000Z')} of all sensors`,
    );
    expect(lines.filter((line) => line.startsWith('proven '))).toHaveLength(3);
    expect(lines.find((line) => line.includes('central'))).toContain(
      `${all.filter(isOld).length} records deleted`,
    );
  });

  it('is no proof where a place could not be worked in: the others are, and each is told', async () => {
    writeFileSync(path('passwd'), 'root:x:0:0\n');
    const { code, out } = await prune(['passwd', 'paris-1'], ...signed());
    expect(code).toBe(3);
    expect(out).toMatch(/passwd:\nNOT DELETED .*is not a store/);
    expect((await windowsIn('paris-1')).some(isOld)).toBe(false);
    expect(readFileSync(path('passwd'), 'utf8')).toBe('root:x:0:0\n');
    const verified = await verify('public.pem');
    expect(verified.code).toBe(1);
    expect(verified.out).toMatch(/^NOT PROVEN .*passwd/m);
    expect(verified.out).toMatch(/^proven .*paris-1/m);
  });

  it('is joined from the proofs of several machines', async () => {
    for (const place of PLACES)
      expect(
        await prune([place], '--proof', path(`${place}.proof`), '--sign-key', path('key.pem')),
      ).toMatchObject({
        code: 0,
      });
    const { code, out } = await verify('public.pem', ...PLACES.map((place) => `${place}.proof`));
    expect(code).toBe(0);
    expect(out.trimEnd().split('\n').at(-1)).toBe(
      `3 places, ${2 * all.filter(isOld).length} records deleted: proven`,
    );
  });

  it('is refused where it was changed, cut, or signed by somebody else, and takes no other file’s place', async () => {
    expect(await prune(['paris-1'], ...signed())).toMatchObject({ code: 0 });
    expect(await verify('other-public.pem')).toMatchObject({
      code: 1,
      out: expect.stringContaining('FAULT '),
    });
    const bytes = readFileSync(path('proof'));
    writeFileSync(
      path('proof'),
      bytes.toString('latin1').replace('"foundAfterwards": 0', '"foundAfterwards": 9'),
      'latin1',
    );
    expect(await verify('public.pem')).toMatchObject({ code: 1, out: expect.stringContaining('FAULT ') });
    writeFileSync(path('proof'), bytes.subarray(0, 100));
    expect(await verify('public.pem')).toMatchObject({ code: 1, out: expect.stringContaining('FAULT ') });
    expect(await wiretally(['verify', path('proof')])).toMatchObject({ code: 2 });
    writeFileSync(path('mine'), 'mine');
    const words = ['--proof', path('mine'), '--sign-key', path('key.pem')];
    expect(await prune(['oslo-1'], ...words)).toMatchObject({ code: 2 });
    expect(readFileSync(path('mine'), 'utf8')).toBe('mine');
    expect(await prune(['oslo-1'], '--proof', path('new'))).toMatchObject({ code: 2 });
    expect((await windowsIn('oslo-1')).some(isOld)).toBe(true);
  });
});
