// Metrics in the Prometheus text format: of the shown data, of the sensor if there is one, and of this process.

import { collectDefaultMetrics, type Gauge, Registry } from 'prom-client';
import { EXPOSURE_ANSWERS } from '../../model/exposure-answers.ts';
import { FINDING_STATES, VERDICT_WORDS } from '../../model/findings.ts';
import type { FleetSensor } from '../../model/fleet.ts';
import type { ReportDocument } from '../../model/report.ts';
import type { SensorHealth } from '../../model/sensor.ts';
import { SERVICE_PRODUCTS } from '../../model/services.ts';
import { exposureMatrix } from '../../report/sections/advisories.ts';
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

/** Gauges of prom-client with the suffix of counters, which `promtool check metrics` rejects; each is a sum of a gauge that stays. */
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
 * Only sensors that keep their name have these: each run without one is a sensor of its own, and would add a permanent
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

/** The result is called before each scrape. An unavailable source has no series. */
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

/** To be called before each scrape. Takes what was made last; a scrape makes no document. */
function addDocumentMetrics(
  registry: Registry,
  documents: Documents,
  states: Pick<FindingStates, 'show'> | null,
): () => void {
  const gauge = <L extends string>(name: string, help: string, labels?: readonly L[]): Gauge<L> =>
    addGauge(registry, name, help, labels);
  const ready = gauge('ready', '1 if a document is available, else 0.');
  const trouble = gauge('source_trouble', '1 if the source cannot be read, else 0.');
  const end = gauge('shown_until_timestamp_seconds', 'End of the shown data.');
  const packets = gauge('shown_packets', 'Packets of the shown period.');
  const lost = gauge('shown_lost_packets', 'Packets that the sensors lost in the shown period.');
  const hosts = gauge('shown_hosts', 'Hosts of the shown period.');
  const toolHosts = gauge('tool_hosts', 'Hosts that used a tool, by confidence.', ['tool', 'confidence']);
  const findings = gauge('findings', 'Findings of the policy in the shown period.', ['rule', 'result']);
  const findingStates = gauge(
    'finding_states',
    'Findings of the shown period by the state that the log of findings records; findings of every state count in wiretally_findings.',
    ['rule', 'state'],
  );
  const verdict = gauge(
    'rule_verdict',
    '1 for the verdict of a rule (violated, inconclusive or compliant), 0 for the other verdicts.',
    ['rule', 'verdict'],
  );
  const provisional = gauge(
    'provisional_findings',
    'Provisional findings: evidence of the next two minutes may change them.',
    ['rule'],
  );
  const open = gauge(
    'open_requests',
    'Hosts with an open request of a tool ("38+"): it is counted after 30 s of silence.',
    ['tool'],
  );
  const services = gauge(
    'services',
    'AI services of the local networks in the shown period that are certain or likely.',
    ['product', 'exposed'],
  );
  const echNames = gauge(
    'ech_names',
    'Names of the catalogue that a resolver answered with an ECH configuration in the shown period.',
  );
  const notVisible = gauge('not_visible_ratio', 'Share of bytes that are not visible, 0 to 1.', ['kind']);
  const catalogue = gauge('catalogue_info', 'Version of the catalogue.', ['version']);
  const advisoryHosts = gauge(
    'advisory_hosts',
    'Hosts that used the tool of an advisory, by the gravest result.',
    ['advisory', 'tool', 'severity', 'answer'],
  );
  const labelled = [
    toolHosts,
    findings,
    findingStates,
    advisoryHosts,
    verdict,
    provisional,
    open,
    services,
    notVisible,
    catalogue,
  ];

  const set = (document: ReportDocument): void => {
    const { period, stats } = document;
    end.set(period.until === null ? Number.NaN : Date.parse(period.until) / SECOND_MS);
    packets.set(stats.packets);
    lost.set(stats.kernelDrops);
    hosts.set(document.hosts.length);
    catalogue.set({ version: document.catalogue }, 1);
    for (const { tool, hostsByConfidence, suppressed } of document.tools) {
      if (suppressed === true) continue;
      for (const [confidence, count] of Object.entries(hostsByConfidence))
        toolHosts.set({ tool, confidence }, count);
    }
    for (const { advisory, hosts: found } of exposureMatrix(document))
      for (const answer of EXPOSURE_ANSWERS)
        advisoryHosts.set(
          { advisory: advisory.id, tool: advisory.tool, severity: advisory.severity, answer },
          found[answer],
        );
    // From the start on, so that a first violation is a change.
    for (const rule of document.policy?.rules ?? []) {
      const { id } = rule;
      findings.set({ rule: id, result: formatBreach(rule) }, 0);
      provisional.set({ rule: id }, 0);
    }
    for (const summary of document.summary?.rules ?? [])
      for (const word of VERDICT_WORDS)
        verdict.set({ rule: summary.rule, verdict: word }, summary.verdict === word ? 1 : 0);
    for (const { id } of document.findingLog === undefined ? [] : (document.policy?.rules ?? []))
      for (const state of FINDING_STATES) findingStates.set({ rule: id, state }, 0);
    for (const { rule, life } of document.findings ?? [])
      if (life !== undefined) findingStates.inc({ rule, state: life.state });
    for (const { rule, result, provisionalUntil } of document.findings ?? []) {
      findings.inc({ rule, result });
      if (provisionalUntil !== undefined) provisional.inc({ rule });
    }
    const shown = document.tools.filter(({ suppressed }) => suppressed !== true);
    for (const { tool } of shown) open.set({ tool }, 0);
    const exported = new Set(shown.map(({ tool }) => tool));
    for (const { tools, providers } of document.hosts)
      for (const { tool, requests } of [...tools, ...providers])
        if (exported.has(tool) && requests?.isOpen === true) open.inc({ tool });
    for (const product of SERVICE_PRODUCTS.keys())
      for (const exposed of ['true', 'false']) services.set({ product, exposed }, 0);
    for (const { product, exposed, confidence } of document.services)
      if (confidence !== 'possible') services.inc({ product, exposed: String(exposed) });
    echNames.set(new Set(document.ech?.names.map(({ name }) => name)).size);
    for (const { kind, share } of document.notVisible) notVisible.set({ kind }, share);
  };

  return () => {
    ready.set(documents.isReady ? 1 : 0);
    trouble.set(documents.trouble === null ? 0 : 1);
    for (const metric of labelled) metric.reset();
    const { latest } = documents;
    if (latest !== null) set(states?.show(latest) ?? latest);
  };
}
