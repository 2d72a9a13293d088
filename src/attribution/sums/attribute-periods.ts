// Computes period sums from windows: finds the activity periods of each host, the tools of each period, and the sums of each
// tool.

import type { Catalogue } from '../../catalogue/catalogue.ts';
import type { ToolEntry } from '../../catalogue/schema.ts';
import { ESTIMATED_ROLES } from '../../model/catalogue-words.ts';
import { addToolSums } from '../../model/counters.ts';
import { addTo } from '../../model/grouped-by.ts';
import type { Mutable } from '../../model/immutable.ts';
import type { ToolFingerprint, ToolName } from '../../model/report.ts';
import { phrase } from '../../model/sentences.ts';
import type { SelectRow } from '../../model/tool.ts';
import type { QueriedName, UsageExchange, UsageWindow } from '../../model/usage.ts';
import { compareText } from '../../net/address.ts';
import type { TimestampUs } from '../../time/units.ts';
import { addName } from '../../window/sums.ts';
import { listBuildSigns } from '../builds/build-sums.ts';
import { listUpdates } from '../builds/updates.ts';
import {
  buildEstimates,
  buildShortfall,
  buildTelemetry,
  type Counted,
  isCutByPackets,
  listActiveMinutes,
  PROMPT_PAUSES_US,
  SESSION_PAUSE_US,
} from '../estimates/use-estimates.ts';
import { GRADES } from '../evidence/item.ts';
import { type ActivityPeriod, type Channel, PERIOD_GAP_US, type Slice } from '../traffic/channel.ts';
import { listActivityPeriods, narrowChannel } from '../traffic/channels.ts';
import { addReporters } from '../traffic/copies.ts';
import { type HostSensors, NO_HOST_SENSORS } from '../traffic/host-sensors.ts';
import { listEvidenceSums, type PeriodEvidence } from './evidence-items.ts';
import {
  noSpan,
  noTraffic,
  type PeriodSums,
  type Runs,
  type SummedPeriod,
  type Traffic,
  widen,
} from './period-sums.ts';
import { listQuarterSums } from './quarter-sums.ts';
import { fingerprintOrder } from './span-sums.ts';
import {
  buildProviderRow,
  buildToolTraffic,
  findProvider,
  type ToolChannel,
  type ToolInPeriod,
} from './tool-in-period.ts';
import { evaluateParts, type LonePeriodCache } from './tools-in-period.ts';

export interface AttributedPeriod extends SummedPeriod {
  /** Evidence of each of the sums, in the same order. */
  readonly evidence: readonly PeriodEvidence[];
  /** Traffic of each of the sums to APIs, in the same order. Rules about an API need it. */
  readonly apis: readonly ApiTraffic[];
  /** Functions that compute the part of each of the sums in some rows, in the same order. Rules about paths need them. */
  readonly parts: readonly SumSelectedRows[];
}

/** Traffic to APIs. Both lists are computed on demand, because classified exchanges are not kept. */
export interface ApiTraffic {
  /** Returns each API once. */
  readonly names: () => Iterable<ToolEntry>;
  /** Returns the sums of each API, in the same order. */
  readonly sums: () => readonly ApiSums[];
}

/** Returns null if no row is selected. */
export type SumSelectedRows = (isSelected: SelectRow) => ApiSums | null;

export interface ApiSums {
  readonly sums: PeriodSums;
  readonly evidence: PeriodEvidence;
}

/** Returns the end of the last model request in the earlier periods of a continued block; null without one. */
export type LastRequest = (block: RunKey) => TimestampUs | null;

/** Runs of requests continue from period to period within sums with the same key. */
export interface RunKey {
  readonly host: string;
  readonly tool: string;
  readonly isProvider: boolean;
  /** True for use that is more than possible: sums of a tool exclude weaker periods, and those of a provider include all. */
  readonly isStrong: boolean;
}

export interface PeriodContext {
  /** Absent: every sensor may report every host. */
  readonly sensors?: HostSensors;
  readonly lastRequest?: LastRequest;
}

