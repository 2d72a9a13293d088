// Exports metrics in the Prometheus text format: of the shown data, of the sensor if there is one, and of this process.

import { collectDefaultMetrics, type Gauge, Registry } from 'prom-client';
import { EXPOSURE_ANSWERS } from '../../model/exposure-answers.ts';
import { FINDING_STATES, VERDICT_WORDS } from '../../model/findings.ts';
import type { FleetSensor } from '../../model/fleet.ts';
import type { ReportDocument } from '../../model/report.ts';
import type { SensorHealth } from '../../model/sensor.ts';
import { SERVICE_PRODUCTS } from '../../model/services.ts';
import { buildExposureMatrix } from '../../report/sections/advisories.ts';
import { formatBreach } from '../../report/text/policy-outcome.ts';
import type { Documents, FleetSensors } from '../documents.ts';
import type { FindingStates } from '../findings/finding-states.ts';
import { addGauge } from './gauge.ts';
import { addSensorMetrics } from './sensor-metrics.ts';

export interface Measured {
  readonly documents: Documents;
  readonly fleet: FleetSensors;
  readonly wiretally: string;
  /** Day of the newest fact of the catalogue, YYYY-MM-DD; null when none has a date. */
  readonly catalogueDay: () => string | null;
  /** States of findings; null without a log. */
  readonly findings: Pick<FindingStates, 'show'> | null;
  /** Returns the sensor's last status; null without a sensor. */
  readonly health: (() => SensorHealth | null) | null;
}

export interface Metrics {
  readonly contentType: string;
  text(): Promise<string>;
}

/** Registers the metrics of the program; the results are called before each scrape. */
export function registerMetrics(
  registry: Registry,
  { documents, fleet, wiretally, catalogueDay, findings, health }: Measured,
): (() => unknown)[] {
  addGauge(registry, 'build_info', 'Version of the program.', ['version']).set({ version: wiretally }, 1);
  const catalogue = addGauge(
    registry,
    'catalogue_timestamp_seconds',
    'Date of the last check of a catalogue fact.',
  );
  return [
    () => catalogue.set(Date.parse(catalogueDay() ?? '') / 1000),
    addDocumentMetrics(registry, documents, findings),
    addFleetMetrics(registry, fleet),
    ...(health === null ? [] : [addSensorMetrics(registry, health)]),
  ];
}

/**
 * Gauges of prom-client that are removed: `promtool check metrics` rejects their suffix of counters. Each is the sum of
 * another gauge.
 */
const MISNAMED = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

export function makeMetrics(measured: Measured): Metrics {
  const registry = new Registry();
  const updates = registerMetrics(registry, measured);
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED) registry.removeSingleMetric(name);
  return {
    contentType: registry.contentType,
    async text() {
      for (const update of updates) await update();
      return await registry.metrics();
    },
  };
}

const MAX_NAMED = 1000;
const SECOND_MS = 1000;

type Figure = readonly [name: string, help: string, value: (sensor: FleetSensor) => number | null];

/**
 * Only sensors with a persistent name have these: each run without a name is a separate sensor, and would add a permanent
 * series.
 */
const FIGURES: readonly Figure[] = [
  [
    'sensor_last_window_timestamp_seconds',
    'End of the last window of a sensor.',
    ({ last }) => (last === null ? null : Date.parse(last) / SECOND_MS),
  ],
  [
    'sensor_coverage_ratio',
    'Share of the time between the first and last window of a sensor that its windows cover, 0 to 1.',
    ({ coverage }) => coverage,
  ],
  ['sensor_packets', 'Packets in the stored windows of a sensor.', ({ packets }) => packets],
  [
    'sensor_dropped_packets',
    'Packets that a sensor lost in its stored windows.',
    ({ kernelDrops }) => kernelDrops,
  ],
  [
    'sensor_clock_ahead_seconds',
    'Clock of a sensor minus clock of the collector.',
    ({ clockAheadSeconds }) => clockAheadSeconds,
  ],
  [
    'sensor_refused_windows',
    'Rejected windows of another sensor with the same name.',
    ({ refused }) => refused?.windows ?? 0,
  ],
  [
    'sensor_config_revision',
    'Revision of the signed configuration in force on a sensor.',
    ({ signedConfig }) => signedConfig?.revision ?? null,
  ],
];

