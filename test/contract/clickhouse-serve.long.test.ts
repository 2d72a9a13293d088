// Pages of a store on a ClickHouse server, and the certificates that server and visitor show each other.

import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '../../src/store/open.ts';
import { buildSensorNotes } from '../../src/store/sensor-notes.ts';
import { wiretally } from '../cli/run.ts';
import { makeFleet } from '../made-fleet.ts';
import { temporaryFolder } from '../temporary.ts';
import { lacksOpenssl, makeCertificates } from './certificates.ts';
import { ClickhouseFront, lacksEngine } from './clickhouse-front.ts';

const folder = temporaryFolder('served');
const path = (...names: string[]): string => join(folder, ...names);
const [one, two] = makeFleet({ sensors: 2, days: 2, quarters: 4, hosts: 3, seed: 4 });
const NOT_YET = { one: one?.windows ?? [], two: two?.windows ?? [] };

const isWithout = lacksEngine();
let front: ClickhouseFront;
beforeAll(async () => {
  front = await ClickhouseFront.start();
});
afterAll(async () => {
  await front.close();
});

async function put(address: string, windows: typeof NOT_YET.one): Promise<void> {
  const store = await openStore(address, { mode: 'write' });
  await store.put(windows);
  await store.close();
}

/** Polls until the answer matches. */
async function until<T>(ask: () => Promise<T>, isSo: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (isSo(answer)) return answer;
    await new Promise((wake) => setTimeout(wake, 100));
  }
}

describe.skipIf(isWithout)('pages of a server', () => {
  let child: ChildProcess;
  let url: string;
  let address: string;
  const ask = async <T>(what: string): Promise<T> =>
    (await (await fetch(`${url}/api/v1/${what}`)).json()) as T;
  const status = () => ask<{ version: string; trouble: string | null }>('status');

  beforeEach(async () => {
    address = front.newAddress();
    await put(address, NOT_YET.one);
    child = spawn(process.execPath, ['dist/cli/main.js', 'serve', address, '--listen', '127.0.0.1:0', '-v']);
    let said = '';
    url = await new Promise((resolve, reject) => {
      child.stderr?.setEncoding('utf8').on('data', (text: string) => {
        said += text;
        const serving = /serving (http:\S+)/.exec(said)?.[1];
        if (serving !== undefined) resolve(serving.replace(/\/$/, ''));
      });
      child.once('exit', (code) => reject(new Error(`serve ended with ${code}: ${said}`)));
    });
  });
  afterEach(async () => {
    const ended = new Promise((done) => child.once('exit', done));
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
  });

  it('equal the output of analyze, and are updated when a window arrives', async () => {
    const reported = async (): Promise<object> =>
      JSON.parse((await wiretally(['analyze', address, '--json'])).out) as object;
    const served = async (): Promise<object> => ({ ...(await ask<object>('report')), generated: null });
    expect(await served()).toEqual(await reported());
    const { version } = await status();
    await put(address, NOT_YET.two);
    await until(status, (now) => now.version !== version);
    expect(await served()).toEqual(await reported());
  });

  it('tell the sensors that deliver to it as the command does', async () => {
    const facts = { instance: 'a', program: '0.1.0', catalogue: '2026.11.1', policy: null, keepsName: true };
    const reported = { clockAheadMs: 200, arrivedMs: 1_775_000_000_000, refused: null };
    await buildSensorNotes(address).put({ sensor: 'site-1', ...facts, ...reported });
    interface SensorList {
      readonly sensors: readonly object[];
    }
    const withoutLag = ({ sensors }: SensorList): object[] =>
      sensors.map((each) => ({ ...each, lagSeconds: 0 }));
    const { out } = await wiretally(['fleet', 'sensors', address, '--json']);
    const asked = withoutLag(await ask<SensorList>('sensors'));
    expect(asked).toEqual(withoutLag(JSON.parse(out) as SensorList));
    expect(asked).toMatchObject([{ sensor: 'site-1', state: 'silent' }]);
    expect(await (await fetch(`${url}/sensors`)).text()).toContain('1 sensor with a name is silent');
  });

  it('stay as they were while the server is away, say so, and go on', async () => {
    const before = await ask<{ hosts: object[] }>('hosts');
    front.isAway = true;
    const { trouble } = await until(status, (now) => now.trouble !== null);
    expect(trouble).toContain(`${address}: `);
    expect(await ask('hosts')).toEqual({ ...before, trouble });
    expect(await (await fetch(`${url}/hosts`)).text()).toContain('The shown data is old');
    front.isAway = false;
    await until(status, (now) => now.trouble === null);
  });
});

describe.skipIf(isWithout || lacksOpenssl())('a server that asks for a certificate', () => {
  let secure: (address: string) => string;
  const named = (...names: readonly string[]): Record<string, string> =>
    Object.fromEntries(
      Object.entries({ CA: 'ca.pem', CERT: 'client.pem', KEY: 'client.key' })
        .filter(([name]) => names.includes(name))
        .map(([name, file]) => [`WIRETALLY_STORE_TLS_${name}`, path(file)]),
    );

  beforeAll(async () => {
    makeCertificates(folder);
    const [cert, key, ca] = ['server.pem', 'server.key', 'ca.pem'].map((name) => readFileSync(path(name)));
    secure = await front.listenTls({ cert, key, ca, requestCert: true, rejectUnauthorized: true });
  });
  afterEach(() => {
    front.password = null;
  });

  it('is shown one, alone or with a password', async () => {
    const address = front.newAddress();
    await put(address, NOT_YET.one);
    const words = ['analyze', secure(address), '--json', '-q'];
    const whole = await wiretally(['analyze', address, '--json', '-q']);
    const reported = await wiretally(words, { env: named('CA', 'CERT', 'KEY') });
    expect({ ...reported, out: reported.out.replaceAll(secure(address), address) }).toEqual(whole);
    front.password = 'right';
    const env = { ...named('CA', 'CERT', 'KEY'), WIRETALLY_STORE_PASSWORD: 'right' };
    expect(await wiretally(words, { env })).toMatchObject({ code: 0, out: reported.out });
  });

  it.each([
    { names: [], next: 'pass the CA of the server certificate in WIRETALLY_STORE_TLS_CA' },
    { names: ['CA'], next: 'the server requires a client certificate: set WIRETALLY_STORE_TLS_CERT' },
    { names: ['CA', 'CERT'], next: 'set WIRETALLY_STORE_TLS_CERT and WIRETALLY_STORE_TLS_KEY' },
  ])('reports what is missing: $names', async ({ names, next }) => {
    const { code, err } = await wiretally(['analyze', secure(front.newAddress())], { env: named(...names) });
    expect({ code, err }).toEqual({ code: names.length === 2 ? 2 : 3, err: expect.stringContaining(next) });
  });

  it('is never asked in clear where certificates are named', async () => {
    const { code, err } = await wiretally(['analyze', front.newAddress()], { env: named('CA') });
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('write clickhouses://') });
  });

  it('reports a key that does not match the certificate', async () => {
    const env = { ...named('CA', 'CERT'), WIRETALLY_STORE_TLS_KEY: path('server.key') };
    const { code, err } = await wiretally(['analyze', secure(front.newAddress())], { env });
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('WIRETALLY_STORE_TLS_KEY') });
  });
});
