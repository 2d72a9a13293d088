// Describes what was not visible: shares of traffic that could not be attributed, and lost or damaged packets.

import { FILTERED, isFiltered } from '../../model/counters.ts';
import { groupBy } from '../../model/grouped-by.ts';
import type { CoverageDay, HostReport, LeftOutFiles, ReportDocument } from '../../model/report.ts';
import { GAP_WORDS, hidesNames } from '../../model/window-words.ts';
import { hasUndecided, isFromLogs } from '../../model/withheld.ts';
import { compareText, sortHosts } from '../../net/address.ts';
import { formatCount, formatShare } from '../../text/quantity.ts';
import { visibleText } from '../../text/visible-text.ts';
import { chooseUnit, roundedDown } from '../../time/duration.ts';
import type { Zone } from '../../time/zone.ts';
import { ENGLISH_WORDS, type ReportWords } from './english-words.ts';
import { clockTime, isShortSpan, readerZone, secondTime, unixSeconds } from './instant-text.ts';
import { notVisibleRows, notVisibleShare, printedLoss } from './not-visible-text.ts';

/** The evidence rule by which src/attribution/evidence/context.ts reports that packets were captured twice. */
const SEEN_TWICE = 'seen-twice';

export const NOT_VISIBLE_NAMES = ENGLISH_WORDS.blindSpots.kinds;

/** The reason why no hidden traffic is reported: it would not show without bytes, behind a filter, or in these logs. */
export function hiddenState(document: ReportDocument): 'noBytes' | 'filtered' | 'logged' | 'none' {
  if (document.stats.bytes === 0) return 'noBytes';
  if (isFiltered(document)) return 'filtered';
  // Logs of proxies and gateways count no packets, those of network sensors do.
  return document.stats.packets === 0 ? 'logged' : 'none';
}

const NOTHING_HIDDEN = {
  noBytes: 'unknown: no bytes are known',
  filtered: 'not known: a capture filter left out packets that may be hidden traffic',
  logged: 'not known: these logs do not show hidden traffic',
  none: 'no hidden names, tunnels or flows without their handshake were seen',
} as const;

export function notVisibleSentence(document: ReportDocument): string {
  const spots = notVisibleRows(document).filter(({ kind }) => hidesNames(kind));
  if (spots.length === 0) return NOTHING_HIDDEN[hiddenState(document)];
  const parts = spots.map((spot) => `${NOT_VISIBLE_NAMES[spot.kind]} ${formatShare(spot.share)}`);
  const isOverlapping = spots.reduce((sum, { share }) => sum + share, 0) > 1;
  const overlap = isOverlapping ? '; some bytes count in several of these' : '';
  return `${formatShare(notVisibleShare(document))} of bytes: ${parts.join(', ')}${overlap}`;
}

/**
 * Returns null without losses. Above `maxGaps`, gaps with a known end become one text with their number, sum and longest;
 * `isList` lists the longest and counts the others.
 */
export function lossSentence(
  document: ReportDocument,
  words: ReportWords = ENGLISH_WORDS,
  isList = false,
): string | null {
  const zone = readerZone(document);
  const { blindSpots } = words;
  const { packets, kernelDrops, evictedFlows } = document.stats;
  const parts: string[] = [];
  if (kernelDrops > 0) parts.push(blindSpots.lostPackets(words.share(kernelDrops / (packets + kernelDrops))));
  const missing = printedLoss(document);
  // The share in the document is of the captured bytes. That of verdicts is of all, and a reader compares the two.
  if (missing > 0) parts.push(blindSpots.lostBytes(words.share(missing / (1 + missing))));
  if (evictedFlows > 0) parts.push(blindSpots.evicted(evictedFlows));
  const silences = listSilences(document);
  const maxGaps = isList ? MAX_LISTED_GAPS : MAX_SUMMED_GAPS;
  const coverage =
    silences.length === 0 ? listCoverage(document) : listCoverage(document).map(withoutSilences);
  const closed = coverage.flatMap(({ gaps }) => gaps.filter((gap) => !isUnread(gap)));
  const isSummed = !isList && closed.length > maxGaps;
  const { listed, others } = listGaps(
    isSummed ? coverage.map((day) => ({ gaps: day.gaps.filter(isUnread) })) : coverage,
    maxGaps,
  );
  for (const gap of listed) parts.push(formatGap(gap, zone, words));
  if (isSummed) parts.push(sumGaps(closed, zone, words));
  for (const { sensor, from, to } of silences.slice(0, maxGaps))
    parts.push(blindSpots.silentSensor(visibleText(sensor), ...formatGapEnds(from, to, zone, words)));
  const more = others + Math.max(0, silences.length - maxGaps);
  if (more > 0) parts.push(blindSpots.shorterGaps(more));
  return parts.length === 0 ? null : parts.join(words.clauseSeparator);
}

