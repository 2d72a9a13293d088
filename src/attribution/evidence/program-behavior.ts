// Classifies how programs used the names of one tool: as the tool does, or as any monitor, crawler or script does.

import { isAmong } from '../../catalogue/name-index.ts';
import { type CompiledTool, formatMatch, isDerived, isOwnName } from '../../catalogue/rules.ts';
import { computeOnce } from '../../model/computed-once.ts';
import { findMaximum, findMinimum } from '../../model/extremes.ts';
import { addTo, groupBy } from '../../model/grouped-by.ts';
import { phrase, type Sentence } from '../../model/sentences.ts';
import { countBefore } from '../../time/sorted.ts';
import type { ActivityPeriod, Channel, ProgramBehavior, TimedExchange } from '../traffic/channel.ts';

export type Behaviors = ReadonlyMap<Channel, ProgramBehavior>;
/** True for the name of a service itself: listed, and not a gateway. */
export type IsDirect = (name: string) => boolean;

/** No request of 833 recorded ones of ordinary programs was this large; 36 of 45 recordings with an own name contain one. */
const UPLOAD_BYTES = 1000;
/** Repeated requests of one size below this limit are a probe with a body. */
const PROBE_BYTES = 4000;
/** Limits of calls: a GET without cookies is smaller than calls with a token or a body, and pages have larger answers. */
const CALL = { leastUp: 500, mostDown: 2000, sizes: 3 } as const;
/** Sizes with a smaller difference are equal: a cookie or a digit may differ. */
const SAME_SIZE = 8;
/** A version in the product token is a few digits longer or shorter. */
const START_UP_SLACK = 4;
/** Minimum number of start-up calls that do not match by chance. */
const START_UP_CALLS = 2;
/** Minimum size of a request to a model with a streamed answer. */
const MODEL_UP = 2000;
const MODEL_RECORDS = 3;
/** Minimum size of an answer that a proxy has combined into one record. */
const MODEL_DOWN = 2000;
/** Time around a start for the first model request: tools load settings first, and a person may type for 75 s. */
const WORK_US = { before: 5_000_000, after: 120_000_000 } as const;
/** A call within this time after a request to a model is not a start: an agent loads pages on request of a model. */
const AT_WORK_US = 20_000_000;
/** Minimum number of calls of a rhythm, in which no pause exceeds another by half. */
const RHYTHM_CALLS = 3;
/** Minimum number of visits of a clock: a person may begin three sessions at equal intervals. */
const CLOCK_VISITS = 5;
const RHYTHM_PAUSE = { leastUs: 5_000_000, ratio: 1.5 } as const;
/** Maximum bytes of a client for a hello and the end of a handshake. */
const GREETING_BYTES = 2600;
/** A program retries at once after a failed handshake; a monitor waits for its next interval. */
const RETRIES = { times: 3, withinUs: 10_000_000 } as const;

/**
 * Finds the behavior on each channel with a name that can name the tool. Channels of one runtime may be one program, so
 * they are evaluated together.
 */
export function findBehaviors(compiled: CompiledTool, period: ActivityPeriod, isDirect: IsDirect): Behaviors {
  const programs = groupBy(
    period.channels.filter((channel) => canName(compiled, channel)),
    channelProgram,
  );
  const behaviors = new Map<Channel, ProgramBehavior>();
  for (const channels of programs.values()) {
    const behavior = classifyBehavior(compiled, channels, period, isDirect);
    for (const channel of channels) behaviors.set(channel, behavior);
  }
  return behaviors;
}

function canName(compiled: CompiledTool, channel: Channel): boolean {
  if (isOwnName(compiled, channel.name)) return true;
  return compiled.rules.some((rule) => {
    if (rule.kind !== 'name' || isDerived(rule) || !isAmong(rule.names, channel.name)) return false;
    const match = formatMatch(compiled, channel, rule.runtimes);
    return match === 'yes' || match === 'unknown';
  });
}

function channelProgram({ runtime }: Pick<Channel, 'runtime'>): string {
  if (runtime === null) return '';
  return runtime.id === 'unknown' ? runtime.fingerprintClass : runtime.id;
}

