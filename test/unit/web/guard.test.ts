// Ways in that must fail.
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readAccess } from '../../../src/cli/serve/access.ts';
import { STYLE_ASSET } from '../../../src/web/assets.ts';
import { clientGroup } from '../../../src/web/guard/clients.ts';
import { Credentials } from '../../../src/web/guard/credentials.ts';
import { sampleAudit } from '../report/sample-document.ts';
import { type MadeSite, siteOver } from './site.ts';

const TOKEN = 'a'.repeat(16) + 'b'.repeat(16);
const OTHER = 'c'.repeat(32);
const credentials = Credentials.parse(`# access tokens\nanna ${TOKEN}\nben ${OTHER}\n`);
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

/** Reads the whole body, so that the connection is reused: connections per client are limited. */
const statusOf = async (url: string, init: RequestInit = {}): Promise<number> => {
  const answer = await fetch(url, init);
  await answer.arrayBuffer();
  return answer.status;
};

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

const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
const wrong = (i: number): string => String(i).padStart(32, 'x');

const asked = (path: string, ...heads: string[]): string =>
  [`GET ${path} HTTP/1.1`, 'Host: 127.0.0.1', 'Connection: close', ...heads, '', ''].join('\r\n');

describe('a client with a token', () => {
  it.each([
    ['by Bearer', `Bearer ${TOKEN}`],
    ['by Basic, as browsers ask', basic('ben', OTHER)],
  ])('is let in %s', async (_, authorization) => {
    expect(await statusOf(`${site.url}/hosts`, { headers: { authorization } })).toBe(200);
    expect(await statusOf(`${site.url}/api/v1/report`, { headers: { authorization } })).toBe(200);
  });
});

describe('limits that honest visitors do not meet', () => {
  it('right tokens, at once and often', async () => {
    const own = await siteOver(sampleAudit(), { credentials });
    const ask = () => raw(asked('/healthz', `Authorization: Bearer ${TOKEN}`), own.url);
    for (let i = 0; i < 3; i++) {
      const answers = await Promise.all(Array.from({ length: 50 }, ask));
      expect(new Set(answers.map((answer) => answer.slice(9, 12)))).toEqual(new Set(['200']));
    }
    await own.close();
  });

  it('wrong tokens of another client', async () => {
    let address = '192.0.2.1';
    const own = await siteOver(sampleAudit(), { credentials, addressOf: () => address });
    for (let i = 0; i < 12; i++) await statusOf(own.url, bearer(wrong(i)));
    address = '192.0.2.2';
    expect(await statusOf(own.url, bearer(TOKEN))).toBe(200);
    await own.close();
  });
});

describe('requests that a proxy passes on', () => {
  const PROXY = 'p'.repeat(32);
  const proxy = { header: 'x-forwarded-user', token: Credentials.parse(`proxy ${PROXY}`) };
  /** What 320 requests are answered with. */
  const flood = async (
    own: MadeSite,
    headersOf: (i: number) => Record<string, string>,
  ): Promise<Set<number>> => {
    const answers: number[] = [];
    for (let round = 0; round < 8; round++) {
      const some = Array.from({ length: 40 }, (_, i) =>
        statusOf(`${own.url}${STYLE_ASSET.path}`, { headers: headersOf(40 * round + i) }),
      );
      answers.push(...(await Promise.all(some)));
    }
    return new Set(answers);
  };
  const passedOn = (name: string, from: string): Record<string, string> => ({
    ...bearer(PROXY).headers,
    'x-forwarded-user': name,
    'x-forwarded-for': from,
  });

  it('are counted by visitor: one who asks without end stops no other', async () => {
    const own = await siteOver(sampleAudit(), { credentials, proxy });
    const forged = (i: number) => passedOn('eve', `10.0.0.${i % 250}, 192.0.2.1`);
    expect(await flood(own, forged)).toEqual(new Set([200, 429]));
    expect(await statusOf(own.url, { headers: passedOn('eve', '192.0.2.1') })).toBe(429);
    expect(await statusOf(own.url, { headers: passedOn('anna', '192.0.2.1') })).toBe(200);
    expect(await statusOf(own.url, { headers: passedOn('eve', '192.0.2.2') })).toBe(200);
    expect(await statusOf(own.url, bearer(TOKEN))).toBe(200);
    await own.close();
  });

  it.each([
    ['no credentials', {}],
    ['a visitor', bearer(TOKEN).headers],
  ])('are none of %s, who is counted by address whatever the headers say', async (_, own) => {
    const site = await siteOver(sampleAudit(), { credentials, proxy });
    const named = (i: number) => ({
      ...passedOn(`name-${i}`, `192.0.2.${i % 250}`),
      authorization: '',
      ...own,
    });
    expect(await flood(site, named)).toEqual(new Set([200, 429]));
    await site.close();
  });

  it("may not be guessed at: wrong tokens, and visitors' tokens that are none", async () => {
    const own = await siteOver(sampleAudit(), { proxy });
    for (let i = 0; i < 10; i++)
      expect(
        await statusOf(own.url, {
          headers: { ...passedOn('anna', '192.0.2.1'), ...bearer(wrong(i)).headers },
        }),
      ).toBe(401);
    expect(await statusOf(own.url, { headers: passedOn('anna', '192.0.2.1') })).toBe(429);
    await own.close();
  });
});

