// States of findings on pages: shown to all, changed by editors alone, recorded before they are shown, and signed.

import { generateKeyPairSync } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  findFindingStates,
  requireFindingLog,
  startFindingLog,
} from '../../../src/cli/serve/finding-log-access.ts';
import { readFindingLog } from '../../../src/store/finding-log.ts';
import { Credentials } from '../../../src/web/guard/credentials.ts';
import { temporaryFolder } from '../../temporary.ts';
import { sampleAudit } from '../report/sample-document.ts';
import { type MadeSite, siteOver } from './site.ts';

const folder = temporaryFolder('states');
const at = (name: string): string => join(folder, name);
const { privateKey, publicKey } = generateKeyPairSync('ed25519');
writeFileSync(at('key.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
writeFileSync(at('tokens'), `anna ${'a'.repeat(32)}\neve ${'e'.repeat(32)}\n`, { mode: 0o600 });
const ANNA = { authorization: `Bearer ${'a'.repeat(32)}` };
const EVE = { authorization: `Bearer ${'e'.repeat(32)}` };
const credentials = Credentials.parse(readFileSync(at('tokens'), 'utf8'));
const options = {
  findingLog: at('log.ndjson'),
  findingKey: [],
  findingEditor: ['anna'],
  findingSignKey: at('key.pem'),
  policy: 'policy.yaml',
  accessTokens: at('tokens'),
};

const sample = sampleAudit();
const audit = {
  ...sample,
  findings: (sample.findings ?? []).map((finding) => ({
    ...finding,
    id: `${finding.rule}/${finding.rev}/${finding.host}/${finding.tool}/${finding.result}`,
  })),
};
const [first] = audit.findings;
const ID = first?.id ?? '';
const HOSTILE = '<script>alert(1)</script>"\'';

let site: MadeSite;
beforeAll(async () => {
  await startFindingLog(options);
  site = await siteOver(audit, { credentials, findings: findFindingStates(options) });
});
afterAll(async () => {
  await site.close();
});
beforeEach(() => writeFileSync(options.findingLog, ''));

const address = (id = ID): string => `/finding?${new URLSearchParams({ id })}`;
const text = async (path: string, headers: Record<string, string> = ANNA): Promise<string> =>
  await (await fetch(`${site.url}${path}`, { headers })).text();
const tokenOf = async (headers = ANNA, id = ID): Promise<string> =>
  /name="form" value="([^"]+)"/.exec(await text(address(id), headers))?.[1] ?? '';
const post = (fields: Record<string, string>, headers: Record<string, string> = ANNA): Promise<Response> =>
  fetch(`${site.url}/finding`, {
    ...{ method: 'POST', headers, redirect: 'manual' },
    body: new URLSearchParams({ id: ID, state: 'closed', why: 'case 7', assignee: '', ...fields }),
  });
const logged = () => readFindingLog(readFileSync(options.findingLog), [publicKey]);