function classifyBehavior(
  compiled: CompiledTool,
  channels: readonly Channel[],
  period: ActivityPeriod,
  isDirect: IsDirect,
): ProgramBehavior {
  const exchanges = channels.flatMap((channel) => channel.exchanges);
  if (isUse(channels)) return findLargest(exchanges) < PROBE_BYTES ? 'modest' : 'use';
  if (hasBegun(compiled, channels, period, isDirect)) return 'started';
  if (isVaried(exchanges)) return 'varied';
  const isTried = isRetried(channels) || isStartRetried(compiled, channels);
  const isVisited = channels.some((channel) => isOwnVisit(compiled, channel));
  return isTried || isVisited || channels.some(isBusy) ? 'unseen' : 'call';
}

/**
 * True for a logged connection with bytes to an own name of the tool: no other program has a reason for it except a
 * monitor, which has a fixed interval.
 */
function isOwnVisit(compiled: CompiledTool, channel: Channel): boolean {
  const { isLogged, isAnswered, name, slices, helloTimesUs } = channel;
  if (!isLogged || !isAnswered || !(isOwnName(compiled, name) || isNamedByRule(compiled, channel)))
    return false;
  const isSized = slices.some(
    ({ row: { loggedSlices, unsizedUp, unsizedDown } }) => loggedSlices > Math.min(unsizedUp, unsizedDown),
  );
  return isSized && !isByTheClock(helloTimesUs);
}

/** True if a rule assigns the name on this runtime to the tool, and the log shows the runtime. */
function isNamedByRule(compiled: CompiledTool, channel: Channel): boolean {
  return compiled.rules.some(
    (rule) =>
      rule.kind === 'name' &&
      rule.gives !== 'possible' &&
      isAmong(rule.names, channel.name) &&
      formatMatch(compiled, channel, rule.runtimes) === 'yes',
  );
}

function isByTheClock(timesUs: readonly number[]): boolean {
  if (timesUs.length < CLOCK_VISITS) return false;
  const pauses = timesUs.slice(1).map((time, i) => time - (timesUs[i] ?? time));
  const [least, most] = [findMinimum(pauses), findMaximum(pauses)];
  return least >= RHYTHM_PAUSE.leastUs && most <= RHYTHM_PAUSE.ratio * least;
}

const findLargest = (exchanges: readonly TimedExchange[]): number =>
  exchanges.reduce((most, { exchange }) => Math.max(most, exchange.bytesUp), 0);

/** True if more was sent than a check of availability, or a request for content. */
export function isUse(channels: readonly Channel[]): boolean {
  const exchanges = channels.flatMap((channel) => channel.exchanges);
  const most = findLargest(exchanges);
  const sizes = exchanges.map(({ exchange }) => exchange.bytesUp);
  const isUniform = most - findMinimum(sizes) <= SAME_SIZE;
  const isProbe = isUniform && sizes.length >= RHYTHM_CALLS && most < PROBE_BYTES;
  return most >= UPLOAD_BYTES && !isProbe;
}

function isVaried(exchanges: readonly TimedExchange[]): boolean {
  const calls = exchanges.filter(
    ({ exchange }) => exchange.bytesUp >= CALL.leastUp && exchange.bytesDown <= CALL.mostDown,
  );
  return countDistinct(calls.map(({ exchange }) => exchange.bytesUp)) >= CALL.sizes;
}

function countDistinct(sizes: readonly number[]): number {
  let count = 0;
  let last = Number.NEGATIVE_INFINITY;
  for (const size of [...sizes].sort((a, b) => a - b)) {
    if (size - last < SAME_SIZE) continue;
    last = size;
    count++;
  }
  return count;
}

/** True for several recorded start-up calls of the tool; or one of them followed by model requests. */
function hasBegun(
  compiled: CompiledTool,
  channels: readonly Channel[],
  period: ActivityPeriod,
  isDirect: IsDirect,
): boolean {
  const calls = startUpTimes(compiled, channels);
  if (calls.size !== 1) return calls.size >= START_UP_CALLS && areMostCalls(compiled, channels, calls);
  const isRhythm = findRhythm(channels.flatMap(({ exchanges }) => exchanges)) !== null;
  const asking = listModelUsers(compiled, channels, period, isDirect);
  const models = listModelTimes(asking);
  const forms = new Set(channels.map(({ runtime }) => runtime?.fingerprintClass));
  const sameForm = listModelTimes(asking.filter(({ runtime }) => forms.has(runtime?.fingerprintClass)));
  const times = [...calls.values()].flat();
  const isBeginning = (time: number): boolean => isBeginOfWork(time, models, sameForm);
  // A scheduled job works after each start; a monitor next to a working program does so only by chance.
  return isRhythm ? times.every(isBeginning) : times.some(isBeginning);
}

