// Ways in that must fail.
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readAccess } from '../../../src/cli/verbs/serve/access.ts';
import { Credentials } from '../../../src/web/guard/credentials.ts';
import { sampleAudit } from '../report/sample-document.ts';
import { type MadeSite, siteOver } from './site.ts';

const TOKEN = 'a'.repeat(16) + 'b'.repeat(16);
const OTHER = 'c'.repeat(32);
const credentials = Credentials.parse(`# who may look\nanna ${TOKEN}\nben ${OTHER}\n`);
const basic = (name: string, token: string): string =>
  `Basic ${Buffer.from(`${name}:${token}`).toString('base64')}`;

let site: MadeSite;
let open: MadeSite;
beforeAll(async () => {
  site = await siteOver(sampleAudit(), { credentials });
  open = await siteOver(sampleAudit(), { publicNames: ['wiretally.example'] });
});
afterAll(async () => {
  await site.close();
  await open.close();
});

const statusOf = async (url: string, init: RequestInit = {}): Promise<number> =>
  (await fetch(url, init)).status;

/** As no client would write it: the whole answer as text, once the server has ended the connection. */
function raw(text: string, url = open.url): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(Number(port), hostname, () => socket.write(text));
    socket.on('data', (data) => {
      answer += data.toString('latin1');
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(answer));
  });
}

const asked = (path: string, ...heads: string[]): string =>
  [`GET ${path} HTTP/1.1`, 'Host: 127.0.0.1', 'Connection: close', ...heads, '', ''].join('\r\n');

describe('whoever has a token', () => {
  it.each([
    ['by Bearer', `Bearer ${TOKEN}`],
    ['by Basic, as browsers ask', basic('ben', OTHER)],
  ])('is let in %s', async (_, authorization) => {
    expect(await statusOf(`${site.url}/hosts`, { headers: { authorization } })).toBe(200);
    expect(await statusOf(`${site.url}/api/v1/report`, { headers: { authorization } })).toBe(200);
  });
});

