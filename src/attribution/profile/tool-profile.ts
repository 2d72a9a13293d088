// Computes the profile of a tool: its servers, times of contact, and share of telemetry.

import type { Catalogue } from '../../catalogue/catalogue.ts';
import type { ToolEntry } from '../../catalogue/schema.ts';
import { findMaximum } from '../../model/extremes.ts';
import type { PhaseSum, ProfileName, ToolProfile, UsePhase } from '../../model/profile.ts';
import type { UsageWindow } from '../../model/usage.ts';
import { compareText } from '../../net/address.ts';
import type { TimestampUs } from '../../time/units.ts';
import { findEndpoint } from '../estimates/channel-role.ts';
import type { Classified } from '../estimates/classified.ts';
import { buildRequests, buildTelemetry, sumModelPayload } from '../estimates/use-estimates.ts';
import { GRADES } from '../evidence/item.ts';
import type { Channel } from '../traffic/channel.ts';
import { listTraffic, type ToolPeriod } from './tool-traffic.ts';

/** Time after the first flow during which an exchange before any model request belongs to the start. */
const START_US = 15_000_000;
/** Time after the end of a model request during which an exchange belongs to the activity. */
const AFTER_US = 30_000_000;
/** Time before the end of an activity period in which exchanges belong to the exit, if the user was idle before. */
const EXIT_US = 5_000_000;

/** Computes a profile from windows of captures; null if they contain no evidence for the tool. */
export function findProfile(
  windows: readonly UsageWindow[],
  catalogue: Catalogue,
  toolId: string,
): ToolProfile | null {
  const tool = catalogue.tool(toolId);
  return tool === undefined ? null : buildProfile(listTraffic(windows, catalogue, toolId), tool, catalogue);
}

/** Returns null without an activity period. */
export function buildProfile(
  periods: readonly ToolPeriod[],
  tool: ToolEntry,
  catalogue: Catalogue,
): ToolProfile | null {
  if (periods.length === 0) return null;
  const all = periods.flatMap(({ exchanges }) => exchanges.map((exchange) => ({ exchange, isSure: true })));
  const telemetry = buildTelemetry(all);
  const model = sumModelPayload(all);
  const total = model + telemetry.payloadUp;
  const names = listNames(periods, tool, catalogue);
  const idleNames = names.filter(({ cadence }) => cadence.idle.exchanges > 0);
  const best = findMaximum(periods.map(({ grade }) => GRADES.indexOf(grade)));
  return {
    schema: 1,
    tool: tool.id,
    name: tool.name,
    vendor: tool.vendor,
    catalogue: catalogue.version,
    confidence: GRADES[best] ?? null,
    hosts: new Set(periods.map(({ host }) => host)).size,
    periods: periods.length,
    requests: buildRequests(all),
    modelPayloadUp: model,
    telemetry: {
      payloadUp: telemetry.payloadUp,
      share: total === 0 || telemetry.min !== telemetry.max ? null : telemetry.payloadUp / total,
      min: telemetry.min,
      max: telemetry.max,
    },
    idle: {
      bytesUp: idleNames.reduce((sum, { cadence }) => sum + cadence.idle.bytesUp, 0),
      exchanges: idleNames.reduce((sum, { cadence }) => sum + cadence.idle.exchanges, 0),
      names: idleNames.map(({ name }) => name),
    },
    runtimes: listRuntimes(periods),
    names,
    relay: buildRelay(names, tool),
  };
}

function listRuntimes(periods: readonly ToolPeriod[]): string[] {
  const labels = periods.flatMap(({ channels }) =>
    channels.map(({ runtime }) => runtime?.label ?? 'unknown'),
  );
  return [...new Set(labels)].sort(compareText);
}

function buildRelay(names: readonly ProfileName[], tool: ToolEntry): ToolProfile['relay'] {
  const inUse = names.some(({ role }) => role === 'relay');
  const isMixed = (name: string): boolean => tool.exchange?.mixed?.includes(name) === true;
  const visible = inUse
    ? names.filter(({ role }) => role !== 'relay')
    : names.filter(({ name, role }) => role !== 'inference' || isMixed(name));
  return { inUse, visible: visible.map(({ name }) => name) };
}