/** Returns "no records from 1 July 00:00 to 8 July 01:04"; null if records cover the whole requested span. */
export function unrecordedSentence(
  document: ReportDocument,
  words: ReportWords = ENGLISH_WORDS,
): string | null {
  const { unrecorded = [] } = document;
  const zone = readerZone(document);
  const spans = unrecorded.map(({ from, to }) => {
    const format = to !== null && isShortSpan(from, to) ? words.exactTime : words.time;
    return { from: format(from, zone), to: to === null ? null : format(to, zone) };
  });
  return spans.length === 0 ? null : words.blindSpots.noRecords(spans);
}

/** Leaves out gaps from or to a day of a wrong clock, because the period leaves that day out too. */
function listCoverage({ coverage, clockErrors, period }: ReportDocument): readonly CoverageDay[] {
  if (clockErrors === undefined) return coverage;
  const since = period.since ?? '';
  const isInside = ({ from, to }: Gap): boolean =>
    from >= since && (to === null || period.until === null || to <= period.until);
  return coverage.map((day) => ({ ...day, gaps: day.gaps.filter(isInside) }));
}

/** Lists silences by sensor, because other sensors of a fleet continue meanwhile. */
const listSilences = ({ sensors = [] }: ReportDocument) =>
  sensors.flatMap(({ sensor, silent }) => silent.map(({ from, to }) => ({ sensor, from, to })));

const withoutSilences = (day: CoverageDay): CoverageDay => ({
  ...day,
  gaps: day.gaps.filter(({ reason }) => reason !== GAP_WORDS.silent),
});

/** Maximum number of gaps in lists. JSON, Zeek and the event formats contain all of them. */
const MAX_LISTED_GAPS = 24;
const MAX_SUMMED_GAPS = 2;

export type Gap = CoverageDay['gaps'][number];

/** Lists gaps with an unknown end, then the longest, in order of time, and counts the others. */
export function listGaps(
  coverage: readonly Pick<CoverageDay, 'gaps'>[],
  most: number = MAX_LISTED_GAPS,
): { listed: readonly Gap[]; others: number } {
  const all = coverage.flatMap(({ gaps }) => gaps);
  if (all.length <= most) return { listed: all, others: 0 };
  const listed = new Set(
    all
      .map((gap) => ({ gap, length: computeLength(gap) }))
      .sort((a, b) => (a.length === b.length ? 0 : b.length - a.length))
      .slice(0, most)
      .map(({ gap }) => gap),
  );
  return { listed: all.filter((gap) => listed.has(gap)), others: all.length - most };
}

/** Returns one text for all gaps of a reason, because they have one effect. Gaps without a known end are apart. */
export function formatGaps(
  document: ReportDocument,
  words: ReportWords,
): { readonly text: string; readonly isOne: boolean }[] {
  const zone = readerZone(document);
  const { gapText, gapsText } = words.sections.unseen;
  const all = listCoverage(document).flatMap(({ gaps }) => gaps);
  const groups = groupBy(all, ({ reason, to }) => `${reason} ${to === null}`);
  return [...groups.values()].flatMap((gaps) => {
    const [longest] = listGaps([{ gaps }], 1).listed;
    const [first, last] = [gaps[0], gaps.at(-1)];
    if (longest === undefined || first === undefined || last === undefined) return [];
    const reason = words.blindSpots.gapReason(first.reason);
    const [from, to] =
      longest.to === null
        ? [words.time(longest.from, zone), null]
        : formatGapEnds(longest.from, longest.to, zone, words);
    const isOne = gaps.length === 1;
    const until = last.to === null ? null : words.time(last.to, zone);
    const span = to === null ? from : words.between(from, to);
    const text = isOne
      ? gapText(from, to, reason)
      : gapsText(gaps.length, words.time(first.from, zone), until, span, reason);
    return [{ text, isOne }];
  });
}

