// Aggregates border records into windows of facts. The records go to the collector of native code as bytes. This class
// answers its questions from the catalogue and completes the windows that it has closed.

import {
  type ExchangeShape,
  findMessage,
  findStreamedCall,
  isLoop,
  mayBeCall,
  mayBeSideCall,
} from '../../catalogue/agent-loop.ts';
import { MAX_OF_SENSOR_WINDOW } from '../../model/ceilings.ts';
import { FILTERED } from '../../model/counters.ts';
import type {
  Counters,
  DnsRecord,
  FlowRecord,
  HostObservationRecord,
  HostTotalsRecord,
  RecordFilter,
  ServiceRecord,
} from '../../model/flow.ts';
import type { Mutable } from '../../model/immutable.ts';
import type { OutcomeRecord } from '../../model/outcome.ts';
import { serviceKey, sumServices } from '../../model/services.ts';
import {
  type HostClaim,
  type HostTotals,
  LARGE_LOGGED_BYTES,
  type ServiceSeen,
  type UsageLookup,
  type UsageWindow,
  type WindowStats,
} from '../../model/usage.ts';
import { ECH_SEEN, TRANSPORTS } from '../../model/window-words.ts';
import type { CollectorLookup, NativeCollector } from '../../native/addon.ts';
import { type OpenHost, type WindowFinish, WindowReader } from '../../native/closed-window.ts';
import { BATCH_PARTS, LOG_MARKS } from '../../native/collector-parts.ts';
import { RecordWriter } from '../../native/record-writer.ts';
import { compareText } from '../../net/address.ts';
import { US } from '../../time/units.ts';
import { type LeftOut, listCounterFlaws } from '../../window/flaws.ts';
import { withOutcomes } from '../../window/host-parts.ts';
import {
  destinationKey,
  EMPTY_STATS,
  keepExchanges,
  keepHelloTimes,
  mapFields,
  notVisibleKey,
  STATS_SUM_NAMES,
  sumCounts,
  sumStats,
  unionFlaws,
  unionSharedMacs,
  withClaims,
  withMacs,
} from '../../window/sums.ts';
import type { LocalNetworks } from './local-networks.ts';

export interface AggregatorOptions {
  /** Divides 900. */
  readonly windowSeconds: number;
  readonly collector: NativeCollector;
  readonly localNetworks: LocalNetworks;
  /** Applies to all windows. */
  readonly leftOut?: LeftOut;
}

const NOTHING: LeftOut = { flaws: [], excluded: [] };

/** Number of totals per call, because each call of native code costs as much as some records. */
const TOTALS_AT_ONCE = 256;

export class Aggregator {
  readonly #windowSeconds: number;
  readonly #collector: NativeCollector;
  readonly #localNetworks: LocalNetworks;
  readonly #services: OpenServices;
  readonly #leftOut: LeftOut;
  readonly #reader = new WindowReader(WINDOW_FINISH);
  readonly #writer = new RecordWriter();
  #handedOn: WindowStats = EMPTY_STATS;
  /** Counts of reached limits for the next window. */
  #overflow: Record<string, number> = {};

  constructor({ windowSeconds, collector, localNetworks, leftOut = NOTHING }: AggregatorOptions) {
    this.#windowSeconds = windowSeconds;
    this.#collector = collector;
    this.#localNetworks = localNetworks;
    this.#services = new OpenServices(windowSeconds);
    this.#leftOut = leftOut;
  }

  /** Replaces the catalogue for later records. Identified flows keep their identity. */
  setLookup(lookup: UsageLookup, watchlist: RecordFilter): void {
    this.#collector.setLookup(collectorLookup(lookup, watchlist));
  }

  /** Adds the records of a decoder's batch. Returns the number of those that this class reads too. */
  addBatch(batch: Uint8Array, length: number, part: keyof typeof BATCH_PARTS): number {
    const others = this.#collector.add(batch, length, BATCH_PARTS[part]);
    if (others < 0) throw new Error('not a batch of whole records');
    return others;
  }

  /** Adds sums of flows of a log that do not match the catalogue. */
  addTotals(sums: Iterable<HostTotalsRecord>): void {
    let count = 0;
    for (const totals of sums) {
      this.#writer.totals(totals);
      if (++count % TOTALS_AT_ONCE === 0) this.#addLog(0);
    }
    this.#addLog(0);
  }

