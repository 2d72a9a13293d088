// Metrics of the shown data: findings by rule, hosts by tool. No label contains a host, a user or a name from the network.

import type { Gauge, Registry } from 'prom-client';
import type { ReportDocument } from '../../model/report.ts';
import { SERVICE_PRODUCTS } from '../../model/services.ts';
import { EXPOSURE_ANSWERS, FINDING_STATES, VERDICT_WORDS } from '../../model/words.ts';
import { exposureMatrix } from '../../report/sections/advisories.ts';
import type { Documents } from '../documents.ts';
import type { FindingStates } from '../findings/finding-states.ts';
import { addGauge } from './gauge.ts';

const SECOND_MS = 1000;

/** To be called before each scrape. Takes what was made last; a scrape makes no document. */
export function addDocumentMetrics(
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
    for (const { id, via } of document.policy?.rules ?? []) {
      findings.set({ rule: id, result: via === undefined ? 'violation' : 'bypass' }, 0);
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
    for (const each of labelled) each.reset();
    const { latest } = documents;
    if (latest !== null) set(states?.show(latest) ?? latest);
  };
}
