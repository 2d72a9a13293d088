// Starts of builds of several tools: the range contains the true build, or nothing is said. The table of docs/advisories.md.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readToolStarts, startWindow } from '../../captures/builds/tool-starts.ts';
import type { UsageWindow } from '../../src/model/usage.ts';
import {
  compareVersions,
  intersectSpans,
  liesWithin,
  type VersionSpan,
  versionBefore,
} from '../../src/text/version.ts';
import { EMPTY_STATS } from '../../src/window/sums.ts';
import { catalogue, judge } from './judged-recordings.ts';
import { starts as claudeStarts, startRows } from './made-office/starts.ts';

const PAGE = fileURLToPath(new URL('../../docs/advisories.md', import.meta.url));
const CLAUDE = 'claude-code';
const HOST = '10.9.0.1';
/** 2026-11-24T12:00:00Z: later than every recorded build. */
const AT = 1_795_521_600;

interface Placed {
  readonly tool: string;
  readonly build: string;
  /** It gave no marks. */
  readonly isKeptBack: boolean;
  readonly spans: readonly VersionSpan[];
}

function placed(tool: string, build: string, isKeptBack: boolean, window: UsageWindow): Placed {
  const use = judge([window]).tools.find((one) => one.tool === tool);
  const days = use?.builds?.days ?? [];
  return { tool, build, isKeptBack, spans: days.flatMap(({ spans }) => spans) };
}

const data = readToolStarts();
const surroundings = { host: HOST, isProxied: false, keeps: () => true };
const all: readonly Placed[] = [
  // Direct starts with a key. Their marks come from other runs of the same builds as well.
  ...claudeStarts
    .filter(({ as, line }) => line === 'linux-x64' && as === 'p1')
    .map((start) =>
      placed(CLAUDE, start.build, false, {
        ...{
          sensor: 'starts',
          startSeconds: AT,
          revision: 1,
          lengthSeconds: 900,
          hosts: [],
          queriedNames: [],
        },
        stats: { ...EMPTY_STATS, packets: 1000 },
        rows: startRows(start, AT + 1, AT, surroundings),
      }),
    ),
  ...data.starts.map((start) =>
    placed(start.tool, start.build, start.as !== 'learn', startWindow(data, start, AT, HOST)),
  ),
];
const tools = [...new Set(all.map(({ tool }) => tool))];

type Answer = 'ran' | 'may' | 'notSeen';
const answer = (spans: readonly VersionSpan[], affected: readonly VersionSpan[]): Answer =>
  liesWithin(spans, affected) ? 'ran' : intersectSpans(spans, affected).length > 0 ? 'may' : 'notSeen';

/** Recorded builds, oldest first. */
const buildsOf = (list: readonly Placed[]): string[] =>
  [...new Set(list.map(({ build }) => build))].sort(compareVersions);

/** First builds of groups whose starts are placed alike, and unlike those of the group before. */
function bordersOf(list: readonly Placed[]): string[] {
  const sets = buildsOf(list).map((build) => ({
    build,
    spans: list.filter((one) => one.build === build && one.spans.length > 0).flatMap(({ spans }) => spans),
  }));
  const seen = sets.filter(({ spans }) => spans.length > 0);
  const isShared = (a: readonly VersionSpan[], b: readonly VersionSpan[]): boolean =>
    sets.some(({ build: one }) => liesWithin([[one, one]], a) && liesWithin([[one, one]], b));
  return seen.flatMap(({ build, spans }, i) => {
    const before = seen[i - 1]?.spans;
    return before !== undefined && !isShared(before, spans) ? [build] : [];
  });
}

interface Definite {
  readonly definite: number;
  readonly all: number;
}

/** Of each start, and each range of the versions before one of `firsts`. */
function definiteOf(list: readonly Placed[], firsts: readonly string[]): Definite {
  const answers = list.flatMap(({ spans }) =>
    firsts.map((first) => answer(spans, [[null, versionBefore(first)]])),
  );
  return { definite: answers.filter((one) => one !== 'may').length, all: answers.length };
}

const percent = ({ definite, all: of }: Definite): string =>
  of === 0 ? '-' : `${Math.round((100 * definite) / of)} %`;

interface Row {
  readonly tool: string;
  readonly builds: readonly string[];
  readonly classes: number;
  readonly starts: number;
  readonly placed: number;
  readonly atBorders: Definite;
  readonly anywhere: Definite;
}

function rowOf(tool: string): Row {
  const list = all.filter((one) => one.tool === tool);
  const builds = buildsOf(list);
  const borders = bordersOf(list);
  const judged = list.filter(({ isKeptBack }) => isKeptBack || tool === CLAUDE);
  const found = judged.filter(({ spans }) => spans.length > 0);
  return {
    ...{ tool, builds, classes: borders.length + 1, starts: judged.length, placed: found.length },
    atBorders: definiteOf(found, borders),
    anywhere: definiteOf(found, builds.slice(1)),
  };
}

const rows = tools.map(rowOf);

function table(): string {
  return [
    '| tool | recorded builds | classes | starts | placed | definite at class borders | definite anywhere |',
    '|---|---|---|---|---|---|---|',
    ...rows.map(({ tool, builds, classes, starts, placed: found, atBorders, anywhere }) => {
      const name = catalogue.tool(tool)?.name ?? tool;
      const range = `${builds[0]} to ${builds.at(-1)} (${builds.length})`;
      return `| ${[name, range, classes, starts, found, percent(atBorders), percent(anywhere)].join(' | ')} |`;
    }),
  ].join('\n');
}

const BEGIN = '<!-- builds: begin -->';
const END = '<!-- builds: end -->';

describe('starts of builds of several tools', () => {
  it.each(all)('$tool $build: the true build is in the range', ({ build, spans }) => {
    if (process.env.SHOW_SPANS !== undefined) console.log(JSON.stringify(spans));
    if (spans.length > 0) expect(liesWithin([[build, build]], spans)).toBe(true);
  });

  it('never give a wrong result for any range of recorded builds', () => {
    for (const { tool, build, spans } of all) {
      if (spans.length === 0) continue;
      const builds = rows.find((row) => row.tool === tool)?.builds ?? [];
      for (const first of builds) {
        const affected: VersionSpan[] = [[null, versionBefore(first)]];
        const isAffected = compareVersions(build, first) < 0;
        expect(answer(spans, affected), `${tool} ${build} before ${first}`).not.toBe(
          isAffected ? 'notSeen' : 'ran',
        );
      }
    }
  });

  it.each(rows)('$tool: has classes, and definite results at their borders', ({ tool, classes, ...row }) => {
    expect(classes, tool).toBeGreaterThanOrEqual(3);
    expect(row.atBorders.definite / row.atBorders.all, tool).toBeGreaterThanOrEqual(0.65);
  });

  it('stands in docs/advisories.md as measured', async () => {
    const page = readFileSync(PAGE, 'utf8');
    const begin = page.indexOf(BEGIN) + BEGIN.length;
    await expect(
      `${page.slice(0, begin)}\n\n${table()}\n\n${page.slice(page.indexOf(END))}`,
    ).toMatchFileSnapshot(PAGE);
  });
});
