// A register of 200 made entries over a made office day: results are those of the plan, entry by entry and use by use.
import { beforeAll, describe, expect, it } from 'vitest';
import type { EntryUse, RegisterResult } from '../../src/model/findings.ts';
import { groupBy } from '../../src/model/grouped-by.ts';
import type { RegisterReport } from '../../src/model/report.ts';
import type { HostTotals, UsageWindow } from '../../src/model/usage.ts';
import { parseHostsFile } from '../../src/policy/hosts-file.ts';
import { parseRegister } from '../../src/policy/register-file.ts';
import { applyPolicy } from '../../src/query/apply-policy.ts';
import { reportOn } from '../../src/query/reported.ts';
import { sourceFromWindows } from '../../src/query/source.ts';
import { mergeWindows } from '../../src/window/merge-windows.ts';
import { catalogue, judge, recorded, recordings, seeded, shifted } from './judged-recordings.ts';

/** 2026-07-13T00:00:00Z, a Monday. */
const DAY = 1_783_900_800;
const QUARTER = 900;
const HOSTS = 60;
const ENTRIES = 200;
const QUARTERS = 96;

const quarterOf = ({ startSeconds }: { readonly startSeconds: number }): number =>
  Math.floor(startSeconds / QUARTER) * QUARTER;

/** A window in which the host was on the network. */
interface Seen {
  readonly host: number;
  readonly start: number;
  readonly length: number;
}

interface Placed {
  readonly host: number;
  readonly tool: string;
  readonly at: number;
}

interface MadeEntry {
  readonly tool: string;
  /** Host numbers; null: every host. */
  readonly hosts: readonly number[] | null;
  readonly group: string | null;
  readonly cells: readonly string[];
  readonly from: number | null;
  readonly until: number | null;
}

const addressOf = (host: number): string => `10.60.${host >> 4}.${(host & 15) + 1}`;
const instantOf = (at: number): string => new Date(at * 1000).toISOString().replace('.000Z', 'Z');
const HOSTS_FILE = `match,group\n10.60.0.0/24,lab\n10.60.1.0/24,rnd\n10.60.2.0/24,sales\n`;
const GROUPS: Readonly<Record<string, readonly number[]>> = {
  lab: Array.from({ length: 16 }, (_, i) => i),
  rnd: Array.from({ length: 16 }, (_, i) => 16 + i),
  sales: Array.from({ length: 16 }, (_, i) => 32 + i),
};

let sessions: readonly { readonly tool: string; readonly windows: readonly UsageWindow[] }[];
beforeAll(async () => {
  const found = [];
  for (const recording of recordings) {
    const [tool, ...others] = recording.expect.tools ?? [];
    if (tool === undefined || others.length > 0 || recording.truth.model_requests === 0) continue;
    if (recording.expect.provider !== undefined) continue;
    const windows = await recorded(recording);
    const { tools, providers } = judge(windows);
    // One quarter hour, and no row of another program: then the plan alone says who used what when.
    if (new Set(windows.map(quarterOf)).size !== 1 || providers.length > 0 || tools.length !== 1) continue;
    if (tools[0]?.tool !== tool || tools[0].confidence === 'possible' || (tools[0].requests?.min ?? 0) === 0)
      continue;
    found.push({ tool, windows });
  }
  sessions = found;
});

function totalsOf(host: string): HostTotals {
  const none = { mac: null, names: [], vlans: [], notVisible: [], packets: 10, flows: 2 };
  return { ...none, host, bytesUp: 2000, bytesDown: 8000 } as unknown as HostTotals;
}

