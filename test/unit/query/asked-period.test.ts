// Use outside the asked period is no finding, no attempt and no part of a verdict, whatever the windows contain.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadCatalogue } from '../../../src/files/catalogue-files.ts';
import { makeReport, readPolicy } from '../../../src/index.ts';
import type { ReportDocument } from '../../../src/model/report.ts';
import { measureObserved } from '../../../src/query/observed.ts';
import { sourceFromWindows } from '../../../src/query/source.ts';
import { cutToSpan } from '../../../src/query/source-part.ts';
import { wiretallyHere } from '../../cli/in-process.ts';
import { temporaryFolder } from '../../temporary.ts';
import { minuteWindow, START } from '../store/minute-window.ts';

const US = 1_000_000;
const HALF = 30;

describe('windows across a bound of the asked period', () => {
  it('are left out, and their time is not observed', async () => {
    const windows = Array.from({ length: 60 }, (_, minute) => minuteWindow(minute));
    const by = { catalogue: await loadCatalogue(), networks: null };
    const [sinceSeconds, untilSeconds] = [START + 10 * 60 + HALF, START + 20 * 60 + HALF];
    const part = cutToSpan(sourceFromWindows(windows, by, 'UTC'), sinceSeconds, untilSeconds, 'UTC');
    expect(part.windows.map(({ startSeconds }) => (startSeconds - START) / 60)).toEqual([
      11, 12, 13, 14, 15, 16, 17, 18, 19,
    ]);
    const reading = { interrupted: false, unread: [], ignored: [], sinceSeconds, untilSeconds };
    const { spansOf, isCutAtEnd } = measureObserved(part.windows, reading, { around: part.around ?? [] });
    expect(isCutAtEnd).toBe(true);
    const inside = spansOf({ networks: 'all', hosts: new Set(['10.0.0.5']) }).filter(
      ({ fromUs, untilUs }) => fromUs < untilSeconds * US && untilUs > sinceSeconds * US,
    );
    expect(inside).toEqual([{ fromUs: (START + 11 * 60) * US, untilUs: (START + 20 * 60) * US }]);
  });
});

describe('a verdict about a period with a bound inside a record', () => {
  const file = join(temporaryFolder('asked-period-policy'), 'ban.yaml');
  const rule = '{ id: B, title: Ban, match: { tools: [claude-code] }, action: deny, effective: 2026-01-01 }';
  beforeAll(() => writeFileSync(file, `version: 1\nname: Ban\ntimezone: UTC\nrules:\n  - ${rule}\n`));

  it('is never compliant, because use in the record is not known', async () => {
    const catalogue = await loadCatalogue();
    const windows = Array.from({ length: 120 }, (_, minute) => minuteWindow(minute));
    const policy = readPolicy(file, catalogue);
    const reasons = (seconds: number, from = 0): (string | undefined)[] => {
      const until = new Date((START + seconds) * 1000).toISOString();
      const since = new Date((START + from) * 1000).toISOString();
      const { summary } = makeReport({ windows, catalogue, errors: [], policy }, { since, until });
      return summary?.rules.flatMap((rule) => rule.reasons.map(({ reason }) => reason)) ?? [];
    };
    expect(reasons(100 * 60)).not.toContain('unobserved');
    expect(reasons(100 * 60 + HALF)).toContain('unobserved');
    expect(reasons(100 * 60, 60)).not.toContain('unobserved');
    expect(reasons(100 * 60, HALF)).toContain('unobserved');
  });
});