describe('connections of one client', () => {
  const MOST = 128;
  const RESERVE = 8;
  const opened = (url: string): Promise<Socket> => {
    const { hostname, port } = new URL(url);
    return new Promise((resolve, reject) => {
      const socket = connect(Number(port), hostname, () => resolve(socket)).on('error', reject);
    });
  };
  const isCut = (socket: Socket): Promise<boolean> =>
    new Promise((resolve) => {
      socket.once('close', () => resolve(true));
      socket.once('data', () => resolve(false));
      socket.write(asked('/healthz'));
    });

  it('are so many at most, and more when some have ended', async () => {
    const own = await siteOver(sampleAudit());
    const held: Socket[] = [];
    for (let i = 0; i < MOST + RESERVE; i++) held.push(await opened(own.url));
    expect(await isCut(await opened(own.url))).toBe(true);
    const [first] = held;
    if (first !== undefined) expect(await isCut(first)).toBe(false);
    await new Promise((ended) => first?.once('close', ended));
    expect(await isCut(await opened(own.url))).toBe(false);
    for (const socket of held) socket.destroy();
    await own.close();
  });

  it('have a reserve for health and metrics alone', async () => {
    const own = await siteOver(sampleAudit());
    const held: Socket[] = [];
    for (let i = 0; i < MOST; i++) held.push(await opened(own.url));
    for (const path of ['/healthz', '/readyz', '/metrics'])
      expect(await raw(asked(path), own.url)).toMatch(/^HTTP\/1\.1 200 /);
    expect(await raw(asked('/'), own.url)).toMatch(/^HTTP\/1\.1 503 /);
    for (const socket of held) socket.destroy();
    await own.close();
  });

  it('follow events in a share of them, so that pages and health still answer', async () => {
    const own = await siteOver(sampleAudit());
    const listen = new AbortController();
    const { signal } = listen;
    const statuses = await Promise.all(
      Array.from({ length: MOST }, async () => {
        const answer = await fetch(`${own.url}/events`, { signal });
        if (answer.status !== 200) await answer.arrayBuffer();
        return answer.status;
      }),
    );
    expect(statuses.filter((status) => status === 200)).toHaveLength(32);
    expect(new Set(statuses)).toEqual(new Set([200, 503]));
    expect(await statusOf(`${own.url}/`)).toBe(200);
    expect(await statusOf(`${own.url}/healthz`)).toBe(200);
    listen.abort();
    await expect
      .poll(async () => {
        const again = new AbortController();
        const { status } = await fetch(`${own.url}/events`, { signal: again.signal });
        again.abort();
        return status;
      })
      .toBe(200);
    await own.close();
  });

  it('and health answers after too many requests for pages', async () => {
    const own = await siteOver(sampleAudit());
    const statuses: number[] = [];
    for (let i = 0; i < 301; i++) statuses.push(await statusOf(`${own.url}/none`));
    expect(statuses.at(-1)).toBe(429);
    expect(await statusOf(`${own.url}/healthz`)).toBe(200);
    await own.close();
  });

  it('are more where the proxy comes from', async () => {
    const proxy = { header: 'x-forwarded-user', token: Credentials.parse(`proxy ${'p'.repeat(32)}`) };
    const own = await siteOver(sampleAudit(), { proxy });
    const held: Socket[] = [];
    expect(await statusOf(`${own.url}/healthz`, bearer('p'.repeat(32)))).toBe(200);
    for (let i = 0; i <= MOST; i++) held.push(await opened(own.url));
    expect(await raw(asked('/'), own.url)).toMatch(/^HTTP\/1\.1 401 /);
    for (const socket of held) socket.destroy();
    await own.close();
  });

  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:0:1:aaaa::1', '2001:db8:0:1::'],
    ['fe80::1%eth0', 'fe80::'],
    ['::1', '::'],
    ['unknown', null],
    ['', null],
  ])('%s counts as %s', (address, group) => {
    expect(clientGroup(address)).toBe(group);
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

  it('guessing: after some wrong tokens no more are tried, a right one neither', async () => {
    const own = await siteOver(sampleAudit(), { credentials });
    const answers: number[] = [];
    for (let i = 0; i < 12; i++) answers.push(await statusOf(own.url, bearer(wrong(i))));
    expect(answers).toEqual([...Array<number>(10).fill(401), 429, 429]);
    expect(await statusOf(own.url, bearer(TOKEN))).toBe(429);
    expect(await statusOf(own.url)).toBe(401);
    await own.close();
  });

  it('guessing at once, over many connections', async () => {
    const own = await siteOver(sampleAudit(), { credentials });
    const tokens = Array.from({ length: 60 }, (_, i) => wrong(i));
    const ask = (token: string) => raw(asked('/', `Authorization: Bearer ${token}`), own.url);
    const answers = await Promise.all(tokens.map(ask));
    const codes = answers.map((answer) => answer.slice(9, 12));
    expect(codes.filter((code) => code === '401')).toHaveLength(10);
    expect(codes.filter((code) => code === '429')).toHaveLength(50);
    await own.close();
  });

  it('guessing from one network of IPv6, and by headers that name others', async () => {
    let host = 0;
    const own = await siteOver(sampleAudit(), {
      credentials,
      addressOf: () => `2001:db8::${(host++).toString(16)}`,
    });
    const answers: number[] = [];
    for (let i = 0; i < 12; i++) {
      const headers = { ...bearer(wrong(i)).headers, 'x-forwarded-for': `192.0.2.${i}` };
      answers.push(await statusOf(own.url, { headers }));
    }
    expect(answers.at(-1)).toBe(429);
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

  it('a body, announced or not', async () => {
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

  it('is reported: a reachable address without access control', () => {
    const there = { ...here, listen: { host: '0.0.0.0', port: 7577 } };
    expect(() => readAccess(there)).toThrow('clients on other machines could connect');
    expect(() => readAccess({ ...there, accessTokens: file('t', `anna ${TOKEN}`) })).toThrow(
      'clients on other machines could connect',
    );
    expect(() => readAccess({ ...there, ...makeKeys('a') })).toThrow(
      'clients on other machines could connect',
    );
    expect(
      readAccess({ ...there, ...makeKeys('a'), accessTokens: file('t', `anna ${TOKEN}`) }).tls,
    ).not.toBeNull();
  });

  it.each([
    ['open to all', `anna ${TOKEN}`, 0o644, 'readable for other users'],
    ['short token', 'anna secret', 0o600, 'line 1: a token needs at least 32 characters, this one has 6'],
    ['no name', TOKEN, 0o600, 'line 1 is not "name token"'],
    ['nobody', '# none\n', 0o600, 'it contains no name'],
    ['twice', `anna ${TOKEN}\nanna ${OTHER}`, 0o600, 'line 2: anna is repeated'],
  ])('is reported: a token file, %s', (name, text, mode, words) => {
    const accessTokens = file(name, text, mode);
    expect(() => readAccess({ ...here, accessTokens })).toThrow(words);
    expect(() => readAccess({ ...here, accessTokens })).not.toThrow(TOKEN);
  });

  it('is reported: a proxy without a token of its own', () => {
    const trustedUserHeader = 'X-Forwarded-User';
    const proxyTokenFile = file('proxy', `${'p'.repeat(32)}\n`);
    const accessTokens = file('t', `anna ${TOKEN}\nproxy ${'p'.repeat(32)}`);
    expect(readAccess({ ...here, trustedUserHeader, proxyTokenFile }).proxy?.header).toBe('x-forwarded-user');
    expect(() => readAccess({ ...here, trustedUserHeader })).toThrow('could set this header');
    expect(() => readAccess({ ...here, trustedUserHeader, accessTokens })).toThrow('could set this header');
    expect(() => readAccess({ ...here, proxyTokenFile })).toThrow('no trusted proxy header is set');
    expect(() => readAccess({ ...here, trustedUserHeader, proxyTokenFile, accessTokens })).toThrow(
      'has the same token',
    );
    for (const header of ['Authorization', 'X-Forwarded-For', 'Host', 'x'])
      expect(() => readAccess({ ...here, trustedUserHeader: header, proxyTokenFile })).toThrow(
        'cannot be used as the header',
      );
  });

  it.each([
    ['open to all', 'p'.repeat(32), 0o640, 'readable for other users'],
    ['too short', 'p'.repeat(31), 0o600, 'must contain one token'],
    ['with a name', `proxy ${'p'.repeat(32)}`, 0o600, 'must contain one token'],
    ['empty', '', 0o600, 'must contain one token'],
  ])("is reported: the proxy's token file, %s", (_, text, mode, words) => {
    const options = {
      ...here,
      trustedUserHeader: 'X-Forwarded-User',
      proxyTokenFile: file('proxy', text, mode),
    };
    expect(() => readAccess(options)).toThrow(words);
    expect(() => readAccess(options)).not.toThrow('p'.repeat(30));
  });

  it('is reported: certificate and key', () => {
    const good = makeKeys('good');
    expect(() => readAccess({ ...here, tlsCert: good.tlsCert })).toThrow('a certificate requires its key');
    expect(() => readAccess({ ...here, ...good, tlsCert: join(folder, 'none') })).toThrow('cannot be read');
    expect(() => readAccess({ ...here, ...good, tlsCert: good.tlsKey })).toThrow('contains no certificate');
    expect(() => readAccess({ ...here, ...good, tlsKey: makeKeys('other').tlsKey })).toThrow(
      'is not the key of',
    );
    const otherKind = file(
      'ed25519.pem',
      generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    );
    expect(() => readAccess({ ...here, ...good, tlsKey: otherKind })).toThrow('is not the key of');
    expect(() => readAccess({ ...here, ...good }, Date.parse('2100-01-01'))).toThrow('has expired');
    expect(() => readAccess({ ...here, ...good }, 0)).toThrow('is not valid before');
  });
});
