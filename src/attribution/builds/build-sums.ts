// Finds signs of builds of a tool in an activity period: its starts, downloads, and use without a start.

import { isAmong } from '../../catalogue/name-index.ts';
import type { BuildFacts, BuildLine, BuildMark, ToolEntry } from '../../catalogue/schema.ts';
import { REQUEST_ROLES, type Role } from '../../model/catalogue-words.ts';
import { computeOnce } from '../../model/computed-once.ts';
import { addTo, groupBy } from '../../model/grouped-by.ts';
import type { BuildSign, NotPlaced } from '../../model/tool.ts';
import {
  compareVersions,
  intersectSpans,
  uniteSpans,
  type VersionSpan,
  versionBefore,
} from '../../text/version.ts';
import { QUARTER_SECONDS, type TimestampUs, US } from '../../time/units.ts';
import type { Channel } from '../traffic/channel.ts';
import { identifiesBuilds, isOpening, listStarts, type SeenHello, type Start } from './starts.ts';

/** Roles whose names always count as use, in addition to names that identify builds. */
/** Bytes in addition to a downloaded program: headers, and earlier requests of the same flow. */
const FETCH_SLACK_BYTES = 8192;

/**
 * `held`: channels of the tool with their roles; `all`: those of the period, including channels of other tools.
 * `isNamed`: the tool is more than possible.
 */
export function listBuildSigns(
  { builds: facts, ownKey }: ToolEntry,
  held: readonly { readonly channel: Channel; readonly role: Role }[],
  all: readonly Channel[],
  isNamed: boolean,
): readonly BuildSign[] {
  if (facts === undefined) return NONE;
  const mine = new Set(held.map(({ channel }) => channel));
  const telling = all.filter((channel) => identifiesBuilds(facts, channel));
  const tells = new Set(telling);
  const used = held.filter(({ role, channel }) => REQUEST_ROLES.has(role) && !tells.has(channel));
  // Shared names are no evidence for a tool that is only possible and holds none of them.
  const isMine = isNamed || telling.some((channel) => mine.has(channel));
  const signs = [
    ...(isMine ? startSigns(facts, telling, listRivals(facts, all)) : NONE),
    ...(isMine ? telling : []).flatMap((channel) => useSigns(channel, findHint(facts, channel))),
    ...used.flatMap(({ channel }) =>
      useSigns(channel, ownKey === true ? findSpansAtAnyName(facts, channel) : NONE),
    ),
    ...held.flatMap(({ channel }) => fetchSigns(facts, channel)),
  ];
  return withoutRepeats(signs);
}

/** Lists use in order of time, once per quarter hour and form, independent of the number of names. */
function withoutRepeats(signs: readonly BuildSign[]): readonly BuildSign[] {
  if (signs.length < 2) return signs;
  const marksSeen = new Set<string>();
  const sorted = [...signs].sort((a, b) => a.atUs - b.atUs);
  return sorted.filter(({ atUs, kind, spans }) => {
    if (kind !== 'used') return true;
    const key = `${Math.floor(atUs / US / QUARTER_SECONDS)} ${JSON.stringify(spans)}`;
    return !marksSeen.has(key) && marksSeen.add(key) !== undefined;
  });
}

const NONE: readonly never[] = [];
const BARE = { marks: NONE, why: null, platforms: NONE } as const;

/** Lists the times at which programs with the same calls sent a hello to their own names. */
function listRivals({ start, lines }: BuildFacts, all: readonly Channel[]): TimestampUs[] {
  const rivals = start?.rivals ?? NONE;
  if (rivals.length === 0) return [];
  return all
    .filter(({ name }) => isAmong(rivals, name))
    .filter(({ runtime }) => lines.some(({ runtimes }) => runtimes.includes(runtime?.id ?? '')))
    .flatMap(({ helloTimesUs }) => helloTimesUs);
}

