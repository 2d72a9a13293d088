// Rules about behaviour: pairs of hello forms, small side calls, large requests to clouds and to unlisted names.

import type { CompiledTool } from '../../catalogue/catalogue.ts';
import type { Rule } from '../../catalogue/rules.ts';
import type { ActivityPeriod, Channel, TimedExchange } from '../traffic/channels.ts';
import { describe, type GatheredItem, isAmong, item } from './item.ts';
import { begunAmong, isUse } from './manner.ts';
import { matchOf } from './match.ts';

/** A program whose handshakes fail tries each form again. */
const RETRIED_HELLOS = 3;

export function pairEvidence(rule: Extract<Rule, { kind: 'pair' }>, period: ActivityPeriod): GatheredItem[] {
  const spanUs = rule.withinSeconds * 1_000_000;
  const [listA, listB] = rule.alpn.map((alpn) => alpn.join(','));
  const mine = period.channels.filter(
    (channel) => isAmong(rule.names, channel.name) && channel.runtime?.id === rule.runtime,
  );
  const paired = new Set<Channel>();
  let nearest = Number.POSITIVE_INFINITY;
  for (const a of mine) {
    if (a.fingerprint?.alpn.join(',') !== listA) continue;
    for (const b of mine) {
      if (b.fingerprint?.alpn.join(',') !== listB || b.name !== a.name || !mayBeOneProgram(a, b)) continue;
      const apart = closest(a.helloTimesUs, b.helloTimesUs);
      if (apart > spanUs) continue;
      nearest = Math.min(nearest, apart);
      paired.add(a).add(b);
    }
  }
  if (paired.size === 0) return [];
  const channels = [...paired];
  const detail = `two forms of hello ${(nearest / 1_000_000).toFixed(1)} s apart: ${describe(channels)}`;
  return [item(rule, 'pair', isPairAtWork(rule, mine, channels) ? rule.gives : 'possible', detail, channels)];
}

/** One script with two ways to ask shows both forms: a tool sends something large as well, or tries again and again. */
function isPairAtWork(
  { alpn, upload }: Extract<Rule, { kind: 'pair' }>,
  mine: readonly Channel[],
  channels: readonly Channel[],
): boolean {
  if (mine.some(({ exchanges }) => exchanges.some(({ exchange }) => exchange.bytesUp >= upload))) return true;
  if (channels.some(({ flows, failedFlows }) => flows > failedFlows)) return false;
  return alpn.every((list) => {
    const fingerprint = channels.filter((channel) => channel.fingerprint?.alpn.join(',') === list.join(','));
    return fingerprint.reduce((sum, { helloTimesUs }) => sum + helloTimesUs.length, 0) >= RETRIED_HELLOS;
  });
}

/** False when the two forms are of different versions of the runtime. */
function mayBeOneProgram(a: Channel, b: Channel): boolean {
  const versions = a.runtime?.versions ?? [];
  const others = b.runtime?.versions ?? [];
  return versions.length === 0 || others.length === 0 || versions.some((version) => others.includes(version));
}

/** Smallest distance between two sorted lists of times. */
function closest(a: readonly number[], b: readonly number[]): number {
  let best = Number.POSITIVE_INFINITY;
  let j = 0;
  for (const time of a) {
    while (j + 1 < b.length && (b[j + 1] ?? 0) <= time) j++;
    for (const other of [b[j], b[j + 1]])
      if (other !== undefined) best = Math.min(best, Math.abs(time - other));
  }
  return best;
}

/** An answer of one or two records with little in it: a setting, a flag, an acknowledgement. */
const SHORT_ANSWER_RECORDS = 2;

