// Live interfaces into windows of facts: the loop of `watch`.

import { interfaceDrops } from '../capture/ring.ts';
import type { RecordFilter } from '../model/flow.ts';
import {
  DEFAULT_FLOW_TABLE,
  type InterfaceDown,
  type LiveStatus,
  SETTLE_SECONDS,
  type WatchOptions,
} from '../model/sensor.ts';
import { type DecoderOptions, loadAddon } from '../native/addon.ts';
import { MAX_FIRST_HELLOS } from './first-hellos.ts';
import { LiveThreads } from './live-threads.ts';
import { LiveWindows } from './live-windows.ts';
import { Outages } from './outages.ts';
import { aggregatorFor, WINDOW_RECORDS } from './records-into.ts';
import type { LiveSource, LiveWatchlist } from './threads/messages.ts';
import { totalsOf } from './totals.ts';

const DEFAULT_RING_MIB = 64;
/** The kernel restores a VLAN tag after its filter, so a filter on tags must run in user space. */
const ASKS_FOR_TAGS = /\bvlan\b/;

export interface Watch {
  status(): LiveStatus;
  /** Another catalogue from now on. */
  setCatalogue(catalogue: Pick<WatchOptions, 'lookup' | 'watchlist'>): void;
  /** Crashes a thread for tests; it is logged and replaced. */
  failWorker(slot: number): void;
  /** The sensor did not run from then until now; the next windows contain this gap. */
  noteSilenceSince(fromUs: number): void;
  /** Stops listening, closes the open window, hands everything on. */
  stop(): Promise<void>;
}

/** Resolves when all interfaces are listened on. Throws PERMISSION, NO_INTERFACE, FILTER_INVALID, CAPTURE_FAILED. */
export async function startWatch(options: WatchOptions): Promise<Watch> {
  const sources = sourcesOf(options);
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
      ...(options.onHello === undefined ? {} : { onHello: options.onHello }),
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
      say: options.say,
    },
  );
  await threads.start();
  return {
    status: () => withDown(statusOf(options, sources, threads, windows, rings, drops), outages.open()),
    setCatalogue(catalogue) {
      aggregator.setLookup(catalogue.lookup, catalogue.watchlist.ciphers);
      threads.setWatchlist({
        totals: ALL_LEAVE,
        ...watchlistOf(catalogue.watchlist, options, sources.length),
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

function watchlistOf(watchlist: RecordFilter, options: WatchOptions, threads: number): LiveWatchlist {
  const { totals } = totalsOf(watchlist, options.localNets);
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
    ...watchlistOf(options.watchlist, options, threads),
    ...(filter !== undefined && ASKS_FOR_TAGS.test(filter) && options.backend === 'ring' ? { filter } : {}),
  };
}

function sourcesOf(options: WatchOptions): LiveSource[] {
  const { filter, workers } = options;
  // Any number will do that no other program on the interface uses.
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

type RingCount = 'received' | 'ringDrops' | 'freezes';

/** Totals of all rings, of threads that are no more too. */
class RingTotals {
  readonly #latest: Readonly<Record<RingCount, number>>[];
  readonly #past: Record<RingCount, number> = { received: 0, ringDrops: 0, freezes: 0 };

  constructor(slots: number) {
    this.#latest = new Array<Record<RingCount, number>>(slots).fill({
      received: 0,
      ringDrops: 0,
      freezes: 0,
    });
  }

  note(slot: number, stats: Readonly<Record<RingCount, number>>): void {
    this.#latest[slot] = stats;
  }

  end(slot: number): void {
    const last = this.#latest[slot];
    if (last === undefined) return;
    for (const key of ['received', 'ringDrops', 'freezes'] as const) this.#past[key] += last[key];
    this.#latest[slot] = { received: 0, ringDrops: 0, freezes: 0 };
  }

  sum(key: RingCount): number {
    return this.#latest.reduce((sum, each) => sum + each[key], this.#past[key]);
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

const withDown = (status: LiveStatus, down: readonly InterfaceDown[]): LiveStatus =>
  down.length === 0 ? status : { ...status, down };

function statusOf(
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
