// Makes the row of one host and one tool in a report from sums, with equal results for memory and stores.

import { describeCompression } from '../../catalogue/compression.ts';
import { isProviderKind } from '../../catalogue/rules.ts';
import type { ToolEntry } from '../../catalogue/schema.ts';
import { listUpdateNames } from '../../catalogue/update-names.ts';
import { toolSums } from '../../model/counters.ts';
import type { ToolDay, ToolUse } from '../../model/report.ts';
import { DERIVED_SENSOR_NAME } from '../../model/sensor.ts';
import { asCalibration, phrase, type Sentence } from '../../model/sentences.ts';
import type { HostTool, SignDay } from '../../model/tool.ts';
import { compareText } from '../../net/address.ts';
import { formatInstant } from '../../time/instant.ts';
import type { TimestampUs } from '../../time/units.ts';
import type { Zone } from '../../time/zone.ts';
import { type DayMaker, signDays, uniteBuilds } from '../builds/build-days.ts';
import { updateDays, withDownloads } from '../builds/updates.ts';
import { reasonToWithhold } from '../estimates/shortfall.ts';
import {
  ownsTelemetry,
  type UseEstimates,
  unknownEstimates,
  unsizedFields,
  withheldEstimates,
  withoutSureZero,
} from '../estimates/use-estimates.ts';
import { GRADES, USER_AGENT_RULE } from '../evidence/item.ts';
import { finishEvidence } from './evidence-items.ts';
import { type DaySums, fingerprintOrder, type SpanLists, type SpanSums } from './span-sums.ts';

/** The estimates from sums, and which of them a row shows. */
export interface FinishedUse {
  readonly use: ToolUse;
  /** Estimates that are not withheld, in the row and in its quarter hours. */
  readonly measured: { readonly requests: boolean; readonly telemetry: boolean };
  /** Absent without signs of builds. */
  readonly signDays?: readonly SignDay[];
}

/** A service of a vendor whose tool is in the catalogue has no name of its own: other programs use it too. */
function findName(tool: ToolEntry, isProvider: boolean, lists: SpanLists): string {
  if (isByAddress(lists)) return `${tool.vendor} (by address)`;
  return isProvider && !isProviderKind(tool) ? `${tool.vendor} (service)` : tool.name;
}

/** `firstSeenEverUs`: null if the time before the span is unknown. `zone`: time zone of the days. */
export function finishUse(
  { tool, isProvider }: { readonly tool: ToolEntry; readonly isProvider: boolean },
  sums: SpanSums,
  lists: SpanLists,
  firstSeenEverUs: TimestampUs | null,
  zone: Zone,
  make?: DayMaker,
): FinishedUse {
  const { firstUs, lastUs, traffic } = sums;
  const everUs = Math.min(firstSeenEverUs ?? firstUs, firstUs);
  const firstSeen = formatInstant(firstUs);
  const measured = buildUseEstimates(tool, sums);
  const estimates = withoutSureZero(measured, tool);
  const { signs } = lists;
  const updates = updateDays(lists.updates, zone);
  const days =
    signs.length === 0 ? undefined : withDownloads(signDays(signs, zone, make), updates, tool.builds);
  const use: ToolUse = {
    tool: tool.id,
    name: findName(tool, isProvider, lists),
    vendor: tool.vendor,
    kind: tool.kind,
    confidence: GRADES[sums.grade] ?? 'possible',
    firstSeen,
    lastSeen: lastUs === firstUs ? firstSeen : formatInstant(lastUs),
    firstSeenEver: everUs === firstUs ? firstSeen : formatInstant(everUs),
    ...toolSums(traffic),
    activeMinutes: estimates.activeMinutes,
    modelPayloadUp: estimates.modelPayloadUp,
    requests: estimates.requests,
    prompts: estimates.prompts,
    sessions: estimates.sessions,
    telemetry: estimates.telemetry,
    withheld: [...estimates.withheld, ...unsizedFields(sums)],
    ...(estimates.requests === null ? {} : asCalibration(citeCalibration(tool, sums.isCutByPackets))),
    days: finishDays(lists.days, estimates.activeMinutes !== null),
    names: [...lists.names].sort((a, b) => compareText(a.name, b.name)),
    fingerprints: sortPrints(lists),
    ...(days === undefined ? {} : { builds: uniteBuilds(signs, days, make) }),
    ...(listUpdateNames(tool).length === 0 ? {} : { updates }),
    evidence: finishEvidence(lists.evidence),
    ...listNamedSensors(sums.sensors),
  };
  const isMeasured = { requests: measured.requests !== null, telemetry: measured.telemetry !== null };
  return { use, measured: isMeasured, ...(days === undefined ? {} : { signDays: days }) };
}

