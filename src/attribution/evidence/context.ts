// Finds the context of the evidence: the matching runtime, and reasons for doubt.

import { formatMatch, isOwnName } from '../../catalogue/rules.ts';
import { RIVAL } from '../../model/confidence.ts';
import { phrase } from '../../model/sentences.ts';
import { compareText } from '../../net/address.ts';
import type { TimestampUs } from '../../time/units.ts';
import type { Channel, SensorDoubt, Slice } from '../traffic/channel.ts';
import { listMidFlowSums } from '../traffic/mid-flows.ts';
import { buildContextItem, type Candidate, describe, type GatheredItem } from './item.ts';

/** Rule name of packets that were captured twice; reports search for it. */
const SEEN_TWICE = 'seen-twice';
const CROSSED = 'crossed-captures';

/** Lists items for and against one tool, from the channels of its evidence. */
export function listContext(candidate: Candidate, candidates: readonly Candidate[]): GatheredItem[] {
  const { compiled, grade, items } = candidate;
  const channels = [...new Set(items.filter((item) => item.grade !== null).flatMap((item) => item.channels))];
  const out: GatheredItem[] = [];
  const fitting = channels.filter(
    (channel) => channel.runtime !== null && formatMatch(compiled, channel) === 'yes',
  );
  if (fitting.length > 0) {
    const labels = [...new Set(fitting.map(({ runtime }) => runtime?.label ?? 'unknown'))];
    const programs = labels.join(', ');
    out.push(buildContextItem('runtime', 'fingerprint', true, phrase('runsOn', { programs }), fitting));
    if (grade !== 'certain')
      out.push(
        buildContextItem(
          'shared-runtime',
          'fingerprint',
          false,
          phrase('sharedRuntime', { programs }),
          fitting,
        ),
      );
  }
  const others = channels.filter(({ name }) => !isOwnName(compiled, name));
  if (grade !== 'certain' && others.length > 0) {
    const relays = new Set(items.flatMap(({ rule, channels: by }) => (rule === 'relay' ? by : [])));
    const [relayed, shared] = [
      others.filter((channel) => relays.has(channel)),
      others.filter((channel) => !relays.has(channel)),
    ];
    const note = (by: readonly Channel[], key: 'sharedName' | 'relayName'): void => {
      if (by.length === 0) return;
      const name = [...new Set(by.map((channel) => channel.name))].slice(0, 4).join(', ');
      out.push(buildContextItem('shared-name', 'name', false, phrase(key, { name }), by));
    };
    note(shared, 'sharedName');
    note(relayed, 'relayName');
  }
  const failed = channels.filter(({ failedFlows }) => failedFlows > 0);
  if (failed.length > 0) {
    // The text contains no numbers, because items with the same text are summed over periods.
    const isAll = failed.every(({ failedFlows, flows }) => failedFlows >= flows);
    const sentence = isAll ? phrase('noHandshake') : phrase('someHandshakes');
    out.push(buildContextItem('handshake-failed', 'name', false, sentence, failed));
  }
  const own = new Set(channels);
  for (const rival of candidates) {
    if (rival === candidate || rival.grade === 'possible') continue;
    const speaking = rival.items.filter(({ speaksFor }) => speaksFor);
    const both = [...new Set(speaking.flatMap((item) => item.channels))].filter((channel) =>
      own.has(channel),
    );
    if (both.length === 0) continue;
    const sentence = phrase('sameFlows', { tool: rival.compiled.tool.name, what: describe(both) });
    out.push(buildContextItem(RIVAL, 'companion', false, sentence, both));
  }
  return out;
}

/** Lists unlisted names whose traffic is assigned to the tool, so that readers can question it. */
export function listGatewayItems(
  { compiled, grade, items }: Candidate,
  held: readonly Channel[],
  isListed: (name: string) => boolean,
): GatheredItem[] {
  const unlisted = held.filter(({ name, nameFrom }) => nameFrom !== 'network' && !isListed(name));
  if (unlisted.length === 0) return [];
  const spoken = new Set(items.flatMap(({ channels }) => channels));
  const behind = unlisted.filter((channel) => !spoken.has(channel));
  if (behind.length === 0) return [];
  const sentence = phrase(grade === 'possible' ? 'gatewayAfter' : 'gateway', {
    what: describe(behind),
    tool: compiled.tool.name,
  });
  return [buildContextItem('gateway', 'fingerprint', true, sentence, behind)];
}

/** Maximum bytes of a client for a hello and the end of a handshake. */
const GREETING_BYTES = 2600;
const MIN_EXCHANGED_BYTES = 20_000;
/** Ratio between the effect of retransmissions, at most some percent, and a second copy of all packets. */
const COPIED = 1.7;