/** Finds starts per runtime: builds on different runtimes are different programs, so two of them can start together. */
function startSigns(
  facts: BuildFacts,
  telling: readonly Channel[],
  rivals: readonly TimestampUs[],
): BuildSign[] {
  const programs = groupBy(telling, ({ runtime }) =>
    facts.lines.map(({ runtimes }) => runtimes).find((ids) => runtime !== null && ids.includes(runtime.id)),
  );
  const starts = [...programs.values()].flatMap((channels) => listStarts(channels, facts.start));
  return starts.map((start) => {
    const date = new Date(start.atUs / 1000).toISOString().slice(0, 10);
    const isRivalled = rivals.some((atUs) => Math.abs(atUs - start.atUs) <= RIVAL_US);
    const placement = isRivalled ? RIVALLED : placeStart(start, facts, date);
    return { atUs: start.atUs, kind: 'start', ...placement };
  });
}

/**
 * A tool with freely chosen model servers sends its hello to any name. No build is found if the hello is not a form of the
 * tool.
 */
function findSpansAtAnyName(facts: BuildFacts, channel: Channel): readonly VersionSpan[] {
  const names = facts.lines.flatMap(({ marks }) => marks.flatMap((mark) => mark.names));
  return uniteSpans(names.flatMap((name) => findHint(facts, { ...channel, name }) ?? []));
}

/** Finds the builds that send the hellos of a channel; null if its form does not identify builds. */
function findHint(facts: BuildFacts, { name, fingerprint }: Channel): readonly VersionSpan[] | null {
  if (fingerprint === null) return null;
  const spans = (getFormMarks(facts).get(fingerprint.ja4) ?? []).flatMap((mark) =>
    isSameForm(mark, { name, ...fingerprint }) ? mark.in : [],
  );
  return spans.length === 0 ? null : spans;
}

type FormMark = Extract<BuildMark, { kind: 'form' }>;

/** Marks by each of their JA4 fingerprints. */
const getFormMarks = computeOnce(({ lines }: BuildFacts): ReadonlyMap<string, readonly FormMark[]> => {
  const byJa4 = new Map<string, FormMark[]>();
  for (const mark of lines.flatMap(({ marks }) => marks)) {
    if (mark.kind !== 'form') continue;
    for (const ja4 of new Set(mark.forms.map((form) => form.ja4))) addTo(byJa4, ja4, mark);
  }
  return byJa4;
});

function useSigns(channel: Channel, spans: BuildSign['spans']): BuildSign[] {
  const first = new Map<number, TimestampUs>();
  const { helloTimesUs, exchanges, firstUs } = channel;
  for (const atUs of [firstUs, ...helloTimesUs, ...exchanges.map(({ startUs }) => startUs)]) {
    const quarter = Math.floor(atUs / US / QUARTER_SECONDS);
    first.set(quarter, Math.min(first.get(quarter) ?? atUs, atUs));
  }
  return [...first.values()].map((atUs) => ({ atUs, kind: 'used', spans, ...BARE }));
}

function fetchSigns({ download }: BuildFacts, { name, exchanges }: Channel): BuildSign[] {
  if (download === undefined || !isAmong(download.names, name)) return [];
  return exchanges.flatMap(({ endUs, exchange }) => {
    const versions = Object.entries(download.bytes).flatMap(([version, bytes]) => {
      const more = exchange.bytesDown - bytes;
      return more >= 0 && more <= FETCH_SLACK_BYTES ? [version] : [];
    });
    if (versions.length === 0) return [];
    const spans = versions.map((version): VersionSpan => [version, version]);
    return [{ atUs: endUs, kind: 'fetched' as const, spans, ...BARE }];
  });
}

// Finds the builds that can have made a start: compares its marks with the recorded marks of each build.

/** A hello of another program with the same calls this close to a start may be of the same program. */
const RIVAL_US = 60 * US;
const RIVALLED: Placement = { spans: null, why: 'unknownCalls', marks: [], platforms: [] };

/** Minimum number of marks, because two sizes may match by chance. */
const MIN_MARKS = 3;
/** Maximum number of unknown small calls per call that a build of the line is known to make. */
const MAX_UNKNOWN = 0.5;

