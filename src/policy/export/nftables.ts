// Exports nftables rules: vendor-owned networks as sets whose elements expire with the rule, and a chain that rejects
// them.

import { parseNetwork } from '../../net/address.ts';
import type { BlockPlan, PlanFormat } from './plan.ts';

export const NFTABLES: PlanFormat = {
  ending: 'nft',
  sign: '#',
  words: {
    blocks:
      'every packet that is forwarded, or sent by the machine itself, to these networks: refused at once (reject)',
    lets: 'names on shared clouds; traffic that does not pass this machine',
  },
  notes: () => [
    'Blocks networks that the vendor owns, whole: every product of the vendor behind them; names on shared clouds are not in here',
  ],
  text: buildTable,
};

function buildTable(plan: BlockPlan): string {
  const name = `wiretally_${plan.rule.id.replace(/[^A-Za-z0-9]/g, '_')}`;
  const lines = [`table inet ${name} {`];
  const rules: string[] = [];
  for (const [family, type, key] of [
    ['v4', 'ipv4_addr', 'ip'],
    ['v6', 'ipv6_addr', 'ip6'],
  ] as const) {
    const isOfFamily = (cidr: string): boolean =>
      (parseNetwork(cidr)?.bytes.length === 4) === (family === 'v4');
    const blocked = plan.networks.filter((item) => isOfFamily(item.cidr)).map((item) => item.cidr);
    if (blocked.length === 0) continue;
    lines.push(...set(`blocked_${family}`, type, blocked));
    const sources = plan.sources.filter(isOfFamily);
    if (plan.sources.length > 0 && sources.length === 0) continue;
    if (sources.length > 0) lines.push(...set(`sources_${family}`, type, sources));
    const exempt = plan.passing.filter(isOfFamily);
    if (exempt.length > 0) {
      lines.push(...set(`exempt_${family}`, type, exempt));
      rules.push(`    ${key} saddr @exempt_${family} accept`);
    }
    const who = sources.length > 0 ? `${key} saddr @sources_${family} ` : '';
    rules.push(`    ${who}${key} daddr @blocked_${family} counter reject`);
  }
  const buildChain = (hook: string): string[] => [
    `  chain ${hook} {`,
    `    type filter hook ${hook} priority filter; policy accept;`,
    ...rules,
    '  }',
  ];
  return [...lines, ...buildChain('forward'), ...buildChain('output'), '}', ''].join('\n');
}

/**
 * Builds a set. The operator may add a timeout to its elements: `nft add element … { 160.79.104.0/23 timeout 30d }`.
 */
function set(name: string, type: string, elements: readonly string[]): string[] {
  return [
    `  set ${name} {`,
    `    type ${type}`,
    '    flags interval, timeout',
    '    auto-merge',
    `    elements = { ${elements.join(', ')} }`,
    '  }',
  ];
}
