// `wiretally analyze STORE` out of kept period sums: the same document as from windows, without reading them.

import type { FirstUse } from '../../attribution/first-use.ts';
import { loadCatalogue } from '../../files/catalogue-files.ts';
import { packageVersion } from '../../files/version.ts';
import type { SensorTime } from '../../model/comparison.ts';
import type { BreakdownBy, ReportDocument, ToolUse, Trend } from '../../model/report.ts';
import { assembleReport } from '../../report/document/document.ts';
import { narrowAttributions } from '../../report/document/narrow.ts';
import { trendOf } from '../../report/document/trend.ts';
import type { FormatName } from '../../report/render.ts';
import { unixSeconds } from '../../report/text/instant.ts';
import { attributorOf } from '../../store/attributor.ts';
import { isClickhouse } from '../../store/clickhouse/address.ts';
import type { History, HistoryPart, HistoryQuestion } from '../../store/history.ts';
import { openHistory } from '../../store/open.ts';
import type { CountedRow } from '../../store/period-source.ts';
import { formatInstant } from '../../time/instant.ts';
import { openZone, type Zone } from '../../time/zone.ts';
import { withSilences } from '../../window/silence.ts';
import { earlierUse, firstSeenOf, spanBefore } from '../input/earlier-use.ts';
import { type FleetPart, fleetPart, readFleet } from '../input/fleet.ts';
import type { CatalogueOptions } from '../input/options.ts';
import { readSensors, type SensorsOptions } from '../input/sensors-option.ts';
import { ownCatalogueNotes } from '../input/source.ts';
import type { ReadOutcome } from '../output/read-summary.ts';
import { isSpanAsked, type ReportOnOptions, sensorTimes } from './report-run.ts';

/** What of a report is shown, once its document is known. */
export interface Shown {
  readonly document: ReportDocument;
  /** Whose use a trend compares. */
  readonly isWantedHost: (host: string) => boolean;
  readonly tools: readonly string[];
  readonly by: BreakdownBy | undefined;
  /** False where another span was chosen to compare with. */
  readonly hasTrend: boolean;
}

/** A store that is open, and its answer. */
export interface HistoryAnswer {
  readonly document: ReportDocument;
  readonly told: ReadOutcome;
  /** The document as it is shown, with a breakdown and a trend where there are any. */
  show(shown: Shown): Promise<ReportDocument>;
  close(): Promise<void>;
}

/** Formats that show neither names nor fingerprints nor evidence of a row: those need not be added up. */
const SHORT_FORMATS: ReadonlySet<FormatName> = new Set(['terminal', 'csv', 'md']);

const END_OF_TIME = Number.MAX_SAFE_INTEGER;
const ALL = { from: 0, to: END_OF_TIME };

/** Null for a store that keeps no period sums. */
export async function askHistory(
  path: string,
  { catalogue: catalogues, sensors }: CatalogueOptions & SensorsOptions,
  options: ReportOnOptions,
  format: FormatName,
): Promise<HistoryAnswer | null> {
  const catalogue = await loadCatalogue(catalogues);
  const networks = await readSensors({ ...(sensors === undefined ? {} : { sensors }) });
  const history = await openHistory(path, attributorOf(catalogue, packageVersion(), networks));
  if (history === null) return null;
  try {
    const { sinceSeconds, untilSeconds } = options;
    const firstUses = sinceSeconds === undefined ? [] : await history.firstUses();
    const question: HistoryQuestion = {
      span: { from: sinceSeconds ?? 0, to: untilSeconds ?? END_OF_TIME },
      zone: openZone(options.timezone),
      firstSeen: firstSeenOf(firstUses),
      listed: SHORT_FORMATS.has(format) ? 'days' : 'all',
    };
    const part = await history.part(question);
    const whole = await history.span();
    const known = await readFleet(path, () => history.sensors(ALL));
    const fleet =
      known === null
        ? null
        : fleetPart(known, await history.sensors(question.span), { sinceSeconds, untilSeconds });
    const notes = [
      ...ownCatalogueNotes(catalogues),
      ...((await history.isCurrent()) ? [] : [notCurrent(path)]),
    ];
    return {
      document: documentOf(
        withFleet(part, fleet, question.zone),
        whole?.firstSeconds ?? null,
        catalogue.version,
        options,
        fleet,
        isSpanAsked(options) ? sensorTimes(await history.sensors(question.span)) : null,
      ),
      told: { errors: part.damage, notes, inputsRead: 1, interrupted: false },
      show: (shown) => show(history, question, firstUses, shown, whole?.lastSeconds ?? 0),
      close: () => history.close(),
    };
  } catch (error) {
    await history.close();
    throw error;
  }
}