describe('the page of a finding', () => {
  it('shows and records a change, which every page and the API have at once', async () => {
    expect(await text(address())).toContain('No change was recorded');
    const answer = await post({ form: await tokenOf(), state: 'assigned', assignee: 'ben', why: HOSTILE });
    expect([answer.status, answer.headers.get('location')]).toEqual([303, `${address()}#chh`]);
    expect(logged()).toMatchObject({ fault: null });
    expect(logged().entries).toMatchObject([
      { finding: ID, state: 'assigned', who: 'anna', why: HOSTILE, assignee: 'ben' },
    ]);
    for (const path of [address(), '/findings', `/hosts/${first?.host}`, '/'])
      expect(await text(path, EVE), path).toContain('assigned to ben');
    expect(await text(address())).not.toContain('<script>alert');
    const { findings } = JSON.parse(await text('/api/v1/findings'));
    expect(findings.find(({ id }: { id: string }) => id === ID).life).toMatchObject({
      ...{ state: 'assigned', assignee: 'ben', changes: 1 },
    });
    expect(await text('/api/v1/findings.csv')).toContain(',assigned,');
    await post({ form: await tokenOf() });
    expect(await text('/findings')).toContain(', closed');
    expect(await text('/findings')).toContain(`States of ${audit.findings.length} findings`);
  });

  it('is in a list of one state, which is counted next to all findings', async () => {
    await post({ form: await tokenOf() });
    const lines = (page: string): string[] => page.match(/<details class="f[ "]/g) ?? [];
    const closed = await text('/findings?state=closed');
    expect(lines(closed)).toHaveLength(1);
    expect(closed).toContain(`1 of ${audit.findings.length} findings: a filter hides nothing`);
    expect(closed).toContain('<option value="closed" selected>closed</option>');
    expect(lines(await text('/findings?state=new'))).toHaveLength(audit.findings.length - 1);
    const none = await text('/findings?state=acknowledged');
    expect(none).toContain('No finding fits.');
    expect(none).not.toContain('nothing to report');
    const { findings } = JSON.parse(await text('/api/v1/findings?state=closed'));
    expect(findings.map(({ id }: { id: string }) => id)).toEqual([ID]);
    const csv = await text('/api/v1/findings.csv?state=closed');
    expect(csv.trimEnd().split('\r\n')).toHaveLength(2);
    // The verdict is that of all findings.
    const verdict = /<h1 id="vh">[^<]+/;
    expect(verdict.exec(await text('/?state=closed'))?.[0]).toBe(verdict.exec(await text('/'))?.[0]);
  });

  it('has a form for editors alone, and a link from each finding', async () => {
    expect(await text(address(), EVE)).not.toContain('<form class="ask note"');
    expect(await text('/findings', EVE)).toContain(`href="${address().replaceAll('&', '&amp;')}"`);
    expect((await fetch(`${site.url}${address('none')}`, { headers: ANNA })).status).toBe(404);
    expect((await fetch(`${site.url}${address()}`)).status).toBe(401);
  });

  it.each([
    ['of a visitor who is no editor', { ...EVE }, {}, 403],
    ['without a token', {}, {}, 401],
    ['of another website', { ...ANNA, 'sec-fetch-site': 'cross-site' }, {}, 403],
    ['from another origin', { ...ANNA, origin: 'https://evil.example' }, {}, 403],
    ['without its own token', ANNA, { form: '' }, 403],
    ['for another finding', ANNA, { id: audit.findings[1]?.id ?? '' }, 403],
    ['with a state that is none', ANNA, { state: 'gone' }, 400],
    ['without a reason', ANNA, { why: ' ' }, 400],
    ['with a reason of two lines', ANNA, { why: 'a\nb' }, 400],
    ['with a reason that is too long', ANNA, { why: 'x'.repeat(501) }, 400],
    ['assigned without a name', ANNA, { state: 'assigned' }, 400],
    ['closed with a name', ANNA, { assignee: 'ben' }, 400],
    ['that is too long', ANNA, { why: 'x'.repeat(5000) }, 413],
  ])('refuses a form %s', async (_name, headers, fields, status) => {
    const form = await tokenOf();
    const answer = await post({ form, ...fields }, headers as Record<string, string>);
    expect(answer.status).toBe(status);
    expect(logged().entries).toEqual([]);
  });

  it('takes no form of a finding that is gone, and none where no user may change states', async () => {
    const form = await tokenOf();
    await site.change({ ...audit, findings: audit.findings.slice(1) });
    expect((await post({ form })).status).toBe(404);
    await site.change(audit);
    const reading = await siteOver(audit, {
      findings: findFindingStates({ findingLog: options.findingLog, findingKey: [], findingEditor: [] }),
    });
    const answer = await fetch(`${reading.url}/finding`, {
      method: 'POST',
      body: new URLSearchParams({ id: ID }),
    });
    expect(answer.status).toBe(405);
    expect(await (await fetch(`${reading.url}${address()}`)).text()).toContain('No change was recorded');
    await reading.close();
  });

  it('shows what of a changed log still holds, and does not extend it', async () => {
    await post({ form: await tokenOf() });
    const form = await tokenOf();
    const whole = readFileSync(options.findingLog, 'utf8');
    writeFileSync(options.findingLog, whole.replace('case 7', 'case 8'));
    expect(await text('/findings')).toContain('line 1 does not hold');
    expect((await post({ form })).status).toBe(503);
    expect(readFileSync(options.findingLog, 'utf8')).toBe(whole.replace('case 7', 'case 8'));
  });
});