interface Placement {
  /** Builds that can have made the start; null if unknown. */
  readonly spans: readonly VersionSpan[] | null;
  readonly why: NotPlaced | null;
  /** Ids of the marks that were seen, sorted. */
  readonly marks: readonly string[];
  /** The start is later than these recordings and possibly of a newer build: their date. */
  readonly newerSince?: string;
  /** Platforms of the lines that fit, sorted. */
  readonly platforms: readonly string[];
}

/** One way of using the builds of one line, and the matching facts of a start. */
interface Way {
  readonly line: BuildLine;
  readonly marks: readonly BuildMark[];
  readonly calls: number;
  readonly unknown: number;
}

/** `date`: UTC day of the start. Builds released later cannot have made it. */
export function placeStart(start: Start, facts: BuildFacts, date: string): Placement {
  const ways = facts.lines.flatMap((line) => listWays(line, start));
  const most = ways.reduce((best, { marks }) => Math.max(best, marks.length), 0);
  const best = ways.filter(({ marks }) => marks.length === most);
  const seen = new Set(best.flatMap(({ marks }) => marks.map(({ id }) => id)));
  const marks = [...seen].sort();
  const isLater = date > facts.date;
  const buildUnplaced = (why: NotPlaced): Placement => ({
    spans: null,
    why,
    marks,
    platforms: [],
    ...(isLater && mayBeNewer(why, start, facts) ? { newerSince: facts.date } : {}),
  });
  const enough = best.filter(isEnough);
  if (enough.length === 0) return buildUnplaced('fewMarks');
  const recognized = enough.filter(({ calls, unknown }) => unknown <= calls * MAX_UNKNOWN);
  if (recognized.length === 0) return buildUnplaced('unknownCalls');
  const born = listExistingBuilds(date, facts.dates ?? {});
  const builders = recognized.flatMap((way) => {
    const spans = way.marks.reduce<VersionSpan[]>((left, mark) => intersectSpans(left, mark.in), ANY_BUILD);
    return spans.length === 0 ? [] : [{ line: way.line, spans }];
  });
  if (builders.length === 0) return buildUnplaced('contradiction');
  const matching = builders.flatMap(({ line, spans: all }) => {
    const spans = intersectSpans(all, born);
    return spans.length === 0 ? [] : [{ line, spans }];
  });
  if (matching.length === 0) return buildUnplaced('laterBuilds');
  return {
    spans: uniteSpans(matching.flatMap(({ spans }) => spans)),
    why: null,
    marks,
    platforms: [...new Set(matching.flatMap(({ line }) => line.platforms))].sort(),
  };
}

/**
 * If normal use makes the calls of a start, their sizes do not show a newer build: only the hello that opens a start does, in a
 * form of no known build. A resumed session has more extensions than the form that it resumes.
 */
function mayBeNewer(why: NotPlaced, { hellos }: Start, facts: BuildFacts): boolean {
  const { start } = facts;
  if (start?.hello === undefined) return why !== 'fewMarks';
  const formMarks = getFormMarks(facts);
  const counts = new Set([...formMarks.keys()].map(ja4Extensions));
  return hellos.some(
    (hello) => isOpening(hello, start) && !formMarks.has(hello.ja4) && counts.has(ja4Extensions(hello.ja4)),
  );
}

/** Returns the first part of a JA4: transport, version, numbers of ciphers and extensions, ALPN. */
const ja4Extensions = (ja4: string): string => ja4.slice(0, ja4.indexOf('_'));

/** Without a matching form of the hello, at least three sizes must match. */
function isEnough({ marks, calls }: Way): boolean {
  const hasForm = marks.some(({ kind }) => kind === 'form');
  return marks.length >= MIN_MARKS && (hasForm || calls >= MIN_MARKS);
}