function officeOf(random: () => number): { windows: UsageWindow[]; placed: Placed[]; seen: Seen[] } {
  const placed: Placed[] = [];
  const seen: Seen[] = [];
  const windows: UsageWindow[] = [];
  const below = (count: number): number => Math.floor(random() * count);
  for (let host = 0; host < HOSTS; host++) {
    // One session on a host, two quarter hours apart: what several together look like is a matter of attribution.
    const session = sessions[below(sessions.length)];
    for (let at = 28 + below(8); at < 80; at += 3 + below(30)) {
      if (session === undefined) continue;
      const start = DAY + at * QUARTER;
      const base = Math.min(...session.windows.map(quarterOf));
      const name = addressOf(host);
      // Some hosts of the office only browse.
      const isUse = host % 4 !== 3;
      if (isUse) placed.push({ host, tool: session.tool, at: start });
      for (const window of shifted(session.windows, name, (start - base) / 60, 'office')) {
        const { heard: _, gaps: __, account: ___, ...whole } = window;
        seen.push({ host, start: window.startSeconds, length: window.lengthSeconds });
        windows.push({ ...whole, rows: isUse ? whole.rows : [], queriedNames: [], hosts: [totalsOf(name)] });
      }
    }
  }
  const byStart = groupBy(windows, ({ startSeconds }) => startSeconds);
  const joined = [...byStart.values()].flatMap((parts): UsageWindow[] => {
    const [first] = parts;
    const hosts = [...new Map(parts.flatMap((one) => [...one.hosts]).map((one) => [one.host, one])).values()];
    return first === undefined ? [] : [{ ...first, hosts, rows: parts.flatMap(({ rows }) => rows) }];
  });
  return { windows: mergeWindows(joined), placed, seen };
}

function entriesOf(random: () => number, tools: readonly string[]): MadeEntry[] {
  const below = (count: number): number => Math.floor(random() * count);
  return Array.from({ length: ENTRIES }, (): MadeEntry => {
    const tool = tools[below(tools.length)] ?? '';
    const kind = below(8);
    const group = kind === 0 ? (Object.keys(GROUPS)[below(3)] ?? null) : null;
    const own = Array.from({ length: 1 + below(5) }, () => below(HOSTS));
    const hosts = group !== null ? (GROUPS[group] ?? []) : kind === 1 ? null : own;
    const [a, b] = [below(QUARTERS), below(QUARTERS)].sort((x, y) => x - y) as [number, number];
    const from = below(2) === 0 ? null : DAY + a * QUARTER;
    const until = below(2) === 0 ? null : DAY + (b + 1) * QUARTER;
    const cells = [
      ...[tool, `"Team ""${tool}""; =1+1"`, group ?? '', kind < 2 ? '' : own.map(addressOf).join(' ')],
      ...[from === null ? '' : instantOf(from), until === null ? '' : instantOf(until)],
      '"two\r\nlines"',
    ];
    return { tool, hosts, group, cells, from, until };
  });
}

const HEAD = ['tool', 'owner', 'group', 'host', 'from', 'until', 'purpose'];
const csvOf = (entries: readonly MadeEntry[]): string =>
  `\uFEFF${[HEAD, ...entries.map(({ cells }) => cells)].map((cells) => cells.join(';')).join('\r\n')}\r\n`;
const yamlOf = (entries: readonly MadeEntry[]): string =>
  JSON.stringify({
    version: 1,
    entries: entries.map(({ tool, group, hosts, from, until }) => ({
      tool,
      ...(group === null ? {} : { group }),
      ...(group !== null || hosts === null ? {} : { host: hosts.map(addressOf) }),
      ...(from === null ? {} : { from: instantOf(from) }),
      ...(until === null ? {} : { until: instantOf(until) }),
    })),
  });

function reportedOn(windows: readonly UsageWindow[], text: string, file: string): RegisterReport {
  const hosts = parseHostsFile(HOSTS_FILE, 'hosts.csv');
  const entries = parseRegister(text, file, { tools: catalogue.tools, groups: hosts.groups });
  const source = sourceFromWindows(windows, { catalogue, networks: null }, 'UTC');
  const { document, attributions } = reportOn(source, { command: 'test', timezone: 'UTC' });
  const view = { onDisk: null, hosts, pseudonymOf: null, register: { sha256: '', entries } };
  const { register } = applyPolicy(document, source, attributions, view);
  if (register === undefined) throw new Error('no register');
  return register;
}

