// Metrics of a running sensor: packets, losses, windows, memory.

import { Counter, type Registry } from 'prom-client';
import { CONNECTION_RESULTS } from '../../model/outcome.ts';
import type { SensorHealth } from '../../model/sensor.ts';
import { addGauge } from './gauge.ts';

type Figure = readonly [name: string, help: string, value: (health: SensorHealth) => number | null];

const COUNTERS: readonly Figure[] = [
  ['packets', 'Decoded packets.', ({ status }) => status.packets],
  ['bytes', 'Bytes of the decoded packets on the wire.', ({ status }) => status.bytes],
  ['flows', 'Flows that started.', ({ status }) => status.flows],
  ['evicted_flows', 'Flows evicted from a full flow table.', ({ status }) => status.evictedFlows],
  [
    'received_packets',
    'Packets that reached a ring buffer, dropped ones included.',
    ({ status }) => status.received,
  ],
  ['ring_freezes', 'Times that a ring buffer was full.', ({ status }) => status.freezes],
  ['snaplen_cut_packets', 'Packets truncated by the snap length.', ({ status }) => status.snaplenCut],
  ['windows_closed', 'Closed windows.', ({ windows }) => windows.closed],
  ['windows_delivered', 'Windows accepted by stores, counted per store.', ({ windows }) => windows.delivered],
  ['windows_lost', 'Windows discarded because a store rejected them.', ({ windows }) => windows.lost],
  [
    'alerts_dropped',
    'Findings discarded because a receiver did not accept them.',
    ({ alerts }) => alerts.dropped,
  ],
];

const GAUGES: readonly Figure[] = [
  ['open_flows', 'Flows in the flow table.', ({ status }) => status.openFlows],
  ['flow_table_entries', 'Maximum number of concurrent flows.', ({ status }) => status.tableFlows],
  ['windows_waiting', 'Windows that wait for a store.', ({ windows }) => windows.waiting],
  [
    'last_window_end_timestamp_seconds',
    'End of the last closed window.',
    ({ windows }) => windows.lastEndSeconds,
  ],
  [
    'window_lag_seconds',
    'Time from the end of the last window until it was closed.',
    ({ windows }) => windows.lagSeconds,
  ],
  ['log_files', 'Followed log files.', ({ status }) => status.logs?.files ?? null],
  [
    'log_rows',
    'Rows read from followed logs, earlier runs included.',
    ({ status }) => status.logs?.rows ?? null,
  ],
  [
    'log_unread_bytes',
    'Bytes of followed logs that are not read yet.',
    ({ status }) => status.logs?.unreadBytes ?? null,
  ],
  [
    'log_newest_row_timestamp_seconds',
    'Time of the newest row of followed logs.',
    ({ status }) => status.logs?.newestSeconds ?? null,
  ],
  [
    'log_late_rows',
    'Rows of followed logs whose windows were final.',
    ({ status }) => status.logs?.lateRows ?? null,
  ],
  ['alerts_waiting', 'Findings that a receiver has not taken yet.', ({ alerts }) => alerts.waiting],
  [
    'event_loop_delay_p99_seconds',
    '99th percentile of the event loop delay in the last minute.',
    ({ eventLoopDelaySeconds }) => eventLoopDelaySeconds.p99,
  ],
  [
    'event_loop_delay_max_seconds',
    'Maximum event loop delay in the last minute.',
    ({ eventLoopDelaySeconds }) => eventLoopDelaySeconds.max,
  ],
  ['resident_memory_bytes', 'Memory of the sensor.', ({ memoryBytes }) => memoryBytes],
  [
    'store_free_bytes',
    'Free space of the file system with the windows.',
    ({ store }) => store?.freeBytes ?? null,
  ],
  ['store_size_bytes', 'Size of the file system with the windows.', ({ store }) => store?.sizeBytes ?? null],
];

/**
 * Registers the metrics of a sensor. The result is called before each scrape. `health`: its last status, null before the
 * first.
 */
export function addSensorMetrics(registry: Registry, health: () => SensorHealth | null): () => void {
  const registers = [registry];
  const gauges = GAUGES.map(([name, help, value]) => [addGauge(registry, name, help), value] as const);
  const counters = COUNTERS.map(
    ([name, help, value]) =>
      [new Counter({ name: `wiretally_${name}_total`, help, registers }), value] as const,
  );
  const dropped = new Counter({
    name: 'wiretally_dropped_packets_total',
    help: 'Packets that were not decoded: dropped by a full ring buffer, or before it.',
    labelNames: ['kind'],
    registers,
  });
  const malformed = new Counter({
    name: 'wiretally_malformed_packets_total',
    help: 'Malformed packets by layer.',
    labelNames: ['layer'],
    registers,
  });
  const connections = new Counter({
    name: 'wiretally_connections_total',
    help: 'Connections to names of a tool: passed with a request, stopped before one, or unresolved DNS queries. A name of several tools counts for each.',
    labelNames: ['tool', 'result'],
    registers,
  });
  const link = addGauge(registry, 'interface_up', '1 if an interface is up, else 0.', ['interface']);
  const down = addGauge(
    registry,
    'interface_down_since_timestamp_seconds',
    'Start of the current outage of an interface; no series while it is up.',
    ['interface'],
  );
  const worker = addGauge(registry, 'worker_up', '1 if a decoding thread is alive, else 0.', ['worker']);
  const fill = addGauge(
    registry,
    'ring_fill_ratio',
    'Highest fill level of a ring buffer in the last half second, 0 to 1.',
    ['worker'],
  );
  const load = addGauge(registry, 'worker_load_ratio', 'Share of a core that a thread uses, 0 to 1.', [
    'worker',
  ]);

  const set = (latest: SensorHealth): void => {
    for (const [metric, value] of gauges) metric.set(value(latest) ?? Number.NaN);
    for (const [metric, value] of counters) metric.inc(value(latest) ?? 0);
    const { ringDrops, interfaceDrops, malformed: reasons, workers } = latest.status;
    dropped.inc({ kind: 'ring' }, ringDrops);
    dropped.inc({ kind: 'interface' }, interfaceDrops);
    for (const [reason, count] of Object.entries(reasons))
      malformed.inc({ layer: reason.split('.')[0] ?? reason }, count);
    for (const { tool, ...counts } of latest.connections)
      for (const result of CONNECTION_RESULTS) connections.inc({ tool, result }, counts[result]);
    for (const interfaceDown of latest.status.down ?? [])
      down.set({ interface: interfaceDown.interface }, interfaceDown.sinceSeconds);
    workers.forEach((each, i) => {
      link.set({ interface: each.interface }, each.state === 'up' ? 1 : 0);
      worker.set({ worker: String(i) }, each.isAlive ? 1 : 0);
      if (each.ringFill !== null) fill.set({ worker: String(i) }, each.ringFill);
      if (each.load !== null) load.set({ worker: String(i) }, each.load);
    });
  };

  return () => {
    // The sensor reports totals, so earlier values are replaced.
    for (const [metric] of counters) metric.reset();
    for (const metric of [dropped, malformed, connections, link, down, worker, fill, load]) metric.reset();
    const current = health();
    if (current !== null) set(current);
  };
}
