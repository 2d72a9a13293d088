// Exports a DNS response policy zone (draft-vixie-dnsop-dns-rpz): NXDOMAIN for blocked names, one zone per deny rule.

import type { PlanFormat } from './plan.ts';

/**
 * Builds the serial of the zone from the effective date as YYYYMMDD and the rule's revision, so that a newer export has
 * a higher one.
 */
function formatSerial(effective: number | null, rev: number): string {
  const date =
    effective === null
      ? '20260101'
      : new Date(effective * 1000).toISOString().slice(0, 10).replaceAll('-', '');
  return `${date}${String(rev % 100).padStart(2, '0')}`;
}

export const RPZ: PlanFormat = {
  ending: 'rpz',
  sign: ';',
  words: {
    blocks: 'DNS queries: the resolver that loads the zone answers that the name does not exist',
    isForAllClients: true,
    lets: 'clients that ask another resolver (DNS over HTTPS too), know the address, or go through a proxy that resolves',
  },
  notes: ({ names, sources, passing }) => [
    ...(sources.length > 0 || passing.length > 0
      ? [
          'A zone holds for every client of the resolver that loads it: keep scope and exceptions by views. A passthru for clients (rpz-client-ip) in this zone would let them pass all zones behind it too',
        ]
      : []),
    ...names
      .filter(({ match }) => match === 'glob')
      .map(({ name }) => `Not carried over: ${name}: a zone knows no wildcard inside a name`),
  ],
  text: ({ names, rule }) => {
    const records = names
      .filter(({ match }) => match !== 'glob')
      .flatMap(({ name, match }) => (match === 'suffix' ? [name, `*.${name}`] : [name]))
      .map((name) => `${name} CNAME .`);
    const soa = `@ SOA localhost. hostmaster.localhost. ${formatSerial(rule.effective, rule.rev)} 3600 600 86400 300`;
    return `$TTL 300\n${soa}\n@ NS localhost.\n${[...new Set(records)].join('\n')}\n`;
  },
};