const computeLength = ({ from, to }: Gap): number =>
  to === null ? Number.POSITIVE_INFINITY : Date.parse(to) - Date.parse(from);

/** Returns "gap 12 July 03:00 to 05:10", or "from 12 July 03:00 on: the reading was interrupted". */
function formatGap(gap: Gap, zone: Zone, words: ReportWords): string {
  const { blindSpots } = words;
  if (gap.to === null)
    return blindSpots.openGap(words.time(gap.from, zone), blindSpots.gapReason(gap.reason));
  const [from, to] = formatGapEnds(gap.from, gap.to, zone, words);
  return isIgnored(gap)
    ? blindSpots.reasonedGap(from, to, blindSpots.gapReason(gap.reason))
    : blindSpots.gap(from, to);
}

/** Returns "44 gaps, 5.2 days in total; the longest from 11 July 17:28 to 12 July 01:00". */
function sumGaps(gaps: readonly Gap[], zone: Zone, words: ReportWords): string {
  // Gaps of sensors may overlap.
  let [seconds, end] = [0, 0];
  for (const gap of [...gaps].sort((a, b) => compareText(a.from, b.from))) {
    const [from, to] = [unixSeconds(gap.from), unixSeconds(gap.to ?? gap.from)];
    seconds += Math.max(0, to - Math.max(from, end));
    end = Math.max(end, to);
  }
  const ends = listGaps([{ gaps }], 1).listed.flatMap(({ from, to }) =>
    to === null ? [] : formatGapEnds(from, to, zone, words),
  );
  const [from = '', to = ''] = ends;
  const unit = chooseUnit(seconds);
  const time =
    unit === undefined
      ? ''
      : words.verdict.time(unit.unit, words.amount(roundedDown(seconds / unit.seconds)));
  return words.blindSpots.gaps(gaps.length, time, from, to);
}

/** Formats both ends, the second without its day if that is the day of the first. */
function formatGapEnds(from: string, to: string, zone: Zone, words: ReportWords): [string, string] {
  const isShort = isShortSpan(from, to);
  const time = isShort ? words.exactTime : words.time;
  if (zone.dayOf(unixSeconds(from)) !== zone.dayOf(unixSeconds(to)))
    return [time(from, zone), time(to, zone)];
  return [time(from, zone), isShort ? secondTime(to, zone).slice(11) : clockTime(to, zone)];
}

const isIgnored = ({ reason }: Gap): boolean => reason === GAP_WORDS.logIgnored;

/** True for the gap of a read that ended early or did not understand its input. Other gaps belong to the sensor. */
const isUnread = (gap: Gap): boolean => gap.to === null || isIgnored(gap);

export type ReadingState = 'whole' | 'filtered' | 'incomplete' | 'interrupted';

/** States if all of the input was read: `interrupted` has priority over `incomplete`, and this over `filtered`. */
export function readingState(document: ReportDocument): ReadingState {
  if (document.interrupted === true) return 'interrupted';
  const isCut = document.coverage.some(({ gaps }) => gaps.some(isUnread));
  if (isCut || document.incomplete !== undefined) return 'incomplete';
  return isFiltered(document) ? 'filtered' : 'whole';
}

/** True if each input was read to its end, also with a filter. */
export function isReadToEnd(document: ReportDocument): boolean {
  const state = readingState(document);
  return state === 'whole' || state === 'filtered';
}

/** Returns the reasons why the read was incomplete; empty for a complete one. */
export function incompleteSentences(document: ReportDocument): string[] {
  const zone = readerZone(document);
  return [
    ...readingSentences({ ...document, captures: [] }, ENGLISH_WORDS),
    ...listGaps(document.coverage)
      .listed.filter(isUnread)
      .map((gap) => formatGap(gap, zone, ENGLISH_WORDS)),
  ];
}