/** Yields the periods of each host in order of time. Windows must be merged. */
export function* attributedPeriods(
  windows: readonly UsageWindow[],
  catalogue: Catalogue,
  { sensors = NO_HOST_SENSORS, lastRequest = () => null }: PeriodContext = {},
): Iterable<readonly [host: string, periods: AttributedPeriod[]]> {
  const queriedIn = new Map<QueriedName, number>();
  for (const { queriedNames, startSeconds } of windows)
    for (const query of queriedNames) queriedIn.set(query, startSeconds);
  const alone: LonePeriodCache = new Map();
  for (const [host, found] of listActivityPeriods(windows, catalogue, sensors)) {
    const periods = listBlocks(found, queriedIn).flatMap((block, i) =>
      sumBlock(host, block, catalogue, {
        sensors,
        alone,
        queriedIn,
        lastRequest: i === 0 ? lastRequest : () => null,
      }),
    );
    yield [host, periods];
  }
}

/** Returns these periods without their evidence. */
export function attributePeriods(
  windows: readonly UsageWindow[],
  catalogue: Catalogue,
  context: PeriodContext = {},
): SummedPeriod[] {
  return [...attributedPeriods(windows, catalogue, context)].flatMap(([, periods]) => periods);
}

type Edges = Pick<SummedPeriod, 'firstSeconds' | 'lastSeconds' | 'firstUs' | 'lastUs'>;

interface PeriodInBlock {
  readonly period: ActivityPeriod;
  readonly edges: Edges;
}

function listBlocks(
  periods: readonly ActivityPeriod[],
  queriedIn: ReadonlyMap<QueriedName, number>,
): PeriodInBlock[][] {
  const blocks: PeriodInBlock[][] = [];
  let end = Number.NEGATIVE_INFINITY;
  const inOrder = periods.map((period) => ({ period, edges: buildEdges(period, queriedIn) }));
  inOrder.sort((a, b) => a.edges.firstUs - b.edges.firstUs || a.edges.lastUs - b.edges.lastUs);
  for (const { period, edges } of inOrder) {
    if (edges.firstUs - end > PERIOD_GAP_US) blocks.push([]);
    end = Math.max(end, edges.lastUs);
    blocks.at(-1)?.push({ period, edges });
  }
  return blocks;
}

function buildEdges(
  { channels, queriedNames, midFlowSums }: ActivityPeriod,
  queriedIn: ReadonlyMap<QueriedName, number>,
): Edges {
  let [firstSeconds, lastSeconds] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const span = noSpan();
  const take = (windowSeconds: number, times: { firstUs: TimestampUs; lastUs: TimestampUs }): void => {
    firstSeconds = Math.min(firstSeconds, windowSeconds);
    lastSeconds = Math.max(lastSeconds, windowSeconds);
    widen(span, times);
  };
  for (const { slices } of channels) for (const { windowSeconds, row } of slices) take(windowSeconds, row);
  for (const query of queriedNames) take(queriedIn.get(query) ?? 0, query);
  if (midFlowSums !== null) for (const windowSeconds of midFlowSums.windows) take(windowSeconds, midFlowSums);
  return { firstSeconds, lastSeconds, ...span };
}

/** Results that all blocks of all hosts share. */
interface FoundSoFar {
  readonly alone: LonePeriodCache;
  /** The window in which each name was queried. */
  readonly queriedIn: ReadonlyMap<QueriedName, number>;
}

