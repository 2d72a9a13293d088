// Pseudonym lookup: its permitted users, its log, and the attempts that must fail.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { findIdentities, requireIdentityLog } from '../../../src/cli/serve/investigators.ts';
import { WiretallyError } from '../../../src/model/errors.ts';
import { pseudonymizeReport } from '../../../src/report/document/pseudonymize.ts';
import { certificateName } from '../../../src/web/guard/clients.ts';
import { Credentials } from '../../../src/web/guard/credentials.ts';
import { FormTokens } from '../../../src/web/guard/forms.ts';
import { type Identities, type Opening, RememberedHosts } from '../../../src/web/identity/identities.ts';
import { withoutSmallGroups } from '../../../src/web/page-request.ts';
import { sampleAudit } from '../report/sample-document.ts';
import { type MadeSite, siteOver } from './site.ts';

const HOST = '10.20.1.5';
const PSEUDONYM = 'h-22222225';
const ANNA = { authorization: `Bearer ${'a'.repeat(32)}` };
const BEN = { authorization: `Bearer ${'b'.repeat(32)}` };
const EVE = { authorization: `Bearer ${'e'.repeat(32)}` };
const credentials = Credentials.parse(
  `anna ${'a'.repeat(32)}\nben ${'b'.repeat(32)}\neve ${'e'.repeat(32)}\n`,
);
const REASON = 'case 4711, asked for by the works council';

const plain = sampleAudit();
const names = new Map(plain.hosts.map(({ host }, i) => [host, `h-3333333${i + 2}`]));
names.set(HOST, PSEUDONYM);
const nameOf = (host: string): string => names.get(host) ?? 'h-99999999';
const audit = pseudonymizeReport(plain, nameOf);
const known = new RememberedHosts();
known.remember(plain.hosts, nameOf);

let log: Opening[] = [];
let fault: Error | null = null;
const identities: Identities = {
  investigators: new Set(['anna', 'ben']),
  behind: (pseudonym) => known.findIdentity(pseudonym),
  writeDown: async (opening) => {
    if (fault !== null) throw fault;
    log.push(opening);
  },
};

let site: MadeSite;
beforeAll(async () => {
  site = await siteOver(audit, { credentials, identities });
});
afterAll(() => site.close());
beforeEach(() => {
  [log, fault] = [[], null];
});

const pageOf = async (headers: Record<string, string>, host = PSEUDONYM): Promise<string> =>
  await (await fetch(`${site.url}/hosts/${host}`, { headers })).text();
const formOf = async (headers: Record<string, string>, host = PSEUDONYM): Promise<string> =>
  /name="form" value="([^"]+)"/.exec(await pageOf(headers, host))?.[1] ?? '';

interface Posted {
  readonly headers?: Record<string, string>;
  readonly host?: string;
  readonly body: string | URLSearchParams;
}
const post = ({ headers = ANNA, host = PSEUDONYM, body }: Posted, own = site): Promise<Response> =>
  fetch(`${own.url}/hosts/${host}/identity`, { method: 'POST', headers, body });
const fields = (form: string, reason = REASON): URLSearchParams => new URLSearchParams({ form, reason });

