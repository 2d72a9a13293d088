// Exports a STIX 2.1 bundle: one indicator per blocked name or network, valid while the rule is in force.

import {
  type BlockPlan,
  describePlan,
  type ExportContext,
  type ExportFile,
  INDICATORS,
  oneLine,
  planBlocks,
  stableUuid,
} from './plan.ts';

export function exportStix(context: ExportContext): ExportFile[] {
  return planBlocks(context).map((plan) => ({
    name: `wiretally-${plan.rule.id}.stix.json`,
    text: `${JSON.stringify(buildBundle(context, plan), null, 2)}\n`,
  }));
}

function buildBundle(context: ExportContext, plan: BlockPlan): object {
  const { rule } = plan;
  const formatTime = (seconds: number): string => new Date(seconds * 1000).toISOString();
  const from = formatTime(rule.effective ?? 0);
  const description = describePlan(context, plan, INDICATORS).map(oneLine).join('\n');
  const identity = {
    type: 'identity',
    spec_version: '2.1',
    id: `identity--${stableUuid(context, 'stix:identity')}`,
    created: from,
    modified: from,
    name: oneLine(context.policy.name),
    identity_class: 'organization',
  };
  const buildIndicator = (key: string, name: string, pattern: string): object => ({
    type: 'indicator',
    spec_version: '2.1',
    id: `indicator--${stableUuid(context, `stix:${rule.id}:${key}`)}`,
    created_by_ref: identity.id,
    created: from,
    modified: from,
    name: oneLine(`${rule.id} ${name}`),
    description,
    indicator_types: ['unknown'],
    pattern,
    pattern_type: 'stix',
    valid_from: from,
    ...(rule.until === null ? {} : { valid_until: formatTime(rule.until) }),
  });
  const quoteText = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  return {
    type: 'bundle',
    id: `bundle--${stableUuid(context, `stix:${rule.id}:bundle`)}`,
    objects: [
      identity,
      ...plan.names.map((name) =>
        buildIndicator(
          name.match + name.name,
          name.name,
          `[domain-name:value ${formatPattern(name.match, name.name, quoteText)}]`,
        ),
      ),
      ...plan.networks.map((item) => {
        const type = item.cidr.includes(':') ? 'ipv6-addr' : 'ipv4-addr';
        return buildIndicator(item.cidr, item.cidr, `[${type}:value ISSUBSET ${quoteText(item.cidr)}]`);
      }),
    ],
  };
}

function formatPattern(match: string, name: string, quoted: (text: string) => string): string {
  if (match === 'exact') return `= ${quoted(name)}`;
  if (match === 'glob') return `LIKE ${quoted(name.replaceAll('*', '%'))}`;
  return `MATCHES ${quoted(`(^|\\.)${name.replaceAll('.', '\\.')}$`)}`;
}
