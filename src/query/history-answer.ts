// Answers a question from the period sums that a store keeps: the same document as from windows, without reading them.

import type { FirstUse } from '../attribution/first-use.ts';
import { packageVersion } from '../files/package-version.ts';
import { omitUndefined } from '../model/omit-undefined.ts';
import type { Advisory, ReportDocument, SensorTime, ToolUse, Trend } from '../model/report.ts';
import { advisoryHeaders, Exposures } from '../policy/advisory-exposure.ts';
import type { ObservedTime } from '../report/comparison/observation.ts';
import { assembleReport } from '../report/document/document.ts';
import { isHostOfTrend, narrowAttributions } from '../report/document/narrow.ts';
import { buildTrend } from '../report/document/trend.ts';
import { buildRecords } from '../report/document/window-totals.ts';
import { unixSeconds } from '../report/text/instant-text.ts';
import { buildAttributor } from '../store/attributor.ts';
import { type History, type HistoryPart, type HistoryQuestion, openHistory } from '../store/history.ts';
import { isOnServer, summingCommand } from '../store/on-server.ts';
import type { CountedRow } from '../store/period-source.ts';
import type { Span } from '../store/span.ts';
import { openZone, type Zone } from '../time/zone.ts';
import type { WindowSpan } from '../window/merge-windows.ts';
import { withSilences } from '../window/silence.ts';
import { findEarlierUse, makeFirstSeen, spanBefore } from './earlier-use.ts';
import { buildFleetPart, type Fleet, type FleetPart } from './fleet-facts.ts';
import { hasSpan } from './question.ts';
import { readFleet } from './read-fleet.ts';
import { type AskedQuestion, buildHead, sensorTimes } from './reported.ts';
import type { ReadOutcome, StoreSource } from './source.ts';
import { areBothObserved } from './windows-answer.ts';

/** An open store and its answer. */
export interface HistoryAnswer {
  readonly document: ReportDocument;
  readonly outcome: ReadOutcome;
  /** The document narrowed to what is asked for, with a breakdown and a trend where there are any. */
  show(document: ReportDocument): Promise<ReportDocument>;
  close(): Promise<void>;
}

const END_OF_TIME = Number.MAX_SAFE_INTEGER;
const ALL = { from: 0, to: END_OF_TIME };

/** Null for a store that keeps no period sums, and for a span that ends inside a window, which sums cannot leave out. */
export async function readHistory(
  { path, catalogue, networks }: StoreSource,
  { span = {}, against }: Pick<AskedQuestion, 'span' | 'against'>,
): Promise<History | null> {
  const history = await openHistory(path, buildAttributor(catalogue, packageVersion(), networks));
  for (const until of [span.untilSeconds, against?.to]) {
    if (until === undefined || history === null || !(await history.cutsWindow(until))) continue;
    await history.close();
    return null;
  }
  return history;
}

/** Null for a store that keeps no period sums; for a summary also if they are not current, since attribution takes most time. */
export async function askHistory(
  store: StoreSource,
  askedQuestion: AskedQuestion,
): Promise<HistoryAnswer | null> {
  const { path, catalogue, notes } = store;
  const history = await readHistory(store, askedQuestion);
  if (history === null) return null;
  try {
    if (askedQuestion.isSummary === true && !(await history.isCurrent())) {
      await history.close();
      return null;
    }
    const { sinceSeconds, untilSeconds } = askedQuestion.span ?? {};
    const firstUses = sinceSeconds === undefined ? [] : await history.firstUses();
    const { advisories = [] } = askedQuestion.policy ?? {};
    const exposures = advisories.length === 0 ? null : new Exposures(advisories);
    const question: HistoryQuestion = {
      span: { from: sinceSeconds ?? 0, to: untilSeconds ?? END_OF_TIME },
      zone: openZone(askedQuestion.timezone),
      firstSeen: makeFirstSeen(firstUses),
      isSummary: askedQuestion.isSummary === true,
      ...(exposures === null ? {} : { onSigns: (host, use, days) => exposures.add(host, use, days) }),
    };
    const part = await history.part(question);
    exposures?.addServices(await history.services(question.span), question.zone);
    const whole = await history.span();
    const fleetRead = await readFleet([path], () => history.sensors(ALL));
    const sensors = fleetRead !== null || hasSpan(askedQuestion) ? await history.sensors(question.span) : [];
    const fleet =
      fleetRead === null ? null : buildFleetPart(fleetRead, sensors, { sinceSeconds, untilSeconds });
    const allNotes = [...notes, ...((await history.isCurrent()) ? [] : [describeStale(path)])];
    return {
      document: withExposure(
        advisories,
        exposures,
        buildDocument(
          withFleet(part, fleet, question.zone),
          whole,
          catalogue.version,
          askedQuestion,
          fleet,
          hasSpan(askedQuestion) ? sensorTimes(sensors) : null,
        ),
      ),
      outcome: { errors: part.damage, notes: allNotes, inputsRead: 1, interrupted: false },
      show: (shown) =>
        show(history, question, firstUses, shown, askedQuestion, fleetRead, whole?.lastSeconds ?? 0),
      close: () => history.close(),
    };
  } catch (error) {
    await history.close();
    throw error;
  }
}

