// Tallies: what each stay of a host says of tools, as sums that add up to the rows of any span made of whole stays. A
// store keeps them, so that a question about months need not judge every window again.

import type { TimestampUs } from '../model/flow.ts';
import type { EvidenceItem, ToolFingerprint, ToolName } from '../model/report.ts';
import type { Role } from '../model/tool.ts';
import type { NameAsked, UsageWindow } from '../model/usage.ts';
import { judgeStay } from './attribute.ts';
import type { Catalogue } from './catalogue.ts';
import { STAY_GAP_US, type Stay, staysOf } from './channels.ts';
import { evidenceItems } from './evidence-items.ts';
import {
  activeMinutesOf,
  type Counted,
  groupsOf,
  isCutByPackets,
  modelPayloadOf,
  modelSpans,
  PROMPT_PAUSES_US,
  requestsOf,
  SESSION_PAUSE_US,
  type Shortfall,
  shortfallOf,
  telemetryOf,
} from './figures.ts';
import { fingerprintsOf, type Gathered, type Held, RowBuilder } from './rows.ts';

const QUARTER_SECONDS = 900;
const MINUTES_OF_QUARTER = 15;

/** One stay of one host. Only whole blocks may be added up: where a block is cut, its stays are others. */
export interface StayTally {
  readonly host: string;
  /** Start of the first window of the block: stays that follow each other without a long silence. */
  readonly blockSeconds: number;
  /** Starts of the first and the last window of the stay. */
  readonly firstSeconds: number;
  readonly lastSeconds: number;
  readonly firstUs: TimestampUs;
  readonly lastUs: TimestampUs;
  readonly uses: readonly UseTally[];
}

/** What one stay says of one tool or provider. Sums, minima and maxima, but for the groups of requests. */
export interface UseTally extends Traffic, Estimates {
  readonly tool: string;
  readonly isProvider: boolean;
  /** Index into GRADES. */
  readonly grade: number;
  /** null where nothing has a time. */
  readonly firstUs: TimestampUs | null;
  readonly lastUs: TimestampUs | null;
  readonly shortfall: Shortfall;
  readonly isCutByPackets: boolean;
  /** True when some of its bytes are in this row. */
  readonly isCarried: boolean;
  /** Minutes with a model request under way. */
  readonly activeMinutes: number;
  readonly telemetryMin: number;
  readonly isTelemetryByName: boolean;
  /** Runs of model requests with no longer pause, and when the first began and the last ended. */
  readonly prompts: { readonly min: number; readonly max: number };
  readonly sessions: number;
  readonly modelFirstUs: TimestampUs | null;
  readonly modelLastUs: TimestampUs | null;
  readonly quarters: readonly QuarterTally[];
  readonly names: readonly ToolName[];
  readonly fingerprints: readonly ToolFingerprint[];
  readonly evidence: readonly EvidenceItem[];
}

export interface Traffic {
  readonly flows: number;
  readonly bytesUp: number;
  readonly bytesDown: number;
  readonly payloadUp: number;
  readonly payloadDown: number;
}

/** Unknown where a row withholds them: that is decided over all stays. */
export interface Estimates {
  readonly requestsMin: number;
  readonly requestsMax: number;
  readonly modelPayloadUp: number;
  readonly telemetryPayloadUp: number;
}

/** One quarter hour of a use, by the role of the names. */
export interface QuarterTally extends Traffic, Estimates {
  readonly startSeconds: number;
  readonly role: Role;
  /** False when other rows carry all of its bytes. */
  readonly isCarried: boolean;
  /**
   * Minutes with a request under way that began in this quarter hour: bits of one quarter hour. A request that outlasts
   * its quarter hour has a row for each that it reaches into, with nothing else in it.
   */
  readonly minutesOf: number;
  readonly minutes: number;
}

/** Windows must be merged. Stays in order of time, host by host. */
export function tallyStays(windows: readonly UsageWindow[], catalogue: Catalogue): StayTally[] {
  const askedIn = new Map<NameAsked, number>();
  for (const { asked, startSeconds } of windows) for (const one of asked) askedIn.set(one, startSeconds);
  return [...staysOf(windows, catalogue)].flatMap(([, stays]) => {
    let blockSeconds = 0;
    let end = Number.NEGATIVE_INFINITY;
    return stays.map((stay) => {
      const span = spanOf(stay, askedIn);
      if (span.firstUs - end > STAY_GAP_US) blockSeconds = span.firstSeconds;
      end = span.lastUs;
      return { host: stay.host, blockSeconds, ...span, uses: usesOf(stay, catalogue) };
    });
  });
}

function spanOf(
  { channels, asked, crossing }: Stay,
  askedIn: ReadonlyMap<NameAsked, number>,
): Pick<StayTally, 'firstSeconds' | 'lastSeconds' | 'firstUs' | 'lastUs'> {
  let [firstSeconds, lastSeconds] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let [firstUs, lastUs] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const take = (windowSeconds: number, span: { firstUs: TimestampUs; lastUs: TimestampUs }): void => {
    firstSeconds = Math.min(firstSeconds, windowSeconds);
    lastSeconds = Math.max(lastSeconds, windowSeconds);
    firstUs = Math.min(firstUs, span.firstUs);
    lastUs = Math.max(lastUs, span.lastUs);
  };
  for (const { slices } of channels) for (const { windowSeconds, row } of slices) take(windowSeconds, row);
  for (const one of asked) take(askedIn.get(one) ?? 0, one);
  if (crossing !== null) for (const windowSeconds of crossing.windows) take(windowSeconds, crossing);
  return { firstSeconds, lastSeconds, firstUs, lastUs };
}