/** True if most calls match recorded ones: a crawler reads many pages, some of which match by chance. */
function areMostCalls(
  { tool }: CompiledTool,
  channels: readonly Channel[],
  matched: ReadonlyMap<string, readonly number[]>,
): boolean {
  const names = (tool.startUp ?? []).flatMap((start) => start.names);
  const sizes = channels
    .filter(({ name }) => isAmong(names, name))
    .flatMap(({ exchanges }) => exchanges.map(({ exchange }) => exchange.bytesUp))
    .filter((bytesUp) => bytesUp < UPLOAD_BYTES);
  return matched.size * 2 > new Set(sizes).size;
}

/** True if a request to a model follows soon or is in progress, and none was made in the same form shortly before. */
function isBeginOfWork(time: number, models: readonly number[], sameForm: readonly number[]): boolean {
  const next = models[countBefore(models, (us) => us < time - WORK_US.before)];
  if (next === undefined || next > time + WORK_US.after) return false;
  const before = sameForm[countBefore(sameForm, (us) => us < time - AT_WORK_US)];
  return before === undefined || before >= time - WORK_US.before;
}

/** Selects the channels whose program started like the tool. */
export function selectStarted(
  compiled: CompiledTool,
  channels: readonly Channel[],
  period: ActivityPeriod,
  isDirect: IsDirect,
): Channel[] {
  return [...groupBy(channels, channelProgram).values()].flatMap((mine) =>
    hasBegun(compiled, mine, period, isDirect) ? mine : [],
  );
}

export function listStartUpTimes(compiled: CompiledTool, channels: readonly Channel[]): number[] {
  return [...startUpTimes(compiled, channels).values()].flat();
}

/** Returns the times of start-up calls by name and recorded size. */
function startUpTimes({ tool }: CompiledTool, channels: readonly Channel[]): Map<string, number[]> {
  const matched = new Map<string, number[]>();
  for (const { names, sizes } of tool.startUp ?? []) {
    for (const { name, exchanges } of channels) {
      if (!isAmong(names, name)) continue;
      for (const { startUs, exchange } of exchanges) {
        const computeDifference = (size: number): number => Math.abs(exchange.bytesUp - size);
        const nearest = sizes.reduce(
          (best, size) => (computeDifference(size) < computeDifference(best) ? size : best),
          0,
        );
        if (computeDifference(nearest) > START_UP_SLACK) continue;
        const key = `${name} ${nearest}`;
        addTo(matched, key, startUs);
      }
    }
  }
  return matched;
}

/** Lists channels of the same runtime that used a model under other names to which the tool may send requests. */
function listModelUsers(
  { names, tool }: CompiledTool,
  channels: readonly Channel[],
  period: ActivityPeriod,
  isDirect: IsDirect,
): Channel[] {
  const program = channelProgram(channels[0] ?? { runtime: null });
  const own = new Set(channels);
  const mayAsk = ({ name }: Channel): boolean =>
    tool.ownKey === true || names.find(name).length > 0 || (tool.ownGateway !== undefined && !isDirect(name));
  const asking = groupAskingChannels(period).get(program) ?? [];
  return asking.filter((channel) => !own.has(channel) && mayAsk(channel));
}

/** Lists the sorted times of requests to a model. */
function listModelTimes(channels: readonly Channel[]): number[] {
  return channels
    .flatMap(({ exchanges }) => exchanges.filter(isModelCall).map(({ startUs }) => startUs))
    .sort((a, b) => a - b);
}

/** Groups channels of known runtimes that used a model by program, once for all programs of a period. */
const groupAskingChannels = computeOnce(
  ({ channels }: ActivityPeriod): ReadonlyMap<string, readonly Channel[]> => {
    const asking = channels.filter(
      ({ runtime, exchanges }) => runtime !== null && exchanges.some(isModelCall),
    );
    return groupBy(asking, channelProgram);
  },
);

function isModelCall({ exchange: { bytesUp, bytesDown, recordsDown } }: TimedExchange): boolean {
  return bytesUp >= MODEL_UP && (recordsDown >= MODEL_RECORDS || bytesDown >= MODEL_DOWN);
}

