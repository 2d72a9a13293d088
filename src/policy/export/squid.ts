// Exports Squid access lists (5 and later) that refuse CONNECT and plain requests to blocked names.

import type { BlockedName, BlockPlan, PlanFormat } from './plan.ts';

export const SQUID: PlanFormat = {
  ending: 'squid.conf',
  sign: '#',
  words: {
    blocks: 'CONNECT and plain requests to these names, with 403',
    lets: 'clients that do not go through this proxy',
  },
  text: (plan) => `${listLines(plan).join('\n')}\n`,
};

/**
 * Builds the base of ACL names, which end in _s (sources), _x (exempt), _n (domains) or _g (patterns). It is truncated
 * to Squid's limit for names.
 */
const formatBase = (id: string): string => `wiretally_${id.replace(/[^A-Za-z0-9]/g, '_')}`.slice(0, 28);

function listLines(plan: BlockPlan): string[] {
  const base = formatBase(plan.rule.id);
  const { lines, lists } = buildAcls(base, plan.names);
  lines.push(...plan.sources.map((cidr) => `acl ${base}_s src ${cidr}`));
  lines.push(...plan.passing.map((cidr) => `acl ${base}_x src ${cidr}`));
  const clients = `${plan.sources.length > 0 ? ` ${base}_s` : ''}${plan.passing.length > 0 ? ` !${base}_x` : ''}`;
  return [...lines, ...lists.map((list) => `http_access deny ${list}${clients}`)];
}

/** Builds ACL lines for server names. `lists` are the names of these ACLs. */
function buildAcls(
  base: string,
  names: readonly Pick<BlockedName, 'name' | 'match'>[],
): { readonly lines: string[]; readonly lists: readonly string[] } {
  const suffixes = names.filter((name) => name.match === 'suffix').map((name) => `.${name.name}`);
  const isCovered = (name: string): boolean => suffixes.some((suffix) => `.${name}`.endsWith(suffix));
  // Squid refuses a list in which one entry contains another.
  const domains = names
    .filter((name) => name.match === 'exact' && !isCovered(name.name))
    .map((name) => name.name)
    .concat(
      suffixes.filter((suffix) => !suffixes.some((other) => other !== suffix && suffix.endsWith(other))),
    );
  const patterns = names
    .filter((name) => name.match === 'glob')
    .map((name) => `^${name.name.replaceAll('.', '\\.').replaceAll('*', '[^.]+')}$`);
  const lines = domains.map((domain) => `acl ${base}_n dstdomain ${domain}`);
  lines.push(...patterns.map((pattern) => `acl ${base}_g dstdom_regex -i ${pattern}`));
  const lists = [...(domains.length > 0 ? [`${base}_n`] : []), ...(patterns.length > 0 ? [`${base}_g`] : [])];
  return { lines, lists };
}

/** Allows requests to these names. The lines precede those that deny all others. */
export function listAllows(id: string, names: readonly Pick<BlockedName, 'name' | 'match'>[]): string[] {
  const { lines, lists } = buildAcls(formatBase(id), names);
  return [...lines, ...lists.map((list) => `http_access allow ${list}`)];
}
