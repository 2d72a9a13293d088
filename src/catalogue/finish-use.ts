// The row of a report out of tallies that were added up: what RowBuilder makes of channels, made of sums.

import type { TimestampUs } from '../model/flow.ts';
import { formatInstant } from '../model/instant.ts';
import type { ToolUse } from '../model/report.ts';
import { calibrationOf } from './calibration.ts';
import {
  type Figures,
  reasonToWithhold,
  type Shortfall,
  tellsTelemetry,
  unknownFigures,
  withheldFigures,
  withoutSureZero,
} from './figures.ts';
import { GRADES } from './piece.ts';
import type { ToolEntry } from './schema.ts';
import type { Estimates, Traffic } from './tally.ts';

/** Sums over the stays that count: those as strong as the row. Grade and times are those of all stays. */
export interface UseSums extends Traffic, Estimates {
  readonly tool: ToolEntry;
  /** Index into GRADES. */
  readonly grade: number;
  readonly firstUs: TimestampUs;
  readonly lastUs: TimestampUs;
  readonly firstSeenEverUs: TimestampUs | null;
  readonly shortfall: Shortfall;
  readonly isCutByPackets: boolean;
  readonly telemetryMin: number;
  readonly isTelemetryByName: boolean;
  readonly prompts: { readonly min: number; readonly max: number };
  readonly sessions: number;
  readonly activeMinutes: number;
}

/** All of the row but what is listed in it: days, names, fingerprints, evidence. */
export type UseFigures = Omit<ToolUse, 'days' | 'names' | 'fingerprints' | 'evidence'>;

export function finishUse(sums: UseSums): UseFigures {
  const { tool, firstUs, firstSeenEverUs, isCutByPackets } = sums;
  const figures = withoutSureZero(figuresOfSums(sums), tool);
  return {
    tool: tool.id,
    name: tool.name,
    vendor: tool.vendor,
    kind: tool.kind,
    confidence: GRADES[sums.grade] ?? 'possible',
    firstSeen: formatInstant(firstUs),
    lastSeen: formatInstant(sums.lastUs),
    firstSeenEver: formatInstant(Math.min(firstSeenEverUs ?? firstUs, firstUs)),
    flows: sums.flows,
    bytesUp: sums.bytesUp,
    bytesDown: sums.bytesDown,
    payloadUp: sums.payloadUp,
    payloadDown: sums.payloadDown,
    ...figures,
    ...(figures.requests === null ? {} : { calibration: calibrationOf(tool, isCutByPackets) }),
  };
}

function figuresOfSums(sums: UseSums): Figures {
  if (sums.tool.kind === 'chat') return unknownFigures();
  const reason = reasonToWithhold(sums.shortfall);
  if (reason !== null) return withheldFigures(reason);
  const { modelPayloadUp: model, telemetryPayloadUp: telemetry } = sums;
  return {
    activeMinutes: sums.activeMinutes,
    modelPayloadUp: model,
    requests: { min: sums.requestsMin, max: sums.requestsMax },
    prompts: sums.prompts,
    sessions: sums.sessions,
    telemetry: tellsTelemetry(sums.tool, sums.grade)
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