function sumBlock(
  host: string,
  block: readonly PeriodInBlock[],
  catalogue: Catalogue,
  { sensors, lastRequest, alone, queriedIn }: Required<PeriodContext> & FoundSoFar,
): AttributedPeriod[] {
  const parts = block.flatMap(({ period, edges }) =>
    evaluateParts(period, catalogue, sensors, alone).map((part) => ({
      ...part,
      edges: part.period === period ? edges : buildEdges(part.period, queriedIn),
    })),
  );
  const found = parts.map(({ tools }) => tools);
  const spans = new Map(found.flat().map((tool) => [tool, requestSpans(tool.counted)]));
  const runs = runsOfBlock(host, found, spans, lastRequest);
  const blockSeconds = block[0]?.edges.firstSeconds ?? 0;
  return parts.map(({ period, edges, tools }) => ({
    host,
    blockSeconds,
    firstSeconds: edges.firstSeconds,
    lastSeconds: edges.lastSeconds,
    firstUs: edges.firstUs,
    lastUs: edges.lastUs,
    sensors: period.sensors,
    sums: tools.map((tool) => buildSums(tool, spans.get(tool) ?? [], runs.get(tool), period)),
    evidence: tools,
    apis: tools.map(({ tool, isProvider, grade, held, settledExchanges }) =>
      isProvider ? NO_API_TRAFFIC : askApis({ tool, grade, held, settledExchanges }, catalogue, period),
    ),
    parts: tools.map((tool) => makePartSums(tool, catalogue, period)),
  }));
}

const NO_API_TRAFFIC: ApiTraffic = { names: () => [], sums: () => [] };

/** Computes sums of selected slices. Requests keep their class from the whole period. */
function makePartSums(found: ToolInPeriod, catalogue: Catalogue, period: ActivityPeriod): SumSelectedRows {
  return (isSelected) => {
    const whole = new Set<Channel>();
    const shown = new Set<UsageExchange>();
    const held = found.held.flatMap((heldChannel): ToolChannel[] => {
      if (!heldChannel.counts) return [];
      const isSelectedSlice = ({ row, isForeign, sensor }: Slice): boolean =>
        isSelected(row, heldChannel.role, isForeign, sensor);
      const channel = narrowChannel(heldChannel.channel, isSelectedSlice, catalogue);
      if (channel === null) return [];
      if (channel === heldChannel.channel) whole.add(channel);
      for (const { exchange } of channel.exchanges) shown.add(exchange);
      return [{ ...heldChannel, channel }];
    });
    if (held.length === 0) return null;
    const channels = held.map(({ channel }) => channel);
    const counted = found.counted.filter(
      ({ exchange, counts }) => counts && (whole.has(exchange.channel) || shown.has(exchange.at.exchange)),
    );
    const span = noSpan();
    for (const channel of channels) widen(span, channel);
    const part: ToolInPeriod = { ...found, ...span, channels, held, counted };
    const sums = buildSums(part, requestSpans(counted), NO_RUNS, period);
    return { sums: { ...sums, builds: [], updates: [] }, evidence: { channels, items: found.items } };
  };
}

/** Returns the traffic to APIs. Traffic of a possible tool is in the rows of the APIs. */
function askApis(
  found: Pick<ToolInPeriod, 'tool' | 'grade' | 'held' | 'settledExchanges'>,
  catalogue: Catalogue,
  period: ActivityPeriod,
): ApiTraffic {
  if (found.grade < LIKELY) return NO_API_TRAFFIC;
  return {
    names: () => groupByApi(found.held, catalogue).keys(),
    sums: () =>
      listApiParts(found, catalogue).map((part) => {
        const { channels, items } = part;
        const sums = buildSums(part, requestSpans(part.counted), NO_RUNS, period);
        return { sums, evidence: { channels, items } };
      }),
  };
}

function runsOfBlock(
  host: string,
  found: readonly (readonly ToolInPeriod[])[],
  spans: ReadonlyMap<ToolInPeriod, readonly RequestSpan[]>,
  lastRequest: LastRequest,
): ReadonlyMap<ToolInPeriod, Runs> {
  if ([...spans.values()].every((requests) => requests.length === 0)) return NOTHING_RUNS;
  const together = new Map<string, { key: RunKey; tools: ToolInPeriod[] }>();
  for (const toolSums of found.flat()) {
    const { tool, isProvider, grade } = toolSums;
    const key = { host, tool: tool.id, isProvider, isStrong: isProvider || grade > 0 };
    const text = `${key.isProvider} ${key.isStrong} ${key.tool}`;
    const existing = together.get(text);
    if (existing === undefined) together.set(text, { key, tools: [toolSums] });
    else existing.tools.push(toolSums);
  }
  const runs = new Map<ToolInPeriod, Runs>();
  for (const { key, tools } of together.values()) {
    const counted = runsIn(
      tools.map((tool) => spans.get(tool) ?? []),
      lastRequest(key),
    );
    for (const [i, tool] of tools.entries()) runs.set(tool, counted[i] ?? NO_RUNS);
  }
  return runs;
}

