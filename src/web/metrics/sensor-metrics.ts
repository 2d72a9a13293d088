// What is measured of a sensor that runs: packets, what was lost, windows, memory.

import { Counter, type Registry } from 'prom-client';
import type { SensorHealth } from '../../model/sensor.ts';
import { addGauge } from './gauge.ts';

type Figure = readonly [name: string, help: string, value: (health: SensorHealth) => number | null];

const COUNTERS: readonly Figure[] = [
  ['packets', 'Packets that were decoded.', ({ status }) => status.packets],
  ['bytes', 'Bytes of these packets on the wire.', ({ status }) => status.bytes],
  ['flows', 'Flows that began.', ({ status }) => status.flows],
  ['evicted_flows', 'Flows that left a full flow table early.', ({ status }) => status.evictedFlows],
  ['received_packets', 'Packets that reached a ring, or met a full one.', ({ status }) => status.received],
  ['ring_freezes', 'Times that a ring was full.', ({ status }) => status.freezes],
  ['snaplen_cut_packets', 'Packets that were captured in part.', ({ status }) => status.snaplenCut],
  ['windows_closed', 'Windows that were closed.', ({ windows }) => windows.closed],
  [
    'windows_delivered',
    'Windows that stores took, each store for itself.',
    ({ windows }) => windows.delivered,
  ],
  ['windows_lost', 'Windows that were given up because a store refused them.', ({ windows }) => windows.lost],
  [
    'alerts_dropped',
    'Findings that were given up because a receiver did not take them.',
    ({ alerts }) => alerts.dropped,
  ],
];

const GAUGES: readonly Figure[] = [
  ['open_flows', 'Flows that are followed now.', ({ status }) => status.openFlows],
  ['flow_table_entries', 'Flows that can be followed at once.', ({ status }) => status.tableFlows],
  ['windows_waiting', 'Windows that no store has taken yet.', ({ windows }) => windows.waiting],
  [
    'last_window_end_timestamp_seconds',
    'End of the window that was closed last.',
    ({ windows }) => windows.lastEndSeconds,
  ],
  [
    'window_lag_seconds',
    'Time from the end of the last window until it was closed.',
    ({ windows }) => windows.lagSeconds,
  ],
  ['alerts_waiting', 'Findings that a receiver has not taken yet.', ({ alerts }) => alerts.waiting],
  [
    'event_loop_delay_p99_seconds',
    'How long the sensor kept others waiting in the last minute, 99 of 100 times.',
    ({ eventLoopDelaySeconds }) => eventLoopDelaySeconds.p99,
  ],
  [
    'event_loop_delay_max_seconds',
    'The same, at most.',
    ({ eventLoopDelaySeconds }) => eventLoopDelaySeconds.max,
  ],
  ['resident_memory_bytes', 'Memory of the sensor.', ({ memoryBytes }) => memoryBytes],
  ['store_free_bytes', 'Room left where windows are kept.', ({ store }) => store?.freeBytes ?? null],
  [
    'store_size_bytes',
    'Size of the file system that windows are kept on.',
    ({ store }) => store?.sizeBytes ?? null,
  ],
];

/** To be called before each scrape. `health` is what the sensor said last, null before it said anything. */
export function addSensorMetrics(registry: Registry, health: () => SensorHealth | null): () => void {
  const registers = [registry];
  const gauges = GAUGES.map(([name, help, value]) => [addGauge(registry, name, help), value] as const);
  const counters = COUNTERS.map(
    ([name, help, value]) =>
      [new Counter({ name: `wiretally_${name}_total`, help, registers }), value] as const,
  );
  const dropped = new Counter({
    name: 'wiretally_dropped_packets_total',
    help: 'Packets that were never decoded: lost by a full ring, or before they reached one.',
    labelNames: ['kind'],
    registers,
  });
  const malformed = new Counter({
    name: 'wiretally_malformed_packets_total',
    help: 'Packets that were not understood to their end, by layer.',
    labelNames: ['layer'],
    registers,
  });
  const link = addGauge(registry, 'interface_up', 'Whether an interface is up: 1 or 0.', ['interface']);
  const down = addGauge(
    registry,
    'interface_down_since_timestamp_seconds',
    'Since when an interface that is down gives no packets; none while it is up.',
    ['interface'],
  );
  const worker = addGauge(registry, 'worker_up', 'Whether a thread that decodes is alive: 1 or 0.', [
    'worker',
  ]);
  const fill = addGauge(
    registry,
    'ring_fill_ratio',
    'Share of a ring that waited to be read, the most of the last half second, 0 to 1.',
    ['worker'],
  );
  const load = addGauge(registry, 'worker_load_ratio', 'Share of a core that a thread takes, 0 to 1.', [
    'worker',
  ]);

  const set = (said: SensorHealth): void => {
    for (const [metric, value] of gauges) metric.set(value(said) ?? Number.NaN);
    for (const [metric, value] of counters) metric.inc(value(said) ?? 0);
    const { ringDrops, interfaceDrops, malformed: reasons, workers } = said.status;
    dropped.inc({ kind: 'ring' }, ringDrops);
    dropped.inc({ kind: 'interface' }, interfaceDrops);
    for (const [reason, count] of Object.entries(reasons))
      malformed.inc({ layer: reason.split('.')[0] ?? reason }, count);
    for (const each of said.status.down ?? []) down.set({ interface: each.interface }, each.sinceSeconds);
    workers.forEach((each, i) => {
      link.set({ interface: each.interface }, each.state === 'up' ? 1 : 0);
      worker.set({ worker: String(i) }, each.isAlive ? 1 : 0);
      if (each.ringFill !== null) fill.set({ worker: String(i) }, each.ringFill);
      if (each.load !== null) load.set({ worker: String(i) }, each.load);
    });
  };

  return () => {
    // The sensor counts: what was told before is not added to.
    for (const [metric] of counters) metric.reset();
    for (const each of [dropped, malformed, link, down, worker, fill, load]) each.reset();
    const said = health();
    if (said !== null) set(said);
  };
}
