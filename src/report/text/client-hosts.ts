// Counts the hosts of a report for its sentences. Routers, address servers, and servers that only answered are listed,
// but used nothing.

import type { HostReport, ReportDocument } from '../../model/report.ts';

type Counted = Pick<HostReport, 'host' | 'flows' | 'bytes' | 'mac' | 'account' | 'tools' | 'providers'>;

export function countClients({
  hosts,
  attempts = [],
}: { readonly hosts: readonly Counted[] } & Pick<ReportDocument, 'attempts'>): number {
  const trying = new Set(attempts.map(({ host }) => host));
  return hosts.filter((host) => isClient(host) || trying.has(host.host)).length;
}

function isClient({ flows, bytes, mac, account, tools, providers }: Counted): boolean {
  if (tools.length + providers.length > 0) return true;
  // Logs of DNS servers name hosts that sent queries, without flows, bytes and MAC.
  if (flows + bytes === 0) return mac === null;
  const isHarmless = account !== undefined && account.harmless === account.wireBytes;
  return flows > 0 && !isHarmless;
}
