// Which builds can have made a start: its marks, compared with the recorded marks of each build.

import { matchesName } from '../../catalogue/name-index.ts';
import type { BuildFacts, BuildLine, BuildMark } from '../../catalogue/schema.ts';
import type { NotPlaced } from '../../model/tool.ts';
import {
  compareVersions,
  intersectSpans,
  uniteSpans,
  type VersionSpan,
  versionBefore,
} from '../../text/version.ts';
import type { Start } from './starts.ts';

/** Fewer say too little: two sizes agree by chance. */
const LEAST_MARKS = 3;
/** Of small calls, how many no build of the line is known to make, for each that one is. */
const MOST_UNKNOWN = 0.5;

export interface Placement {
  /** Builds that can have made the start; null: nothing can be said. */
  readonly spans: readonly VersionSpan[] | null;
  readonly why: NotPlaced | null;
  /** Ids of the marks that were seen, sorted. */
  readonly marks: readonly string[];
  /** Platforms of the lines that fit, sorted. */
  readonly platforms: readonly string[];
}

/** One way of using the builds of one line, and what of a start fits it. */
interface Way {
  readonly line: BuildLine;
  readonly marks: readonly BuildMark[];
  readonly calls: number;
  readonly unknown: number;
}

/** `date`: day of UTC of the start; younger builds cannot have made it. */
export function placeStart(start: Start, facts: BuildFacts, date: string): Placement {
  const ways = facts.lines.flatMap((line) => waysOf(line, start));
  const most = ways.reduce((best, { marks }) => Math.max(best, marks.length), 0);
  const best = ways.filter(({ marks }) => marks.length === most);
  const seen = new Set(best.flatMap(({ marks }) => marks.map(({ id }) => id)));
  const marks = [...seen].sort();
  const nothing = (why: NotPlaced): Placement => ({ spans: null, why, marks, platforms: [] });
  const enough = best.filter(isEnough);
  if (enough.length === 0) return nothing('fewMarks');
  const known = enough.filter(({ calls, unknown }) => unknown <= calls * MOST_UNKNOWN);
  if (known.length === 0) return nothing('unknownCalls');
  const born = bornBy(date, facts.dates ?? {});
  const fits = known.flatMap((way) => {
    const spans = way.marks.reduce<VersionSpan[]>((left, mark) => intersectSpans(left, mark.in), born);
    return spans.length === 0 ? [] : [{ line: way.line, spans }];
  });
  if (fits.length === 0) return nothing('contradiction');
  return {
    spans: uniteSpans(fits.flatMap(({ spans }) => spans)),
    why: null,
    marks,
    platforms: [...new Set(fits.flatMap(({ line }) => line.platforms))].sort(),
  };
}

/** Sizes that no form of the hello goes with must be three by themselves. */
function isEnough({ marks, calls }: Way): boolean {
  const hasForm = marks.some(({ kind }) => kind === 'form');
  return marks.length >= LEAST_MARKS && (hasForm || calls >= LEAST_MARKS);
}

/** Key or login, each directly or through a proxy that may stand between the host and the sensor. */
function waysOf(line: BuildLine, start: Start): Way[] {
  const isMine = ({ runtime }: { readonly runtime: string }): boolean => line.runtimes.includes(runtime);
  const mine = { calls: start.calls.filter(isMine), hellos: start.hellos.filter(isMine) };
  const forms = line.marks.filter((mark) => isShown(mark, mine));
  const isProxied = mine.calls.some((call) => call.isProxied);
  const ways: Way[] = [];
  for (const auth of ['key', 'login'] as const) {
    for (const viaProxy of isProxied ? [true] : [false, true]) {
      const fitting = mine.calls.map((call) =>
        line.marks.filter((mark) => isMade(mark, call, auth, viaProxy || call.isProxied)),
      );
      const calls = [...new Set(fitting.flat())];
      const unknown = new Set(
        mine.calls.flatMap(({ name, alpn, up }, i) =>
          fitting[i]?.length === 0 ? [`${name} ${alpn.join(',')} ${up}`] : [],
        ),
      ).size;
      const absent = line.marks.filter((mark) => isAbsent(mark, mine.hellos, calls.length));
      ways.push({ line, marks: [...forms, ...calls, ...absent], calls: calls.length, unknown });
    }
  }
  return ways;
}

type StartFacts = Pick<Start, 'calls' | 'hellos'>;

const isAmong = (names: readonly string[], name: string): boolean =>
  names.some((pattern) => matchesName(pattern, name));

const sameAlpn = (a: readonly string[], b: readonly string[]): boolean => a.join(',') === b.join(',');

/** Forms and names, which no way of use changes. */
function isShown(mark: BuildMark, { hellos }: StartFacts): boolean {
  if (mark.kind === 'name') return hellos.some(({ name }) => isAmong(mark.names, name));
  if (mark.kind !== 'form') return false;
  return hellos.some(
    ({ name, ja4, ja3, alpn }) =>
      isAmong(mark.names, name) &&
      sameAlpn(mark.alpn, alpn) &&
      mark.forms.some((fingerprint) => fingerprint.ja4 === ja4 && (fingerprint.ja3 ?? ja3) === ja3),
  );
}

function isMade(
  mark: BuildMark,
  call: Start['calls'][number],
  auth: 'key' | 'login',
  viaProxy: boolean,
): boolean {
  if (mark.kind !== 'call' || (mark.way ?? auth) !== auth) return false;
  if ((viaProxy ? mark.viaProxy : mark.up) !== call.up) return false;
  return isAmong(mark.names, call.name) && sameAlpn(mark.alpn, call.alpn);
}

function isAbsent(mark: BuildMark, hellos: Start['hellos'], calls: number): boolean {
  if (mark.kind !== 'absent' || calls < mark.needs) return false;
  return !hellos.some(({ name, alpn }) => isAmong(mark.names, name) && sameAlpn(mark.alpn, alpn));
}

const bornCache = new WeakMap<object, readonly (readonly [version: string, date: string])[]>();

/** Builds that were there on a day. A date is an upper bound: a build is no younger than those that follow it. */
function bornBy(date: string, dates: Readonly<Record<string, string>>): VersionSpan[] {
  let sorted = bornCache.get(dates);
  if (sorted === undefined) {
    sorted = Object.entries(dates).sort((a, b) => compareVersions(a[0], b[0]));
    bornCache.set(dates, sorted);
  }
  let youngest: string | null = null;
  for (const [version, born] of [...sorted].reverse()) {
    if (born <= date) break;
    youngest = version;
  }
  return [[null, youngest === null ? null : versionBefore(youngest)]];
}
