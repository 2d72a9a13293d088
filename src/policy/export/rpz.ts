// A DNS response policy zone (draft-vixie-dnsop-dns-rpz): NXDOMAIN for blocked names, one zone per denying rule.

import {
  comment,
  type DeviceWords,
  describePlan,
  type ExportContext,
  type ExportFile,
  planBlocks,
} from './plan.ts';

/** Serial of the zone: the effective date as YYYYMMDD and the rule's revision, so that a newer export is newer. */
function serialOf(effective: number | null, rev: number): string {
  const date =
    effective === null
      ? '20260101'
      : new Date(effective * 1000).toISOString().slice(0, 10).replaceAll('-', '');
  return `${date}${String(rev % 100).padStart(2, '0')}`;
}

const WORDS: DeviceWords = {
  blocks: 'DNS questions: the resolver that loads the zone answers that the name does not exist',
  lets: 'clients that ask another resolver (DNS over HTTPS too), know the address, or go through a proxy that resolves',
};

export function exportRpz(context: ExportContext): ExportFile[] {
  return planBlocks(context).map((plan) => {
    const notes = describePlan(context, plan, WORDS);
    if (plan.sources.length > 0 || plan.passing.length > 0) {
      notes.push(
        'A zone holds for every client of the resolver that loads it: keep scope and exceptions by views or response-policy clients',
      );
    }
    const records: string[] = [];
    for (const name of plan.names) {
      if (name.match === 'glob') {
        notes.push(`Not carried over: ${name.name}: a zone knows no wildcard inside a name`);
        continue;
      }
      records.push(`${name.name} CNAME .`);
      if (name.match === 'suffix') records.push(`*.${name.name} CNAME .`);
    }
    const soa = `@ SOA localhost. hostmaster.localhost. ${serialOf(plan.rule.effective, plan.rule.rev)} 3600 600 86400 300`;
    return {
      name: `wiretally-${plan.rule.id}.rpz`,
      text: `${comment(';', notes)}$TTL 300\n${soa}\n@ NS localhost.\n${[...new Set(records)].join('\n')}\n`,
    };
  });
}