describe('an investigator', () => {
  it('is shown the identity of a host once time, name and reason are logged', async () => {
    expect(await pageOf(ANNA)).not.toContain(HOST);
    const answer = await post({ body: fields(await formOf(ANNA)) });
    expect(answer.status).toBe(200);
    const text = await answer.text();
    expect(text).toContain(`<dd class="mono">${HOST}</dd>`);
    expect(text).toContain('data-still');
    expect(log).toEqual([
      { time: expect.stringMatching(/^\d{4}-.*Z$/), user: 'anna', pseudonym: PSEUDONYM, reason: REASON },
    ]);
    // Nothing is remembered: the next view of the page shows the pseudonym again.
    expect(await pageOf(ANNA)).not.toContain(HOST);
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  it('is shown nothing that could not be logged', async () => {
    fault = new WiretallyError('STORE_WRITE', 'openings.ndjson: cannot be written: the disk is full');
    const answer = await post({ body: fields(await formOf(ANNA)) });
    expect(answer.status).toBe(503);
    expect(await answer.text()).not.toContain(HOST);
  });

  it('is stopped after some openings', async () => {
    const own = await siteOver(audit, { credentials, identities });
    const page = await (await fetch(`${own.url}/hosts/${PSEUDONYM}`, { headers: BEN })).text();
    const form = /name="form" value="([^"]+)"/.exec(page)?.[1] ?? '';
    const answers: number[] = [];
    for (let i = 0; i < 32; i++) answers.push((await post({ headers: BEN, body: fields(form) }, own)).status);
    expect(answers).toEqual([...Array<number>(30).fill(200), 429, 429]);
    expect(log).toHaveLength(30);
    await own.close();
  });

  it('comes back to the page of the host by its address', async () => {
    const answer = await fetch(`${site.url}/hosts/${PSEUDONYM}/identity`, {
      headers: ANNA,
      redirect: 'manual',
    });
    expect([answer.status, answer.headers.get('location')]).toEqual([303, `/hosts/${PSEUDONYM}`]);
  });
});

describe('a way to an identity that must fail', () => {
  afterEach(() => expect(log).toEqual([]));
  const other = [...names.values()].find((name) => name !== PSEUDONYM) ?? '';

  it('a viewer: sees no form, and cannot use the form of another user', async () => {
    expect(await pageOf(EVE)).not.toContain('<form method="post"');
    expect(await formOf(EVE)).toBe('');
    expect((await post({ headers: EVE, body: fields(await formOf(ANNA)) })).status).toBe(403);
  });

  it.each([
    ['a page of another site', { ...ANNA, 'sec-fetch-site': 'cross-site' }],
    ['a page of a neighbour', { ...ANNA, 'sec-fetch-site': 'same-site' }],
    ['another origin', { ...ANNA, origin: 'https://evil.example' }],
    ['no origin that can be named', { ...ANNA, origin: 'null' }],
    ['JSON', { ...ANNA, 'content-type': 'application/json' }],
    ['plain text, which any page may send', { ...ANNA, 'content-type': 'text/plain' }],
  ])('posted from %s', async (_, headers) => {
    const body = fields(await formOf(ANNA)).toString();
    const type = { 'content-type': 'application/x-www-form-urlencoded' };
    expect([400, 403]).toContain((await post({ headers: { ...type, ...headers }, body })).status);
  });

  it('without a form, with one of another host, of another visitor, or changed', async () => {
    const forms = [
      '',
      'x'.repeat(50),
      await formOf(ANNA, other),
      await formOf(BEN),
      `1${await formOf(ANNA)}`,
    ];
    for (const form of forms) expect((await post({ body: fields(form) })).status).toBe(403);
  });

  it('a form that is older than an hour', () => {
    const forms = new FormTokens();
    const form = forms.make('anna', PSEUDONYM, 1_000_000);
    expect(forms.isGood(form, 'anna', PSEUDONYM, 1_000_000 + 3_599_000)).toBe(true);
    expect(forms.isGood(form, 'anna', PSEUDONYM, 1_000_000 + 3_601_000)).toBe(false);
    expect(new FormTokens().isGood(form, 'anna', PSEUDONYM, 1_000_000)).toBe(false);
  });

  it('no reason, two, a short one, one without end', async () => {
    const form = await formOf(ANNA);
    for (const reason of ['', '       ', 'because', 'x'.repeat(501)])
      expect((await post({ body: fields(form, reason) })).status).toBe(400);
    const two = fields(form);
    two.append('reason', 'another reason');
    expect((await post({ body: two })).status).toBe(400);
    expect((await post({ body: fields(form, 'x'.repeat(5000)) })).status).toBe(413);
  });

  it('a host that is not shown, and one that is no pseudonym', async () => {
    const form = await formOf(ANNA);
    for (const host of ['h-77777777', HOST, '%2e%2e%2f'])
      expect((await post({ host, body: fields(form) })).status).toBe(404);
  });

  it('elsewhere nothing takes a post, and without investigators nothing at all', async () => {
    const body = fields(await formOf(ANNA));
    expect((await fetch(`${site.url}/hosts`, { method: 'POST', headers: ANNA, body })).status).toBe(405);
    const closed = await siteOver(audit, { credentials });
    expect((await post({ body }, closed)).status).toBe(405);
    await closed.close();
  });
});

