// Makes windows from the packets of live interfaces: the loop of `watch`.

import type { Counters, HelloRecord, RecordFilter } from '../model/flow.ts';
import { omitUndefined } from '../model/omit-undefined.ts';
import {
  DEFAULT_FLOW_TABLE,
  type InterfaceDown,
  type LiveStatus,
  SETTLE_SECONDS,
  type WatchOptions,
} from '../model/sensor.ts';
import type { CaptureGap, UsageWindow } from '../model/usage.ts';
import type { GapReason } from '../model/window-words.ts';
import { type DecoderOptions, loadAddon } from '../native/addon.ts';
import { compareText } from '../net/address.ts';
import type { Aggregator } from '../reading/collector/aggregator.ts';
import { buildTotals } from '../reading/collector/host-totals.ts';
import { aggregatorFor, recordsInto, WINDOW_RECORDS } from '../reading/collector/records-into.ts';
import { interfaceDrops } from '../reading/rings/ring.ts';
import { RecordOrder } from '../reading/threads/record-order.ts';
import { NO_COUNTERS } from '../reading/threads/sum-counters.ts';
import type { LiveSource, LiveWatchlist } from '../reading/threads/thread-messages.ts';
import { US } from '../time/units.ts';
import { addGaps } from '../window/capture-gaps.ts';
import { MAX_FIRST_HELLOS } from './first-hellos.ts';
import { LiveThreads } from './live-threads.ts';

const DEFAULT_RING_MIB = 64;
/** The kernel restores a VLAN tag after its filter, so a filter on tags must run in user space. */
const ASKS_FOR_TAGS = /\bvlan\b/;

export interface Watch {
  status(): LiveStatus;
  /** Replaces the catalogue. */
  setCatalogue(catalogue: Pick<WatchOptions, 'lookup' | 'watchlist'>): void;
  /** Crashes a thread for tests; it is logged and replaced. */
  failWorker(slot: number): void;
  /** Adds a gap from this time until now to the next windows, because the sensor did not run. */
  noteSilenceSince(fromUs: number): void;
  /** Stops listening, and closes and delivers the open window. */
  stop(): Promise<void>;
}

/** Resolves when all interfaces are listened on. Throws PERMISSION, NO_INTERFACE, FILTER_INVALID, CAPTURE_FAILED. */
export async function startWatch(options: WatchOptions): Promise<Watch> {
  const sources = listSources(options);
  const drops = new InterfaceDrops(options.interfaces);
  const aggregator = aggregatorFor(options, options.windowSeconds, loadAddon());
  const rings = new RingTotals(sources.length);
  const outages = new Outages();
  const startMs = Date.now();
  const windows = new LiveWindows(
    {
      slots: sources.length,
      windowSeconds: options.windowSeconds,
      sensor: options.sensor,
      aggregator,
      counterNames: loadAddon().counterNames(),
      kernelDrops: () => rings.sum('ringDrops') + drops.since(),
      onWindows: (closed) => options.onWindows(outages.addTo(closed)),
      ...omitUndefined({ onHello: options.onHello }),
    },
    startMs / 1000,
  );
  const threads = new LiveThreads(
    { sources, decoder: decoderOptions(options, sources.length), windowSeconds: options.windowSeconds },
    {
      onBatch: (slot, batch) => windows.records.add(slot, batch),
      onProgress: (slot, progress) => windows.records.advance(slot, progress),
      onStats: (slot, stats) => rings.note(slot, stats),
      onGone: (slot) => {
        rings.end(slot);
        windows.records.end(slot);
      },
      onBack: (slot) => windows.records.begin(slot),
      onLink: (name, isUp) => outages.note(name, isUp, Date.now() * 1000),
      onPaused: ({ fromUs, toUs }) => outages.add('notRunning', fromUs, toUs),
      print: options.print,
    },
  );
  await threads.start();
  return {
    status() {
      const status = buildStatus(options, sources, threads, windows, rings, drops);
      const down = outages.open();
      return down.length === 0 ? status : { ...status, down };
    },
    setCatalogue(catalogue) {
      aggregator.setLookup(catalogue.lookup, catalogue.watchlist);
      threads.setWatchlist({
        totals: ALL_LEAVE,
        ...buildWatchlist(catalogue.watchlist, options, sources.length),
      });
    },
    failWorker: (slot) => threads.fail(slot),
    noteSilenceSince: (fromUs) => outages.add('notRunning', fromUs, startMs * 1000),
    async stop() {
      await threads.stop();
      outages.end(Date.now() * 1000);
      windows.finish(Date.now() / 1000);
    },
  };
}

/** Disables sums in native code when names and networks no longer decide the match. */
const ALL_LEAVE = { localNetworks: [], names: ['*'], networks: ['0.0.0.0/0', '::/0'] };

