// What a recorded start of one version shows, as builds data: marks added to those of the entry, or a line of their own.

import { placeStart } from '../../src/attribution/builds/build-sums.ts';
import {
  listStarts,
  type SeenCall,
  type SeenHello,
  type Start,
} from '../../src/attribution/builds/starts.ts';
import type { Channel } from '../../src/attribution/traffic/channel.ts';
import { listActivityPeriods } from '../../src/attribution/traffic/channels.ts';
import type { Catalogue } from '../../src/catalogue/catalogue.ts';
import type { DraftOptions } from '../../src/catalogue/draft-entry.ts';
import { isAmong, matchesName } from '../../src/catalogue/name-index.ts';
import type { BuildFacts, BuildLine, BuildMark, ToolEntry } from '../../src/catalogue/schema.ts';
import { groupBy } from '../../src/model/grouped-by.ts';
import type { UsageWindow } from '../../src/model/usage.ts';
import { compareText } from '../../src/net/address.ts';
import {
  compareVersions,
  intersectSpans,
  isVersion,
  liesWithin,
  uniteSpans,
  type VersionSpan,
  versionAfter,
  versionBefore,
} from '../../src/text/version.ts';

export interface DraftedBuilds {
  /** As the entry would have them; undefined: it has none and gets none. */
  readonly builds: BuildFacts | undefined;
  /** What a person should know of it. */
  readonly remarks: readonly string[];
}

/** Node is the user's own: its hellos tell which Node runs, not which build of the tool. */
const OF_THE_USER = 'node';
const NO_START = 'no start was seen: record from before the tool is started';
const CANNOT_SAY = 'it runs on the Node of its user, so the forms of its hellos are those of that Node';

/** `entry`: with the names that were learnt; `platform`: what the recorded program was built for. */
export function draftBuilds(
  windows: readonly UsageWindow[],
  catalogue: Catalogue,
  entry: ToolEntry,
  platform: string,
  { version, date, source }: DraftOptions,
): DraftedBuilds {
  const known = entry.builds;
  const same = (remark: string): DraftedBuilds => ({ builds: known, remarks: [`builds: ${remark}`] });
  if (!isVersion(version)) return same(`"${version}" is no version of three numbers, so none is drafted`);
  const start = firstStart(windows, catalogue, entry);
  if (start === null) return same(NO_START);
  const runtimes = [...new Set(start.hellos.map(({ runtime }) => runtime))].sort(compareText);
  const line = known?.lines.find((one) => runtimes.some((id) => one.runtimes.includes(id)));
  if (line === undefined && runtimes.every((id) => id === OF_THE_USER)) {
    if (known !== undefined) return same(CANNOT_SAY);
    return { builds: { cannotSay: CANNOT_SAY, lines: [], source, date }, remarks: [] };
  }
  const seen = marksOf(start);
  if (line === undefined) {
    const first = firstLine(platform, runtimes, version, seen);
    return { builds: { ...known, lines: [...(known?.lines ?? []), first], source, date }, remarks: [] };
  }
  const drafted = extended(line, seen, start, version);
  const lines = (known?.lines ?? []).map((one) => (one === line ? drafted.line : one));
  // Starts after the date may be of newer builds: it never becomes earlier.
  const latest = known !== undefined && known.date > date ? known.date : date;
  return {
    builds: { ...known, lines, source: known?.source ?? source, date: latest },
    remarks: drafted.remarks,
  };
}

export interface VersionRecording {
  readonly version: string;
  readonly windows: readonly UsageWindow[];
}

export interface VersionsDrafted extends DraftedBuilds {
  /** Recordings whose start the drafted marks match, those that they do not match, and those matched to other versions. */
  readonly placed: number;
  readonly notPlaced: number;
  readonly wrong: readonly string[];
}

/**
 * Of recordings of several versions, made alike. Without a known line, marks come from all of them at once: a mark is in
 * the versions that show it, and in those between two recorded ones of which one shows it. A known line is extended
 * version by version.
 */
export function draftVersions(
  recordings: readonly VersionRecording[],
  catalogue: Catalogue,
  entry: ToolEntry,
  platform: string,
  about: Omit<DraftOptions, 'version'>,
): VersionsDrafted {
  const sorted = [...recordings].sort((a, b) => compareVersions(a.version, b.version));
  const remarks = new Set<string>();
  let builds = entry.builds;
  if (builds === undefined || builds.lines.length === 0) {
    builds = linesOfAll(sorted, catalogue, entry, platform, about) ?? builds;
    if (builds === entry.builds) remarks.add(`builds: ${NO_START}`);
  } else
    for (const { version, windows } of sorted) {
      const drafted = draftBuilds(windows, catalogue, { ...entry, builds }, platform, { ...about, version });
      builds = drafted.builds ?? builds;
      for (const remark of drafted.remarks) remarks.add(remark);
    }
  return { builds, remarks: [...remarks], ...testVersions(sorted, builds, catalogue, entry) };
}

/** Later than every recording: no build is excluded because it is younger. */
const AFTER_ALL = '9999-12-31';

