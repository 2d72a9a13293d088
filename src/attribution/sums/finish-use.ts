// What a report says of one host and one tool, finished from sums: the same whoever added them up.

import type { ToolEntry } from '../../catalogue/schema.ts';
import type { ToolDay, ToolUse } from '../../model/report.ts';
import type { HostTool } from '../../model/tool.ts';
import { TOOL_SUMS } from '../../model/usage.ts';
import { compareText } from '../../net/address.ts';
import { formatInstant } from '../../time/instant.ts';
import type { TimestampUs } from '../../time/units.ts';
import type { Zone } from '../../time/zone.ts';
import { mapFields } from '../../window/sums.ts';
import { buildsSeen } from '../builds/build-days.ts';
import { calibrationOf } from '../estimates/calibration.ts';
import { reasonToWithhold } from '../estimates/shortfall.ts';
import {
  tellsTelemetry,
  type UseEstimates,
  unknownEstimates,
  unsizedFields,
  withheldEstimates,
  withoutSureZero,
} from '../estimates/use-estimates.ts';
import { GRADES } from '../evidence/item.ts';
import { finishEvidence } from './evidence-items.ts';
import { type DaySums, fingerprintOrder, type SpanLists, type SpanSums } from './span-sums.ts';

/** What sums tell of estimates, and what of it a row tells. */
export interface FinishedUse {
  readonly use: ToolUse;
  /** Where a row withholds an estimate, its quarter hours do as well. */
  readonly known: { readonly requests: boolean; readonly telemetry: boolean };
}

/** `firstSeenEverUs`: null where nothing is known of the time before the span. `zone`: of its days. */
export function finishUse(
  tool: ToolEntry,
  sums: SpanSums,
  lists: SpanLists,
  firstSeenEverUs: TimestampUs | null,
  zone: Zone,
): FinishedUse {
  const { firstUs, lastUs } = sums;
  const everUs = Math.min(firstSeenEverUs ?? firstUs, firstUs);
  const firstSeen = formatInstant(firstUs);
  const told = useEstimatesOf(tool, sums);
  const estimates = withoutSureZero(told, tool);
  const use: ToolUse = {
    tool: tool.id,
    name: isByAddress(lists) ? `${tool.vendor} (by address)` : tool.name,
    vendor: tool.vendor,
    kind: tool.kind,
    confidence: GRADES[sums.grade] ?? 'possible',
    firstSeen,
    lastSeen: lastUs === firstUs ? firstSeen : formatInstant(lastUs),
    firstSeenEver: everUs === firstUs ? firstSeen : formatInstant(everUs),
    ...mapFields(TOOL_SUMS, (name) => sums[name]),
    activeMinutes: estimates.activeMinutes,
    modelPayloadUp: estimates.modelPayloadUp,
    requests: estimates.requests,
    prompts: estimates.prompts,
    sessions: estimates.sessions,
    telemetry: estimates.telemetry,
    withheld: [...estimates.withheld, ...unsizedFields(sums.shortfall)],
    ...(estimates.requests === null ? {} : { calibration: calibrationOf(tool, sums.isCutByPackets) }),
    days: finishDays(lists.days, estimates.activeMinutes !== null),
    names: [...lists.names].sort((a, b) => compareText(a.name, b.name)),
    fingerprints: sortedPrints(lists),
    ...(lists.signs.length === 0 ? {} : { builds: buildsSeen(lists.signs, zone) }),
    evidence: finishEvidence(lists.evidence),
    ...sensorsNamed(sums.sensors),
  };
  return { use, known: { requests: told.requests !== null, telemetry: told.telemetry !== null } };
}

/** An address says whose it is, and not which of the vendor's services. */
const isByAddress = ({ names }: SpanLists): boolean =>
  names.length > 0 && names.every(({ name }) => name.startsWith('['));

/** A capture without a sensor's name is known by a number, which says nothing where there is one alone. */
const UNNAMED = /^(capture-[0-9a-f]{16})?$/;

export function sensorsNamed(sensors: readonly string[]): { readonly sensors?: readonly string[] } {
  const [only] = sensors;
  const isUnnamed = sensors.length < 2 && (only === undefined || UNNAMED.test(only));
  return isUnnamed ? {} : { sensors };
}

function useEstimatesOf(tool: ToolEntry, sums: SpanSums): UseEstimates {
  if (tool.kind === 'chat') return unknownEstimates();
  const reason = reasonToWithhold(sums.shortfall);
  if (reason !== null) return withheldEstimates(reason);
  const { modelPayloadUp: model, telemetryPayloadUp: telemetry } = sums;
  return {
    activeMinutes: sums.activeMinutes,
    modelPayloadUp: model,
    requests: { min: sums.requestsMin, max: sums.requestsMax },
    prompts: sums.prompts,
    sessions: sums.sessions,
    telemetry: tellsTelemetry(tool, sums)
      ? {
          payloadUp: telemetry,
          min: sums.telemetryMin,
          max: telemetry,
          share: model + telemetry === 0 ? null : telemetry / (model + telemetry),
          method: sums.isTelemetryByName ? 'name' : 'exchange',
        }
      : null,
    withheld: [],
  };
}

function finishDays(days: readonly DaySums[], areMinutesKnown: boolean): ToolDay[] {
  return [...days]
    .sort((a, b) => compareText(a.date, b.date))
    .map(({ date, activeMinutes, flows, bytesUp, bytesDown, grade }) => ({
      date,
      activeMinutes: areMinutesKnown ? activeMinutes : null,
      flows,
      bytesUp,
      bytesDown,
      confidence: GRADES[grade] ?? 'possible',
    }));
}

function sortedPrints({ fingerprints }: SpanLists): SpanLists['fingerprints'] {
  if (fingerprints.length < 2) return fingerprints;
  return fingerprints
    .map((print) => ({ order: fingerprintOrder(print), print }))
    .sort((a, b) => compareText(a.order, b.order))
    .map(({ print }) => print);
}

export function byStrength(a: HostTool, b: HostTool): number {
  const strength = GRADES.indexOf(b.use.confidence) - GRADES.indexOf(a.use.confidence);
  const bytes = b.use.bytesUp + b.use.bytesDown - a.use.bytesUp - a.use.bytesDown;
  return strength || bytes || (a.use.tool < b.use.tool ? -1 : 1);
}
