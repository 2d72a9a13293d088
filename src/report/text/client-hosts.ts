// Counts the hosts of a report as its sentences do: servers that only answered are listed, and used nothing.

import type { HostReport } from '../../model/report.ts';

type Counted = Pick<HostReport, 'flows' | 'bytes' | 'tools' | 'providers'>;

/** Logs of DNS servers name hosts that asked, without flows and bytes. */
const isClient = ({ flows, bytes, tools, providers }: Counted): boolean =>
  flows > 0 || bytes === 0 || tools.length + providers.length > 0;

export const countClients = (hosts: readonly Counted[]): number => hosts.filter(isClient).length;
