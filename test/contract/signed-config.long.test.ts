// Signed configurations end to end: signed here, published to a broker, fetched by shippers, put in force by a running
// sensor, and reported by it to the fleet.

import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { noteSensor } from '../../src/store/spool.ts';
import { wiretally } from '../cli/run.ts';
import { temporaryFolder } from '../temporary.ts';
import { Broker, lacksBroker } from './broker.ts';
import { addTo, oneSensor, publishAt } from './carried.ts';
import { framesOf, LIVE_TEST_MS, LiveNetwork, lacksLiveTools, windowsOf, writePcap } from './live-network.ts';

const CLAUDE = 'captures/recordings/claude-code-2.1.328-prompt.pcap.gz';
const FACTS = { program: '0.1.0', catalogue: '2026.11.1', policy: null, keepsName: true };

const folder = temporaryFolder('signed-configs');
chmodSync(folder, 0o755);
let made = 0;
let here: string;
let broker: Broker;

const path = (name: string): string => join(here, name);
const PUBLIC = join(folder, 'public.pem');

async function begin(): Promise<void> {
  here = join(folder, `${made++}`);
  mkdirSync(here);
  broker = await Broker.start(here);
  const { out } = await wiretally(['policy', 'init', '--ban', 'claude-code', '--from', '2026-01-01']);
  writeFileSync(path('policy.yaml'), out);
}

function makeKeys(): void {
  for (const name of ['', 'other-']) {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    writeFileSync(join(folder, `${name}key.pem`), privateKey.export({ type: 'pkcs8', format: 'pem' }));
    writeFileSync(join(folder, `${name}public.pem`), publicKey.export({ type: 'spki', format: 'pem' }));
  }
}

const publish = (...more: string[]) =>
  wiretally(['fleet', 'configure', '--sign-key', join(folder, 'key.pem'), '--to', broker.url, ...more]);
const ship = (spool: string, file: string) =>
  wiretally([
    'fleet',
    'ship',
    path(spool),
    '--to',
    broker.url,
    '--once',
    '--signed-config',
    path(file),
    '--trust',
    PUBLIC,
  ]);
const verify = async (file: string): Promise<string> =>
  (await wiretally(['verify', path(file), '--key', PUBLIC])).out.split('\n')[0] ?? '';

describe.skipIf(lacksBroker())('signed configurations by a broker', () => {
  beforeAll(makeKeys);
  beforeEach(begin);
  afterEach(() => broker.kill());

  it('reach their sensors, and windows continue to be delivered', async () => {
    const { windows } = oneSensor(1);
    for (const name of ['site-1', 'site-2']) await noteSensor(path(name), name, FACTS);
    addTo(path('site-1'), windows);
    expect(await publish('--policy', path('policy.yaml'))).toMatchObject({ code: 0 });
    expect(await publish('--keep-days', '9', '--for', 'site-2')).toMatchObject({ code: 0 });
    for (const name of ['site-1', 'site-2']) {
      const { code, err } = await ship(name, `${name}.signed`);
      expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining('is in force') });
    }
    expect(await verify('site-1.signed')).toMatch(
      /^signed configuration 1 of .* for \*; signed by the given key$/,
    );
    expect(await verify('site-2.signed')).toMatch(
      /^signed configuration 2 of .* for site-2; signed by the given key$/,
    );
    const { err } = await wiretally(['fleet', 'collect', broker.url, '--store', path('store/'), '--once']);
    expect(err).toContain(`${windows.length} records collected`);
  });

  it('that are forged, cut, faulty, or of another key are reported and change nothing', async () => {
    await noteSensor(path('spool'), 'site-1', FACTS);
    expect(await publish('--policy', path('policy.yaml'))).toMatchObject({ code: 0 });
    expect(await ship('spool', 'in.signed')).toMatchObject({ code: 0 });
    const before = readFileSync(path('in.signed'));
    const subject = (name: string): string => `wiretally.signed-config.${name}`;
    await publishAt(broker.url, [
      { subject: subject('forged'), headers: [], body: Buffer.from('forged') },
      { subject: subject('cut'), headers: [], body: before.subarray(0, before.length - 1) },
    ]);
    const other = ['--sign-key', join(folder, 'other-key.pem'), '--revision', '99'];
    expect(await publish('--policy', path('policy.yaml'), '--for', 'site-*', ...other)).toMatchObject({
      code: 0,
    });
    const { code, err } = await ship('spool', 'in.signed');
    expect({ code, err }).toEqual({
      code: 0,
      err: expect.stringContaining('3 packages on the broker refused: '),
    });
    expect(readFileSync(path('in.signed')).equals(before)).toBe(true);
  });

  it('never go back, on the broker or at a sensor', async () => {
    await noteSensor(path('spool'), 'site-1', FACTS);
    for (let i = 0; i < 3; i++) expect(await publish('--keep-days', '9')).toMatchObject({ code: 0 });
    expect(await publish('--keep-days', '9', '--revision', '3')).toMatchObject({
      code: 2,
      err: expect.stringContaining(
        'signed configuration 3 is already published, and sensors refuse older revisions',
      ),
    });
    await ship('spool', 'in.signed');
    await broker.kill();
    rmSync(path('jetstream'), { recursive: true });
    await broker.start();
    // A broker that lost its disk: the publisher begins at 1 again.
    expect(await publish('--keep-days', '1')).toMatchObject({ code: 0 });
    const { err } = await ship('spool', 'in.signed');
    expect(err).toContain('signed configuration 1 is older than 3, which is in force: ignored');
    expect(await verify('in.signed')).toMatch(/^signed configuration 3 /);
  });

  it('say how long a spool keeps what was delivered', async () => {
    const { windows } = oneSensor(1);
    await noteSensor(path('spool'), 'site-1', FACTS);
    addTo(path('spool'), windows);
    const days = () => readdirSync(path('spool')).filter((name) => name.endsWith('.usage'));
    expect(days()).toHaveLength(2);
    expect(await publish('--keep-days', '0')).toMatchObject({ code: 0 });
    // It arrives during a delivery and applies from then on; the newest day remains, because a sensor may be writing it.
    for (let i = 0; i < 2; i++) expect(await ship('spool', 'in.signed')).toMatchObject({ code: 0 });
    expect(days()).toHaveLength(1);
    // The next windows report it to the fleet.
    const last = windows.at(-1);
    if (last === undefined) throw new Error('no window was made');
    addTo(path('spool'), [{ ...last, revision: last.revision + 1 }]);
    expect(await ship('spool', 'in.signed')).toMatchObject({ code: 0 });
    await wiretally(['fleet', 'collect', broker.url, '--store', path('store/'), '--once']);
    expect(await windowsOf(path('store'))).toHaveLength(windows.length + 1);
    const { out } = await wiretally(['fleet', 'sensors', path('store/'), '--json']);
    expect(JSON.parse(out).sensors).toMatchObject([{ keptFrom: days()[0]?.slice(0, 10) }]);
  });

  it('replace no other file, and require a signature', async () => {
    await noteSensor(path('spool'), 'site-1', FACTS);
    writeFileSync(path('notes.txt'), 'mine');
    expect(await ship('spool', 'notes.txt')).toMatchObject({
      code: 2,
      err: expect.stringContaining('exists and is not a configuration, so it is not overwritten'),
    });
    const words = [
      'fleet',
      'ship',
      path('spool'),
      '--to',
      broker.url,
      '--once',
      '--signed-config',
      path('in.signed'),
    ];
    expect(await wiretally(words)).toMatchObject({
      code: 2,
      err: expect.stringContaining('--trust PUBLIC.pem'),
    });
    writeFileSync(path('policy.yaml'), 'version: 1\nname: [broken\n');
    expect(await publish('--policy', path('policy.yaml'))).toMatchObject({ code: 2 });
    expect(readFileSync(path('notes.txt'), 'utf8')).toBe('mine');
  });
});

