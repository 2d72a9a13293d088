// Answers a question from windows: the document, narrowed to what is asked for, with a comparison, a breakdown or a trend.

import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { attribute } from '../attribution/attribute.ts';
import { hideServerNames } from '../attribution/hide-names.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { omitUndefined } from '../model/omit-undefined.ts';
import type { HostReport, ReportDocument } from '../model/report.ts';
import { isObserved, type ObservedTime, observedSeconds } from '../report/comparison/observation.ts';
import { isHost, isHostOfTrend, narrowAttributions } from '../report/document/narrow.ts';
import { breakDown } from '../report/document/part-sums.ts';
import { nameTable } from '../report/document/tools-without-names.ts';
import { buildTrend } from '../report/document/trend.ts';
import type { Packing } from '../report/document/uses-by-host.ts';
import { unixSeconds } from '../report/text/instant-text.ts';
import type { WindowQuery } from '../store/store.ts';
import { parseInstant } from '../time/instant.ts';
import { US } from '../time/units.ts';
import { openZone, type Zone } from '../time/zone.ts';
import { renameParts } from '../window/host-parts.ts';
import { findEarlierUse, spanBefore } from './earlier-use.ts';
import { requireKnownGroup, requireKnownHost, requirePseudonym } from './known-host.ts';
import { requireKnownRow } from './known-tool.ts';
import { shownHost } from './policy-view.ts';
import { hasSpan, type Question, withSpan } from './question.ts';
import {
  type AskedQuestion,
  buildDocument,
  type Evaluate,
  evaluateWithoutPolicy,
  findObservedBy,
  type Reported,
} from './reported.ts';
import type { SourceRead } from './source.ts';
import { cutToBefore, cutToSpan, sourceWithout } from './source-part.ts';
import { applyView, compareViews } from './view.ts';

/** The span itself and as much before it for the trend, or what lies between it and the span it is compared with. */
export function spanToRead({ span = {}, against, hasTrend }: Question, lastSeconds: number): WindowQuery {
  const { sinceSeconds, untilSeconds } = span;
  if (sinceSeconds === undefined) return untilSeconds === undefined ? {} : { untilSeconds };
  const before =
    hasTrend === true ? spanBefore(sinceSeconds, untilSeconds ?? lastSeconds).from : sinceSeconds;
  return { sinceSeconds: against?.from ?? before, ...omitUndefined({ untilSeconds }) };
}

/** `evaluate` applies a policy and its companions; null without a policy. */
export function answerFromWindows(
  source: SourceRead,
  askedQuestion: AskedQuestion,
  evaluate: Evaluate | null,
): ReportDocument {
  const document = answerWithNames(source, askedQuestion, evaluate);
  if (askedQuestion.withoutNames !== true) return document;
  const hidden = { ...source, windows: hideServerNames(source.windows, source.catalogue) };
  const { onHosts: _, ...again } = { ...askedQuestion, against: null, hasTrend: false, by: undefined };
  return { ...document, withoutNames: nameTable(document, answerWithNames(hidden, again, evaluate)) };
}

function answerWithNames(
  source: SourceRead,
  askedQuestion: AskedQuestion,
  evaluate: Evaluate | null,
): ReportDocument {
  const { span = {}, against = null, policy = null } = askedQuestion;
  const { sinceSeconds, untilSeconds } = span;
  const whole = cutToSpan(source, sinceSeconds, untilSeconds, askedQuestion.timezone);
  // Attributions are kept only if the question needs them, because those of a large network do not fit into memory.
  const needsRowsAlone =
    askedQuestion.by === undefined && sinceSeconds === undefined && askedQuestion.isReread !== true;
  if (evaluate === null && needsRowsAlone)
    return filterDocument(buildDocument(whole, askedQuestion, PACKING), askedQuestion, source.catalogue);
  const evaluated = (evaluate ?? evaluateWithoutPolicy)(
    whole,
    askedQuestion,
    needsRowsAlone && against === null ? PACKING : undefined,
  );
  const { reported, source: part, hidden, document } = evaluated;
  askedQuestion.onHosts?.(reported.document.hosts);
  const shown = filterDocument(document, askedQuestion, source.catalogue);
  if (against !== null) {
    const before = cutToSpan(source, against.from, against.to, askedQuestion.timezone);
    const questionBefore = { ...withSpan(askedQuestion, against), timezone: askedQuestion.timezone };
    return compareParts(
      shown,
      (evaluate ?? evaluateWithoutPolicy)(before, questionBefore).document,
      document,
      askedQuestion,
    );
  }
  if (askedQuestion.by === undefined && (askedQuestion.hasTrend !== true || sinceSeconds === undefined))
    return shown;
  const read = { reported, source: sourceWithout(source, hidden), part };
  return withHistory(
    shown,
    policy === null ? read : renameHosts(read, (host) => shownHost(policy, host)),
    askedQuestion,
  );
}

/** The document narrowed to what is asked for. Throws USAGE for hosts, groups and tools that are nowhere. */
export function filterDocument(
  document: ReportDocument,
  question: Question,
  catalogue: Catalogue,
): ReportDocument {
  const { policy, hosts = [], groups = [], tools = [] } = question;
  const hostNames = [
    ...(policy?.onDisk?.policy.groups.map(({ id }) => id) ?? []),
    ...(policy?.hosts?.groups ?? []),
  ];
  for (const group of groups) requireKnownGroup(document.hosts, hostNames, group);
  requireHosts(document.hosts, hosts, question);
  return tools.length === 0
    ? applyView(document, question)
    : applyView(document, {
        ...question,
        tools: tools.map((tool) => parseToolId(tool, document, catalogue)),
      });
}