/** True if only addresses are known: an address identifies the vendor but not the service, unless the client names itself. */
const isByAddress = ({ names, evidence }: SpanLists): boolean =>
  names.length > 0 &&
  names.every(({ name }) => name.startsWith('[')) &&
  !evidence.some(({ rule }) => rule === USER_AGENT_RULE);

/** Returns the sensors. A single sensor is omitted if it has no name, or a name that is derived from content. */
export function listNamedSensors(sensors: readonly string[]): { readonly sensors?: readonly string[] } {
  const [only = ''] = sensors;
  const isUnnamed = sensors.length < 2 && (only === '' || DERIVED_SENSOR_NAME.test(only));
  return isUnnamed ? {} : { sensors };
}

function buildUseEstimates(tool: ToolEntry, sums: SpanSums): UseEstimates {
  if (tool.kind === 'chat') return unknownEstimates();
  const reason = reasonToWithhold(sums.shortfall);
  if (reason !== null) return withheldEstimates(reason);
  const { requestsMin, requestsMax, modelPayloadUp: model, telemetryPayloadUp: telemetry } = sums.estimates;
  return {
    activeMinutes: sums.activeMinutes,
    modelPayloadUp: model,
    requests: { min: requestsMin, max: requestsMax },
    prompts: sums.prompts,
    sessions: sums.sessions,
    telemetry: ownsTelemetry(tool, sums)
      ? {
          payloadUp: telemetry,
          min: sums.telemetryMin,
          max: telemetry,
          share: getTelemetryShare(sums),
          method: sums.isTelemetryByName ? 'name' : 'exchange',
        }
      : null,
    withheld: [],
  };
}

/**
 * Returns the share of telemetry. It is unknown if most of it may be refused model requests, or if all requests may belong
 * to another program.
 */
function getTelemetryShare({ estimates, telemetryMin, isTelemetryByName }: SpanSums): number | null {
  const { requestsMax, modelPayloadUp: model, telemetryPayloadUp: telemetry } = estimates;
  if (model + telemetry === 0 || telemetryMin * 2 < telemetry) return null;
  if (isTelemetryByName && model === 0 && requestsMax > 0) return null;
  return telemetry / (model + telemetry);
}

const finishDays = (days: readonly DaySums[], areMinutesKnown: boolean): ToolDay[] =>
  [...days].sort((a, b) => compareText(a.date, b.date)).map((day) => finishDay(day, areMinutesKnown));

export const finishDay = (
  { date, activeMinutes, flows, bytesUp, bytesDown, grade }: DaySums,
  areMinutesKnown: boolean,
): ToolDay => ({
  date,
  activeMinutes: areMinutesKnown ? activeMinutes : null,
  flows,
  bytesUp,
  bytesDown,
  confidence: GRADES[grade] ?? 'possible',
});

function sortPrints({ fingerprints }: SpanLists): SpanLists['fingerprints'] {
  if (fingerprints.length < 2) return fingerprints;
  return fingerprints
    .map((print) => ({ order: fingerprintOrder(print), print }))
    .sort((a, b) => compareText(a.order, b.order))
    .map(({ print }) => print);
}

export function compareStrength(a: HostTool, b: HostTool): number {
  const strength = GRADES.indexOf(b.use.confidence) - GRADES.indexOf(a.use.confidence);
  const bytes = b.use.bytesUp + b.use.bytesDown - a.use.bytesUp - a.use.bytesDown;
  return strength || bytes || (a.use.tool < b.use.tool ? -1 : 1);
}

/** Describes in one sentence how recordings with known content confirm the estimates of a tool. */
const citeCalibration = (tool: ToolEntry, isCutByPackets: boolean): Sentence =>
  join([
    citeRecordings(tool),
    ...[describeCompression(tool) ?? []].flat(),
    ...(isCutByPackets ? [phrase('packetLengths')] : []),
  ]) ?? phrase('uncalibrated');

const join = ([first, ...others]: readonly Sentence[]): Sentence | undefined =>
  first && others.reduce((sentence, second) => phrase('twoClauses', { first: sentence, second }), first);

function citeRecordings({ calibration }: ToolEntry): Sentence {
  if (calibration === undefined) return phrase('uncalibrated');
  const { recordings, requests, telemetry } = calibration;
  const parts: Sentence[] = [];
  if (requests !== undefined) {
    const { exact, of: all, inRange } = requests;
    const counts = { exact, recordings: all };
    parts.push(
      inRange === exact ? phrase('exact', counts) : phrase('exactInRange', { ...counts, range: inRange }),
    );
  }
  if (telemetry !== undefined) {
    const percent = `${telemetry.worstPercent > 0 ? '+' : ''}${telemetry.worstPercent}`;
    parts.push(phrase('telemetryOff', { percent, recordings: telemetry.of }));
  }
  const sentence = join(parts);
  return sentence === undefined
    ? phrase('uncalibratedOf', { number: recordings })
    : phrase('versions', { said: sentence, versions: calibration.versions.join(', ') });
}
