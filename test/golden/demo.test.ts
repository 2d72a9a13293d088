// Compares the report on the demo capture with the ground truth of each host (captures/demo-truth.json).
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildDemo, type HostTruth, type RecordingTruth, type UseTruth } from '../../captures/demo.ts';
import { readPcap, writePcap } from '../../captures/pcap.ts';
import type { HostReport, ReportDocument, ToolUse } from '../../src/model/report.ts';
import { countClients } from '../../src/report/text/client-hosts.ts';

const CAPTURE = 'captures/demo.pcap.gz';
const MAX_OUTPUT_BYTES = 64 << 20;
/** Names of the manifest that differ from those of the catalogue. */
const CATALOGUE_IDS: Readonly<Record<string, string>> = { codex: 'openai-codex' };

const truth = JSON.parse(readFileSync('captures/demo-truth.json', 'utf8')) as { hosts: readonly HostTruth[] };
let report: ReportDocument;

beforeAll(() => {
  const args = ['dist/cli/main.js', 'analyze', CAPTURE, '--format', 'json', '--timezone', 'Asia/Shanghai'];
  const options = { encoding: 'utf8', maxBuffer: MAX_OUTPUT_BYTES } as const;
  report = JSON.parse(execFileSync(process.execPath, args, options)) as ReportDocument;
});

/** Some recordings go over IPv6, so a client of the office may have two addresses. */
function reportsOf({ host, host6 }: HostTruth): HostReport[] {
  return report.hosts.filter((found) => found.host === host || found.host === host6);
}

function named(host: HostTruth): ToolUse[] {
  return reportsOf(host)
    .flatMap(({ tools }) => tools)
    .filter(({ confidence }) => confidence !== 'possible');
}

function namedIds(host: HostTruth): string[] {
  return [...new Set(named(host).map(({ tool }) => tool))].sort();
}

function idsOf(use: UseTruth, key: string): string[] {
  const ids = use.expect[key];
  if (typeof ids === 'string') return [ids];
  return Array.isArray(ids) ? ids.filter((id): id is string => typeof id === 'string') : [];
}

function usedDays(host: HostTruth, tool: string): string[] {
  return [
    ...new Set(host.uses.filter((use) => idsOf(use, 'tools').includes(tool)).map(({ date }) => date)),
  ].sort();
}

describe.each(truth.hosts)('$host $name, which $about', (host) => {
  it('has its MAC, its name, and the days on which it was there', () => {
    const [found] = reportsOf(host);
    expect(found).toMatchObject({ mac: host.mac, name: host.name, presence: host.presence });
  });

  it('is said to use the tools that it used, and no other', () => {
    const used = new Set(host.uses.flatMap((use) => idsOf(use, 'tools')));
    expect(namedIds(host)).toEqual([...used].sort());
  });

  it('is said to use them on the days on which it did', () => {
    for (const tool of namedIds(host)) {
      const days = named(host)
        .filter((use) => use.tool === tool)
        .flatMap((use) => use.days.map(({ date }) => date));
      expect({ tool, days: [...new Set(days)].sort() }).toEqual({ tool, days: usedDays(host, tool) });
    }
  });

  it('is said to have made as many model requests, and to have sent as much telemetry, as it did', () => {
    for (const tool of namedIds(host)) {
      const uses = host.uses
        .filter((use) => idsOf(use, 'tools').includes(tool))
        .map((use) => sumsOf(use, tool));
      const rows = named(host).filter((use) => use.tool === tool);
      if (uses.includes(null) || rows.some(({ requests }) => requests === null)) continue;
      const requests = sum(uses, (use) => use?.modelRequests);
      expect(
        sum(rows, (row) => row.requests?.min),
        `${tool}: at least`,
      ).toBeLessThanOrEqual(requests);
      expect(
        sum(rows, (row) => row.requests?.max),
        `${tool}: at most`,
      ).toBeGreaterThanOrEqual(requests);
      const telemetry = sum(uses, (use) => use?.telemetryRequestBytes);
      const wrongBy = Math.abs(sum(rows, (row) => row.telemetry?.payloadUp) - telemetry);
      expect(wrongBy, `${tool}: telemetry of ${telemetry}`).toBeLessThanOrEqual(
        Math.max(0.05 * telemetry, 1000),
      );
    }
  });

  it('shows a provider where only a vendor can be known', () => {
    const rows = reportsOf(host)
      .flatMap(({ providers, tools }) => [...providers, ...tools])
      .map(({ tool }) => tool);
    expect(rows).toEqual(expect.arrayContaining(host.uses.flatMap((use) => idsOf(use, 'provider'))));
  });

  it('shows what may be a tool as possible at most, on the days of no other use of it', () => {
    for (const use of host.uses) {
      for (const tool of idsOf(use, 'forbid').filter((id) => !usedDays(host, id).includes(use.date))) {
        const days = named(host)
          .filter((row) => row.tool === tool)
          .flatMap((row) => row.days.map(({ date }) => date));
        expect({ tool, days }).not.toEqual({ tool, days: expect.arrayContaining([use.date]) });
      }
    }
  });
});