  /** Adds a batch of sums from the core. */
  addWrittenTotals(batch: Uint8Array, length: number): void {
    if (!this.#collector.addLog(batch, length, 0)) throw new Error('not a batch of whole records');
  }

  /** Adds a DNS message from a log. */
  addDns(record: DnsRecord): void {
    this.#writer.dns(record);
    this.#addLog(0);
  }

  addObservation(observation: HostObservationRecord): void {
    this.#writer.observation(observation);
    this.#addLog(0);
  }

  /**
   * Adds a complete row of another sensor's log: its slices in order of time. No later record of the flow may follow,
   * and DNS answers that name it must be added before.
   */
  addLogged(slices: readonly FlowRecord[]): void {
    const [first] = slices;
    if (first === undefined) return;
    for (const slice of slices) this.#writer.flow(slice);
    const { logged } = first;
    this.#addLog(
      (logged === undefined ? 0 : LOG_MARKS.logged) |
        (logged?.hasUp === true ? LOG_MARKS.hasUp : 0) |
        (logged?.hasDown === true ? LOG_MARKS.hasDown : 0) |
        ((logged?.sentInAll ?? 0) >= LARGE_LOGGED_BYTES ? LOG_MARKS.isLarge : 0) |
        (first.hello === null ? 0 : LOG_MARKS.hasHello) |
        (first.helloUs === null ? 0 : LOG_MARKS.hasHelloTime),
    );
  }

  #addLog(marks: number): void {
    const { bytes, length } = this.#writer.take();
    if (!this.#collector.addLog(bytes, length, marks)) throw new Error('not a batch of whole records');
  }

