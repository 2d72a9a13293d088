// Messages that a store rejects, access control, and ownership of names.

import { generateKeyPairSync } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { noteSensor } from '../../src/store/spool.ts';
import { openUsageFolder } from '../../src/store/usage-file.ts';
import { wiretally } from '../cli/run.ts';
import { folderForEach } from '../folder-for-each.ts';
import { Broker, lacksBroker } from './broker.ts';
import { addTo, firstMessageAt, oneSensor, publishAt, waitingAt } from './carried.ts';
import { lacksOpenssl, makeCertificates } from './certificates.ts';
import { operatorMode } from './credentials.ts';

const FACTS = { program: '0.1.0', catalogue: '2026.11.1', policy: null, keepsName: true };
const path = folderForEach('refused');

describe.skipIf(lacksBroker())('what a broker carries', () => {
  let broker: Broker;
  beforeEach(async () => {
    broker = await Broker.start(path());
  });
  afterEach(() => broker.kill());

  const ship = (spool: string) => wiretally(['fleet', 'ship', path(spool), '--to', broker.url, '--once']);
  const collect = (store: string, ...more: string[]) =>
    wiretally(['fleet', 'collect', broker.url, '--store', path(store), '--once', ...more]);

  it('is quarantined by name and reported where it is no window, and blocks nothing', async () => {
    const { sensor, windows } = oneSensor(1);
    addTo(path('spool'), windows);
    expect(await ship('spool')).toMatchObject({ code: 0 });
    const { headers: all, body } = await firstMessageAt(broker.url);
    const headers = all.filter(([name]) => name !== 'Nats-Msg-Id');
    const others = headers.filter(([name]) => name !== 'Wiretally-Format');
    const subject = `wiretally.windows.${sensor}`;
    await publishAt(broker.url, [
      { subject, headers: [], body: Buffer.from('forged') },
      { subject, headers, body: body.subarray(0, body.length - 9) },
      { subject: 'wiretally.windows.site-9', headers, body },
      { subject, headers: [...others, ['Wiretally-Format', '2']], body },
    ]);
    const { code, err } = await collect('store/');
    expect({ code, err }).toEqual({
      code: 0,
      err: expect.stringContaining(`${windows.length} records collected, 4 set aside`),
    });
    for (const reason of [
      'it has no format, so it is not a message of Wiretally',
      'it is truncated or damaged',
      'it contains a window of another sensor (site-1) than its subject names',
      'it has format 2 of a newer version',
    ])
      expect(err).toContain(reason);
    // Two of them have the same body, which is stored once.
    expect(readdirSync(path('store.refused')).filter((name) => name.endsWith('.message'))).toHaveLength(3);
    expect(await openUsageFolder(path('store/')).windows()).toHaveLength(windows.length);
    expect(await waitingAt(broker.url)).toBe(0);
  });

  it('from two sensors with one name is never mixed: the second is refused, reported, and quarantined', async () => {
    const { windows } = oneSensor(1);
    addTo(path('one'), windows);
    addTo(path('other'), oneSensor(2).windows);
    for (const spool of ['one', 'other']) {
      expect(await ship(spool)).toMatchObject({ code: 0 });
      const { code, err } = await collect('store.duckdb');
      expect(code).toBe(0);
      if (spool === 'other') expect(err).toContain('site-1: another sensor uses this name');
    }
    const refused = readdirSync(path('store.duckdb.refused'));
    expect(refused).toEqual([expect.stringMatching(/^site-1-[0-9a-f]{8}\.usage$/)]);
    const aside = await wiretally(['analyze', path('store.duckdb.refused', refused[0] ?? ''), '--json']);
    expect(aside.code).toBe(0);
    const info = await wiretally(['store', 'info', path('store.duckdb'), '--json']);
    expect(JSON.parse(info.out)).toMatchObject({ windows: windows.length, sensors: ['site-1'] });
  });

  it('from the future is reported and quarantined, and so are plain hosts where pseudonyms are required', async () => {
    const [window] = oneSensor(1).windows;
    if (window === undefined) throw new Error('no window was made');
    const next = 900 * Math.ceil(Date.now() / 900_000);
    const at = (startSeconds: number) => ({ ...window, startSeconds, hosts: [], rows: [] });
    const wrong = [next + 3 * 86_400, next + 3600, 283_996_800].map(at);
    addTo(path('spool'), [window, ...wrong, at(next)]);
    expect(await ship('spool')).toMatchObject({ code: 0 });
    const { code, err } = await collect('store/', '--only-pseudonyms');
    expect(code).toBe(0);
    expect(err).toContain('1 record collected, 4 set aside');
    expect(err).toMatch(/site-1: a window begins 7\d hours in the future: its clock is wrong/);
    expect(err).toMatch(/site-1: a window begins [67]\d minutes in the future: its clock is wrong/);
    expect(err).toContain('site-1: a window begins in 1979: its clock is not set');
    expect(err).toContain('site-1: a window contains hosts without pseudonyms');
  });

  it('waits in the spool while the broker is away, and the reason is reported', async () => {
    addTo(path('spool'), oneSensor(1).windows);
    await broker.kill();
    const name = `${broker.url}/WIRETALLY: `;
    expect(await ship('spool')).toMatchObject({ code: 3, err: expect.stringContaining(name) });
  });

  it('is not sent with a password that everybody sees', async () => {
    addTo(path('spool'), oneSensor(1).windows);
    const to = broker.url.replace('//', '//sensors:secret@');
    const { code, err } = await wiretally(['fleet', 'ship', path('spool'), '--to', to, '--once']);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('--password-file') });
    expect(err).not.toContain('secret');
  });
});