/** Detects duplicate packets: they add bytes, which are counted by packets, but no requests, which are read from the stream. */
export function warnOfDuplicates(channels: readonly Channel[]): GatheredItem[] {
  const whole = channels.filter(({ slices }) => slices.every(({ row }) => row.cells.length === 0));
  const copied = whole.filter(({ slices, exchanges, flows }) => {
    const exchanged = exchanges.reduce((sum, { exchange }) => sum + exchange.bytesUp, 0);
    const sent = slices.reduce((sum, { row }) => sum + row.payloadUp, 0);
    return exchanged >= MIN_EXCHANGED_BYTES && sent - flows * GREETING_BYTES >= COPIED * exchanged;
  });
  if (copied.length === 0) return [];
  return [
    buildContextItem(
      SEEN_TWICE,
      'network',
      false,
      phrase('capturedTwice', { what: describe(copied) }),
      copied,
    ),
  ];
}

/** Warns of captures that were analyzed separately: consecutive ones cut flows, overlapping ones contain them twice. */
export function warnOfParts(channels: readonly Channel[]): GatheredItem[] {
  const crossed = channels.filter(({ midFlowSums }) => midFlowSums !== null);
  const flows = listMidFlowSums(crossed).reduce((sum, midFlowSums) => sum + midFlowSums.flows, 0);
  const copied = channels.filter(({ slices }) => slices.some(({ copies }) => copies.length > 0));
  const continueElsewhere = (): GatheredItem =>
    buildContextItem(CROSSED, 'network', false, phrase('laterCapture', { number: flows }), crossed);
  const once = (): GatheredItem =>
    buildContextItem(
      SEEN_TWICE,
      'network',
      false,
      phrase('severalCaptures', { what: describe(copied) }),
      copied,
    );
  return [...(crossed.length === 0 ? [] : [continueElsewhere()]), ...(copied.length === 0 ? [] : [once()])];
}

/** Maximum number of sites in the sentence. */
const MAX_SENSORS = 4;

/**
 * Warns of sensors that saw one address use the tool at one time, but in no common flow: they may be at several sites with
 * overlapping address ranges, or on several paths of one site. `all`: channels of the period; one common flow proves one
 * network.
 */
export function warnOfApart(channels: readonly Channel[], all: readonly Channel[]): GatheredItem[] {
  if (all.some(({ slices }) => slices.some(({ copies }) => copies.length > 0))) return [];
  const sensors = listApart(channels.flatMap(({ slices }) => slices));
  if (sensors.length === 0) return [];
  const more = sensors.length > MAX_SENSORS ? ', …' : '';
  const listed = sensors.slice(0, MAX_SENSORS).join(', ') + more;
  return [
    buildContextItem('several-sensors', 'network', false, phrase('severalSensors', { listed }), channels),
  ];
}

/**
 * Warns if only sensors report the host that may not do so alone. The item contains the queried names if the host has no flows.
 */
export function buildDoubtItem(
  { rule, sentence }: SensorDoubt,
  channels: readonly Channel[],
  queriedNames: GatheredItem['queriedNames'],
): GatheredItem {
  return { ...buildContextItem(rule, 'network', false, sentence, channels), queriedNames };
}

/** Lists the sensors whose rows overlap in time with rows of another one, sorted. */
function listApart(slices: readonly Slice[]): string[] {
  if (slices.length < 2) return [];
  const found = new Set<string>();
  // The last end so far with its sensor, and the last end of any other sensor.
  let last: { readonly sensor: string; readonly us: TimestampUs } | null = null;
  let other: { readonly sensor: string; readonly us: TimestampUs } | null = null;
  for (const { sensor, row } of [...slices].sort(compareTime)) {
    for (const open of [last, other]) {
      if (open === null || open.sensor === sensor || open.us <= row.firstUs) continue;
      found.add(open.sensor);
      found.add(sensor);
    }
    if (last === null || last.sensor === sensor) {
      if (last === null || row.lastUs > last.us) last = { sensor, us: row.lastUs };
    } else if (row.lastUs > last.us) {
      other = last;
      last = { sensor, us: row.lastUs };
    } else if (other === null || row.lastUs > other.us) other = { sensor, us: row.lastUs };
  }
  return [...found].sort(compareText);
}

const compareTime = (a: Slice, b: Slice): number =>
  a.row.firstUs - b.row.firstUs || a.row.lastUs - b.row.lastUs || compareText(a.sensor, b.sensor);