function buildWatchlist(watchlist: RecordFilter, options: WatchOptions, threads: number): LiveWatchlist {
  const { totals } = buildTotals(watchlist, options.localNets);
  return {
    // DNS of a host may arrive on another ring than its flows.
    ...(totals === undefined ? {} : { totals: { ...totals, answersElsewhere: threads > 1 } }),
    watchedNames: watchlist.names,
    watchedCiphers: watchlist.ciphers,
    userAgents: watchlist.userAgents,
  };
}

function decoderOptions(options: WatchOptions, threads: number): DecoderOptions {
  const { filter } = options;
  return {
    ...WINDOW_RECORDS,
    settleSeconds: SETTLE_SECONDS,
    ...(options.onHello === undefined ? {} : { firstHellos: MAX_FIRST_HELLOS }),
    windowSeconds: options.windowSeconds,
    flows: Math.max(1024, Math.floor((options.flowTable ?? DEFAULT_FLOW_TABLE) / threads)),
    exclude: options.exclude,
    ...buildWatchlist(options.watchlist, options, threads),
    ...(filter !== undefined && ASKS_FOR_TAGS.test(filter) && options.backend === 'ring' ? { filter } : {}),
  };
}

function listSources(options: WatchOptions): LiveSource[] {
  const { filter, workers } = options;
  // Any number that no other program uses on this interface is valid.
  const group = (process.pid * 8) & 0xffff;
  return options.interfaces.flatMap((name, index) => {
    if (options.backend === 'cap') return [{ backend: 'cap', name, index, filter: filter ?? null }];
    const ring = {
      ringMib: Math.max(1, Math.floor((options.ringMib ?? DEFAULT_RING_MIB) / workers)),
      promiscuous: options.promiscuous,
      ignoreOutgoing: options.ignoreOutgoing,
      hardwareTime: options.hardwareTime,
      ...(workers > 1 ? { fanoutGroup: (group + index) & 0xffff } : {}),
      ...(filter === undefined || ASKS_FOR_TAGS.test(filter) ? {} : { filter }),
    };
    return Array.from({ length: workers }, (): LiveSource => ({ backend: 'ring', name, index, ring }));
  });
}

const NO_RING_COUNTS = { received: 0, ringDrops: 0, freezes: 0 };
type RingCount = keyof typeof NO_RING_COUNTS;

/** Totals of all rings, including those of ended threads. */
class RingTotals {
  readonly #latest: Readonly<Record<RingCount, number>>[];
  readonly #past: Record<RingCount, number> = { ...NO_RING_COUNTS };

  constructor(slots: number) {
    this.#latest = Array.from({ length: slots }, () => NO_RING_COUNTS);
  }

  note(slot: number, stats: Readonly<Record<RingCount, number>>): void {
    this.#latest[slot] = stats;
  }

  end(slot: number): void {
    const last = this.#latest[slot];
    if (last === undefined) return;
    for (const key of ['received', 'ringDrops', 'freezes'] as const) this.#past[key] += last[key];
    this.#latest[slot] = NO_RING_COUNTS;
  }

  sum(key: RingCount): number {
    return this.#latest.reduce((sum, counts) => sum + counts[key], this.#past[key]);
  }
}

/** Drops of interfaces since the start; the counter of a recreated interface begins at zero. */
class InterfaceDrops {
  readonly #last: Map<string, number>;
  #sum = 0;

  constructor(names: readonly string[]) {
    this.#last = new Map(names.map((name) => [name, interfaceDrops(name) ?? 0]));
  }

  since(): number {
    for (const [name, last] of this.#last) {
      const now = interfaceDrops(name) ?? 0;
      this.#sum += now >= last ? now - last : now;
      this.#last.set(name, now);
    }
    return this.#sum;
  }
}

function buildStatus(
  options: WatchOptions,
  sources: readonly LiveSource[],
  threads: LiveThreads,
  windows: LiveWindows,
  rings: RingTotals,
  drops: InterfaceDrops,
): LiveStatus {
  const counters = windows.counters();
  const slots = [...sources.keys()];
  return {
    packets: counters.packets,
    bytes: counters.bytes,
    flows: counters.flows,
    evictedFlows: counters.evictedFlows,
    openFlows: slots.reduce((sum, slot) => sum + (threads.statsOf(slot)?.openFlows ?? 0), 0),
    tableFlows: (decoderOptions(options, sources.length).flows ?? 0) * sources.length,
    received: rings.sum('received'),
    ringDrops: rings.sum('ringDrops'),
    freezes: rings.sum('freezes'),
    interfaceDrops: drops.since(),
    malformed: counters.malformed,
    snaplenCut: counters.snaplenCut,
    workers: slots.map((slot) => ({
      interface: sources[slot]?.name ?? '',
      state: threads.statsOf(slot)?.state ?? 'up',
      isAlive: threads.isAlive(slot),
      load: threads.statsOf(slot)?.load ?? null,
      ringFill: threads.statsOf(slot)?.ringFill ?? null,
    })),
  };
}

/** Outages: times in which a live sensor could not observe, reported in its windows. */
export class Outages {
  /** Interfaces that are down: start of the outage, and the time up to which windows contain it. */
  readonly #down = new Map<string, { readonly fromUs: number; reportedUs: number }>();
  #ended: CaptureGap[] = [];