/** Truth of one tool in one use; null where several ran concurrently and were not counted separately. */
function sumsOf(
  use: UseTruth,
  tool: string,
): Pick<UseTruth, 'modelRequests' | 'telemetryRequestBytes'> | null {
  if (use.byTool === null) return idsOf(use, 'tools').length === 1 ? use : null;
  const found = Object.entries(use.byTool).find(([id]) => (CATALOGUE_IDS[id] ?? id) === tool);
  return found?.[1] ?? null;
}

function sum<T>(items: readonly T[], value: (item: T) => number | null | undefined): number {
  return items.reduce((total, item) => total + (value(item) ?? 0), 0);
}

it('names no tool on anything but a client of the office', () => {
  const clients = new Set(truth.hosts.flatMap(({ host, host6 }) => [host, host6]));
  const others = report.hosts.filter(({ host }) => !clients.has(host));
  expect(
    others.flatMap(({ host, tools, providers }) =>
      [...tools, ...providers].map(({ tool }) => `${host} ${tool}`),
    ),
  ).toEqual([]);
});

it('counts the clients of the office, and not its routers, which sent DHCP and ARP', () => {
  const clients = new Set(truth.hosts.flatMap(({ host, host6 }) => [host, host6]));
  const [inOffice, others] = [true, false].map((isClient) =>
    report.hosts.filter(({ host }) => clients.has(host) === isClient),
  );
  expect(others?.length).toBeGreaterThan(0);
  expect(countClients(report)).toBe(inOffice?.length);
});

it('reads every packet of it', () => {
  const { packets, malformed, snaplenCut, evictedFlows, clientHellos } = report.stats;
  expect({ packets, malformed, snaplenCut, evictedFlows, incomplete: clientHellos.incomplete }).toEqual({
    packets: readPcap(gunzipSync(readFileSync(CAPTURE))).length,
    malformed: {},
    snaplenCut: 0,
    evictedFlows: 0,
    incomplete: 0,
  });
});

it('gives the same rows as when they were last read by eye', async () => {
  const lines = report.hosts.flatMap((host) => [
    ...host.tools.map((use) => summaryLine(host, 'tool', use)),
    ...host.providers.map((use) => summaryLine(host, 'provider', use)),
  ]);
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('expected/demo.txt');
});

function summaryLine(host: HostReport, kind: string, use: ToolUse): string {
  const days = use.days.map(({ date }) => date.slice(-2)).join(' ');
  return [
    host.host,
    host.name ?? '-',
    kind,
    use.tool,
    use.confidence,
    `${use.firstSeen.slice(0, 16)}Z`,
    `${use.flows} flows`,
    `days ${days}`,
  ].join('\t');
}

it('is what its plan and the recordings make', () => {
  const manifest = JSON.parse(readFileSync('captures/manifest.json', 'utf8')) as {
    captures: readonly ({ file: string } & RecordingTruth)[];
  };
  const entries = new Map(manifest.captures.map((entry) => [entry.file, entry]));
  const demo = buildDemo({
    frames: (name) => readPcap(gunzipSync(readFileSync(`captures/recordings/${name}.pcap.gz`))),
    truth: (name) => entries.get(`recordings/${name}.pcap.gz`),
  });
  expect(demo.truth).toEqual(JSON.parse(readFileSync('captures/demo-truth.json', 'utf8')));
  expect(writePcap(demo.frames).equals(gunzipSync(readFileSync(CAPTURE)))).toBe(true);
});