const NOTHING_RUNS: ReadonlyMap<ToolInPeriod, Runs> = new Map();
const NO_RUNS: Runs = { prompts: { min: 0, max: 0 }, sessions: 0 };

function buildSums(
  found: ToolInPeriod,
  spans: readonly RequestSpan[],
  runs: Runs = NO_RUNS,
  period: ActivityPeriod,
): PeriodSums {
  const { tool, isProvider, grade, firstUs, lastUs, held, counted, items } = found;
  const carried = held.filter(({ counts }) => counts);
  const estimated = held.filter(({ role }) => ESTIMATED_ROLES.has(role));
  const telemetry = buildTelemetry(counted);
  // Written without a spread, after which each further field of a literal takes a separate step.
  return {
    tool: tool.id,
    isProvider,
    grade,
    firstUs: Number.isFinite(firstUs) ? firstUs : null,
    lastUs: Number.isFinite(lastUs) ? lastUs : null,
    traffic: buildTraffic(carried),
    estimates: buildEstimates(counted),
    prompts: runs.prompts,
    sessions: runs.sessions,
    shortfall: buildShortfall(
      estimated.map(({ channel }) => channel),
      carried.map(({ channel }) => channel),
    ),
    isCutByPackets: isCutByPackets(counted),
    isCarried: carried.length > 0,
    activeMinutes: listActiveMinutes(counted).length,
    telemetryMin: telemetry.min,
    isTelemetryByName: telemetry.byName,
    modelLastUs: spans.length === 0 ? null : spans.reduce((last, { end }) => Math.max(last, end), 0),
    quarters: listQuarterSums(held, counted),
    names: listNames(carried),
    fingerprints: listFingerprints(carried),
    evidence: listEvidenceSums(items),
    builds: isProvider ? [] : listBuildSigns(tool, held, period.channels, grade > 0),
    updates: isProvider ? [] : listUpdates(tool, carried),
    sensors: listReporters(found, period),
    isDoubted: period.doubt !== null,
  };
}

function listReporters({ channels, items }: ToolInPeriod, { queriedBy }: ActivityPeriod): string[] {
  const reporters = new Set<string>();
  for (const { slices } of channels) for (const slice of slices) addReporters(reporters, slice);
  for (const { queriedNames } of items) {
    for (const query of queriedNames) {
      const sensor = queriedBy.get(query);
      if (sensor !== undefined) reporters.add(sensor);
    }
  }
  return [...reporters].sort(compareText);
}

function buildTraffic(held: readonly ToolChannel[]): Traffic {
  const sum = noTraffic();
  for (const { channel } of held) for (const { row } of channel.slices) addToolSums(sum, row);
  return sum;
}

function listNames(carried: readonly ToolChannel[]): ToolName[] {
  const names = new Map<string, Mutable<ToolName>>();
  for (const { channel, role, specificity } of carried) {
    const { name } = channel;
    let sum = names.get(name);
    if (sum === undefined) {
      sum = { name, role, specificity, servers: [], serverPorts: [], ...noTraffic() };
      names.set(name, sum);
    }
    sum.role = role;
    sum.specificity = specificity;
    for (const { row } of channel.slices) addName(sum, row);
  }
  return [...names.values()];
}