function testVersions(
  recordings: readonly VersionRecording[],
  builds: BuildFacts | undefined,
  catalogue: Catalogue,
  entry: ToolEntry,
): Pick<VersionsDrafted, 'placed' | 'notPlaced' | 'wrong'> {
  const found = recordings.map(({ version, windows }) => {
    const start = firstStart(windows, catalogue, entry);
    const spans = start === null || builds === undefined ? null : placeStart(start, builds, AFTER_ALL).spans;
    return { version, spans };
  });
  const placed = found.flatMap(({ version, spans }) => (spans === null ? [] : [{ version, spans }]));
  const wrong = placed.filter(({ version, spans }) => !liesWithin([[version, version]], spans));
  return {
    placed: placed.length - wrong.length,
    notPlaced: found.length - placed.length,
    wrong: wrong.map(({ version }) => version),
  };
}

interface VersionStart {
  readonly version: string;
  readonly start: Start;
}

/** One line for each set of runtimes. */
function linesOfAll(
  recordings: readonly VersionRecording[],
  catalogue: Catalogue,
  entry: ToolEntry,
  platform: string,
  { source, date }: Omit<DraftOptions, 'version'>,
): BuildFacts | undefined {
  const starts = recordings.flatMap(({ version, windows }): VersionStart[] => {
    const start = firstStart(windows, catalogue, entry);
    return start === null ? [] : [{ version, start }];
  });
  const byRuntimes = groupBy(starts, ({ start }) =>
    [...new Set(start.hellos.map(({ runtime }) => runtime))].sort(compareText).join(' '),
  );
  const known = [...byRuntimes].filter(([runtimes]) => runtimes !== OF_THE_USER);
  const lines = known.map(([runtimes, list], i): BuildLine => {
    const versions = [...new Set(list.map(({ version }) => version))];
    const [from = '', to = ''] = [versions[0], versions.at(-1)];
    return {
      id: i === 0 ? platform : `${platform}-${i + 1}`,
      platforms: [platform],
      runtimes: runtimes.split(' '),
      recorded: { from, to, builds: versions.length },
      marks: marksOfVersions(versions, list),
    };
  });
  const { cannotSay, ...rest } = entry.builds ?? {};
  if (byRuntimes.size === 0) return undefined;
  const reason = byRuntimes.has(OF_THE_USER) ? CANNOT_SAY : cannotSay;
  return { ...rest, ...(reason === undefined ? {} : { cannotSay: reason }), lines, source, date };
}

/** `versions`: oldest first. A call of one version alone may be of its run, not of its build. */
function marksOfVersions(versions: readonly string[], starts: readonly VersionStart[]): BuildMark[] {
  const shown = new Map<string, { readonly mark: BuildMark; readonly versions: Set<string> }>();
  for (const { version, start } of starts)
    for (const mark of marksOf(start)) {
      const known = shown.get(shownBy(mark)) ?? { mark, versions: new Set<string>() };
      known.versions.add(version);
      shown.set(shownBy(mark), known);
    }
  return [...shown]
    .sort((a, b) => compareText(a[0], b[0]))
    .filter(([, { mark, versions: of }]) => mark.kind === 'form' || of.size > 1 || versions.length === 1)
    .map(([, { mark, versions: of }]) => ({ ...mark, in: united(spansAround(versions, of)) }));
}

function spansAround(versions: readonly string[], shown: ReadonlySet<string>): VersionSpan[] {
  return versions.flatMap((version, i): VersionSpan[] => {
    if (!shown.has(version)) return [];
    const [before, after] = [versions[i - 1], versions[i + 1]];
    return [
      [before === undefined ? null : versionAfter(before), after === undefined ? null : versionBefore(after)],
    ];
  });
}

/** The first start among all names of the entry that windows keep, on whatever runtime. */
function firstStart(windows: readonly UsageWindow[], catalogue: Catalogue, entry: ToolEntry): Start | null {
  const kept = entry.endpoints.filter(({ specificity }) => specificity !== 'shared');
  const isMine = ({ name, runtime }: Channel): boolean =>
    runtime !== null &&
    !runtime.isBrowser &&
    !runtime.isHandTool &&
    kept.some(({ host }) => matchesName(host, name));
  for (const [, periods] of listActivityPeriods(windows, catalogue)) {
    for (const { channels } of periods) {
      const [start] = listStarts(channels.filter(isMine));
      if (start !== undefined) return start;
    }
  }
  return null;
}

/** Of one recorded version nothing is known of the others: any of them may show the same. */
function firstLine(
  platform: string,
  runtimes: readonly string[],
  version: string,
  marks: readonly BuildMark[],
): BuildLine {
  const recorded = { from: version, to: version, builds: 1 };
  return { id: platform, platforms: [platform], runtimes: [...runtimes], recorded, marks: [...marks] };
}

/** Of any version. Sizes through a proxy are others, and are learnt from a direct start alone. */
function marksOf({ hellos, calls }: Start): BuildMark[] {
  const marks = [...hellos.map(formMark), ...calls.filter(({ isProxied }) => !isProxied).map(callMark)];
  const byShown = new Map(marks.map((mark) => [shownBy(mark), mark]));
  return [...byShown].sort((a, b) => compareText(a[0], b[0])).map(([, mark]) => mark);
}