  /** An interface has gone down or come up. */
  note(name: string, isUp: boolean, nowUs: number): void {
    const down = this.#down.get(name);
    if (!isUp) this.#down.set(name, down ?? { fromUs: nowUs, reportedUs: nowUs });
    else if (down !== undefined) {
      this.#down.delete(name);
      this.add('interfaceDown', down.reportedUs, nowUs);
    }
  }

  /** Interfaces that are down now, by name. */
  open(): InterfaceDown[] {
    return [...this.#down]
      .map(([name, { fromUs }]) => ({ interface: name, sinceSeconds: fromUs / US }))
      .sort((a, b) => compareText(a.interface, b.interface));
  }

  add(reason: GapReason, fromUs: number, toUs: number): void {
    if (toUs > fromUs) this.#ended.push({ fromUs, toUs, reason });
  }

  /** The sensor stops: current outages extend to the end. */
  end(nowUs: number): void {
    for (const name of [...this.#down.keys()]) this.note(name, true, nowUs);
  }

  /** Adds outages to windows: those that ended since the last call, and the part of an open outage before their end. */
  addTo(windows: readonly UsageWindow[]): readonly UsageWindow[] {
    if (windows.length === 0) return windows;
    const endUs = Math.max(...windows.map((window) => (window.startSeconds + window.lengthSeconds) * US));
    for (const down of this.#down.values()) {
      this.add('interfaceDown', down.reportedUs, endUs);
      down.reportedUs = Math.max(down.reportedUs, endUs);
    }
    if (this.#ended.length === 0) return windows;
    const gaps = this.#ended;
    this.#ended = [];
    return addGaps(windows, gaps);
  }
}

/** Limits the silent windows after a clock jump. */
const MAX_SILENT_WINDOWS = 1440;

interface LiveWindowsOptions {
  /** One for each thread. */
  readonly slots: number;
  readonly windowSeconds: number;
  readonly sensor: string;
  readonly aggregator: Aggregator;
  readonly counterNames: readonly string[];
  /** Drops outside of the decoders so far: rings, interfaces. */
  readonly kernelDrops: () => number;
  readonly onWindows: (windows: readonly UsageWindow[]) => void;
  readonly onHello?: (hello: HelloRecord) => void;
}

/** A window states that its sensor ran all the time, or contains the time in which it ran. */
function addObservedTime(
  { heard: _, ...window }: UsageWindow,
  fromSeconds: number,
  untilSeconds: number,
): UsageWindow {
  const { startSeconds, lengthSeconds } = window;
  const from = Math.max(startSeconds, fromSeconds);
  const until = Math.max(from, Math.min(startSeconds + lengthSeconds, untilSeconds));
  return until - from === lengthSeconds ? window : { ...window, heard: [from * US, until * US] };
}

/** LiveWindows: aggregates the records of all live threads; a window closes when every thread has passed its end. */
class LiveWindows {
  readonly records: RecordOrder;
  readonly #options: LiveWindowsOptions;
  readonly #startSeconds: number;
  #closedSeconds: number;

  constructor(options: LiveWindowsOptions, startSeconds: number) {
    const { aggregator, counterNames, slots, windowSeconds, onHello = () => {} } = options;
    this.#options = options;
    this.#startSeconds = startSeconds;
    this.#closedSeconds = Math.floor(startSeconds / windowSeconds) * windowSeconds;
    const visitor = recordsInto(aggregator);
    this.records = new RecordOrder(slots, counterNames, {
      ...visitor,
      onHello,
      settle: (untilUs) => this.#close(untilUs),
    });
  }

  counters(): Counters {
    return { ...(this.records.counters() ?? NO_COUNTERS), kernelDrops: this.#options.kernelDrops() };
  }

  /** Closes all open windows after the end of all threads. */
  finish(nowSeconds: number): void {
    this.#keepWindows(nowSeconds + 1);
    const { aggregator, sensor, onWindows } = this.#options;
    const windows = aggregator.finish(sensor, 0, this.counters(), null);
    onWindows(windows.map((window) => addObservedTime(window, this.#startSeconds, nowSeconds)));
  }

  #close(untilUs: number): void {
    const untilSeconds = untilUs / US;
    if (untilSeconds <= this.#closedSeconds) return;
    const { aggregator, sensor, onWindows } = this.#options;
    this.#keepWindows(untilSeconds);
    this.#closedSeconds = untilSeconds;
    const windows = aggregator.close(untilUs, sensor, 0, this.counters());
    onWindows(windows.map((window) => addObservedTime(window, this.#startSeconds, untilSeconds)));
  }

  /** Also closes windows without packets. */
  #keepWindows(untilSeconds: number): void {
    const { aggregator, windowSeconds } = this.#options;
    const first = Math.max(this.#closedSeconds, untilSeconds - MAX_SILENT_WINDOWS * windowSeconds);
    for (let start = first; start < untilSeconds; start += windowSeconds) aggregator.keepWindow(start * US);
  }
}