/** Registers the metrics of a fleet. The result is called before each scrape. An unavailable source has no series. */
function addFleetMetrics(registry: Registry, fleet: FleetSensors): () => Promise<void> {
  const sums = addGauge(registry, 'sensors', 'Sensors of a fleet by state.', ['state']);
  const gauges = FIGURES.map(
    ([name, help, value]) => [addGauge(registry, name, help, ['sensor']), value] as const,
  );
  return async () => {
    const fleetStates = await fleet.states().catch(() => null);
    for (const gauge of [sums, ...gauges.map(([gauge]) => gauge)]) gauge.reset();
    if (fleetStates === null) return;
    for (const { state } of fleetStates.sensors) sums.inc({ state });
    const named = fleetStates.sensors.filter(({ keepsName }) => keepsName);
    if (named.length > MAX_NAMED) return;
    for (const sensor of named) {
      for (const [gauge, value] of gauges) {
        const figure = value(sensor);
        if (figure !== null) gauge.set({ sensor: sensor.sensor }, figure);
      }
    }
  };
}

type DocumentMetric = readonly [
  name: string,
  help: string,
  labels: readonly string[],
  fill: (gauge: Gauge, document: ReportDocument) => void,
];

/** Rules have series from the start on, so that a first violation is a change. */
const listRules = ({ policy }: ReportDocument) => policy?.rules ?? [];
/** Tools of too few hosts are not exported. */
const listTools = ({ tools }: ReportDocument) => tools.filter(({ suppressed }) => suppressed !== true);