const isWithin = (at: number, { from, until }: MadeEntry): boolean =>
  at >= (from ?? 0) && at < (until ?? Number.POSITIVE_INFINITY);
const isMeant = (host: number, { hosts }: MadeEntry): boolean => hosts === null || hosts.includes(host);

/** Line by line as the plan has it. */
function usesOf(placed: readonly Placed[], entries: readonly MadeEntry[]): string[] {
  const found = new Set<string>();
  for (const { host, tool, at } of placed) {
    const own = entries.filter((entry) => entry.tool === tool);
    if (own.some((entry) => isMeant(host, entry) && isWithin(at, entry))) continue;
    const result: RegisterResult =
      own.length === 0
        ? 'noEntry'
        : own.some((entry) => isMeant(host, entry))
          ? 'outsideTime'
          : 'outsideScope';
    found.add(`${addressOf(host)} ${tool} ${result}`);
  }
  return [...found].sort();
}

function answersOf(entry: MadeEntry, placed: readonly Placed[], seen: readonly Seen[]): string {
  const lengths = new Map(seen.map(({ start, length }) => [start, length]));
  const end = Math.max(...seen.map(({ start, length }) => start + length));
  const during = (from: number, until: number): string => {
    const isIn = (at: number): boolean => at >= from && at < until;
    const hosts = new Set(
      seen
        .filter((one) => isMeant(one.host, entry) && isIn(quarterOf({ startSeconds: one.start })))
        .map(({ host }) => host),
    );
    const used = placed.some(({ host, tool, at }) => tool === entry.tool && isMeant(host, entry) && isIn(at));
    const inside = [...lengths].filter(([start]) => isIn(start)).map(([, length]) => length);
    const observed = hosts.size === 0 ? 0 : inside.reduce((sum, length) => sum + length, 0);
    const answer: EntryUse = used ? 'used' : observed > 0 ? 'unused' : 'cannotSay';
    return `${answer} ${hosts.size} ${observed}`;
  };
  const until = entry.until ?? Number.POSITIVE_INFINITY;
  return `${during(entry.from ?? 0, until)}, removed ${until >= end ? null : during(until, end)}`;
}

describe.each([1, 2])('a register of 200 entries over an office day (seed %i)', (seed) => {
  it('is compared exactly', () => {
    const random = seeded(seed);
    const { windows, placed, seen } = officeOf(random);
    const ids = [...new Set(sessions.map(({ tool }) => tool))].sort();
    expect(ids.length).toBeGreaterThan(7);
    // One tool has no entry; some entries are of tools that nobody uses.
    const entries = entriesOf(random, [...ids.slice(1), 'aider', 'cursor']);
    const report = reportedOn(windows, csvOf(entries), 'register.csv');
    // Traffic of unknown programs with an API has rows of its own.
    const uses = report.uses.filter(({ tool }) => ids.includes(tool));
    expect(uses.map(({ host, tool, result }) => `${host} ${tool} ${result}`).sort()).toEqual(
      usesOf(placed, entries),
    );
    expect(uses.filter(({ confidence }) => confidence === 'possible')).toEqual([]);
    expect(report.entries.map(({ line }) => line)).toEqual(entries.map((_, i) => 2 + 2 * i));
    const said = report.entries.map(({ answer, hostsSeen, observedSeconds, removed }) => {
      const after =
        removed === null ? null : `${removed.answer} ${removed.hostsSeen} ${removed.observedSeconds}`;
      return `${answer} ${hostsSeen} ${observedSeconds}, removed ${after}`;
    });
    expect(said).toEqual(entries.map((entry) => answersOf(entry, placed, seen)));
    for (const word of ['used', 'unused', 'cannotSay'])
      expect(said.some((one) => one.startsWith(word) && one.includes('removed'))).toBe(true);
    const ofYaml = reportedOn(windows, yamlOf(entries), 'register.yaml');
    expect(ofYaml.uses.map(({ lines: _, ...use }) => use)).toEqual(
      report.uses.map(({ lines: _, ...use }) => use),
    );
  });
});