describe('acknowledging the findings of a host or rule at once', () => {
  const { rule = '', host = '' } = audit.findings[1] ?? {};
  const ofRule = audit.findings.filter((finding) => finding.rule === rule).map(({ id }) => id);
  const list = (filter: Record<string, string> = { rule }): string =>
    `/findings?${new URLSearchParams(filter)}`;
  const tokenIn = async (path: string, headers = ANNA): Promise<string> =>
    /name="form" value="([^"]+)"/.exec(await text(path, headers))?.[1] ?? '';
  const send = (
    path: string,
    fields: Record<string, string>,
    headers: Record<string, string> = ANNA,
  ): Promise<Response> =>
    fetch(`${site.url}${path}`, {
      ...{ method: 'POST', headers, redirect: 'manual' },
      body: new URLSearchParams({ why: 'case 9', ...fields }),
    });

  it.each([
    ['rule', { rule }, ofRule],
    ['host', { host }, audit.findings.filter((finding) => finding.host === host).map(({ id }) => id)],
  ])(
    'records one entry for each new finding of the %s, and changes no other state',
    async (_, filter, ids) => {
      await post({ form: await tokenOf() });
      const path = list(filter);
      const answer = await send(path, { form: await tokenIn(path) });
      expect([answer.status, answer.headers.get('location')]).toEqual([303, `${path}#findings`]);
      const [closed, ...entries] = logged().entries;
      expect(closed).toMatchObject({ finding: ID, state: 'closed' });
      expect(entries.map(({ finding }) => finding).sort()).toEqual(ids.filter((id) => id !== ID).sort());
      for (const entry of entries)
        expect(entry).toMatchObject({ state: 'acknowledged', who: 'anna', why: 'case 9' });
      expect(await text(path)).not.toContain('<form class="ask note"');
    },
  );

  it('is offered to editors, for a list of one rule or host with new findings', async () => {
    expect(ofRule.length).toBeGreaterThan(1);
    expect(await text(list())).toContain(`Acknowledge ${ofRule.length} new findings</button>`);
    expect(await text(list(), EVE)).not.toContain('Acknowledge');
    const page = await text('/findings');
    expect(page).toContain('To acknowledge several findings at once, filter');
    // The filter and the search name results in words.
    expect(page).toContain('<option value="grace">in grace</option>');
    expect(await text('/search?q=claude')).toContain('>in grace: ');
    expect(await tokenIn('/findings')).toBe('');
    expect(await text(list({ rule, state: 'closed' }))).not.toContain(
      '</button><span class="sm soft">Findings',
    );
    expect(await text(address())).toContain(`href="${list()}"`);
  });

  it.each([
    ['of a visitor who is no editor', list(), EVE, {}, 403],
    ['without a token', list(), {}, {}, 401],
    ['of another website', list(), { ...ANNA, 'sec-fetch-site': 'cross-site' }, {}, 403],
    ['without its own token', list(), ANNA, { form: '' }, 403],
    ['for another list', list({ host }), ANNA, {}, 403],
    ['for all findings', '/findings', ANNA, {}, 400],
    ['for a rule that does not exist', list({ rule: 'none' }), ANNA, {}, 400],
    ['without a reason', list(), ANNA, { why: ' ' }, 400],
    ['with a reason of two lines', list(), ANNA, { why: 'a\nb' }, 400],
  ])('refuses a form %s', async (_name, path, headers, fields, status) => {
    const form = await tokenIn(list());
    const answer = await send(path, { form, ...fields }, headers as Record<string, string>);
    expect(answer.status).toBe(status);
    expect(logged().entries).toEqual([]);
  });

  it('takes no form that showed fewer findings than there are now', async () => {
    await site.change({ ...audit, findings: audit.findings.slice(1) });
    const form = await tokenIn(list());
    await site.change(audit);
    expect((await send(list(), { form })).status).toBe(403);
    expect(logged().entries).toEqual([]);
  });
});

describe('the options of the log', () => {
  const { findingLog: _, ...noLog } = options;
  const { policy: __, ...noPolicy } = options;
  const { findingSignKey: ___, ...noKey } = options;
  const { accessTokens: ____, ...nobody } = options;
  it.each([
    ['no log', noLog, 'require a log'],
    ['no policy', noPolicy, 'without a policy'],
    ['no key', noKey, 'changes must be signed'],
    ['no identified user', nobody, 'visitors are not authenticated'],
    [
      'a key without editors',
      { ...options, findingEditor: [] },
      'no user has the permission to change a state',
    ],
    ['a log that is the key', { ...options, findingLog: at('key.pem') }, 'which is also used'],
    ['a log that is no log', { ...options, findingLog: 'README.md' }, 'does not contain JSON lines'],
  ])('are refused with a word: %s', (_name, given, words) => {
    expect(() => requireFindingLog(given, [])).toThrow(words);
  });
});

describe('metrics', () => {
  const scrape = async (): Promise<string> => await text('/metrics');

  it('count findings of every state, and in all states together as many as without', async () => {
    const rule = first?.rule ?? '';
    const statesIn = (metrics: string): Record<string, number> =>
      Object.fromEntries(
        [...metrics.matchAll(/^wiretally_finding_states\{rule="([^"]+)",state="(\w+)"\} (\d+)$/gm)]
          .filter(([, of]) => of === rule)
          .map(([, , state = '', count]) => [state, Number(count)]),
      );
    const all = audit.findings.filter((finding) => finding.rule === rule).length;
    expect(statesIn(await scrape())).toEqual({
      ...{ new: all, acknowledged: 0, assigned: 0, exceptionRequested: 0, closed: 0 },
    });
    expect((await post({ form: await tokenOf() })).status).toBe(303);
    expect(statesIn(await scrape())).toMatchObject({ new: all - 1, closed: 1 });
  });

  it('say nothing of states without a log', async () => {
    const plain = await siteOver(audit);
    expect(await (await fetch(`${plain.url}/metrics`)).text()).not.toContain('finding_states{');
    await plain.close();
  });
});