function readingSentences(
  { interrupted, incomplete = [], inputs = [], captures }: ReportDocument,
  words: ReportWords,
): string[] {
  const { blindSpots } = words;
  const listed = new Set(captures.filter(({ error }) => error !== undefined).map(({ file }) => file));
  return [
    ...(interrupted === true ? [blindSpots.interrupted] : []),
    ...incomplete
      .filter(({ file }) => !listed.has(file))
      .map(({ file, reason }) => {
        const name = visibleText(file);
        if (reason === 'cut') return blindSpots.cutFile(name);
        if (reason === 'unread') return blindSpots.unreadFile(name);
        if (reason === 'noRow') return blindSpots.noRow(name);
        const log = inputs.find(({ path }) => path === file);
        if (log === undefined) return blindSpots.ignoredLog(name);
        const { lines, read, ignored } = log;
        return blindSpots.ignoredLines(name, lines - read, lines, largestCounts(ignored, words));
      }),
  ];
}

/**
 * Returns one sentence each about inputs that were not read to their end, and packets that were truncated or malformed.
 */
export function damageSentences(document: ReportDocument, words: ReportWords = ENGLISH_WORDS): string[] {
  const { blindSpots } = words;
  const { inputs = [] } = document;
  const { malformed, snaplenCut } = document.stats;
  const { complete, incomplete } = document.stats.clientHellos;
  return [
    ...readingSentences(document, words),
    ...document.captures.flatMap(({ file, error }) =>
      error === undefined
        ? []
        : [blindSpots.damagedFile(visibleText(file), error.offset, visibleText(error.reason))],
    ),
    ...(snaplenCut > 0 ? [blindSpots.cutShort(snaplenCut)] : []),
    ...(incomplete > 0 ? [blindSpots.hellosCut(incomplete, complete + incomplete)] : []),
    ...malformedSentences(withoutStated(malformed, inputs), words),
  ];
}

/** Maximum age of a catalogue without a note. A tool changes its names and start-up calls within two months. */
const MAX_CATALOGUE_DAYS = 60;

/**
 * Lists other limits of the figures: capture filters, an old catalogue, clocks, hosts that are withheld or are several machines, packets
 * that were captured twice.
 */
export function caveatSentences(document: ReportDocument, words: ReportWords = ENGLISH_WORDS): string[] {
  const { blindSpots } = words;
  const { clockErrors, withheld, leftOut, outsideNetworks = [] } = document;
  const catalogueDays = document.catalogueAgeDays ?? 0;
  const unsized = document.notVisible.find(({ kind }) => kind === 'unsized');
  const copied = document.hosts.filter(({ tools, providers }) =>
    [...tools, ...providers].some(({ evidence }) => evidence.some(({ rule }) => rule === SEEN_TWICE)),
  ).length;
  return [
    ...filterSentences(document, words),
    ...(leftOut === undefined ? [] : [leftOutSentence(leftOut, words)]),
    ...(catalogueDays > MAX_CATALOGUE_DAYS ? [blindSpots.oldCatalogue(catalogueDays)] : []),
    ...(clockErrors === undefined ? [] : [blindSpots.clockErrors(clockErrors.packets, clockErrors.days)]),
    ...(withheld === undefined ? [] : [blindSpots.withheld(withheld.hosts, withheld.leastHosts)]),
    ...document.captures.flatMap(({ file, clockBackSeconds }) =>
      clockBackSeconds === undefined ? [] : [blindSpots.clockBack(visibleText(file), clockBackSeconds)],
    ),
    ...(copied > 0 ? [blindSpots.capturedTwice(copied)] : []),
    ...(unsized === undefined ? [] : [blindSpots.unsized(unsized.flows)]),
    ...listLogLimits(document, words),
    ...outsideNetworks.map(({ sensor, hosts }) => blindSpots.outside(visibleText(sensor), hosts)),
    ...machineSentences(document.hosts, words),
  ];
}

/** States the filter of this reading, and those of captures and of stored readings. */
export function filterSentences(
  { filter, stats }: ReportDocument,
  { blindSpots }: ReportWords = ENGLISH_WORDS,
): string[] {
  const filtered = stats.malformed[FILTERED] ?? 0;
  return [
    ...(filter === undefined ? [] : [blindSpots.onlyMatching(visibleText(filter))]),
    ...(filtered === 0 ? [] : [blindSpots.capturedWithFilter(filtered)]),
  ];
}

