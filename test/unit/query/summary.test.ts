// The summary behind a first page has every figure of the whole document, and no field that it did not read looks empty.

import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeHost, makeQuarter, makeRow, QUARTER } from '../../../bench/made-windows.ts';
import { Random } from '../../../bench/random.ts';
import { packageVersion } from '../../../src/files/package-version.ts';
import type { ReportDocument, ToolDay, ToolUse } from '../../../src/model/report.ts';
import type { UsageWindow } from '../../../src/model/usage.ts';
import { ask, askSummary } from '../../../src/query/ask.ts';
import type { PolicyView } from '../../../src/query/inputs/policy-file.ts';
import { openSource } from '../../../src/query/source.ts';
import { buildAttributor } from '../../../src/store/attributor.ts';
import { openDuckdb } from '../../../src/store/duckdb/duckdb-store.ts';
import { readQuestion } from '../../../src/web/address-question.ts';
import { overview } from '../../../src/web/pages/views.ts';
import { mergeWindows } from '../../../src/window/merge-windows.ts';
import { catalogue, recorded, recordings } from '../../property/judged-recordings.ts';
import { temporaryFolder } from '../../temporary.ts';
import { madeOffice, moved, START } from '../store/made-office.ts';

const folder = temporaryFolder('summary');
const DAY = 86_400;
const ADDRESS = '[160.79.104.10]';

/** A week with gaps, several sensors, a machine that changes its address, and names that are addresses. */
async function makeWeek(): Promise<UsageWindow[]> {
  const chosen = recordings.filter(({ name }) => /^(claude-code|qwen-code|copilot).*prompt/.test(name));
  const parts = await Promise.all(chosen.slice(0, 5).map((recording) => recorded(recording)));
  const [first = []] = parts.filter((part) => part.some(({ rows }) => rows.length > 2));
  const byAddress = (windows: readonly UsageWindow[], isAll: boolean): UsageWindow[] =>
    windows.map((window) => ({
      ...window,
      rows: window.rows.map((row, i) =>
        isAll || i === 0 ? { ...row, name: ADDRESS, nameFrom: 'network' as const } : row,
      ),
    }));
  const withMac = (windows: readonly UsageWindow[]): UsageWindow[] =>
    windows.map((window) => ({
      ...window,
      hosts: window.hosts.map((host) => ({ ...host, mac: '02:00:00:00:00:07', macFrom: 'dhcp' as const })),
    }));
  return mergeWindows(madeOffice(parts), [
    ...byAddress(
      moved(first, START + 3600, 'addresses', () => '10.0.9.1'),
      true,
    ),
    ...byAddress(
      moved(first, START + DAY, 'addresses', () => '10.0.9.2'),
      false,
    ),
    ...withMac(moved(first, START + 2 * DAY, 'dhcp', () => '10.0.9.3')),
    ...withMac(moved(first, START + 4 * DAY, 'dhcp', () => '10.0.9.4')),
  ]);
}

/** Hosts with tools that are mostly only possible, and with other traffic to providers. */
function makePossible(): UsageWindow[] {
  const random = new Random(7);
  return Array.from({ length: 40 }, (_, i) => {
    const start = START + i * 32 * QUARTER;
    const numbers = Array.from({ length: 12 }, (_, number) => number).filter(() => random.below(3) > 0);
    const machine = (number: number) => ({
      host: `10.20.${number}.7`,
      mac: `02:00:00:00:00:${10 + number}`,
      name: `dev-${number}`,
    });
    const hosts = numbers.map((number) => makeHost(machine(number), start * 1e6, random));
    const rows = numbers.map((number) =>
      makeRow(machine(number).host, number, start * 1e6, { random, exchanges: 4 }),
    );
    return makeQuarter(start, hosts, rows);
  });
}

async function store(
  name: string,
  windows: readonly UsageWindow[],
  program = packageVersion(),
): Promise<string> {
  const path = join(folder, `${name}.duckdb`);
  const opened = await openDuckdb(path, { mode: 'write', attributor: buildAttributor(catalogue, program) });
  await opened.put(windows);
  await opened.close();
  return path;
}

let [plain, possible, inspected, outdated, empty] = ['', '', '', '', ''];
beforeAll(async () => {
  const week = await makeWeek();
  plain = await store('plain', week);
  possible = await store('possible', makePossible());
  inspected = await store(
    'inspected',
    week.map(({ outcomes = [], ...window }) => ({
      ...window,
      outcomes: outcomes.map((cell) => (cell.kind === 'served' ? { ...cell, detail: 1 } : cell)),
    })),
  );
  outdated = await store('outdated', week, 'an earlier version');
  empty = await store('empty', []);
}, 120_000);