function usesOf(stay: Stay, catalogue: Catalogue): UseTally[] {
  const rows = new Map<string, { row: RowBuilder; isProvider: boolean }>();
  judgeStay(stay, catalogue, (tool, isProvider) => {
    const key = `${isProvider} ${tool.id}`;
    const known = rows.get(key);
    if (known !== undefined) return known.row;
    const row = new RowBuilder(tool, catalogue);
    rows.set(key, { row, isProvider });
    return row;
  });
  return [...rows.values()].map(({ row, isProvider }) => tallyOf(row, row.gathered(), isProvider));
}

function tallyOf(row: RowBuilder, gathered: Gathered, isProvider: boolean): UseTally {
  const { tool, grade, firstUs, lastUs, held, counted, pieces } = gathered;
  const carried = held.filter(({ counts }) => counts);
  const estimated = held.filter(({ role }) => ESTIMATED.has(role));
  const spans = modelSpans(counted);
  const telemetry = telemetryOf(counted);
  return {
    tool: tool.id,
    isProvider,
    grade,
    firstUs: Number.isFinite(firstUs) ? firstUs : null,
    lastUs: Number.isFinite(lastUs) ? lastUs : null,
    ...trafficOf(carried),
    ...estimatesOf(counted),
    shortfall: shortfallOf(estimated.map(({ channel }) => channel)),
    isCutByPackets: isCutByPackets(counted),
    isCarried: carried.length > 0,
    activeMinutes: activeMinutesOf(counted).length,
    telemetryMin: telemetry.min,
    isTelemetryByName: telemetry.byName,
    prompts: {
      min: groupsOf(spans, PROMPT_PAUSES_US.longest),
      max: groupsOf(spans, PROMPT_PAUSES_US.shortest),
    },
    sessions: groupsOf(spans, SESSION_PAUSE_US),
    modelFirstUs: spans[0]?.start ?? null,
    modelLastUs: spans.length === 0 ? null : spans.reduce((last, { end }) => Math.max(last, end), 0),
    quarters: quartersOf(held, counted),
    names: row.namesOf(carried),
    fingerprints: fingerprintsOf(carried),
    evidence: evidenceItems(pieces),
  };
}

function estimatesOf(counted: readonly Counted[]): Estimates {
  const { min, max } = requestsOf(counted);
  return {
    requestsMin: min,
    requestsMax: max,
    modelPayloadUp: modelPayloadOf(counted),
    telemetryPayloadUp: telemetryOf(counted).payloadUp,
  };
}

const NO_ESTIMATES: Estimates = {
  requestsMin: 0,
  requestsMax: 0,
  modelPayloadUp: 0,
  telemetryPayloadUp: 0,
};

/** Roles whose traffic estimates rest on. */
const ESTIMATED: ReadonlySet<Role> = new Set(['inference', 'relay', 'telemetry']);

function trafficOf(held: readonly Held[]): Traffic {
  const sum = noTraffic();
  for (const { channel } of held) for (const { row } of channel.slices) addTraffic(sum, row);
  return sum;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const noTraffic = (): Mutable<Traffic> => ({
  flows: 0,
  bytesUp: 0,
  bytesDown: 0,
  payloadUp: 0,
  payloadDown: 0,
});

function addTraffic(sum: Mutable<Traffic>, row: Traffic): void {
  sum.flows += row.flows;
  sum.bytesUp += row.bytesUp;
  sum.bytesDown += row.bytesDown;
  sum.payloadUp += row.payloadUp;
  sum.payloadDown += row.payloadDown;
}

interface QuarterSum {
  readonly startSeconds: number;
  readonly role: Role;
  isCarried: boolean;
  readonly traffic: Mutable<Traffic>;
  readonly counted: Counted[];
}

function quartersOf(held: readonly Held[], counted: Gathered['counted']): QuarterTally[] {
  const quarters = new Map<string, QuarterSum>();
  const quarterFor = (seconds: number, role: Role): QuarterSum => {
    const startSeconds = Math.floor(seconds / QUARTER_SECONDS) * QUARTER_SECONDS;
    const key = `${startSeconds} ${role}`;
    let quarter = quarters.get(key);
    if (quarter === undefined) {
      quarter = { startSeconds, role, isCarried: false, traffic: noTraffic(), counted: [] };
      quarters.set(key, quarter);
    }
    return quarter;
  };
  for (const { channel, counts, role } of held) {
    for (const { windowSeconds, row } of channel.slices) {
      const quarter = quarterFor(windowSeconds, role);
      if (!counts) continue;
      quarter.isCarried = true;
      addTraffic(quarter.traffic, row);
    }
  }
  for (const one of counted) {
    quarterFor(Math.floor(one.one.at.startUs / 1_000_000), one.role).counted.push(one);
  }
  return [...quarters.values()].flatMap(finishQuarter);
}

function finishQuarter({ startSeconds, role, isCarried, traffic, counted }: QuarterSum): QuarterTally[] {
  const masks = new Map<number, number>([[startSeconds, 0]]);
  for (const minute of activeMinutesOf(counted)) {
    const of = Math.floor(minute / MINUTES_OF_QUARTER) * QUARTER_SECONDS;
    masks.set(of, (masks.get(of) ?? 0) | (1 << (minute % MINUTES_OF_QUARTER)));
  }
  return [...masks].map(([minutesOf, minutes]) => {
    const isFirst = minutesOf === startSeconds;
    return {
      startSeconds,
      role,
      isCarried: isFirst && isCarried,
      ...(isFirst ? traffic : noTraffic()),
      ...(isFirst ? estimatesOf(counted) : NO_ESTIMATES),
      minutesOf,
      minutes,
    };
  });
}