const describeStale = (path: string): string => {
  const why = isOnServer(path)
    ? 'no sums are made by this catalogue and version, so each query attributes tools again'
    : 'tools were attributed by another catalogue or version, so each query attributes them again';
  return `${path}: ${why}; run "${summingCommand(path)}" once`;
};

const withExposure = (
  advisories: readonly Advisory[],
  exposures: Exposures | null,
  document: ReportDocument,
): ReportDocument =>
  exposures === null
    ? document
    : { ...document, advisories: advisoryHeaders(advisories), exposure: exposures.finish() };

/** A silent sensor still counts among the sensors of the report. */
function withFleet(part: HistoryPart, fleet: FleetPart | null, zone: Zone): HistoryPart {
  if (fleet === null) return part;
  const silent = fleet.silences.map(({ sensor }) => sensor);
  return {
    ...part,
    sensors: [...new Set([...part.sensors, ...silent])],
    coverage: withSilences(part.coverage, fleet.silences, zone),
  };
}

function buildDocument(
  part: HistoryPart,
  records: WindowSpan | null,
  catalogue: string,
  askedQuestion: AskedQuestion,
  fleet: FleetPart | null,
  observedBy: readonly SensorTime[] | null,
): ReportDocument {
  return assembleReport(part, {
    captures: [],
    stats: part.stats,
    coverage: part.coverage,
    ...omitUndefined({
      attempts: part.attempts,
      inspections: part.inspections,
      outsideNetworks: part.outsideNetworks,
    }),
    ...(fleet === null ? {} : { sensors: fleet.sensors }),
    ...(observedBy === null ? {} : { observedBy }),
    ...buildRecords(records),
    ...buildHead(catalogue, askedQuestion),
  });
}

async function show(
  history: History,
  question: HistoryQuestion,
  firstUses: readonly FirstUse[],
  document: ReportDocument,
  askedQuestion: AskedQuestion,
  fleet: Fleet | null,
  lastSeconds: number,
): Promise<ReportDocument> {
  const { by } = askedQuestion;
  const breakdown =
    by === undefined ? {} : { breakdown: await history.breakdown(by, question, listRows(document)) };
  const { from, to } = question.span;
  const { until } = document.period;
  const end = until === null ? lastSeconds : unixSeconds(until);
  const hasTrend = from !== 0 && askedQuestion.hasTrend === true && (askedQuestion.against ?? null) === null;
  const span = hasTrend ? spanBefore(from, to === END_OF_TIME ? end : to) : null;
  const { zone } = question;
  const trend =
    span === null || !areBothObserved(document, await observedTime(history, fleet, span, zone), span, zone)
      ? null
      : await readTrend(history, question, firstUses, document, askedQuestion, span);
  return { ...document, ...breakdown, ...(trend === null ? {} : { trend }) };
}

async function observedTime(
  history: History,
  fleet: Fleet | null,
  span: Span,
  zone: Zone,
): Promise<ObservedTime> {
  const { coverage } = await history.facts(span, zone);
  const sensors = await history.sensors(span);
  const period = { sinceSeconds: span.from, untilSeconds: span.to };
  const silences = fleet === null ? [] : buildFleetPart(fleet, sensors, period).silences;
  return { coverage: withSilences(coverage, silences, zone), observedBy: sensorTimes(sensors) };
}

function listRows({ hosts }: ReportDocument): CountedRow[] {
  return hosts.flatMap(({ host, tools, providers }) => {
    const row = (use: ToolUse, isProvider: boolean): CountedRow => ({
      host,
      tool: use.tool,
      name: use.name,
      isProvider,
      areRequestsKnown: use.requests !== null,
      isTelemetryKnown: use.telemetry !== null,
    });
    const countedTools = tools.filter(({ confidence }) => confidence !== 'possible');
    return [...countedTools.map((use) => row(use, false)), ...providers.map((use) => row(use, true))];
  });
}

async function readTrend(
  history: History,
  question: HistoryQuestion,
  firstUses: readonly FirstUse[],
  document: ReportDocument,
  askedQuestion: AskedQuestion,
  span: { readonly from: number; readonly to: number },
): Promise<Trend | null> {
  const sums = await history.sums({ ...question, span });
  if (sums === null) return null;
  const isWantedHost = isHostOfTrend(document, askedQuestion);
  const before = narrowAttributions(sums, isWantedHost, askedQuestion);
  const after = document.hosts.map((host) => ({
    host: host.host,
    tools: host.tools.map((use) => ({ use, quarters: [] })),
    providers: host.providers.map((use) => ({ use, quarters: [] })),
  }));
  const earlier = findEarlierUse(firstUses, span.to, isWantedHost, askedQuestion);
  return buildTrend({ attributions: before, sinceSeconds: span.from, untilSeconds: span.to }, after, earlier);
}
