// Applies rules about behavior: pairs of hello forms, small side calls, large requests to clouds and to unlisted names.

import { isAmong } from '../../catalogue/name-index.ts';
import { type CompiledTool, formatMatch, type Rule } from '../../catalogue/rules.ts';
import { addTo } from '../../model/grouped-by.ts';
import { phrase } from '../../model/sentences.ts';
import type { TimestampUs } from '../../time/units.ts';
import type { ActivityPeriod, Channel, TimedExchange } from '../traffic/channel.ts';
import { buildItem, describe, type GatheredItem, isNameless } from './item.ts';
import { distanceTo } from './near-times.ts';
import { type IsDirect, isUse, selectStarted } from './program-behavior.ts';
import { buildRecordedStart } from './recorded-start.ts';

/** Minimum number of recorded calls of one start that do not match by chance; with a pair and an upload, two are enough. */
const START_CALLS = { alone: 3, withUpload: 2 } as const;
/** Limits of telemetry posts: their answers are short; an answer of a model, and its refusal, are longer. */
const TELEMETRY = { leastUp: 2000, mostDown: 300 } as const;
/** Minimum number of hellos per form of a program that retries failed handshakes. */
const RETRIED_HELLOS = 3;
/** Minimum number of connections in each of two forms for one prompt of a tool. */
const LOGGED_HELLOS = { ofOne: 3, ofOther: 2 } as const;

export function applyPairRule(
  rule: Extract<Rule, { kind: 'pair' }>,
  compiled: CompiledTool,
  period: ActivityPeriod,
): GatheredItem[] {
  const spanUs = rule.withinSeconds * 1_000_000;
  const [listA, listB] = rule.alpn.map((alpn) => alpn.join(','));
  const onRuntime = period.channels.filter(
    (channel) => isAmong(rule.names, channel.name) && channel.runtime?.id === rule.runtime,
  );
  const hellosA = groupHellos(onRuntime.filter(({ fingerprint }) => fingerprint?.alpn.join(',') === listA));
  const hellosB = groupHellos(onRuntime.filter(({ fingerprint }) => fingerprint?.alpn.join(',') === listB));
  const paired = new Set<Channel>();
  let nearest = Number.POSITIVE_INFINITY;
  for (const [name, programs] of hellosA) {
    const others = hellosB.get(name) ?? [];
    for (const channel of findPaired(programs, others, spanUs, (apart) => {
      nearest = Math.min(nearest, apart);
    }))
      paired.add(channel);
    for (const channel of findPaired(others, programs, spanUs)) paired.add(channel);
  }
  if (paired.size === 0) return [];
  const channels = [...paired];
  const sentence = phrase('pair', {
    number: Math.max(1, Math.ceil(nearest / 1_000_000)),
    what: describe(channels),
  });
  const sameRuntime = period.channels.filter(({ runtime }) => runtime?.id === rule.runtime);
  const started = buildRecordedStart(compiled, sameRuntime).calls;
  const grade = isPairAtWork(rule, onRuntime, channels, started) ? rule.gives : 'possible';
  return [buildItem(rule, 'pair', grade, sentence, channels)];
}

/**
 * A script with two HTTP clients shows both forms and large requests. A tool starts as recorded, also posts
 * telemetry, or retries repeatedly.
 */
function isPairAtWork(
  { alpn, upload }: Extract<Rule, { kind: 'pair' }>,
  mine: readonly Channel[],
  channels: readonly Channel[],
  started: number,
): boolean {
  if (started >= START_CALLS.alone) return true;
  const exchanges = mine.flatMap((channel) => channel.exchanges);
  const isLarge = exchanges.some(({ exchange }) => exchange.bytesUp >= upload);
  if (isLarge && (started >= START_CALLS.withUpload || exchanges.some(isTelemetryPost))) return true;
  if (mine.some(({ isLogged }) => isLogged)) return isLoggedAtWork(alpn, mine);
  if (channels.some(({ flows, failedFlows }) => flows > failedFlows)) return false;
  return alpn.every((list) => {
    const matching = channels.filter((channel) => channel.fingerprint?.alpn.join(',') === list.join(','));
    return matching.reduce((sum, { helloTimesUs }) => sum + helloTimesUs.length, 0) >= RETRIED_HELLOS;
  });
}