describe('a way in that must fail', () => {
  it('no token: nothing but life signs, style and script', async () => {
    for (const path of [
      '/',
      '/hosts',
      '/api/v1/report',
      '/api/v1/hosts.csv',
      '/api/v1/openapi.json',
      '/nothing',
    ]) {
      const answer = await fetch(`${site.url}${path}`);
      expect([path, answer.status]).toEqual([path, 401]);
      expect(answer.headers.get('www-authenticate')).toMatch(/^Basic realm=/);
      expect(await answer.text()).not.toContain('10.20.1');
    }
    expect(await statusOf(`${site.url}/healthz`)).toBe(200);
  });

  it.each([
    ['a wrong token', `Bearer ${'x'.repeat(32)}`],
    ['a token cut short', `Bearer ${TOKEN.slice(0, -1)}`],
    ['the token of another name', basic('anna', OTHER)],
    ['a name without a token', basic('anna', '')],
    ['another scheme', `Digest ${TOKEN}`],
  ])('%s', async (_, authorization) => {
    expect(await statusOf(`${site.url}/hosts`, { headers: { authorization } })).toBe(401);
  });

  it('a token in the address or in a cookie', async () => {
    expect(await statusOf(`${site.url}/hosts?token=${TOKEN}`)).toBe(401);
    expect(await statusOf(`${site.url}/hosts`, { headers: { cookie: `token=${TOKEN}` } })).toBe(401);
  });

  it('guessing: after some wrong tokens no more are tried', async () => {
    const own = await siteOver(sampleAudit(), { credentials });
    const answers: number[] = [];
    for (let i = 0; i < 12; i++)
      answers.push(
        await statusOf(own.url, { headers: { authorization: `Bearer ${String(i).padStart(32, 'x')}` } }),
      );
    expect(answers).toEqual([...Array<number>(10).fill(401), 429, 429]);
    await own.close();
  });

  it.each([
    '/../../etc/passwd',
    '/assets/../../package.json',
    '/assets/%2e%2e%2fpackage.json',
    '/hosts/%2e%2e%2f%2e%2e%2fetc%2fpasswd',
  ])('traversal: %s', async (path) => {
    expect(await raw(asked(path))).toMatch(/^HTTP\/1\.1 404 /);
  });

  it('another name than its own (a page that renamed itself)', async () => {
    const ask = (host: string) => raw(`GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    for (const host of [
      'evil.example',
      'evil.example:7577',
      '127.0.0.1.evil.example',
      'localhost.evil.example',
      '[::1',
      '',
    ])
      expect(await ask(host)).toMatch(/^HTTP\/1\.1 (421|400) /);
    for (const host of ['localhost:7577', '127.0.0.1', '[::1]:7577', 'wiretally.example'])
      expect(await ask(host)).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('posting from another page: nothing takes a post', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH'])
      expect(
        await statusOf(`${open.url}/hosts`, { method, headers: { origin: 'https://evil.example' } }),
      ).toBe(405);
    const answer = await fetch(open.url, { headers: { origin: 'https://evil.example' } });
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    expect(answer.headers.get('x-frame-options')).toBe('DENY');
  });

  it('a body, told or not', async () => {
    expect(await raw(`${asked('/', 'Content-Length: 5')}hello`)).toMatch(/^HTTP\/1\.1 413 /);
    const text = asked('/', 'Transfer-Encoding: chunked');
    expect(await raw(`${text}5\r\nhello\r\n0\r\n\r\n`)).toMatch(/^HTTP\/1\.1 413 /);
  });

  it('a head that is too large', async () => {
    expect(await raw(asked('/', `X-Long: ${'x'.repeat(20_000)}`))).toMatch(/^HTTP\/1\.1 431 /);
  });

  it('two lengths in one request', async () => {
    const text =
      'POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n';
    expect(await raw(text)).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('a head that never ends: the connection is cut', async () => {
    expect(await raw('GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ')).toMatch(/^HTTP\/1\.1 408 |^$/);
  });

  it('asking without end', async () => {
    const own = await siteOver(sampleAudit());
    const answers: number[] = [];
    for (let i = 0; i < 8; i++) {
      const some = Array.from({ length: 40 }, () => statusOf(`${own.url}/healthz`));
      answers.push(...(await Promise.all(some)));
    }
    expect(new Set(answers)).toEqual(new Set([200, 429]));
    await own.close();
  });
});

describe('faulty access', () => {
  const folder = mkdtempSync(join(tmpdir(), 'wiretally-access-'));
  const file = (name: string, text: string, mode = 0o600): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    chmodSync(path, mode);
    return path;
  };
  afterAll(() => rmSync(folder, { recursive: true }));
  const here = { listen: { host: '127.0.0.1', port: 0 }, publicName: [], investigator: [] };
  const makeKeys = (name: string): { tlsCert: string; tlsKey: string } => {
    const [tlsCert, tlsKey] = [join(folder, `${name}.pem`), join(folder, `${name}.key`)];
    const words = [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-subj',
      '/CN=x',
    ];
    execFileSync('openssl', [...words, '-keyout', tlsKey, '-out', tlsCert], { stdio: 'ignore' });
    chmodSync(tlsKey, 0o600);
    return { tlsCert, tlsKey };
  };

  it('is told: an address that others reach, without who may', () => {
    const there = { ...here, listen: { host: '0.0.0.0', port: 7577 } };
    expect(() => readAccess(there)).toThrow('others than this machine could look');
    expect(() => readAccess({ ...there, tokenFile: file('t', `anna ${TOKEN}`) })).toThrow(
      'others than this machine',
    );
    expect(() => readAccess({ ...there, ...makeKeys('a') })).toThrow('others than this machine could look');
    expect(
      readAccess({ ...there, ...makeKeys('a'), tokenFile: file('t', `anna ${TOKEN}`) }).tls,
    ).not.toBeNull();
  });

  it.each([
    ['open to all', `anna ${TOKEN}`, 0o644, 'is open to others than its owner'],
    ['short token', 'anna secret', 0o600, 'line 1: a token needs at least 32 signs, this one has 6'],
    ['no name', TOKEN, 0o600, 'line 1 is not "name token"'],
    ['nobody', '# none\n', 0o600, 'it names nobody'],
    ['twice', `anna ${TOKEN}\nanna ${OTHER}`, 0o600, 'line 2: anna was there before'],
  ])('is told: a token file, %s', (name, text, mode, words) => {
    const tokenFile = file(name, text, mode);
    expect(() => readAccess({ ...here, tokenFile })).toThrow(words);
    expect(() => readAccess({ ...here, tokenFile })).not.toThrow(TOKEN);
  });

  it('is told: certificate and key', () => {
    const good = makeKeys('good');
    expect(() => readAccess({ ...here, tlsCert: good.tlsCert })).toThrow('go together');
    expect(() => readAccess({ ...here, ...good, tlsCert: join(folder, 'none') })).toThrow('cannot be read');
    expect(() => readAccess({ ...here, ...good, tlsCert: good.tlsKey })).toThrow('holds no certificate');
    expect(() => readAccess({ ...here, ...good, tlsKey: makeKeys('other').tlsKey })).toThrow(
      'is not the key of',
    );
    expect(() => readAccess({ ...here, ...good }, Date.parse('2100-01-01'))).toThrow('has expired');
    expect(() => readAccess({ ...here, ...good }, 0)).toThrow('is not valid before');
  });
});