const leftOutSentence = ({ files, first }: LeftOutFiles, words: ReportWords): string =>
  words.blindSpots.leftOutFiles(files, listFirst(first.map(visibleText), files > first.length, words));

const listFirst = (texts: readonly string[], hasMore: boolean, { listSeparator }: ReportWords): string =>
  [...texts, ...(hasMore ? ['…'] : [])].join(listSeparator);

/**
 * Returns the reason why logs leave a tool possible or a use suspected, and what would resolve it: fingerprints or
 * packets.
 */
function listLogLimits(
  { inputs = [], captures, hosts, findings = [], selection }: ReportDocument,
  { blindSpots }: ReportWords,
): string[] {
  if (inputs.length === 0 || inputs.length < captures.length) return [];
  const suspected = new Set(
    findings
      .filter(({ result, confidence }) => result === 'suspected' && confidence !== 'possible')
      .map(({ host, tool }) => `${tool} ${host}`),
  );
  const isUndecided = selection?.undecided === true || hosts.some(hasUndecided);
  const isUncounted = hosts.some(({ host, tools }) =>
    tools.some((use) => suspected.has(`${use.tool} ${host}`) && isFromLogs(use)),
  );
  const decides = hosts.some(({ flows }) => flows > 0) ? blindSpots.logsAlone : blindSpots.lookupsAlone;
  return [...(isUndecided ? [decides] : []), ...(isUncounted ? [blindSpots.logsUncounted] : [])];
}

/** Maximum reasons in a sentence. */
const MAX_REASONS = 3;

/** Removes counts that other sentences state: of capture filters, and of ignored lines for each log. */
function withoutStated(
  malformed: ReportDocument['stats']['malformed'],
  inputs: NonNullable<ReportDocument['inputs']>,
): ReportDocument['stats']['malformed'] {
  const kinds = new Set<string>(inputs.map(({ kind }) => kind));
  const isOfLog = (key: string): boolean => kinds.has(key.slice(0, key.indexOf('.')));
  return Object.fromEntries(Object.entries(malformed).filter(([key]) => key !== FILTERED && !isOfLog(key)));
}

/** Returns "tcp.data_offset 12, dns 3, …". */
function largestCounts(counts: Readonly<Record<string, number>>, words: ReportWords): string {
  const reasons = Object.entries(counts).sort(([, a], [, b]) => b - a);
  const named = reasons.slice(0, MAX_REASONS).map(([reason, count]) => `${reason} ${formatCount(count)}`);
  return listFirst(named, reasons.length > MAX_REASONS, words);
}

function malformedSentences(malformed: ReportDocument['stats']['malformed'], words: ReportWords): string[] {
  const total = Object.values(malformed).reduce((sum, count) => sum + count, 0);
  return total === 0 ? [] : [words.blindSpots.malformed(total, largestCounts(malformed, words))];
}

/** Maximum hosts in a sentence. */
const MAX_NAMED = 5;

/** Names hosts with use if their address and machine do not correspond one to one. */
export function machineSentences(hosts: readonly HostReport[], words: ReportWords): string[] {
  const { blindSpots } = words;
  const isUser = ({ tools, providers }: HostReport): boolean => tools.length + providers.length > 0;
  const several = hosts.filter((host) => host.severalMachines === true && isUser(host));
  const routed = hosts.filter((host) => host.behindRouter === true && isUser(host));
  const moved = hosts.filter((host) => host.sameMachine !== undefined && isUser(host));
  const named = (texts: readonly string[]): string =>
    listFirst(texts.slice(0, MAX_NAMED).map(visibleText), texts.length > MAX_NAMED, words);
  const listNames = (some: readonly HostReport[]): string => named(some.map(({ host }) => host));
  const groups = [
    ...new Set(moved.map(({ host, sameMachine = [] }) => sortHosts([host, ...sameMachine]).join(' = '))),
  ];
  return [
    ...(several.length === 0 ? [] : [blindSpots.severalMachines(several.length, listNames(several))]),
    ...(routed.length === 0 ? [] : [blindSpots.behindRouter(routed.length, listNames(routed))]),
    ...(groups.length === 0 ? [] : [blindSpots.sameMachine(groups.length, named(groups))]),
  ];
}
