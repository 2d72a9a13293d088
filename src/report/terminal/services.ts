// AI services of the local networks for a terminal: a line for each.

import type { ReportDocument } from '../../model/report.ts';
import { type Painter, wrap } from '../../text/text-layout.ts';
import { ENGLISH_WORDS } from '../text/english-words.ts';
import { serviceHeads } from '../text/service-words.ts';
import { headedTable } from './headed-table.ts';

/** Nothing without services. */
export function serviceLines(document: ReportDocument, width: number, paint: Painter): string[] {
  const { services } = document;
  if (services.length === 0) return [];
  return [
    '',
    paint('head', 'AI SERVICES ON YOUR NETWORKS'),
    ...headedTable(serviceHeads(document, ENGLISH_WORDS), services, width, paint),
    ...wrap(ENGLISH_WORDS.services.note, width).map((line) => paint('quiet', line)),
  ];
}