const notCurrent = (path: string): string =>
  isClickhouse(path)
    ? `${path}: no sums are made by this catalogue and version, so each query attributes tools again; run "wiretally fleet aggregate" once`
    : `${path}: tools were attributed by another catalogue or version, so each query attributes them again; run "wiretally store compact" once`;

/** A sensor that was silent is one of those that the report is about. */
function withFleet(part: HistoryPart, fleet: FleetPart | null, zone: Zone): HistoryPart {
  if (fleet === null) return part;
  const silent = fleet.silences.map(({ sensor }) => sensor);
  return {
    ...part,
    sensors: [...new Set([...part.sensors, ...silent])],
    coverage: withSilences(part.coverage, fleet.silences, zone),
  };
}

function documentOf(
  part: HistoryPart,
  firstSeconds: number | null,
  catalogue: string,
  options: ReportOnOptions,
  fleet: FleetPart | null,
  observedBy: readonly SensorTime[] | null,
): ReportDocument {
  return assembleReport(part, {
    captures: [],
    stats: part.stats,
    coverage: part.coverage,
    ...(part.outsideNetworks === undefined ? {} : { outsideNetworks: part.outsideNetworks }),
    ...(fleet === null ? {} : { sensors: fleet.sensors }),
    ...(observedBy === null ? {} : { observedBy }),
    recordsFrom: firstSeconds === null ? null : formatInstant(firstSeconds * 1_000_000),
    wiretally: packageVersion(),
    catalogue,
    command: options.command,
    timezone: options.timezone,
    generated: options.stamp ? formatInstant(Date.now() * 1000) : null,
    ...(options.sinceSeconds === undefined ? {} : { sinceSeconds: options.sinceSeconds }),
    ...(options.untilSeconds === undefined ? {} : { untilSeconds: options.untilSeconds }),
  });
}

async function show(
  history: History,
  question: HistoryQuestion,
  firstUses: readonly FirstUse[],
  shown: Shown,
  lastSeconds: number,
): Promise<ReportDocument> {
  const { document, by } = shown;
  const breakdown =
    by === undefined ? {} : { breakdown: await history.breakdown(by, question, countedRows(document)) };
  const { from, to } = question.span;
  const { until } = document.period;
  const end = until === null ? lastSeconds : unixSeconds(until);
  const span = from === 0 || !shown.hasTrend ? null : spanBefore(from, to === END_OF_TIME ? end : to);
  const trend = span === null ? null : await trendSince(history, question, firstUses, shown, span);
  return { ...document, ...breakdown, ...(trend === null ? {} : { trend }) };
}

function countedRows({ hosts }: ReportDocument): CountedRow[] {
  return hosts.flatMap(({ host, tools, providers }) => {
    const row = (use: ToolUse, isProvider: boolean): CountedRow => ({
      host,
      tool: use.tool,
      name: use.name,
      isProvider,
      areRequestsKnown: use.requests !== null,
      isTelemetryKnown: use.telemetry !== null,
    });
    const sure = tools.filter(({ confidence }) => confidence !== 'possible');
    return [...sure.map((use) => row(use, false)), ...providers.map((use) => row(use, true))];
  });
}

async function trendSince(
  history: History,
  question: HistoryQuestion,
  firstUses: readonly FirstUse[],
  { document, isWantedHost, tools }: Shown,
  span: { readonly from: number; readonly to: number },
): Promise<Trend | null> {
  const sums = await history.sums({ ...question, span });
  if (sums === null) return null;
  const before = narrowAttributions(sums, isWantedHost, tools);
  const after = document.hosts.map((host) => ({
    host: host.host,
    tools: host.tools.map((use) => ({ use, quarters: [] })),
    providers: host.providers.map((use) => ({ use, quarters: [] })),
  }));
  const earlier = earlierUse(firstUses, span.to, isWantedHost, tools);
  return trendOf({ attributions: before, sinceSeconds: span.from, untilSeconds: span.to }, after, earlier);
}