const slug = (text: string): string => text.replaceAll(/[^a-z0-9.-]+/g, '-');

const formMark = ({ name, alpn, ja4, ja3 }: SeenHello): BuildMark => ({
  id: slug(`form-${name}-${ja4.toLowerCase()}-${ja3.slice(0, 6)}`),
  kind: 'form',
  names: [name],
  alpn: [...alpn],
  forms: [{ ja4, ja3 }],
  in: [[null, null]],
});

const callMark = ({ name, alpn, up }: SeenCall): BuildMark => ({
  id: slug(`call-${name}-${up}${alpn.length === 0 ? '' : `-${alpn[0]}`}`),
  kind: 'call',
  names: [name],
  alpn: [...alpn],
  up,
  in: [[null, null]],
});

function shownBy(mark: BuildMark): string {
  const protocols = 'alpn' in mark && mark.alpn.length > 0 ? ` (${mark.alpn.join(', ')})` : '';
  const what = mark.kind === 'call' ? `${mark.up} bytes` : '';
  const forms =
    mark.kind === 'form' ? mark.forms.map(({ ja4, ja3 }) => `${ja4} ${ja3 ?? ''}`).join(', ') : '';
  return `${mark.kind} ${mark.names.join(', ')}${protocols}: ${what}${forms}`;
}

/**
 * A form takes the place of another that its name had with these protocols. What else is new is for a person: builds that
 * were recorded before may have shown it as well. Versions between two recorded ones that differ are in both spans.
 */
function extended(
  line: BuildLine,
  seen: readonly BuildMark[],
  start: Start,
  version: string,
): { readonly line: BuildLine; readonly remarks: readonly string[] } {
  const { from, to, builds } = line.recorded;
  const isNewer = compareVersions(version, to) > 0;
  const isOlder = compareVersions(version, from) < 0;
  const shown = new Set(seen.flatMap((mark) => line.marks.filter((one) => isSame(one, mark))));
  const span: VersionSpan = isNewer
    ? [versionAfter(to), null]
    : isOlder
      ? [null, versionBefore(from)]
      : [version, version];
  const remarks: string[] = [];
  const marks = line.marks.map((mark): BuildMark => {
    if (shown.has(mark)) return { ...mark, in: united([...mark.in, span]) };
    const isGone = mark.kind === 'form' && isNewer && wasAsked(mark, start) && isOpen(mark.in);
    return isGone ? { ...mark, in: within(mark.in, [null, versionBefore(version)]) } : mark;
  });
  const fresh = seen.filter((mark) => !line.marks.some((one) => isSame(one, mark)));
  for (const mark of fresh) {
    const isNext =
      mark.kind === 'form' && (isNewer || isOlder) && line.marks.some((one) => isSlot(one, mark));
    if (isNext) marks.push({ ...mark, in: [[...span]] });
    else remarks.push(`builds: ${version} shows what no mark has: ${shownBy(mark)}`);
  }
  const recorded = {
    from: isOlder ? version : from,
    to: isNewer ? version : to,
    builds: isOlder || isNewer ? builds + 1 : builds,
  };
  return { line: { ...line, recorded, marks }, remarks };
}

/** A form of the same names with the same protocols: a build shows one of them. */
const isSlot = (known: BuildMark, seen: BuildMark): boolean =>
  known.kind === 'form' &&
  seen.kind === 'form' &&
  known.alpn.join() === seen.alpn.join() &&
  seen.names.every((name) => isAmong(known.names, name));

/** The mark of the entry says the same as one that was seen. */
function isSame(known: BuildMark, seen: BuildMark): boolean {
  if (known.kind !== seen.kind || known.kind === 'name' || known.kind === 'absent') return false;
  if (seen.kind === 'name' || seen.kind === 'absent') return false;
  if (known.alpn.join() !== seen.alpn.join()) return false;
  if (!seen.names.every((name) => isAmong(known.names, name))) return false;
  if (known.kind === 'call') return seen.kind === 'call' && known.up === seen.up;
  return (
    seen.kind === 'form' &&
    seen.forms.every(({ ja4, ja3 }) =>
      known.forms.some((form) => form.ja4 === ja4 && (form.ja3 ?? ja3) === ja3),
    )
  );
}

const wasAsked = (mark: Extract<BuildMark, { kind: 'form' }>, { hellos }: Start): boolean =>
  hellos.some(({ name, alpn }) => isAmong(mark.names, name) && mark.alpn.join() === alpn.join());

const isOpen = (spans: readonly VersionSpan[]): boolean => spans.some(([, last]) => last === null);

type Spans = [string | null, string | null][];

const within = (spans: readonly VersionSpan[], span: VersionSpan): Spans =>
  intersectSpans(spans, [span]).map(([first, last]) => [first, last]);

const united = (spans: readonly VersionSpan[]): Spans =>
  uniteSpans(spans).map(([first, last]) => [first, last]);
