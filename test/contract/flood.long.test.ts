// Floods around a recording of an honest host, through the whole program: its figures equal those without the flood, memory
// is bounded, and counters report the flood.

import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ReportDocument } from '../../src/model/report.ts';
import type { UsageWindow } from '../../src/model/usage.ts';
import { decodeWindows } from '../../src/window/codec.ts';
import { temporaryFolder } from '../temporary.ts';
import { FLOODS, writeMixed } from './flood.ts';

const CLI = resolve(process.env.WIRETALLY_CLI ?? 'dist/cli/main.js');
const RECORDING = 'captures/recordings/claude-code-2.1.328-prompt.pcap.gz';
const HONEST = '10.77.0.2';
const PACKETS = 60_000;
/** Twice the memory without a flood. */
const MOST_RESIDENT_MIB = 400;

interface Seen {
  readonly document: ReportDocument;
  readonly windows: readonly UsageWindow[];
  readonly residentMiB: number;
  readonly stderr: string;
}

describe('a flood around an honest host', () => {
  const folder = temporaryFolder('flood');
  const capture = join(folder, 'mixed.pcap');
  let alone: Seen;

  function analyze(): Seen {
    const usage = join(folder, 'mixed.usage');
    const preload = join(folder, 'resident.cjs');
    writeFileSync(
      preload,
      "process.on('exit', () => require('fs').writeSync(2, 'resident ' + process.resourceUsage().maxRSS + '\\n'));",
    );
    const words = ['--require', preload, CLI, 'analyze', capture, '--format', 'json', '--write', usage];
    const { stdout, stderr, status } = spawnSync(process.execPath, words, {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    });
    expect([status, stderr]).toEqual([0, expect.any(String)]);
    return {
      document: JSON.parse(stdout),
      windows: decodeWindows(readFileSync(usage)).windows,
      residentMiB: Number(/^resident (\d+)$/m.exec(stderr)?.[1]) / 1024,
      stderr,
    };
  }

  beforeAll(() => {
    writeMixed(capture, RECORDING, null, 0);
    alone = analyze();
    expect(alone.document.hosts.find(({ host }) => host === HONEST)?.tools.length).toBeGreaterThan(0);
  });

  it.each(FLOODS)('$name: $about', (flood) => {
    writeMixed(capture, RECORDING, flood, PACKETS);
    const seen = analyze();
    const honest = (document: ReportDocument): unknown => document.hosts.find(({ host }) => host === HONEST);
    expect(honest(seen.document)).toEqual(honest(alone.document));
    expect(factsOf(seen.windows)).toEqual(factsOf(alone.windows));
    expect(seen.document.stats.packets).toBeGreaterThanOrEqual(alone.document.stats.packets + PACKETS);
    expect(seen.residentMiB).toBeLessThan(MOST_RESIDENT_MIB);
    const reported = flood.toldBy.filter((counter) => countOf(seen, counter) > 0);
    expect([counters(seen), reported]).not.toEqual([counters(seen), []]);
  });
});

function factsOf(windows: readonly UsageWindow[]): unknown[] {
  const isHonest = ({ host }: { readonly host: string }): boolean => host === HONEST;
  return windows.flatMap(({ startSeconds, hosts, rows, queriedNames }) => {
    const lists: readonly (readonly { readonly host: string }[])[] = [[...hosts], rows, queriedNames];
    const facts = lists.map((list) => list.filter(isHonest));
    return facts.some((list) => list.length > 0) ? [{ startSeconds, facts }] : [];
  });
}

function counters({ document, windows }: Seen): Readonly<Record<string, number>> {
  const { stats } = document;
  const all: Record<string, number> = {
    evictedFlows: stats.evictedFlows,
    'clientHellos.incomplete': stats.clientHellos.incomplete,
  };
  for (const [reason, count] of Object.entries(stats.malformed)) all[`malformed.${reason}`] = count;
  for (const { stats: ofWindow } of windows) {
    for (const [ceiling, count] of Object.entries(ofWindow.overflow ?? {})) {
      all[`overflow.${ceiling}`] = (all[`overflow.${ceiling}`] ?? 0) + count;
    }
  }
  return all;
}

function countOf(seen: Seen, counter: string): number {
  return counters(seen)[counter] ?? 0;
}