/** True if in some window the exchanges are unknown, and more was sent than a handshake and a small request. */
export function isBusy({ slices }: Channel): boolean {
  return slices.some(
    ({
      row: {
        exchanges,
        cells,
        flows,
        failedFlows,
        payloadUp,
        payloadDown,
        unsizedUp,
        loggedSlices,
        largeLogged,
      },
    }) => {
      if (exchanges.length + cells.length > 0 || flows <= failedFlows) return false;
      if (loggedSlices > 0) return largeLogged > 0 || (unsizedUp > 0 && payloadDown > 0);
      return payloadUp - flows * GREETING_BYTES >= PROBE_BYTES;
    },
  );
}

/** True if a start-up call of the tool was retried at once, as by a launcher whose download fails. */
function isStartRetried(compiled: CompiledTool, channels: readonly Channel[]): boolean {
  return [...startUpTimes(compiled, channels).values()].some(isTriedAtOnce);
}

function isTriedAtOnce(timesUs: readonly number[]): boolean {
  const sorted = [...timesUs].sort((a, b) => a - b);
  return sorted.some((time, i) => {
    const later = sorted[i + RETRIES.times - 1];
    return later !== undefined && later - time <= RETRIES.withinUs;
  });
}

/** True if connections to one name were retried, and no handshake was completed. */
function isRetried(channels: readonly Channel[]): boolean {
  return [...groupBy(channels, ({ name }) => name).values()].some((named) => {
    const failed = named.flatMap(({ slices }) => slices).filter(({ row }) => row.failedFlows >= row.flows);
    return isTriedAtOnce(failed.flatMap(({ row }) => row.helloTimesUs));
  });
}

/** Returns the pause between calls of one size if they have a rhythm. */
function findRhythm(exchanges: readonly TimedExchange[]): number | null {
  if (exchanges.length < RHYTHM_CALLS) return null;
  const sizes = exchanges.map(({ exchange }) => exchange.bytesUp);
  if (findMaximum(sizes) - findMinimum(sizes) > SAME_SIZE) return null;
  const times = exchanges.map(({ startUs }) => startUs).sort((a, b) => a - b);
  const pauses = times.slice(1).map((time, i) => time - (times[i] ?? time));
  const [least, most] = [findMinimum(pauses), findMaximum(pauses)];
  if (least < RHYTHM_PAUSE.leastUs || most > RHYTHM_PAUSE.ratio * least) return null;
  return (times.at(-1) ?? 0) - (times[0] ?? 0) > 0
    ? ((times.at(-1) ?? 0) - (times[0] ?? 0)) / pauses.length
    : null;
}

/** Returns the reason to doubt the behavior; null without one. */
export function findDoubt(behavior: ProgramBehavior, channels: readonly Channel[]): Sentence | null {
  if (behavior !== 'unseen' && behavior !== 'varied' && behavior !== 'call') return null;
  const name = listNames(channels);
  if (behavior !== 'call') return phrase(behavior, { name });
  const exchanges = channels.flatMap((channel) => channel.exchanges);
  if (exchanges.length === 0) return phrase('visited', { name });
  const calls = formatCalls(exchanges.map(({ exchange }) => exchange.bytesUp));
  const rhythm = findRhythm(exchanges);
  return rhythm === null
    ? phrase('onlyCalls', { name, calls })
    : phrase('monitor', { name, calls, number: Math.round(rhythm / 1_000_000) });
}

function listNames(channels: readonly Channel[]): string {
  const names = [...new Set(channels.map(({ name }) => name))];
  return `${names.slice(0, 3).join(', ')}${names.length > 3 ? ', …' : ''}`;
}

function formatCalls(sizes: readonly number[]): Sentence {
  const [least, greatest] = [findMinimum(sizes), findMaximum(sizes)];
  if (least < greatest) return phrase('callsBetween', { number: sizes.length, least, greatest });
  return sizes.length === 1
    ? phrase('callOf', { size: least })
    : phrase('callsOf', { number: sizes.length, size: least });
}

/** True if no connection carried a request: it was blocked, or failed before. An answered QUIC connection has passed. */
export const isAttempt = ({ slices, isOnlyTried, fingerprint }: Channel): boolean =>
  isOnlyTried &&
  slices.every(({ row }) => row.exchanges.length + row.cells.length === 0) &&
  !(fingerprint?.transport === 'quic' && slices.some(({ row }) => row.packetsDown > 0));
