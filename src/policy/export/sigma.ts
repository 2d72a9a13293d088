// Exports Sigma rules (specification 2.0) that match DNS queries and proxy requests to blocked names, for a SIEM.

import { stringify } from 'yaml';
import { openZone } from '../../time/zone.ts';
import {
  type BlockPlan,
  type DeviceWords,
  describePlan,
  type ExportContext,
  type ExportFile,
  oneLine,
  planBlocks,
  stableUuid,
} from './plan.ts';

const LEVELS = {
  info: 'informational',
  low: 'low',
  medium: 'medium',
  high: 'high',
  critical: 'critical',
} as const;

const SIGMA_WORDS: DeviceWords = {
  blocks: null,
  lets: 'everything: it finds DNS and proxy log lines',
};

export function exportSigma(context: ExportContext): ExportFile[] {
  return planBlocks(context).flatMap((plan) => [
    buildSigmaFile(context, plan, 'dns', { category: 'dns_query' }, 'QueryName'),
    buildSigmaFile(context, plan, 'proxy', { category: 'proxy' }, 'cs-host'),
  ]);
}

function buildSigmaFile(
  context: ExportContext,
  plan: BlockPlan,
  kind: string,
  logsource: Readonly<Record<string, string>>,
  field: string,
): ExportFile {
  const { rule } = plan;
  // A suffix entry matches the name itself too.
  const exact = plan.names.filter((name) => name.match !== 'glob').map((name) => name.name);
  const suffixes = plan.names.filter((name) => name.match === 'suffix').map((name) => `.${name.name}`);
  const globs = plan.names.filter((name) => name.match === 'glob').map((name) => name.name);
  const selections: Record<string, Readonly<Record<string, readonly string[]>>> = {
    exact: { [field]: [...new Set(exact)] },
  };
  if (suffixes.length > 0) selections.suffix = { [`${field}|endswith`]: suffixes };
  if (globs.length > 0) selections.pattern = { [field]: globs };
  const detection = { ...selections, condition: Object.keys(selections).join(' or ') };
  const document = {
    title: oneLine(`${rule.title} (${kind})`).slice(0, 256),
    id: stableUuid(context, `sigma:${rule.id}:${kind}`),
    status: 'stable',
    description: describePlan(context, plan, SIGMA_WORDS).map(oneLine).join('\n'),
    author: 'Wiretally',
    ...(rule.effective === null ? {} : { date: openZone(context.policy.timezone).dayOf(rule.effective) }),
    logsource,
    detection,
    falsepositives: ['Other products of the vendors named in the description', 'Look-ups without a visit'],
    level: LEVELS[rule.severity],
  };
  return {
    name: `wiretally-${rule.id}-${kind}.sigma.yml`,
    // The line `---` begins a YAML document and separates the rules of one stream.
    text: `---\n${stringify(document, { lineWidth: 0 })}`,
  };
}
