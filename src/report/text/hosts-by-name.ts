// Indexes the hosts of a report by their names.

import { computedOnce } from '../../model/computed-once.ts';
import type { HostReport, ReportDocument } from '../../model/report.ts';

export const hostsByName = computedOnce(
  ({ hosts }: Pick<ReportDocument, 'hosts'>): ReadonlyMap<string, HostReport> =>
    new Map(hosts.map((host) => [host.host, host])),
);