export function sideCallEvidence(
  rule: Extract<Rule, { kind: 'sideCalls' }>,
  compiled: CompiledTool,
  period: ActivityPeriod,
): GatheredItem[] {
  const calls: { at: TimedExchange; channel: Channel }[] = [];
  const { upload } = rule.uploadOrSizes;
  let isLarge = false;
  let isPosted = false;
  const sizes = new Set<number>();
  for (const channel of period.channels) {
    if (!isAmong(rule.names, channel.name) || matchOf(compiled, channel, rule.runtimes) !== 'yes') continue;
    for (const at of channel.exchanges) {
      const { bytesUp, recordsDown } = at.exchange;
      isLarge ||= bytesUp >= upload;
      if (recordsDown === 0 || recordsDown > SHORT_ANSWER_RECORDS) continue;
      if (bytesUp <= rule.maxUp) {
        calls.push({ at, channel });
        sizes.add(bytesUp);
      } else if (bytesUp >= upload) isPosted = true;
    }
  }
  if (!isPosted && !(isLarge && sizes.size >= rule.uploadOrSizes.sizes)) return [];
  calls.sort((a, b) => a.at.startUs - b.at.startUs);
  for (let i = 0; i < calls.length; i++) {
    const start = calls[i]?.at.startUs ?? 0;
    const near = calls.slice(i).filter(({ at }) => at.startUs - start <= rule.withinSeconds * 1_000_000);
    const different = new Set(near.map(({ at }) => at.exchange.bytesUp));
    if (near.length < rule.calls || different.size < rule.sizes) continue;
    const channels = [...new Set(near.map(({ channel }) => channel))];
    const detail = `${near.length} small calls of ${different.size} sizes within ${rule.withinSeconds} s to ${channels[0]?.name}`;
    return [item(rule, 'companion', rule.gives, detail, channels)];
  }
  return [];
}

export function uploadEvidence(
  rule: Extract<Rule, { kind: 'upload' }>,
  compiled: CompiledTool,
  period: ActivityPeriod,
): GatheredItem[] {
  const channels = period.channels.filter(
    (channel) =>
      isAmong(rule.names, channel.name) &&
      matchOf(compiled, channel, rule.runtimes) === 'yes' &&
      channel.exchanges.some(({ exchange }) => exchange.bytesUp >= rule.minUp),
  );
  if (channels.length === 0) return [];
  return [item(rule, 'fingerprint', rule.gives, `large requests to ${describe(channels)}`, channels)];
}

export function relayEvidence(
  rule: Extract<Rule, { kind: 'relay' }>,
  compiled: CompiledTool,
  period: ActivityPeriod,
  isDirect: (name: string) => boolean,
): GatheredItem[] {
  const channels = period.channels.filter(
    (channel) =>
      !isDirect(channel.name) &&
      matchOf(compiled, channel, rule.runtimes) === 'yes' &&
      channel.exchanges.some(({ exchange }) => looksRelayed(exchange, rule)),
  );
  if (channels.length === 0) return [];
  const said = `streamed answers to large requests: ${describe(channels)}`;
  if (rule.beside === undefined) return [item(rule, 'fingerprint', rule.gives, said, channels)];
  const beside = besideRelay(rule.beside, channels, period);
  if (!isUse(beside)) return [];
  const detail = `${said}, beside ${describe(beside)}`;
  return [item(rule, 'companion', rule.gives, detail, [...channels, ...beside])];
}

/** Channels of the names on the runtime that talked to the relay. */
function besideRelay(
  names: readonly string[],
  relayed: readonly Channel[],
  period: ActivityPeriod,
): Channel[] {
  const runtimes = new Set(relayed.map(({ runtime }) => runtime?.id));
  return period.channels.filter(({ name, runtime }) => isAmong(names, name) && runtimes.has(runtime?.id));
}

function looksRelayed(
  { bytesUp, recordsDown, bytesDown }: TimedExchange['exchange'],
  rule: Extract<Rule, { kind: 'relay' }>,
): boolean {
  const isAnswered = recordsDown >= rule.minAnswerRecords || bytesDown >= rule.minAnswerBytes;
  return bytesUp >= rule.minUp && isAnswered;
}

export function startUpEvidence(
  rule: Extract<Rule, { kind: 'startUp' }>,
  compiled: CompiledTool,
  period: ActivityPeriod,
): GatheredItem[] {
  const fitting = period.channels.filter(
    (channel) => isAmong(rule.names, channel.name) && matchOf(compiled, channel, rule.runtimes) === 'yes',
  );
  const channels = begunAmong(compiled, fitting, period);
  if (channels.length === 0) return [];
  const detail = `began with calls of the recorded sizes: ${describe(channels)}`;
  return [item(rule, 'companion', rule.gives, detail, channels)];
}