const DOCUMENT_METRICS: readonly DocumentMetric[] = [
  [
    'shown_until_timestamp_seconds',
    'End of the shown data.',
    [],
    (gauge, { period: { until } }) => gauge.set(until === null ? Number.NaN : Date.parse(until) / SECOND_MS),
  ],
  ['shown_packets', 'Packets of the shown period.', [], (gauge, { stats }) => gauge.set(stats.packets)],
  [
    'shown_lost_packets',
    'Packets that the sensors lost in the shown period.',
    [],
    (gauge, { stats }) => gauge.set(stats.kernelDrops),
  ],
  ['shown_hosts', 'Hosts of the shown period.', [], (gauge, { hosts }) => gauge.set(hosts.length)],
  [
    'tool_hosts',
    'Hosts that used a tool, by confidence.',
    ['tool', 'confidence'],
    (gauge, document) => {
      for (const { tool, hostsByConfidence } of listTools(document))
        for (const [confidence, count] of Object.entries(hostsByConfidence))
          gauge.set({ tool, confidence }, count);
    },
  ],
  [
    'findings',
    'Findings of the policy in the shown period.',
    ['rule', 'result'],
    (gauge, document) => {
      for (const rule of listRules(document)) gauge.set({ rule: rule.id, result: formatBreach(rule) }, 0);
      for (const { rule, result } of document.findings ?? []) gauge.inc({ rule, result });
    },
  ],
  [
    'finding_states',
    'Findings of the shown period by the state that the log of findings records; findings of every state count in wiretally_findings.',
    ['rule', 'state'],
    (gauge, document) => {
      for (const { id } of document.findingLog === undefined ? [] : listRules(document))
        for (const state of FINDING_STATES) gauge.set({ rule: id, state }, 0);
      for (const { rule, life } of document.findings ?? [])
        if (life !== undefined) gauge.inc({ rule, state: life.state });
    },
  ],
  [
    'rule_verdict',
    '1 for the verdict of a rule (violated, inconclusive or compliant), 0 for the other verdicts.',
    ['rule', 'verdict'],
    (gauge, { summary }) => {
      for (const { rule, verdict } of summary?.rules ?? [])
        for (const word of VERDICT_WORDS) gauge.set({ rule, verdict: word }, verdict === word ? 1 : 0);
    },
  ],
  [
    'provisional_findings',
    'Provisional findings: evidence of the next two minutes may change them.',
    ['rule'],
    (gauge, document) => {
      for (const { id } of listRules(document)) gauge.set({ rule: id }, 0);
      for (const { rule, provisionalUntil } of document.findings ?? [])
        if (provisionalUntil !== undefined) gauge.inc({ rule });
    },
  ],
  [
    'open_requests',
    'Hosts with an open request of a tool ("38+"): it is counted after 30 s of silence.',
    ['tool'],
    (gauge, document) => {
      const exported = new Set(listTools(document).map(({ tool }) => tool));
      for (const tool of exported) gauge.set({ tool }, 0);
      for (const { tools, providers } of document.hosts)
        for (const { tool, requests } of [...tools, ...providers])
          if (exported.has(tool) && requests?.isOpen === true) gauge.inc({ tool });
    },
  ],
  [
    'services',
    'AI services of the local networks in the shown period that are certain or likely.',
    ['product', 'exposed'],
    (gauge, { services }) => {
      for (const product of SERVICE_PRODUCTS.keys())
        for (const exposed of ['true', 'false']) gauge.set({ product, exposed }, 0);
      for (const { product, exposed, confidence } of services)
        if (confidence !== 'possible') gauge.inc({ product, exposed: String(exposed) });
    },
  ],
  [
    'ech_names',
    'Names of the catalogue that a resolver answered with an ECH configuration in the shown period.',
    [],
    (gauge, { ech }) => gauge.set(new Set(ech?.names.map(({ name }) => name)).size),
  ],
  [
    'not_visible_ratio',
    'Share of bytes that are not visible, 0 to 1.',
    ['kind'],
    (gauge, { notVisible }) => {
      for (const { kind, share } of notVisible) gauge.set({ kind }, share);
    },
  ],
  [
    'catalogue_info',
    'Version of the catalogue.',
    ['version'],
    (gauge, { catalogue }) => gauge.set({ version: catalogue }, 1),
  ],
  [
    'advisory_hosts',
    'Hosts that used the tool of an advisory, by the gravest result.',
    ['advisory', 'tool', 'severity', 'answer'],
    (gauge, document) => {
      for (const { advisory, hosts } of buildExposureMatrix(document))
        for (const answer of EXPOSURE_ANSWERS) {
          const { id, tool, severity } = advisory;
          gauge.set({ advisory: id, tool, severity, answer }, hosts[answer]);
        }
    },
  ],
];

/** Registers the metrics of the last document. The result is called before each scrape, and makes no document. */
function addDocumentMetrics(
  registry: Registry,
  documents: Documents,
  states: Pick<FindingStates, 'show'> | null,
): () => void {
  const ready = addGauge(registry, 'ready', '1 if a document is available, else 0.');
  const trouble = addGauge(registry, 'source_trouble', '1 if the source cannot be read, else 0.');
  const gauges = DOCUMENT_METRICS.map(([name, help, labels, fill]) => {
    const gauge: Gauge = addGauge(registry, name, help, labels);
    return { gauge, fill, hasLabels: labels.length > 0 };
  });
  return () => {
    ready.set(documents.isReady ? 1 : 0);
    trouble.set(documents.trouble === null ? 0 : 1);
    for (const { gauge, hasLabels } of gauges) if (hasLabels) gauge.reset();
    const { latest } = documents;
    if (latest === null) return;
    const shown = states?.show(latest) ?? latest;
    for (const { gauge, fill } of gauges) fill(gauge, shown);
  };
}