describe('who a visitor is', () => {
  const proxy = { header: 'x-forwarded-user', token: Credentials.parse(`proxy ${'p'.repeat(32)}`) };
  const PROXY = { authorization: `Bearer ${'p'.repeat(32)}` };

  it('says the proxy that has the token of proxies, in its header alone', async () => {
    const own = await siteOver(audit, { proxy, identities });
    const statusOf = async (headers: Record<string, string>): Promise<number> =>
      (await fetch(own.url, { headers })).status;
    expect(await statusOf({})).toBe(401);
    expect(await statusOf({ 'x-forwarded-user': 'anna' })).toBe(401);
    expect(await statusOf({ ...ANNA, 'x-forwarded-user': 'anna' })).toBe(401);
    expect(await statusOf(PROXY)).toBe(401);
    expect(await statusOf({ ...PROXY, 'x-forwarded-user': '' })).toBe(401);
    expect(await statusOf({ ...PROXY, 'x-forwarded-user': 'anna, eve' })).toBe(401);
    expect(await statusOf({ ...PROXY, 'x-forwarded-user': 'eve' })).toBe(200);
    const page = async (name: string): Promise<string> => {
      const headers = { ...PROXY, 'x-forwarded-user': name };
      return await (await fetch(`${own.url}/hosts/${PSEUDONYM}`, { headers })).text();
    };
    expect(await page('anna')).toContain('Time, anna and the reason are logged');
    expect(await page('eve')).not.toContain('are logged');
    await own.close();
  });

  it("is not determined by a client's token: no user opens an identity in another's name", async () => {
    log = [];
    const own = await siteOver(audit, { credentials, proxy, identities });
    const asEve = { ...EVE, 'x-forwarded-user': 'anna' };
    const page = await (await fetch(`${own.url}/hosts/${PSEUDONYM}`, { headers: asEve })).text();
    expect(page).not.toContain('are logged');
    const body = fields(await formOf(ANNA));
    expect((await post({ headers: asEve, body }, own)).status).toBe(403);
    expect(log).toEqual([]);
    // With a valid token the investigator is its owner, whatever the request contains in addition.
    const asBen = { ...BEN, 'x-forwarded-user': 'anna' };
    const ofBen = await (await fetch(`${own.url}/hosts/${PSEUDONYM}`, { headers: asBen })).text();
    expect(ofBen).toContain('Time, ben and the reason are logged');
    await own.close();
  });

  it('says the certificate of a visitor, not a header that he sends with it', async () => {
    const own = await siteOver(audit, { proxy, certificateName: () => 'eve', identities });
    const page = async (more: Record<string, string>): Promise<string> => {
      const headers = { 'x-forwarded-user': 'anna', ...more };
      return await (await fetch(`${own.url}/hosts/${PSEUDONYM}`, { headers })).text();
    };
    expect(await page({})).not.toContain('are logged');
    expect(await page(PROXY)).toContain('Time, anna and the reason are logged');
    await own.close();
  });

  it('accepts a client certificate of the CA, and no connection without one', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'wiretally-identity-'));
    const openssl = (...words: string[]): void => {
      execFileSync('openssl', words, { cwd: folder, stdio: 'ignore' });
    };
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
    for (const [name, subject] of [
      ['ca', '/CN=authority'],
      ['other', '/CN=anna'],
    ] as const)
      openssl('req', '-x509', ...key, '-subj', subject, '-keyout', `${name}.key`, '-out', `${name}.pem`);
    openssl('req', ...key, '-subj', '/CN=anna', '-keyout', 'anna.key', '-out', 'anna.csr');
    const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-out', 'anna.pem'];
    openssl('x509', '-req', '-in', 'anna.csr', ...signed);
    const read = (name: string): Buffer => readFileSync(join(folder, name));
    const tls = { cert: read('ca.pem'), key: read('ca.key'), clientCa: read('ca.pem') };
    const own = await siteOver(audit, { certificateName, identities, isTls: true }, null, 0, tls);
    const ask = (shown: { cert?: Buffer; key?: Buffer }): Promise<string> =>
      new Promise((resolve) => {
        const options = { ...shown, rejectUnauthorized: false, agent: false };
        const asked = request(`${own.url}/hosts/${PSEUDONYM}`, options, (answer) => {
          let text = '';
          answer.on('data', (data: Buffer) => {
            text += data.toString();
          });
          answer.on('end', () => resolve(text));
        });
        asked.on('error', () => resolve('refused'));
        asked.end();
      });
    expect(await ask({})).toBe('refused');
    expect(await ask({ cert: read('other.pem'), key: read('other.key') })).toBe('refused');
    expect(await ask({ cert: read('anna.pem'), key: read('anna.key') })).toContain(
      'Time, anna and the reason',
    );
    await own.close();
    rmSync(folder, { recursive: true });
  });
});