/** True for repeated connections in both forms: a log has no calls, and a script with two HTTP clients uses each only once. */
function isLoggedAtWork(alpn: readonly (readonly string[])[], mine: readonly Channel[]): boolean {
  if (!mine.some(({ slices }) => slices.some(({ row }) => row.largeLogged > 0))) return false;
  const hellos = alpn.map((list) => {
    const ofForm = mine.filter(({ fingerprint }) => fingerprint?.alpn.join(',') === list.join(','));
    return ofForm.reduce((sum, { flows }) => sum + flows, 0);
  });
  return Math.max(...hellos) >= LOGGED_HELLOS.ofOne && Math.min(...hellos) >= LOGGED_HELLOS.ofOther;
}

function isTelemetryPost({ exchange: { bytesUp, bytesDown, recordsDown } }: TimedExchange): boolean {
  const isShort = recordsDown === 1 && bytesDown <= TELEMETRY.mostDown;
  return bytesUp >= TELEMETRY.leastUp && isShort;
}

/** Channels of one name and the same versions of the runtime, with the times of all their hellos. */
interface ProgramHellos {
  readonly versions: readonly string[];
  readonly channels: readonly Channel[];
  readonly timesUs: readonly TimestampUs[];
}

/**
 * Groups hellos by name and program. Few versions of a runtime are distinguishable by hello, while a name may have any
 * number of forms.
 */
function groupHellos(channels: readonly Channel[]): ReadonlyMap<string, readonly ProgramHellos[]> {
  const names = new Map<string, Map<string, Channel[]>>();
  for (const channel of channels) {
    const { name, runtime } = channel;
    const programs = names.get(name) ?? new Map<string, Channel[]>();
    names.set(name, programs);
    const key = runtime?.versions.join(' ') ?? '';
    addTo(programs, key, channel);
  }
  return new Map([...names].map(([name, programs]) => [name, [...programs.values()].map(buildHellos)]));
}

const buildHellos = (channels: readonly Channel[]): ProgramHellos => ({
  versions: channels[0]?.runtime?.versions ?? [],
  channels,
  timesUs: channels.flatMap(({ helloTimesUs }) => helloTimesUs).sort((a, b) => a - b),
});

/** Yields channels with a hello near one of the other form, if both may belong to one version. */
function* findPaired(
  programs: readonly ProgramHellos[],
  others: readonly ProgramHellos[],
  spanUs: number,
  onPair: (apartUs: number) => void = () => undefined,
): Iterable<Channel> {
  for (const { versions, channels } of programs) {
    const fitting = others.filter((other) => mayBeOneProgram(versions, other.versions));
    for (const channel of channels) {
      let nearest = Number.POSITIVE_INFINITY;
      for (const { timesUs } of fitting)
        for (const time of channel.helloTimesUs) nearest = Math.min(nearest, distanceTo(timesUs, time));
      if (nearest > spanUs) continue;
      onPair(nearest);
      yield channel;
    }
  }
}

/** False if the two forms belong to different versions of the runtime. */
function mayBeOneProgram(versions: readonly string[], others: readonly string[]): boolean {
  return versions.length === 0 || others.length === 0 || versions.some((version) => others.includes(version));
}

/** Maximum number of records of a short answer: a setting, a flag, an acknowledgement. */
const SHORT_ANSWER_RECORDS = 2;