/** Returns the phase of use of each exchange of an activity period. */
function listPhases({ channels, exchanges }: ToolPeriod): UsePhase[] {
  const first = channels.reduce((least, { firstUs }) => Math.min(least, firstUs), Number.POSITIVE_INFINITY);
  const last = exchanges.reduce((most, { at }) => Math.max(most, at.startUs), 0);
  const phases = new Array<UsePhase>(exchanges.length);
  let latestEnd = Number.NEGATIVE_INFINITY;
  const inTime = exchanges.map((_, i) => i).sort((a, b) => getStart(exchanges[a]) - getStart(exchanges[b]));
  let models = 0;
  for (const i of inTime) {
    const at = getStart(exchanges[i]);
    for (; models < inTime.length; models++) {
      const exchange = exchanges[inTime[models] ?? 0];
      if (exchange === undefined || exchange.at.startUs > at) break;
      if (exchange.class === 'model') latestEnd = Math.max(latestEnd, exchange.at.endUs);
    }
    const hasQueried = latestEnd !== Number.NEGATIVE_INFINITY;
    if (hasQueried && at - latestEnd <= AFTER_US) phases[i] = 'activity';
    else if (!hasQueried && at - first <= START_US) phases[i] = 'start';
    else phases[i] = last - at <= EXIT_US ? 'exit' : 'idle';
  }
  return phases;
}

const getStart = (exchange: Classified | undefined): TimestampUs => exchange?.at.startUs ?? 0;

interface NameSum {
  readonly channels: Channel[];
  readonly exchanges: { readonly exchange: Classified; readonly phase: UsePhase }[];
}

function listNames(periods: readonly ToolPeriod[], tool: ToolEntry, catalogue: Catalogue): ProfileName[] {
  const sums = new Map<string, NameSum>();
  const sumFor = (name: string): NameSum => {
    let sum = sums.get(name);
    if (sum === undefined) {
      sum = { channels: [], exchanges: [] };
      sums.set(name, sum);
    }
    return sum;
  };
  for (const period of periods) {
    for (const channel of period.channels) sumFor(channel.name).channels.push(channel);
    const phases = listPhases(period);
    for (const [i, exchange] of period.exchanges.entries())
      sumFor(exchange.channel.name).exchanges.push({ exchange, phase: phases[i] ?? 'idle' });
  }
  return [...sums.entries()]
    .sort((a, b) => compareText(a[0], b[0]))
    .flatMap(([name, sum]) => profileName(name, sum, tool, catalogue));
}

function profileName(name: string, sum: NameSum, tool: ToolEntry, catalogue: Catalogue): ProfileName[] {
  const [channel] = sum.channels;
  if (channel === undefined) return [];
  const rows = sum.channels.flatMap(({ slices }) => slices.map(({ row }) => row));
  const total = (field: 'flows' | 'bytesUp' | 'bytesDown' | 'payloadUp' | 'payloadDown'): number =>
    rows.reduce((all, row) => all + row[field], 0);
  const { role, specificity } = findEndpoint(tool, channel, catalogue);
  const counted = sum.exchanges.map(({ exchange }) => ({ exchange, isSure: true }));
  const protocols = new Set(sum.channels.map((channel) => formatProtocol(channel, tool)));
  return [
    {
      name,
      role,
      specificity,
      protocols: [...protocols].sort(compareText),
      flows: total('flows'),
      bytesUp: total('bytesUp'),
      bytesDown: total('bytesDown'),
      payloadUp: total('payloadUp'),
      payloadDown: total('payloadDown'),
      requests: buildRequests(counted),
      telemetryPayloadUp: buildTelemetry(counted).payloadUp,
      cadence: {
        start: sumPhase(sum, 'start'),
        activity: sumPhase(sum, 'activity'),
        idle: sumPhase(sum, 'idle'),
        exit: sumPhase(sum, 'exit'),
      },
    },
  ];
}

function sumPhase({ exchanges }: NameSum, usePhase: UsePhase): PhaseSum {
  const mine = exchanges.filter(({ phase }) => phase === usePhase);
  return {
    exchanges: mine.length,
    bytesUp: mine.reduce((sum, { exchange }) => sum + exchange.at.exchange.bytesUp, 0),
  };
}

function formatProtocol({ fingerprint, isHttp2, runtime }: Channel, tool: ToolEntry): string {
  if (fingerprint === null) return 'http';
  if (fingerprint.transport === 'quic') return 'h3';
  const socket = tool.exchange?.websocket;
  if (socket?.runtime === runtime?.id && socket?.alpn.join(',') === fingerprint.alpn.join(','))
    return 'websocket';
  if (isHttp2) return 'h2';
  return fingerprint.alpn.length === 1 && fingerprint.alpn[0] === 'h2' ? 'h2' : 'http/1.1';
}
