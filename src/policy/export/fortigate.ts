// External resources of FortiOS: a list of domains for DNS filters, and one of addresses for firewall policies.

import { bareLists, type ListForm } from './lists.ts';
import { type DeviceWords, type ExportContext, type ExportFile, planBlocks } from './plan.ts';

const WORDS: DeviceWords = {
  blocks:
    'DNS questions (list of type domain in a DNS filter), and packets to networks that the vendor owns (list of type address in a policy)',
  lets: 'clients that ask another resolver than through the firewall; names on shared clouds, once their address is known',
};

export const FORTIGATE_DOMAINS: ListForm = {
  exact: (name) => [name],
  suffix: (name) => [name, `*.${name}`],
  glob: (name) => [name],
};

export function exportFortigate(context: ExportContext): ExportFile[] {
  return planBlocks(context).flatMap((plan) => {
    const [domains, ...notes] = bareLists(context, plan, WORDS, [
      { ending: 'fortigate-domains.txt', form: FORTIGATE_DOMAINS },
    ]);
    if (domains === undefined) return notes;
    if (plan.networks.length === 0) return [domains, ...notes];
    const text = plan.networks.map(({ cidr }) => `${cidr}\n`).join('');
    return [domains, { name: `wiretally-${plan.rule.id}.fortigate-addresses.txt`, text }, ...notes];
  });
}
