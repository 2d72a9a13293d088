// Assembles report documents from windows, before any policy; no other module does. Nothing here
// needs Node but the version, for which the library for pages has a constant.

import { buildAttempts, listOutcomes } from '../attribution/attempts.ts';
import { type AttributeOptions, attribute, attributeHosts } from '../attribution/attribute.ts';
import { packageVersion } from '../files/package-version.ts';
import { omitUndefined } from '../model/omit-undefined.ts';
import type { ReportDocument, SensorTime } from '../model/report.ts';
import type { HostAttribution } from '../model/tool.ts';
import { buildReport, type ReportInput } from '../report/document/document.ts';
import { inspectionsIn } from '../report/document/inspected-connections.ts';
import type { Packing } from '../report/document/uses-by-host.ts';
import { type SensorSpan, sensorSpans, type WindowQuery } from '../store/store.ts';
import { formatInstant } from '../time/instant.ts';
import { openZone } from '../time/zone.ts';
import { countOutsideHosts, listReportedHosts } from '../window/sensor-networks.ts';
import { isSilentWindow } from '../window/silence.ts';
import { makeFirstSeen } from './earlier-use.ts';
import { hasSpan, type Question } from './question.ts';
import type { SourceRead } from './source.ts';

export interface Reported {
  readonly document: ReportDocument;
  readonly attributions: readonly HostAttribution[];
}

/** Windows, evaluated by the policy if there is one. */
export interface Evaluated {
  readonly reported: Reported;
  /** The windows without withheld hosts. */
  readonly source: SourceRead;
  readonly hidden: ReadonlySet<string>;
  /** The document with groups, findings and pseudonyms. */
  readonly document: ReportDocument;
}

/** With a packing the rows are not needed afterwards: then `attributions` may be empty. */
export type Evaluate = (source: SourceRead, askedQuestion: AskedQuestion, packing?: Packing) => Evaluated;

/** A question with the time zone of its source. */
export interface AskedQuestion extends Question {
  readonly timezone: string;
  /** See HistoryQuestion. */
  readonly isSummary?: boolean;
}

/** Builds the document of what was read, before any policy. */
export function reportOn(source: SourceRead, askedQuestion: AskedQuestion): Reported {
  const attributions = attribute(source.windows, source.catalogue, attributeOptions(source, askedQuestion));
  return { document: buildReport(buildInput(source, askedQuestion, attributions)), attributions };
}

/** Builds the document if there is no policy. */
export function evaluateWithoutPolicy(source: SourceRead, askedQuestion: AskedQuestion): Evaluated {
  const reported = reportOn(source, askedQuestion);
  return { reported, source, hidden: new Set(), document: reported.document };
}

/** Builds only the document, in a form that fits into memory for a large network. */
export function buildDocument(
  source: SourceRead,
  askedQuestion: AskedQuestion,
  packing?: Packing,
  look: (attribution: HostAttribution) => void = () => undefined,
): ReportDocument {
  const options = attributeOptions(source, askedQuestion);
  const input = buildInput(
    source,
    askedQuestion,
    observeItems(attributeHosts(source.windows, source.catalogue, options), look),
  );
  return buildReport(packing === undefined ? input : { ...input, packing });
}

function* observeItems<T>(all: Iterable<T>, look: (item: T) => void): Iterable<T> {
  for (const item of all) {
    look(item);
    yield item;
  }
}

const attributeOptions = (
  { firstUses, networks }: SourceRead,
  { timezone }: AskedQuestion,
): AttributeOptions => ({
  zone: openZone(timezone),
  firstSeenEver: makeFirstSeen(firstUses),
  networks,
});

function buildInput(
  source: SourceRead,
  askedQuestion: AskedQuestion,
  attributions: Iterable<HostAttribution>,
): ReportInput {
  const outcomes = listOutcomes(source.windows);
  const { span = {} } = askedQuestion;
  return {
    attributions,
    windows: source.windows,
    captures: source.captures,
    stats: source.stats,
    coverage: source.coverage,
    ...buildAttempts(outcomes, source.catalogue),
    inspections: inspectionsIn(outcomes),
    ...(source.networks === null
      ? {}
      : { outsideNetworks: countOutsideHosts(source.networks, listReportedHosts(source.windows)) }),
    recordsFrom: source.recordsFrom,
    recordsUntil: source.recordsUntil,
    interrupted: source.interrupted,
    incomplete: source.incomplete,
    ...omitUndefined({
      leftOut: source.leftOut,
      sensors: source.sensors,
      filter: source.filter,
      down: source.down,
    }),
    ...(hasSpan(askedQuestion) ? { observedBy: findObservedBy(source, span) } : {}),
    ...buildHead(source.catalogue.version, askedQuestion),
  };
}

/** Repeats the question, with the versions of the program and the catalogue that answer it. */
export const buildHead = (catalogue: string, askedQuestion: AskedQuestion) => {
  const { command, request, timezone, generated = null, span = {} } = askedQuestion;
  const { sinceSeconds, untilSeconds } = span;
  return {
    wiretally: packageVersion(),
    catalogue,
    command,
    timezone,
    generated: generated === null ? null : formatInstant(generated.getTime() * 1000),
    ...omitUndefined({ request, sinceSeconds, untilSeconds }),
  };
};

/** When each sensor saw a span that `windows` are of, for a comparison with another one. */
export const findObservedBy = ({ windows, around = [] }: SourceRead, period: WindowQuery): SensorTime[] =>
  sensorTimes(
    sensorSpans(
      windows.filter((window) => !isSilentWindow(window)),
      { around, requestedSpan: period },
    ),
  );

/** Finds the same times from the sums of a store. */
export function sensorTimes(spans: readonly SensorSpan[]): SensorTime[] {
  return spans.flatMap(({ sensor, range }) =>
    range === null
      ? []
      : [{ sensor, first: formatInstant(range.fromUs), last: formatInstant(range.untilUs) }],
  );
}