/** Lists the ways of use: key or login, each directly or through a proxy between host and sensor. */
function listWays(line: BuildLine, start: Start): Way[] {
  const isMine = ({ runtime }: { readonly runtime: string }): boolean => line.runtimes.includes(runtime);
  const marksOfSize = getCallMarks(line);
  const mine = { calls: start.calls.filter(isMine), hellos: start.hellos.filter(isMine) };
  const forms = line.marks.filter((mark) => isShown(mark, mine));
  const isProxied = mine.calls.some((call) => call.isProxied);
  const ways: Way[] = [];
  for (const auth of ['key', 'login'] as const) {
    for (const viaProxy of isProxied ? [true] : [false, true]) {
      const fitting = mine.calls.map((call) =>
        (marksOfSize.get(call.up) ?? []).filter((mark) =>
          isMade(mark, call, auth, viaProxy || call.isProxied),
        ),
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

const ANY_BUILD: VersionSpan[] = [[null, null]];

type CallMark = Extract<BuildMark, { kind: 'call' }>;

/**
 * Marks by each of their sizes, directly or through a proxy, in the order of the line: a line has hundreds of marks, and a
 * size only a few.
 */
const getCallMarks = computeOnce((line: BuildLine): ReadonlyMap<number, readonly CallMark[]> => {
  const bySize = new Map<number, CallMark[]>();
  for (const mark of line.marks) {
    if (mark.kind !== 'call') continue;
    for (const size of new Set([mark.up, mark.viaProxy])) {
      if (size !== undefined) addTo(bySize, size, mark);
    }
  }
  return bySize;
});

type StartFacts = Pick<Start, 'calls' | 'hellos'>;

const sameAlpn = (a: readonly string[], b: readonly string[]): boolean => a.join(',') === b.join(',');

/** True for seen marks of forms and names, which are the same in every way of use. */
function isShown(mark: BuildMark, { hellos }: StartFacts): boolean {
  if (mark.kind === 'name') return hellos.some(({ name }) => isAmong(mark.names, name));
  return hellos.some((hello) => isSameForm(mark, hello));
}

type FormOfHello = Pick<SeenHello, 'name' | 'ja4' | 'ja3' | 'alpn'>;

const isSameForm = (mark: BuildMark, { name, ja4, ja3, alpn }: FormOfHello): boolean =>
  mark.kind === 'form' &&
  mark.forms.some((form) => form.ja4 === ja4 && (form.ja3 ?? ja3) === ja3) &&
  sameAlpn(mark.alpn, alpn) &&
  isAmong(mark.names, name);

function isMade(
  mark: CallMark,
  call: Start['calls'][number],
  auth: 'key' | 'login',
  viaProxy: boolean,
): boolean {
  if ((mark.way ?? auth) !== auth) return false;
  if ((viaProxy ? mark.viaProxy : mark.up) !== call.up) return false;
  return isAmong(mark.names, call.name) && sameAlpn(mark.alpn, call.alpn);
}

function isAbsent(mark: BuildMark, hellos: Start['hellos'], calls: number): boolean {
  if (mark.kind !== 'absent' || calls < mark.needs) return false;
  return !hellos.some(({ name, alpn }) => isAmong(mark.names, name) && sameAlpn(mark.alpn, alpn));
}

const byVersion = computeOnce((dates: Readonly<Record<string, string>>) =>
  Object.entries(dates).sort((a, b) => compareVersions(a[0], b[0])),
);

/** Lists builds that existed on a day. A date is an upper bound: a build is not released after its successors. */
function listExistingBuilds(date: string, dates: Readonly<Record<string, string>>): VersionSpan[] {
  const later = findFirstBuildAfter(date, dates);
  return [[null, later === null ? null : versionBefore(later)]];
}

/** Returns the oldest build that did not exist on a day; null if all existed, or no date is known. */
export function findFirstBuildAfter(date: string, dates: Readonly<Record<string, string>>): string | null {
  let first: string | null = null;
  for (const [version, born] of [...byVersion(dates)].reverse()) {
    if (born <= date) break;
    first = version;
  }
  return first;
}