const isLive = !lacksLiveTools() && !lacksBroker();
describe.skipIf(!isLive)('a sensor that is handed its policy', { timeout: LIVE_TEST_MS }, () => {
  let net: LiveNetwork;
  beforeAll(async () => {
    makeKeys();
    net = new LiveNetwork();
    await begin();
  });
  afterAll(async () => {
    net?.close();
    await broker?.kill();
  });

  it('evaluates by it from then on, says so to the fleet, and keeps it against all that is worse', async () => {
    const capture = path('claude.pcap');
    const frames = framesOf(gunzipSync(readFileSync(CLAUDE)));
    writePcap(capture, frames);
    const [file, spool] = [path('in.signed'), path('spool')];
    const words = [
      ...['--window', '1', '--sensor', 'site-1', '--write', spool, '--state', path('state')],
      ...['--signed-config', file, '--trust', PUBLIC],
    ];
    const watch = await net.watch(...words);
    await publish('--policy', path('policy.yaml'));
    expect(await ship('spool', 'in.signed')).toMatchObject({ code: 0 });
    await watch.says(/signed configuration 1 is in force/);
    net.send(capture, 2 * frames.length, 4000);
    await watch.says(/finding: .*Claude Code (used|suspected) on/);
    const first = readFileSync(file);
    writeFileSync(file, 'broken');
    await watch.says(/it is cut, or no configuration at all/);
    await watch.says(/the previous catalogue and policy stay in force/);
    await publish('--policy', path('policy.yaml'));
    rmSync(file);
    await watch.says(/signed configuration 1 was in force, but the file is missing/);
    expect(await ship('spool', 'in.signed')).toMatchObject({ code: 0 });
    await watch.says(/signed configuration 2 is in force/);
    expect(await watch.end()).toBe(0);
    expect(watch.stderr()).not.toMatch(/denied|EACCES|EPERM/);

    await ship('spool', 'in.signed');
    await wiretally(['fleet', 'collect', broker.url, '--store', path('store/'), '--once']);
    const { out } = await wiretally(['fleet', 'sensors', path('store/'), '--json']);
    expect(JSON.parse(out).sensors).toMatchObject([{ sensor: 'site-1', signedConfig: { revision: 2 } }]);
    expect((await windowsOf(spool)).length).toBeGreaterThan(0);

    // An earlier configuration does not return with a restart, nor with the next one.
    writeFileSync(file, first);
    for (let restarts = 0; restarts < 2; restarts++) {
      const again = await net.watch(...words);
      await again.says(
        /signed configuration 1 is older than 2, which was in force.*; the options of the command line are in force/,
      );
      expect(await again.end()).toBe(0);
    }
  });
});