export function applySideCallRule(
  rule: Extract<Rule, { kind: 'sideCalls' }>,
  compiled: CompiledTool,
  period: ActivityPeriod,
): GatheredItem[] {
  const fitting = period.channels.filter(
    (channel) => isAmong(rule.names, channel.name) && formatMatch(compiled, channel, rule.runtimes) === 'yes',
  );
  const started = buildRecordedStart(compiled, fitting);
  if (started.calls >= START_CALLS.alone) {
    const sentence = phrase('oneStart', { number: started.calls, what: describe(started.channels) });
    return [buildItem(rule, 'companion', rule.gives, sentence, started.channels)];
  }
  const calls: { timed: TimedExchange; channel: Channel }[] = [];
  const { upload } = rule.uploadOrSizes;
  let isLarge = false;
  let isPosted = false;
  const sizes = new Set<number>();
  for (const channel of fitting) {
    for (const timed of channel.exchanges) {
      const { bytesUp, recordsDown } = timed.exchange;
      isLarge ||= bytesUp >= upload;
      if (recordsDown === 0 || recordsDown > SHORT_ANSWER_RECORDS) continue;
      if (bytesUp <= rule.maxUp) {
        calls.push({ timed, channel });
        sizes.add(bytesUp);
      } else if (bytesUp >= upload) isPosted = true;
    }
  }
  if (!isPosted && !(isLarge && sizes.size >= rule.uploadOrSizes.sizes)) return [];
  calls.sort((a, b) => a.timed.startUs - b.timed.startUs);
  const spanUs = rule.withinSeconds * 1_000_000;
  const different = new Map<number, number>();
  let end = 0;
  for (const [i, { timed }] of calls.entries()) {
    for (
      let next = calls[end];
      next !== undefined && next.timed.startUs - timed.startUs <= spanUs;
      next = calls[end]
    ) {
      const { bytesUp } = next.timed.exchange;
      different.set(bytesUp, (different.get(bytesUp) ?? 0) + 1);
      end++;
    }
    if (end - i >= rule.calls && different.size >= rule.sizes) {
      const channels = [...new Set(calls.slice(i, end).map(({ channel }) => channel))];
      const sentence = phrase('smallCalls', {
        number: end - i,
        size: different.size,
        span: rule.withinSeconds,
        name: channels[0]?.name ?? '',
      });
      return [buildItem(rule, 'companion', 'possible', sentence, channels)];
    }
    const left = (different.get(timed.exchange.bytesUp) ?? 0) - 1;
    if (left > 0) different.set(timed.exchange.bytesUp, left);
    else different.delete(timed.exchange.bytesUp);
  }
  return [];
}

export function applyUploadRule(
  rule: Extract<Rule, { kind: 'upload' }>,
  compiled: CompiledTool,
  period: ActivityPeriod,
): GatheredItem[] {
  const channels = period.channels.filter(
    (channel) =>
      isAmong(rule.names, channel.name) &&
      formatMatch(compiled, channel, rule.runtimes) === 'yes' &&
      channel.exchanges.some(({ exchange }) => exchange.bytesUp >= rule.minUp),
  );
  if (channels.length === 0) return [];
  return [
    buildItem(
      rule,
      'fingerprint',
      rule.gives,
      phrase('largeRequests', { what: describe(channels) }),
      channels,
    ),
  ];
}

export function applyRelayRule(
  rule: Extract<Rule, { kind: 'relay' }>,
  compiled: CompiledTool,
  period: ActivityPeriod,
  isDirect: IsDirect,
): GatheredItem[] {
  const channels = period.channels.filter(
    (channel) =>
      !isDirect(channel.name) &&
      // A hidden name may be any API, so the shape of its requests identifies no tool.
      !isNameless(channel) &&
      formatMatch(compiled, channel, rule.runtimes) === 'yes' &&
      channel.exchanges.some(({ exchange }) => looksRelayed(exchange, rule)),
  );
  if (channels.length === 0) return [];
  const what = describe(channels);
  if (rule.beside === undefined)
    return [buildItem(rule, 'fingerprint', rule.gives, phrase('streamed', { what }), channels)];
  const companions = listChannelsWithRelay(rule.beside, channels, period);
  if (!isUse(companions)) return [];
  const sentence = phrase('streamedBeside', { what, other: describe(companions) });
  return [buildItem(rule, 'companion', rule.gives, sentence, [...channels, ...companions])];
}

/** Lists channels of the names on the runtime that connected to the relay. */
function listChannelsWithRelay(
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

export function applyStartUpRule(
  rule: Extract<Rule, { kind: 'startUp' }>,
  compiled: CompiledTool,
  period: ActivityPeriod,
  isDirect: IsDirect,
): GatheredItem[] {
  const fitting = period.channels.filter(
    (channel) => isAmong(rule.names, channel.name) && formatMatch(compiled, channel, rule.runtimes) === 'yes',
  );
  const channels = selectStarted(compiled, fitting, period, isDirect);
  if (channels.length === 0) return [];
  return [buildItem(rule, 'companion', rule.gives, phrase('began', { what: describe(channels) }), channels)];
}