function listFingerprints(carried: readonly ToolChannel[]): ToolFingerprint[] {
  const prints = new Map<string, ToolFingerprint>();
  for (const { channel } of carried) {
    const { fingerprint, runtime } = channel;
    if (fingerprint === null) continue;
    const { ja4, ja3, alpn } = fingerprint;
    const print = { ja4, ja3, alpn, runtime: runtime?.label ?? null, flows: channel.flows };
    const key = fingerprintOrder(print);
    prints.set(key, { ...print, flows: print.flows + (prints.get(key)?.flows ?? 0) });
  }
  return [...prints.entries()].sort((a, b) => compareText(a[0], b[0])).map(([, print]) => print);
}

const LIKELY = GRADES.indexOf('likely');

function groupByApi(held: readonly ToolChannel[], catalogue: Catalogue): Map<ToolEntry, Channel[]> {
  const apis = new Map<ToolEntry, Channel[]>();
  for (const { channel, counts } of held) {
    const api = counts ? findProvider(channel, NO_CHANNELS, catalogue) : undefined;
    if (api !== undefined) addTo(apis, api, channel);
  }
  return apis;
}

/** Returns one part for each API that the tool used. Requests are classified as in the sums of the tool. */
function listApiParts(
  { tool, held, settledExchanges }: Pick<ToolInPeriod, 'tool' | 'held' | 'settledExchanges'>,
  catalogue: Catalogue,
): ToolInPeriod[] {
  const apis = groupByApi(held, catalogue);
  if (apis.size === 0) return [];
  const channelsWhere = (isSelected: (held: ToolInPeriod['held'][number]) => boolean): Channel[] =>
    held.filter(isSelected).map(({ channel }) => channel);
  const share = {
    sure: channelsWhere(({ isSure }) => isSure),
    shared: channelsWhere(({ isSure, counts }) => !isSure && counts),
    elsewhere: channelsWhere(({ isSure, counts }) => !isSure && !counts),
    settledExchanges,
  };
  const { counted } = buildToolTraffic(tool, share, catalogue);
  return [...apis].map(([api, channels]) => {
    const row = buildProviderRow(api, channels, [], catalogue);
    const own = new Set(channels);
    const items = row.items.map((item) =>
      item.rule === 'provider-name'
        ? { ...item, sentence: phrase('apiNamed', { name: formatNames(channels), api: api.name }) }
        : item,
    );
    return { ...row, items, counted: counted.filter(({ exchange }) => own.has(exchange.channel)) };
  });
}

const NO_CHANNELS: ReadonlySet<Channel> = new Set();

const formatNames = (channels: readonly Channel[]): string =>
  [...new Set(channels.map(({ name }) => name))].join(', ');

// Counts runs of model requests: prompts and sessions, which pauses between requests separate.

export interface RequestSpan {
  readonly start: TimestampUs;
  readonly end: TimestampUs;
}

function requestSpans(counted: readonly Counted[]): RequestSpan[] {
  return counted
    .filter(({ exchange }) => exchange.class === 'model')
    .map(({ exchange }) => ({ start: exchange.at.startUs, end: exchange.at.endUs }));
}

/**
 * Returns the runs of each period of a block; a run counts in the period in which it begins. `endUs`: end of the last
 * request before these periods.
 */
export function runsIn(periods: readonly (readonly RequestSpan[])[], endUs: TimestampUs | null): Runs[] {
  const runs = periods.map(() => ({ min: 0, max: 0, sessions: 0 }));
  const spans = periods.flatMap((period, i) =>
    period.map(({ start, end }) => ({ start, end, run: runs[i] })),
  );
  let last = endUs ?? Number.NEGATIVE_INFINITY;
  for (const { start, end, run } of spans.sort((a, b) => a.start - b.start)) {
    const pause = start - last;
    if (run !== undefined && pause > PROMPT_PAUSES_US.shortest) run.max++;
    if (run !== undefined && pause > PROMPT_PAUSES_US.longest) run.min++;
    if (run !== undefined && pause > SESSION_PAUSE_US) run.sessions++;
    last = Math.max(last, end);
  }
  return runs.map(({ min, max, sessions }) => ({ prompts: { min, max }, sessions }));
}
