// Questions as programs ask them: what is refused, and that windows in memory and a file of them give one answer.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  analyze,
  applyView,
  ask,
  type Catalogue,
  loadCatalogue,
  makeReport,
  openSource,
  type Question,
  readPolicy,
  renderReport,
  type UsageWindow,
  WiretallyError,
  writeUsageFile,
} from '../../../src/index.ts';
import { readToKeep } from '../../../src/query/windows-to-store.ts';
import { temporaryFolder } from '../../temporary.ts';

const folder = temporaryFolder('query');
const file = join(folder, 'demo.usage');

let windows: readonly UsageWindow[] = [];
let catalogue: Catalogue;
const errors: readonly WiretallyError[] = [];
beforeAll(async () => {
  catalogue = await loadCatalogue();
  ({ windows } = await analyze(['captures/demo.pcap.gz'], { catalogue, workers: 1 }));
  await writeUsageFile(file, windows);
}, 60_000);

const HOST = '10.20.1.13';
/** Hours that were observed, as were those before. */
const BUSY: Question = { since: '2026-07-08T08:00:00Z', until: '2026-07-08T10:00:00Z' };

describe('a trend', () => {
  it('names its tools as the rows do, and states that it does not know what was observed', async () => {
    const source = await openSource([file], { catalogue });
    const document = await ask(source, { ...BUSY, by: 'day' });
    expect(document.trend?.goneTools).toContain('gemini-cli');
    const lines = await renderReport(document, 'terminal', { width: 200, color: false, unicode: true });
    const trend = lines.slice(lines.indexOf('AGAINST'));
    expect(trend).toMatch(/tools not seen +Claude \(web, desktop\); Gemini CLI; /);
    expect(trend).toContain('what was not observed of either span may look new or gone');
  });
});