describe.skipIf(lacksBroker())('a broker that asks who comes', () => {
  let broker: Broker | null = null;
  afterEach(() => broker?.kill());

  it('gets user and password of a file, and its refusal is reported', async () => {
    broker = await Broker.start(path(), 'authorization { user: sensors, password: "right" }');
    addTo(path('spool'), oneSensor(1).windows);
    for (const word of ['right', 'wrong']) writeFileSync(path(word), `${word}\n`);
    const to = broker.url.replace('//', '//sensors@');
    const words = ['fleet', 'ship', path('spool'), '--to', to, '--once', '--password-file'];
    const refused = await wiretally([...words, path('wrong')]);
    expect(refused.code).toBe(3);
    expect(refused.err).toMatch(/authorization violation/);
    expect(refused.err).toContain('check the user, --password-file and --creds');
    expect(await wiretally([...words, path('right')])).toMatchObject({ code: 0 });
  });

  it('needs no more permissions than are documented, and a sensor publishes under no other name', async () => {
    const documented =
      /```text\n([^`]*_PASSWORD[^`]*)```/.exec(readFileSync('docs/fleet.md', 'utf8'))?.[1] ?? '';
    const config = documented.replaceAll(/\$\w+_PASSWORD/g, '"right"');
    expect(config).not.toBe(documented);
    broker = await Broker.start(path(), config);
    writeFileSync(path('right'), 'right\n');
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    writeFileSync(path('key.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
    writeFileSync(path('public.pem'), publicKey.export({ type: 'spki', format: 'pem' }));
    const url = broker.url;
    const as = (user: string): string[] => [
      url.replace('//', `//${user}@`),
      '--password-file',
      path('right'),
    ];
    const collect = ['fleet', 'collect', ...as('collector'), '--store', path('store/'), '--once'];
    const publish = [
      'fleet',
      'configure',
      '--keep-days',
      '9',
      '--sign-key',
      path('key.pem'),
      '--to',
      ...as('admin'),
    ];
    const taking = ['--signed-config', path('in.signed'), '--trust', path('public.pem')];
    const ship = (spool: string): string[] => [
      'fleet',
      'ship',
      path(spool),
      '--once',
      '--to',
      ...as('site-1'),
      ...taking,
    ];
    const { windows } = oneSensor(1);
    addTo(path('spool'), windows);
    await noteSensor(path('spool'), 'site-1', FACTS);
    expect(await wiretally(collect)).toMatchObject({ code: 0 });
    for (let i = 0; i < 2; i++) expect(await wiretally(publish)).toMatchObject({ code: 0 });
    const shipped = await wiretally(ship('spool'));
    expect([shipped.code, shipped.err]).toEqual([0, expect.stringContaining('is in force')]);
    expect(await wiretally(collect)).toMatchObject({ code: 0 });
    expect(await openUsageFolder(path('store/')).windows()).toEqual(windows);
    addTo(
      path('other'),
      windows.map((window) => ({ ...window, sensor: 'site-2' })),
    );
    const refused = await wiretally(ship('other'));
    expect([refused.code, refused.err]).toEqual([3, expect.stringMatching(/permissions violation/i)]);
  });

  it('gets the credentials of an operator, and refuses those of another one', async () => {
    const { config, sign } = operatorMode();
    broker = await Broker.start(path(), config);
    sign(path('own.creds'), 'own');
    sign(path('other.creds'), 'other');
    const { windows } = oneSensor(1);
    addTo(path('spool'), windows);
    const words = ['fleet', 'ship', path('spool'), '--to', broker.url, '--once'];
    const refused = await wiretally([...words, '--creds', path('other.creds')]);
    expect(refused.code).toBe(3);
    expect(refused.err).toContain('check the user, --password-file and --creds');
    expect((await wiretally(words)).code).toBe(3);
    expect(await wiretally([...words, '--creds', path('own.creds')])).toMatchObject({ code: 0 });
    const taken = [
      'fleet',
      'collect',
      broker.url,
      '--store',
      path('store/'),
      '--once',
      '--creds',
      path('own.creds'),
    ];
    expect(await wiretally(taken)).toMatchObject({ code: 0 });
    expect(await openUsageFolder(path('store/')).windows()).toEqual(windows);
  });

  it.skipIf(lacksOpenssl())('is verified with certificates, and shown one', async () => {
    makeCertificates(path());
    const files = `cert_file: "${path('server.pem')}", key_file: "${path('server.key')}", ca_file: "${path('ca.pem')}"`;
    broker = await Broker.start(path(), `tls { ${files}, verify: true }`);
    addTo(path('spool'), oneSensor(1).windows);
    const words = ['fleet', 'ship', path('spool'), '--to', broker.url.replace('nats:', 'tls:'), '--once'];
    expect((await wiretally(words)).code).toBe(3);
    const client = ['--tls-cert', path('client.pem'), '--tls-key', path('client.key')];
    const shown = await wiretally([...words, '--tls-ca', path('ca.pem'), ...client]);
    expect({ code: shown.code, err: shown.err }).toEqual({
      code: 0,
      err: expect.stringContaining('delivered'),
    });
  });
});

describe('windows shipped to a folder', () => {
  it('are stored once, however often they were delivered, and the name remains bound to its owner', async () => {
    const { windows } = oneSensor(1);
    addTo(path('one'), windows);
    addTo(path('other'), oneSensor(2).windows);
    const words = (spool: string): string[] => [
      'fleet',
      'ship',
      path(spool),
      '--to',
      path('there'),
      '--once',
    ];
    for (let i = 0; i < 2; i++) {
      expect(await wiretally(words('one'))).toMatchObject({ code: 0 });
      for (const name of readdirSync(path('one')).filter((each) => each.startsWith('.ship')))
        rmSync(path('one', name));
    }
    expect(await openUsageFolder(path('there')).windows()).toHaveLength(windows.length);
    expect(await wiretally(words('other'))).toMatchObject({
      code: 3,
      err: expect.stringContaining('the name site-1 belongs to another sensor'),
    });
  });
});
