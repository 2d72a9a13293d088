// Indexes the hosts of a report by their names.

import { computeOnce } from '../../model/computed-once.ts';
import type { HostReport, ReportDocument } from '../../model/report.ts';

export const hostsByName = computeOnce(
  ({ hosts }: Pick<ReportDocument, 'hosts'>): ReadonlyMap<string, HostReport> =>
    new Map(hosts.map((host) => [host.host, host])),
);