describe('a question', () => {
  it.each<{ about: string; question: Question; has: 'comparison' | 'trend' | 'breakdown' | 'selection' }>([
    {
      about: 'of two spans',
      question: { since: '2026-07-11', againstSince: '2026-07-08' },
      has: 'comparison',
    },
    { about: 'of one span', question: BUSY, has: 'trend' },
    { about: 'by day', question: { by: 'day' }, has: 'breakdown' },
    { about: 'of one host', question: { hosts: [HOST] }, has: 'selection' },
  ])('$about has the same answer from memory and from a file', async ({ question, has }) => {
    const source = await openSource([file], { catalogue });
    const asked = { ...question, command: 'analyze' };
    const document = await ask(source, asked);
    expect(document[has]).toBeDefined();
    expect(JSON.stringify(document)).toBe(JSON.stringify(makeReport({ windows, catalogue, errors }, asked)));
  });

  it('compares with the time before only what was observed', async () => {
    const source = await openSource([file], { catalogue });
    // The office works by day; of two days less than half was observed, and nothing of those before the first.
    for (const question of [
      { since: '2026-07-09', until: '2026-07-11' },
      { since: '2026-07-08', until: '2026-07-15' },
    ])
      expect((await ask(source, { ...question, command: 'analyze' })).trend).toBeUndefined();
  });

  it('is evaluated host by host as with all rows at once', async () => {
    const path = join(folder, 'policy.yaml');
    writeFileSync(path, readFileSync('captures/demo-policy.yaml', 'utf8').replace(', exclude: true', ''));
    const source = await openSource([file], { catalogue, policy: readPolicy(path, catalogue) });
    const { breakdown, ...atOnce } = await ask(source, { by: 'day', command: 'analyze' });
    expect([breakdown?.rows.length, atOnce.findings?.length]).not.toContain(0);
    expect(JSON.stringify(await ask(source, { command: 'analyze' }))).toBe(JSON.stringify(atOnce));
  });

  it('is answered by pseudonyms in all of its parts', async () => {
    const source = await openSource([file], { catalogue });
    const pseudonymOf = (host: string): string => `h-${host.replaceAll(/[.:]/g, '-')}`;
    const document = await ask(source, { ...BUSY, by: 'host', pseudonymOf, command: 'analyze' });
    expect(document.breakdown?.rows.length).toBeGreaterThan(1);
    expect(document.trend).toBeDefined();
    expect(JSON.stringify([document.breakdown, document.trend, document.hosts])).not.toContain(HOST);
  });

  it('leaves out a group that is never recorded, where the windows have it', async () => {
    const guest = '10.99.3.7';
    const policy = readPolicy('captures/demo-policy.yaml', catalogue);
    const source = await openSource([file], { catalogue, policy });
    const document = await ask(source, { command: 'analyze' });
    expect(JSON.stringify(windows.map(({ rows }) => rows))).toContain(guest);
    expect(JSON.stringify(document)).not.toContain(guest);
    const read = await analyze(['captures/demo.pcap.gz'], { catalogue, policy, workers: 1 });
    // Its name came from DHCP, in messages without its address as sender.
    const recorded = JSON.stringify(
      read.windows.map(({ excluded, ...window }) => {
        expect(excluded).toEqual(['10.99.0.0/16']);
        return { ...window, hosts: [...window.hosts] };
      }),
    );
    expect(recorded).not.toMatch(/10\.99\.|guest-7/);
    const excluded = makeReport({ ...read, policy, files: [] }, { command: 'analyze' });
    for (const part of ['hosts', 'tools', 'ech', 'findings', 'summary'] as const)
      expect(JSON.stringify(document[part]), part).toBe(JSON.stringify(excluded[part]));
  });

  it('is kept by pseudonyms, and without a group that is never recorded by its MAC', async () => {
    const source = await openSource([file], { catalogue });
    const onDisk = readPolicy('captures/demo-policy.yaml', catalogue);
    const groups = onDisk.policy.groups.map((group) =>
      group.exclude ? { ...group, networks: [], macs: ['02:57:4c:63:03:07'] } : group,
    );
    const view = {
      ...{ onDisk: { ...onDisk, policy: { ...onDisk.policy, groups } }, hosts: null },
      pseudonymOf: (host: string): string => `h-${host.replaceAll(/[.:]/g, '-')}`,
    };
    const kept = readToKeep(await source.read(), view);
    const text = JSON.stringify(kept.windows.map((window) => ({ ...window, hosts: [...window.hosts] })));
    expect(text).toContain('h-10-20-1-13');
    expect(text).not.toMatch(/"10\.20\.|dev-0|02:57:4c|10-99-3-7|guest-7/);
  });

  it.each<{ about: string; question: Question; says: string }>([
    { about: 'an unknown host', question: { hosts: ['10.9.9.9'] }, says: 'no host "10.9.9.9"' },
    { about: 'no time', question: { since: 'soon' }, says: 'since must be a date' },
    {
      about: 'an empty span',
      question: { since: '2026-07-11', until: '2026-07-11' },
      says: 'since must be before',
    },
    {
      about: 'one span of two',
      question: { againstSince: '2026-07-08' },
      says: 'a comparison needs two spans',
    },
    {
      about: 'spans that overlap',
      question: { since: '2026-07-11', againstSince: '2026-07-08', againstUntil: '2026-07-12' },
      says: 'againstSince must be before',
    },
  ])('with $about is refused', async ({ question, says }) => {
    const source = await openSource([file], { catalogue });
    const refused = expect.objectContaining({ code: 'USAGE', message: expect.stringContaining(says) });
    await expect(ask(source, question)).rejects.toThrow(refused);
    expect(() => makeReport({ windows, catalogue, errors }, question)).toThrow(refused);
  });
});

describe('a view', () => {
  it('of a finished report is what a question of that part answers', () => {
    const view = { hosts: [HOST], tools: ['claude-code'] };
    const whole = makeReport({ windows, catalogue, errors }, { command: 'analyze' });
    const part = makeReport({ windows, catalogue, errors }, { command: 'analyze', ...view });
    expect(JSON.stringify(applyView(whole, view))).toBe(JSON.stringify(part));
  });
});

describe('a finding', () => {
  it.each([
    ['whose row has requests', '10.20.1.13'],
    ['whose row has none that is known', '10.20.3.33'],
  ])('%s says of them what the row says', (_, host) => {
    const { findings = [], hosts } = makeReport({
      windows,
      catalogue,
      errors,
      policy: readPolicy('captures/demo-policy.yaml', catalogue),
    });
    const tools = hosts.find((each) => each.host === host)?.tools ?? [];
    const row = tools.find(({ tool }) => tool === 'claude-code');
    const found = findings.filter((finding) => finding.host === host);
    expect(found.length).toBeGreaterThan(0);
    for (const { requests, activeMinutes } of found)
      expect([requests === null, activeMinutes === null]).toEqual([
        row?.requests === null,
        row?.activeMinutes === null,
      ]);
  });
});

describe('a span with times that no record has', () => {
  const words = async (question: Question): Promise<string> => {
    const source = await openSource([file], { catalogue });
    const document = await ask(source, { ...question, command: 'analyze' });
    expect(JSON.stringify(document)).toBe(
      JSON.stringify(makeReport({ windows, catalogue, errors }, { ...question, command: 'analyze' })),
    );
    return (await renderReport(document, 'terminal')).replaceAll(/\s+/g, ' ');
  };

  it.each<{ about: string; question: Question; says: string }>([
    {
      about: 'before the first one',
      question: { since: '2026-07-01', until: '2026-07-10' },
      says: 'no records from 1 July 00:00 to 7 July 17:04',
    },
    {
      about: 'after the last one',
      question: { since: '2026-07-13', until: '2026-07-20' },
      says: 'no records from 14 July 10:05 to 20 July 00:00',
    },
    {
      about: 'on both sides',
      question: { since: '2026-07-01', until: '2026-07-20' },
      says: 'no records from 1 July 00:00 to 7 July 17:04 and from 14 July 10:05 to 20 July 00:00',
    },
    {
      about: 'only',
      question: { since: '2026-07-20' },
      says: 'Nothing was observed from 20 July 00:00 on; the records end on 14 July 10:05',
    },
    {
      about: 'inside a record',
      question: { since: '2026-07-14T10:04:30Z' },
      says: 'Nothing was observed from 14 July 10:04:30 on; records are read whole',
    },
    {
      about: 'inside two records',
      question: { since: '2026-07-14T10:03:30Z', until: '2026-07-14T10:04:30Z' },
      says: 'Nothing was observed from 14 July 10:03:30 to 14 July 10:04:30; records are read whole',
    },
  ])('$about: says so', async ({ question, says }) => {
    expect(await words(question)).toContain(says);
  });

  it('says nothing of it where all of the span is recorded', async () => {
    for (const question of [{}, { since: '2026-07-08', until: '2026-07-09' }, { since: '2026-07-13' }])
      expect(await words(question)).not.toContain('no records');
  });

  it('has no verdict about time from its end to its beginning', () => {
    const policy = readPolicy('captures/demo-policy.yaml', catalogue);
    const { summary } = makeReport({ windows, catalogue, errors, policy }, { since: '2026-07-20' });
    expect(summary?.rules[0]).toMatchObject({ verdict: 'inconclusive', observed: null });
  });
});

describe('a report of windows in memory', () => {
  it('names an input that could not be read, of which the windows do not tell', () => {
    const policy = readPolicy('captures/demo-policy.yaml', catalogue);
    const unread = new WiretallyError('INPUT_UNREADABLE', 'no capture', { where: 'other.pcap' });
    const { incomplete, summary } = makeReport({ windows, catalogue, policy, errors: [unread] });
    expect(incomplete).toEqual([{ file: 'other.pcap', reason: 'unread', lastPacket: null }]);
    expect(summary?.rules.map(({ verdict }) => verdict)).not.toContain('compliant');
  });

  it('is refused without the errors of the reading', () => {
    const subject: object = { windows, catalogue };
    expect(() => makeReport(subject as Parameters<typeof makeReport>[0])).toThrow('errors of the reading');
  });
});
