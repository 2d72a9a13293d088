// What was not visible, in words: which shares of the traffic could not be attributed, what was lost or damaged.

import type { CoverageDay, HostReport, NotVisible, ReportDocument } from '../../model/report.ts';
import type { NotVisibleKind } from '../../model/words.ts';
import { sortHosts } from '../../net/address.ts';
import { visibleText } from '../../text/visible-text.ts';
import type { Zone } from '../../time/zone.ts';
import { clockTime, longTime, readerZone, unixSeconds } from './instant.ts';
import { formatCount, formatShare, percentNumber, plural } from './quantity.ts';
import { outsideSentences } from './words.ts';

/** The item of evidence by which src/attribution/evidence/context.ts says that packets came twice. */
const SEEN_TWICE = 'seen-twice';

export const NOT_VISIBLE_NAMES: Readonly<Record<NotVisibleKind, string>> = {
  ech: 'hidden names',
  tunnel: 'VPN and tunnels',
  dns: 'encrypted DNS',
  relay: 'suspected relays',
  cloud: 'shared clouds',
  midFlow: 'handshake not captured',
  oneWay: 'one direction only',
  loss: 'packets missing',
  conflict: 'contradicting packets',
};

/** Encrypted DNS and loss weaken what is seen; the other kinds hide whose traffic it is. */
const HIDES_NAMES: ReadonlySet<NotVisibleKind> = new Set([
  'ech',
  'tunnel',
  'relay',
  'cloud',
  'midFlow',
  'oneWay',
  'conflict',
]);

export const hidesNames = (kind: NotVisibleKind): boolean => HIDES_NAMES.has(kind);

/** The largest first. */
export function notVisibleRows(document: ReportDocument): NotVisible[] {
  return document.notVisible.filter((spot) => spot.bytes > 0).sort((a, b) => b.share - a.share);
}

export function darkShare(document: ReportDocument): number {
  const hidden = document.notVisible.filter((spot) => HIDES_NAMES.has(spot.kind));
  return Math.min(
    1,
    hidden.reduce((sum, spot) => sum + spot.share, 0),
  );
}

export function notVisibleSentence(document: ReportDocument): string {
  const spots = notVisibleRows(document).filter((spot) => HIDES_NAMES.has(spot.kind));
  if (spots.length === 0) return 'no hidden names, tunnels or flows without their handshake were seen';
  const parts = spots.map((spot) => `${NOT_VISIBLE_NAMES[spot.kind]} ${percentNumber(spot.share)}`);
  return `${formatShare(darkShare(document))} of bytes: ${parts.join(', ')}`;
}

/** Null when nothing was lost. */
export function lossSentence(document: ReportDocument): string | null {
  const zone = readerZone(document);
  const { packets, kernelDrops, evictedFlows } = document.stats;
  const parts: string[] = [];
  if (kernelDrops > 0) parts.push(`${formatShare(kernelDrops / (packets + kernelDrops))} of packets`);
  if (evictedFlows > 0) parts.push(`${plural(evictedFlows, 'flow')} pushed out of a full table`);
  const { listed, others } = listedGaps(document.coverage);
  for (const gap of listed) parts.push(gapWords(gap, zone));
  if (others > 0) parts.push(`${plural(others, 'shorter gap')}`);
  return parts.length === 0 ? null : parts.join('; ');
}

/** "no records from 1 July 00:00 to 8 July 01:04"; null where all of the requested span is recorded. */
export function unrecordedSentence(document: ReportDocument): string | null {
  const { unrecorded = [] } = document;
  const zone = readerZone(document);
  const parts = unrecorded.map(
    ({ from, to }) => `from ${longTime(from, zone)}${to === null ? ' on' : ` to ${longTime(to, zone)}`}`,
  );
  return parts.length === 0 ? null : `no records ${parts.join(' and ')}`;
}

/** Maximum number of gaps that texts list; JSON, Zeek and the event formats have all of them. */
const MAX_LISTED_GAPS = 24;

export type Gap = CoverageDay['gaps'][number];

/** Those with an unknown end, then the longest, in order of time; and how many there are besides. */
export function listedGaps(coverage: readonly CoverageDay[]): { listed: readonly Gap[]; others: number } {
  const all = coverage.flatMap(({ gaps }) => gaps);
  if (all.length <= MAX_LISTED_GAPS) return { listed: all, others: 0 };
  const listed = new Set(
    all
      .map((gap) => ({ gap, length: lengthOf(gap) }))
      .sort((a, b) => (a.length === b.length ? 0 : b.length - a.length))
      .slice(0, MAX_LISTED_GAPS)
      .map(({ gap }) => gap),
  );
  return { listed: all.filter((gap) => listed.has(gap)), others: all.length - MAX_LISTED_GAPS };
}

const lengthOf = ({ from, to }: Gap): number =>
  to === null ? Number.POSITIVE_INFINITY : Date.parse(to) - Date.parse(from);

/** "gap 12 July 03:00 to 05:10", "from 12 July 03:00 on: the reading was interrupted". */
function gapWords(gap: Gap, zone: Zone): string {
  if (gap.to === null) return `all from ${longTime(gap.from, zone)} on: ${gap.reason}`;
  const isOneDay = zone.dayOf(unixSeconds(gap.from)) === zone.dayOf(unixSeconds(gap.to));
  const to = isOneDay ? clockTime(gap.to, zone) : longTime(gap.to, zone);
  return `gap ${longTime(gap.from, zone)} to ${to}`;
}

/** Whether all of the input was read: `interrupted` beats `incomplete`. */
export function readingState(document: ReportDocument): 'whole' | 'incomplete' | 'interrupted' {
  if (document.interrupted === true) return 'interrupted';
  const isCut = document.coverage.some(({ gaps }) => gaps.some(({ to }) => to === null));
  return isCut || document.incomplete !== undefined ? 'incomplete' : 'whole';
}