describe('pages of pseudonyms', () => {
  it('name no group and no total of fewer than five hosts', () => {
    const [first] = audit.hosts;
    if (first === undefined) throw new Error('the sample has no host');
    const made = (count: number, group: string) =>
      Array.from({ length: count }, (_, i) => ({ ...first, host: `h-${group}${i}`, groups: [group] }));
    const hosts = [...made(5, 'sales'), ...made(4, 'board')];
    const shown = withoutSmallGroups({ ...audit, hosts });
    expect(new Set(shown.hosts.flatMap(({ groups }) => groups))).toEqual(new Set(['sales']));
    for (const tool of shown.tools)
      expect([tool.tool, tool.suppressed === true]).toEqual([
        tool.tool,
        (audit.tools.find(({ tool: id }) => id === tool.tool)?.hosts ?? 0) < 5,
      ]);
  });

  it('suppress in each part what is suppressed in the whole', async () => {
    const answer = await fetch(`${site.url}/api/v1/tools?host=${PSEUDONYM}`, { headers: EVE });
    const { tools } = (await answer.json()) as { tools: { hosts: number; suppressed?: boolean }[] };
    expect(tools.length).toBeGreaterThan(0);
    expect(tools.filter(({ hosts, suppressed }) => suppressed !== true || hosts > 0)).toEqual([]);
  });
});

describe('options that say who may open identities', () => {
  const all = {
    publicName: [],
    investigator: ['anna'],
    identityLog: join(tmpdir(), 'wiretally-openings.ndjson'),
    pseudonymize: 'key',
    accessTokens: 'tokens',
  };
  const { pseudonymize: _, ...noKey } = all;
  const { identityLog: __, ...noLog } = all;
  const { accessTokens: ___, ...nobody } = all;

  it.each([
    ['no pseudonyms', noKey, 'lookups require pseudonyms'],
    ['no log', noLog, 'lookups must be logged'],
    ['no identified user', nobody, 'visitors are not authenticated'],
    [
      'a log without users',
      { ...all, investigator: [] },
      'no user has the permission to look up a pseudonym',
    ],
    ['a log that is the key', { ...all, identityLog: 'key' }, 'which is also used'],
    ['a log that is no log', { ...all, identityLog: 'README.md' }, 'does not contain JSON lines'],
  ])('are refused with a word: %s', (_name, options, words) => {
    expect(() => requireIdentityLog(options, [])).toThrow(words);
  });

  it('are refused for an investigator without a token', () => {
    const listen = { host: '127.0.0.1', port: 0 };
    const access = { credentials, tls: null, proxy: null };
    const source = { identity: () => null };
    expect(() => findIdentities({ ...all, listen, investigator: ['mallory'] }, access, source)).toThrow(
      'mallory has no token',
    );
    expect(findIdentities({ ...all, listen }, access, source)?.investigators).toEqual(new Set(['anna']));
  });
});
