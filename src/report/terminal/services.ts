// AI services of the local networks for a terminal: a line for each.

import type { ReportDocument } from '../../model/report.ts';
import { type Painter, wrap } from '../../text/text-layout.ts';
import { SERVICE_NOTE, serviceHeads } from '../text/service-words.ts';
import { headedTable } from './headed-table.ts';

/** Nothing without services. */
export function serviceLines(document: ReportDocument, width: number, paint: Painter): string[] {
  const { services } = document;
  if (services.length === 0) return [];
  return [
    '',
    paint('head', 'AI SERVICES ON YOUR NETWORKS'),
    ...headedTable(serviceHeads(document), services, width, paint),
    ...wrap(SERVICE_NOTE, width).map((line) => paint('quiet', line)),
  ];
}