/** Why it was not; empty for a whole reading. */
export function incompleteSentences(document: ReportDocument): string[] {
  const zone = readerZone(document);
  return [
    ...readingSentences({ ...document, captures: [] }),
    ...listedGaps(document.coverage)
      .listed.filter(({ to }) => to === null)
      .map((gap) => gapWords(gap, zone)),
  ];
}

function clockErrorSentences({ clockErrors }: ReportDocument): string[] {
  if (clockErrors === undefined) return [];
  const { days, packets } = clockErrors;
  return [
    `${plural(packets, 'packet')} of ${plural(days, 'day')} ${packets === 1 ? 'has a time' : 'have times'} before 2000 or years from all others: a clock was wrong; the period and the charts leave ${days === 1 ? 'that day' : 'those days'} out`,
  ];
}

function withheldSentences({ withheld }: ReportDocument): string[] {
  if (withheld === undefined) return [];
  const { hosts, leastHosts } = withheld;
  const are = hosts === 1 ? 'is' : 'are';
  return [
    `${plural(hosts, 'host')} ${are} withheld: fewer than ${leastHosts} hosts share the exception that covers ${hosts === 1 ? 'it' : 'them'}`,
  ];
}

function readingSentences({ interrupted, incomplete = [], captures }: ReportDocument): string[] {
  const listed = new Set(captures.filter(({ error }) => error !== undefined).map(({ file }) => file));
  return [
    ...(interrupted === true ? ['the reading was interrupted: this is what was read until then'] : []),
    ...incomplete
      .filter(({ file }) => !listed.has(file))
      .map(({ file, reason }) =>
        reason === 'cut'
          ? `${visibleText(file)}: was not read to its end`
          : `${visibleText(file)}: could not be read, or not all of it`,
      ),
  ];
}

/** Inputs that could not be read to their end, packets that were cut or malformed; one sentence each. */
export function damageSentences(document: ReportDocument): string[] {
  const sentences = [
    ...clockErrorSentences(document),
    ...withheldSentences(document),
    ...readingSentences(document),
  ];
  for (const capture of document.captures) {
    if (capture.error === undefined) continue;
    sentences.push(
      `${visibleText(capture.file)}: byte ${formatCount(capture.error.offset)}: ${visibleText(capture.error.reason)}`,
    );
  }
  for (const { file, clockBackSeconds } of document.captures) {
    if (clockBackSeconds === undefined) continue;
    const by = `${formatCount(clockBackSeconds)} s`;
    sentences.push(
      `${visibleText(file)}: its clock ran back, by ${by} at most: times and days are the packets’ own`,
    );
  }
  const { malformed, snaplenCut } = document.stats;
  if (snaplenCut > 0)
    sentences.push(
      `${plural(snaplenCut, 'packet')} ${snaplenCut === 1 ? 'was' : 'were'} cut short when captured`,
    );
  const { complete, incomplete } = document.stats.clientHellos;
  if (incomplete > 0)
    sentences.push(
      `${formatCount(incomplete)} of ${formatCount(complete + incomplete)} hellos were cut or incomplete: their names were not read`,
    );
  const copied = document.hosts.filter(({ tools, providers }) =>
    [...tools, ...providers].some(({ evidence }) => evidence.some(({ rule }) => rule === SEEN_TWICE)),
  ).length;
  if (copied > 0)
    sentences.push(`packets of ${plural(copied, 'host')} were captured more than once: bytes count as often`);
  sentences.push(...outsideSentences(document), ...machineSentences(document.hosts));
  const reasons = Object.entries(malformed).sort(([, a], [, b]) => b - a);
  const total = reasons.reduce((sum, [, count]) => sum + count, 0);
  if (total > 0) {
    const named = reasons.slice(0, 3).map(([reason, count]) => `${reason} ${formatCount(count)}`);
    sentences.push(`${formatCount(total)} malformed: ${named.join(', ')}${reasons.length > 3 ? ', …' : ''}`);
  }
  return sentences;
}

/** Hosts that a sentence names. */
const MAX_NAMED = 5;

/** Where an address and a machine are not one for one, and something was used. */
function machineSentences(hosts: readonly HostReport[]): string[] {
  const isUser = ({ tools, providers }: HostReport): boolean => tools.length + providers.length > 0;
  const several = hosts.filter((host) => host.severalMachines === true && isUser(host));
  const routed = hosts.filter((host) => host.behindRouter === true && isUser(host));
  const moved = hosts.filter((host) => host.sameMachine !== undefined && isUser(host));
  const named = (texts: readonly string[]): string =>
    `${texts.slice(0, MAX_NAMED).map(visibleText).join(', ')}${texts.length > MAX_NAMED ? ', …' : ''}`;
  const groups = [
    ...new Set(moved.map(({ host, sameMachine = [] }) => sortHosts([host, ...sameMachine]).join(' = '))),
  ];
  return [
    ...(several.length === 0
      ? []
      : [
          `more than one machine showed the address of ${plural(several.length, 'host')} (${named(several.map(({ host }) => host))}): ` +
            'figures of such a host may belong to several hosts',
        ]),
    ...(routed.length === 0
      ? []
      : [
          `frames of ${plural(routed.length, 'host')} (${named(routed.map(({ host }) => host))}) carry the MAC address of a router: MAC addresses prove nothing there`,
        ]),
    ...(groups.length === 0
      ? []
      : [
          `${plural(groups.length, 'machine')} had several addresses, by ${groups.length === 1 ? 'its MAC' : 'their MACs'}, and ${groups.length === 1 ? 'counts' : 'count'} as a host for each: ${named(groups)}`,
        ]),
  ];
}