/** Rows may name a tool that the current catalogue no longer has. */
const parseToolId = (text: string, { hosts }: ReportDocument, catalogue: Catalogue): string =>
  hosts.some((host) => [...host.tools, ...host.providers].some(({ tool }) => tool === text))
    ? text
    : requireKnownRow(catalogue, text).id;

/** A host without traffic in the span may still be known. Without a span, a host without traffic is unknown. */
function requireHosts(hosts: readonly HostReport[], words: readonly string[], question: Question): void {
  for (const word of words) {
    if (!hasSpan(question)) requireKnownHost(hosts, word);
    else if (!hosts.some((host) => isHost(host, word))) {
      requirePseudonym(hosts, word);
      question.onSilentHost?.(word);
    }
  }
}

/** `before` and `after` are complete; the document is narrowed to the requested part. */
export function compareParts(
  document: ReportDocument,
  before: ReportDocument,
  after: ReportDocument,
  question: Question,
): ReportDocument {
  const comparison = compareViews(before, after, question);
  return comparison === null ? document : { ...document, comparison };
}

/** A trend follows the rule of every comparison: nothing is called new, gone or more where a span was not observed. */
export function areBothObserved(
  { period, coverage, observedBy }: ReportDocument,
  before: ObservedTime,
  { from, to }: { readonly from: number; readonly to: number },
  zone: Zone,
): boolean {
  const { since, until } = period;
  if (since === null || until === null) return false;
  const span = { fromUs: parseInstant(since), untilUs: parseInstant(until) };
  const after = { coverage, ...omitUndefined({ observedBy }) };
  return (
    isObserved(observedSeconds(before, { fromUs: from * US, untilUs: to * US }, zone)) &&
    isObserved(observedSeconds(after, span, zone))
  );
}

interface ReportedSource {
  readonly reported: Reported;
  readonly source: SourceRead;
  readonly part: SourceRead;
}

/** Names hosts as the document shows them, so that a breakdown or a trend does not reveal a pseudonym. */
function renameHosts(
  { reported, source, part }: ReportedSource,
  shown: (host: string) => string,
): ReportedSource {
  const rename = <T extends { readonly host: string }>(entry: T): T => ({
    ...entry,
    host: shown(entry.host),
  });
  const read = (from: SourceRead): SourceRead => ({
    ...from,
    firstUses: from.firstUses.map(rename),
    windows: from.windows.map((window) => ({
      ...window,
      ...renameParts(window, shown),
      hosts: window.hosts.map(rename),
      rows: window.rows.map(rename),
      queriedNames: window.queriedNames.map(rename),
    })),
  });
  return {
    reported: { ...reported, attributions: reported.attributions.map(rename) },
    source: read(source),
    part: read(part),
  };
}

/** Adds the requested breakdown, and a trend if the source has earlier windows. */
function withHistory(
  document: ReportDocument,
  { reported, source, part }: ReportedSource,
  askedQuestion: AskedQuestion,
): ReportDocument {
  const { by, span = {}, hasTrend } = askedQuestion;
  const zone = openZone(askedQuestion.timezone);
  const names = new Set(document.hosts.map((host) => host.host));
  const attributions = narrowAttributions(reported.attributions, (host) => names.has(host), askedQuestion);
  const breakdown =
    by === undefined ? {} : { breakdown: breakDown({ attributions, windows: part.windows, zone, by }) };
  const last = source.windows.at(-1);
  if (hasTrend !== true || span.sinceSeconds === undefined || last === undefined)
    return { ...document, ...breakdown };
  const { until } = document.period;
  const end = until === null ? last.startSeconds + last.lengthSeconds : unixSeconds(until);
  const { from, to } = spanBefore(span.sinceSeconds, span.untilSeconds ?? end);
  const earlierPart = cutToBefore(source, from, to, askedQuestion.timezone);
  const { windows, coverage } = earlierPart;
  const when = {
    coverage,
    observedBy: findObservedBy(earlierPart, { sinceSeconds: from, untilSeconds: to }),
  };
  if (windows.length === 0 || !areBothObserved(document, when, { from, to }, zone))
    return { ...document, ...breakdown };
  const isWanted = isHostOfTrend(document, askedQuestion);
  const before = narrowAttributions(
    attribute(windows, source.catalogue, { zone, networks: source.networks }),
    isWanted,
    askedQuestion,
  );
  const earlier = findEarlierUse(source.firstUses, to, isWanted, askedQuestion);
  const trend = buildTrend(
    { attributions: before, sinceSeconds: from, untilSeconds: to },
    attributions,
    earlier,
  );
  return { ...document, ...breakdown, trend };
}

/** Compresses rows that wait in memory. The fastest level shrinks them to a twentieth, because rows of hosts are alike. */
const PACKING: Packing = {
  pack: (text) => deflateRawSync(text, { level: 1 }),
  unpack: (bytes) => inflateRawSync(bytes).toString(),
};
