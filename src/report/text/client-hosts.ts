// Counts the hosts of a report for its sentences. Routers, address servers, and servers that only answered are listed,
// but used nothing.

import type { HostReport, ReportDocument } from '../../model/report.ts';

type Counted = Pick<HostReport, 'host' | 'flows' | 'bytes' | 'mac' | 'account' | 'tools' | 'providers'>;

interface Hosts<T extends Counted> extends Pick<ReportDocument, 'attempts'> {
  readonly hosts: readonly T[];
}

export const countClients = (document: Hosts<Counted>): number => listClients(document).length;

export function listClients<T extends Counted>({ hosts, attempts = [] }: Hosts<T>): T[] {
  const trying = new Set(attempts.map(({ host }) => host));
  return hosts.filter((host) => isClient(host) || trying.has(host.host));
}

function isClient({ flows, bytes, mac, account, tools, providers }: Counted): boolean {
  if (tools.length + providers.length > 0) return true;
  // Logs of DNS servers name hosts that sent queries, without flows, bytes and MAC.
  if (flows + bytes === 0) return mac === null;
  const isHarmless = account !== undefined && account.harmless === account.wireBytes;
  return flows > 0 && !isHarmless;
}
