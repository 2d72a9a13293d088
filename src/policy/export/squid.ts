// Squid access lists (5 and later): CONNECT and plain requests to blocked names are refused.

import type { BlockPlan, PlanFormat } from './plan.ts';

export const SQUID: PlanFormat = {
  ending: 'squid.conf',
  sign: '#',
  words: {
    blocks: 'CONNECT and plain requests to these names, with 403',
    lets: 'clients that do not go through this proxy',
  },
  text: (plan) => `${linesOf(plan).join('\n')}\n`,
};

function linesOf(plan: BlockPlan): string[] {
  const base = `wiretally_${plan.rule.id.replace(/[^A-Za-z0-9]/g, '_')}`.slice(0, 28);
  const suffixes = plan.names.filter((name) => name.match === 'suffix').map((name) => `.${name.name}`);
  const isCovered = (name: string): boolean => suffixes.some((suffix) => `.${name}`.endsWith(suffix));
  // Squid refuses a list in which one entry contains another.
  const domains = plan.names
    .filter((name) => name.match === 'exact' && !isCovered(name.name))
    .map((name) => name.name)
    .concat(
      suffixes.filter((suffix) => !suffixes.some((other) => other !== suffix && suffix.endsWith(other))),
    );
  const patterns = plan.names
    .filter((name) => name.match === 'glob')
    .map((name) => `^${name.name.replaceAll('.', '\\.').replaceAll('*', '[^.]+')}$`);
  const lines = domains.map((domain) => `acl ${base}_n dstdomain ${domain}`);
  lines.push(...patterns.map((pattern) => `acl ${base}_g dstdom_regex -i ${pattern}`));
  lines.push(...plan.sources.map((cidr) => `acl ${base}_s src ${cidr}`));
  lines.push(...plan.passing.map((cidr) => `acl ${base}_x src ${cidr}`));
  const who = `${plan.sources.length > 0 ? ` ${base}_s` : ''}${plan.passing.length > 0 ? ` !${base}_x` : ''}`;
  if (domains.length > 0) lines.push(`http_access deny ${base}_n${who}`);
  if (patterns.length > 0) lines.push(`http_access deny ${base}_g${who}`);
  return lines;
}