describe('a row of a log across a bound of the asked period', () => {
  const folder = temporaryFolder('asked-rows');
  const log = join(folder, 'access.log');
  const tunnel = (time: string, ms: number, name: string, host: string): string =>
    `${Date.parse(time) / 1000}.000 ${ms} ${host} TCP_TUNNEL/200 5321 CONNECT ${name}:443 - HIER_DIRECT/203.0.113.7 -`;
  const quarters = Array.from({ length: 97 }, (_, i) => new Date(Date.UTC(2026, 10, 20) + i * 900_000));
  const policy = join(folder, 'cursor.yaml');
  const rule = '{ id: B, title: Ban, match: { tools: [cursor] }, action: deny, effective: 2026-01-01 }';
  beforeAll(async () => {
    const others = quarters.map((at) => tunnel(at.toISOString(), 5000, 'www.example.org', '10.0.0.6'));
    // From 09:50 to 10:07.
    const use = tunnel('2026-11-20T10:07:00Z', 1_020_000, 'api2.cursor.sh', '10.0.0.5');
    writeFileSync(log, `${[...others, use].join('\n')}\n`);
    writeFileSync(policy, `version: 1\nname: Ban\ntimezone: UTC\nrules:\n  - ${rule}\n`);
    await wiretallyHere(['analyze', log, '--store', join(folder, 'a.duckdb')]);
    await wiretallyHere(['analyze', log, '--write', join(folder, 'a.usage')]);
  });

  it.each(['access.log', 'a.usage', 'a.duckdb'])('gives no verdict: %s', async (source) => {
    const reasons = async (since: string): Promise<readonly (string | undefined)[]> => {
      const span = ['--since', `2026-11-20T${since}`, '--until', '2026-11-21T00:00'];
      const words = ['analyze', join(folder, source), '--policy', policy, ...span, '--format', 'json'];
      const { summary }: ReportDocument = JSON.parse((await wiretallyHere(words)).out);
      return summary?.rules.flatMap((rule) => rule.reasons.map(({ reason }) => reason)) ?? [];
    };
    expect(await reasons('10:05')).toContain('unobserved');
    expect(await reasons('10:15')).not.toContain('unobserved');
  });
});

describe('use after the asked end, in a window that begins before it', () => {
  const CAPTURE = 'captures/recordings/claude-code-1.0.122-prompt.pcap.gz';
  const folder = temporaryFolder('asked-period');
  const SOURCES = { captures: CAPTURE, windows: join(folder, 'a.usage'), store: join(folder, 'a.duckdb') };
  const policy = join(folder, 'ban.yaml');
  let firstUse = '';

  const ask = async (source: string, ...words: string[]): Promise<ReportDocument> => {
    const { out, err } = await wiretallyHere(['analyze', source, '--format', 'json', ...words]);
    expect(out, err).not.toBe('');
    return JSON.parse(out) as ReportDocument;
  };

  beforeAll(async () => {
    await wiretallyHere([
      'analyze',
      CAPTURE,
      '--write',
      SOURCES.windows,
      '--store',
      SOURCES.store,
      '--sensor',
      'a',
    ]);
    const drafted = await wiretallyHere([
      'policy',
      'init',
      '--ban',
      'claude-code',
      '--from',
      '2026-01-01',
      '--timezone',
      'UTC',
    ]);
    writeFileSync(policy, drafted.out);
    const { findings = [] } = await ask(CAPTURE, '--policy', policy);
    expect(findings.map(({ result }) => result)).toContain('violation');
    firstUse = findings.map(({ first }) => first).sort()[0] ?? '';
  }, 120_000);

  it.each(Object.entries(SOURCES))('is not counted: %s', async (_, source) => {
    const until = new Date(Date.parse(firstUse) - 1000).toISOString();
    // The window of this minute begins before the asked end.
    expect(until.slice(0, 16)).toBe(firstUse.slice(0, 16));
    const { findings, summary, hosts, attempts } = await ask(source, '--until', until, '--policy', policy);
    expect({ findings, attempts, hosts }).toEqual({ findings: [], attempts: undefined, hosts: [] });
    expect(summary?.rules).toMatchObject([{ verdict: 'inconclusive', observed: null }]);
    // Sums of a store begin with whole windows: without a policy the answer is the same.
    expect((await ask(source, '--until', until)).hosts).toEqual([]);
  });
});