const question = (span = {}) => ({ command: '', span });
const open = (path: string, timezone: string) => openSource([path], { timezone });

const READ_LATER = ['names', 'fingerprints', 'builds', 'updates', 'evidence'] as const;

/** What the first page reads of a day: whether an amount is unknown, zero or more. */
function shortDay({ date, confidence, activeMinutes, bytesUp, bytesDown }: ToolDay): unknown {
  const minutes = activeMinutes === null ? 'unknown' : activeMinutes === 0 ? 'none' : 'some';
  return { date, confidence, minutes, bytes: bytesUp + bytesDown === 0 ? 'none' : 'some' };
}

/** All other fields of the document. */
function withoutDetails(document: ReportDocument): unknown {
  const short = (use: ToolUse): unknown =>
    Object.fromEntries(
      Object.entries({ ...use, days: use.days.map(shortDay) }).filter(
        ([field]) => !READ_LATER.some((name) => name === field),
      ),
    );
  return {
    ...document,
    hosts: document.hosts.map((host) => ({
      ...host,
      tools: host.tools.map(short),
      providers: host.providers.map(short),
    })),
  };
}

const firstPage = (document: ReportDocument): string =>
  overview(document, readQuestion(new URLSearchParams())).body.markup;

describe('a summary', () => {
  it.each([
    ['everything', {}, 'UTC'],
    ['days of another zone', {}, 'Asia/Kathmandu'],
    ['a day', { sinceSeconds: START + DAY, untilSeconds: START + 2 * DAY }, 'UTC'],
    [
      'a cut through periods',
      { sinceSeconds: START + DAY + 600, untilSeconds: START + 4 * DAY + 900 },
      'UTC',
    ],
    ['a span without records', { sinceSeconds: START - 9 * DAY, untilSeconds: START - 8 * DAY }, 'UTC'],
  ])('has the figures and the first page of the whole document: %s', async (_, span, zone) => {
    for (const path of [plain, possible, inspected, empty]) {
      const whole = await ask(await open(path, zone), question(span));
      const summary = await askSummary(await open(path, zone), question(span));
      if (summary === null) throw new Error('no summary');
      expect(withoutDetails(summary)).toEqual(withoutDetails(whole));
      expect(firstPage(summary)).toBe(firstPage(whole));
    }
  });

  it('names what only its address tells, and counts what gateways inspected', async () => {
    const document = await askSummary(await open(plain, 'UTC'), question());
    const providers = document?.hosts.flatMap((host) =>
      host.providers.map(({ name }) => `${host.host} ${name}`),
    );
    expect(providers).toContain('10.0.9.1 Anthropic (by address)');
    const known = await askSummary(await open(inspected, 'UTC'), question());
    const uses = known?.hosts.flatMap(({ tools, providers }) => [...tools, ...providers]) ?? [];
    expect(uses.some(({ inspection }) => (inspection?.inspected ?? 0) > 0)).toBe(true);
  });

  it('has no empty list for what it did not read', async () => {
    const document = await askSummary(await open(plain, 'UTC'), question());
    const [use] = document?.hosts.flatMap(({ tools }) => tools) ?? [];
    for (const field of READ_LATER)
      expect(() => JSON.stringify(use?.[field])).toThrow('a summary has no names');
    expect(() => [...(use?.evidence ?? [])]).toThrow('a summary has no names');
  });

  it('has no number for an amount of a day that it did not read', async () => {
    const document = await askSummary(await open(plain, 'UTC'), question());
    const days = document?.hosts.flatMap(({ tools }) => tools.flatMap((use) => use.days)) ?? [];
    expect(days.length).toBeGreaterThan(0);
    for (const { bytesUp, activeMinutes } of days)
      for (const amount of [bytesUp, activeMinutes ?? 0]) expect(amount > 0).toBe(false);
    expect(days.reduce((sum, { bytesUp }) => sum + bytesUp, 0)).toBeNaN();
  });

  it('is refused where it takes as long as the whole document', async () => {
    expect(await askSummary(await open(outdated, 'UTC'), question())).toBeNull();
    const byName = { ...question(), withoutNames: true };
    expect(await askSummary(await open(plain, 'UTC'), byName)).toBeNull();
  });

  it('is refused for findings and exposures, which follow from what it does not read', async () => {
    const nothing = { onDisk: null, hosts: null, pseudonymOf: null };
    for (const part of [{ hosts: [] }, { onDisk: {} }, { advisories: [{ platforms: [] }] }]) {
      const policy = { ...nothing, ...part } as unknown as PolicyView;
      expect(await askSummary(await open(plain, 'UTC'), { ...question(), policy })).toBeNull();
    }
  });
});