  addService(service: ServiceRecord): void {
    if (!this.#localNetworks.contains(service.server)) return;
    this.#collector.keepWindow(service.firstUs);
    if (!this.#services.add(service)) this.#countOverflow('services');
  }

  addOutcome(record: OutcomeRecord): void {
    this.#writer.outcome(record);
    this.#addLog(0);
  }

  #countOverflow(ceiling: string, count = 1): void {
    this.#overflow[ceiling] = (this.#overflow[ceiling] ?? 0) + count;
  }

  /**
   * Must be called after all records of packets before this time have been added: names and legs are known up to it.
   */
  settle(untilUs: number): void {
    this.#collector.settle(untilUs);
  }

  /**
   * Closes the windows that end at `untilUs` or before. `counters` are totals since the start. Values without a time
   * (packets in no flow, malformed packets, drops) count in the last of these windows; bytes of packets in no flow are
   * known only at the end.
   */
  close(untilUs: number, sensor: string, revision: number, counters: Counters | null): UsageWindow[] {
    this.#collector.close(untilUs);
    return this.#takeClosed(sensor, revision, counters, computeRest);
  }

  /** Creates a window at this time, because silence of a live sensor is observed time. */
  keepWindow(us: number): void {
    this.#collector.keepWindow(us);
  }

  /** Closes all windows after the last record. `lastUs`: time of the last packet, null without one. */
  finish(sensor: string, revision: number, counters: Counters, lastUs: number | null): UsageWindow[] {
    if ((counters.unwatched ?? 0) > 0) this.#countOverflow('unwatched', counters.unwatched);
    this.#collector.finish(lastUs);
    return this.#takeClosed(sensor, revision, counters, subtractStats);
  }

  /**
   * Returns the closed windows. `restOver` returns the counter values that all windows so far lack; the last window
   * gets them, with the counts of reached limits. Without counters they are unknown.
   */
  #takeClosed(
    sensor: string,
    revision: number,
    counters: Counters | null,
    restOver: (counters: Counters, placed: WindowStats) => WindowStats,
  ): UsageWindow[] {
    this.#overflow = sumCounts(this.#overflow, this.#collector.takeOverflow());
    const windows: Mutable<UsageWindow>[] = [];
    const lengthSeconds = this.#windowSeconds;
    const flaws = counters === null ? [] : listCounterFlaws(counters);
    const ofAll = unionFlaws([this.#leftOut, { flaws }]);
    for (let image = this.#collector.nextWindow(); image !== null; image = this.#collector.nextWindow()) {
      const {
        startSeconds,
        stats,
        heardSeconds,
        mayShareMacs,
        hosts,
        rows,
        queriedNames,
        hellos,
        account,
        outcomes,
      } = this.#reader.read(image);
      this.#handedOn = sumStats(this.#handedOn, stats);
      const heard = listHeardTimes(startSeconds, heardSeconds);
      const window = {
        sensor,
        startSeconds,
        revision,
        lengthSeconds,
        stats,
        hosts,
        rows,
        queriedNames,
        heard,
      };
      windows.push(
        Object.assign(
          window,
          mayShareMacs ? unionSharedMacs([], hosts) : null,
          this.#services.take(startSeconds),
          hellos.length === 0 ? null : { hellos },
          account.length === 0 ? null : { account },
          withOutcomes(outcomes),
          ofAll,
        ),
      );
    }
    const last = windows.at(-1);
    if (last === undefined) return [];
    if (counters !== null) {
      const rest = restOver(counters, this.#handedOn);
      last.stats = sumStats(last.stats, rest);
      this.#handedOn = sumStats(this.#handedOn, rest);
    }
    last.stats = { ...last.stats, overflow: sumCounts(last.stats.overflow ?? {}, this.#overflow) };
    if (ofAll.flaws?.includes('filtered') === true)
      for (const window of windows) window.stats = withAllFiltered(window.stats);
    this.#overflow = {};
    return windows;
  }
}

/** Returns the counters of a window all of whose packets passed a filter. */
const withAllFiltered = (stats: WindowStats): WindowStats =>
  stats.packets === 0 ? stats : { ...stats, malformed: { ...stats.malformed, [FILTERED]: stats.packets } };

/**
 * Returns the observed seconds of a window. One without any has an empty run, because no run would state that its
 * sensor was on.
 */
function listHeardTimes(startSeconds: number, heardSeconds: readonly number[]): number[] {
  return (heardSeconds.length === 0 ? [0, 0] : heardSeconds).map((seconds) => (startSeconds + seconds) * US);
}

/** Answers questions of the collector. It caches the answers, so that each name and form of a hello is asked once. */
export function collectorLookup(
  lookup: UsageLookup,
  { ciphers, networks = [] }: Pick<RecordFilter, 'ciphers' | 'networks'>,
): CollectorLookup {
  return {
    ciphers,
    networks,
    isListed: (name) => lookup.isListed(name),
    isLookedUp: (name) => lookup.isLookedUp?.(name) === true,
    traitsOf(transport, ja4, ja3, alpn, ech) {
      const form = {
        transport: TRANSPORTS.find((word) => word === transport) ?? 'tcp',
        ja4,
        ja3,
        alpn,
        ech: ECH_SEEN.find((word) => word === ech) ?? 'none',
      } as const;
      if (lookup.runtimeOf(form) === null) return 0;
      return (
        1 | (lookup.needsLoop?.(form) === true ? 2 : 0) | (lookup.keepsConversation?.(form) === true ? 4 : 0)
      );
    },
    shapeOf(bytesUp, bytesDown, recordsDown, uploadMs, waitMs, answerMs) {
      const shape: ExchangeShape = { bytesUp, bytesDown, recordsDown, uploadMs, waitMs, answerMs };
      const message = findMessage(0, shape);
      return (
        (findStreamedCall(0, shape) === null ? 0 : 1) |
        (message === null ? 0 : 2) |
        (message?.isStreamed === true ? 4 : 0) |
        (mayBeCall(shape) ? 8 : 0) |
        (mayBeSideCall(shape) ? 16 : 0)
      );
    },
    isLoop: (callNumbers, messageNumbers) => isLoop(listCalls(callNumbers), listCalls(messageNumbers)),
  };
}

/** Four numbers of each. */
function listCalls(numbers: Float64Array) {
  return Array.from({ length: numbers.length / 4 }, (_, i) => ({
    startUs: numbers[4 * i] ?? 0,
    endUs: numbers[4 * i + 1] ?? 0,
    bytesUp: numbers[4 * i + 2] ?? 0,
    isStreamed: numbers[4 * i + 3] === 1,
  }));
}

/** Converts the lists of hosts and rows of a closed window to the form of windows. */
const WINDOW_FINISH: WindowFinish = {
  host: finishHost,
  helloTimes: keepHelloTimes,
  exchanges: keepExchanges,
  notVisible: (parts) => sortParts(parts, notVisibleKey),
  destinations: (parts) => sortParts(parts, destinationKey),
};

/** Builds each key once, because a log without names has a million parts. */
function sortParts<T>(parts: readonly T[], keyOf: (part: T) => string): readonly T[] {
  if (parts.length < 2) return parts;
  return parts
    .map((part) => ({ part, key: keyOf(part) }))
    .sort((a, b) => compareText(a.key, b.key))
    .map(({ part }) => part);
}

function finishHost({ totals, frames: list, said }: OpenHost): HostTotals {
  const notVisible = sortParts(totals.notVisible, notVisibleKey);
  const { mac, firstUs, lastUs, bytesDown } = totals;
  const frames = list ?? (mac === null ? [] : [{ mac, firstUs, lastUs, isAnswered: bytesDown > 0 }]);
  // A known MAC of the host adds no information.
  const isNew = ({ name, mac }: HostClaim): boolean =>
    name !== null || (mac !== totals.mac && !frames.some((frame) => frame.mac === mac));
  const claims = said.length === 0 ? {} : withClaims([said.filter(isNew)], frames);
  return { ...totals, notVisible, ...withMacs(totals, frames), ...claims };
}

// Computes the counter values of an analysis that the records in windows lack.

function subtractStats(counters: Counters, placed: WindowStats): WindowStats {
  const countBeyond = (total: number, sum: number): number => Math.max(0, total - sum);
  const malformed: Record<string, number> = {};
  for (const [name, count] of Object.entries(counters.malformed)) {
    malformed[name] = countBeyond(count, placed.malformed[name] ?? 0);
  }
  const sums = mapFields(STATS_SUM_NAMES, (name) => countBeyond(counters[name], placed[name]));
  return {
    ...sums,
    malformed,
    undecoded: sums.packets,
    overflow: {},
  };
}

/**
 * Computes these values during the capture. Packets of open flows are in the totals but not yet in records, so only
 * packets in no flow can be assigned.
 */
function computeRest(counters: Counters, placed: WindowStats): WindowStats {
  const outside = counters.undecoded + (counters.excluded ?? 0) + (counters.filtered ?? 0);
  const packets = Math.max(0, outside - (placed.undecoded ?? 0));
  const rest = subtractStats(counters, placed);
  return { ...rest, packets, bytes: 0, flows: 0, hellosComplete: 0, evictedFlows: 0, undecoded: packets };
}

/**
 * Services of the open windows: sums, unions and extremes by client and service. Flows without a sign are kept until
 * their window is closed, because another flow may identify the service.
 */
class OpenServices {
  readonly #windowSeconds: number;
  readonly #windows = new Map<number, Map<string, ServiceSeen>>();
  /** Earlier windows are closed. */
  #openFrom = Number.NEGATIVE_INFINITY;

  constructor(windowSeconds: number) {
    this.#windowSeconds = windowSeconds;
  }

  /**
   * Adds a record. Late records for closed windows count in the first open one. Returns false if the limit of clients
   * and services is reached.
   */
  add(record: ServiceRecord): boolean {
    const seconds = Math.floor(record.firstUs / US);
    const start = Math.max(seconds - (seconds % this.#windowSeconds), this.#openFrom);
    const seen = this.#windows.get(start) ?? new Map<string, ServiceSeen>();
    this.#windows.set(start, seen);
    const key = serviceKey(record);
    const existing = seen.get(key);
    if (existing === undefined && seen.size >= MAX_OF_SENSOR_WINDOW) return false;
    const serviceSeen: ServiceSeen = {
      ...record,
      signs: [...record.signs].sort(compareText),
      isOtherNetwork: false,
    };
    seen.set(key, existing === undefined ? serviceSeen : sumServices(existing, serviceSeen));
    return true;
  }

  /** Returns the services of a window that is closing. */
  take(startSeconds: number): Pick<UsageWindow, 'services'> {
    const seen = this.#windows.get(startSeconds) ?? [];
    this.#windows.delete(startSeconds);
    this.#openFrom = Math.max(this.#openFrom, startSeconds + this.#windowSeconds);
    const findPlace = ({ server, port }: ServiceSeen): string => `${server} ${port}`;
    const all = [...seen].sort((a, b) => compareText(a[0], b[0])).map(([, service]) => service);
    const named = new Set(all.filter(({ signs }) => signs.length > 0).map(findPlace));
    const services = all.filter((service) => named.has(findPlace(service)));
    return services.length === 0 ? {} : { services };
  }
}
