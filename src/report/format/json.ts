// The report document as JSON: two blanks of indent, keys in the order of the contract.

import type { ReportDocument } from '../../model/report.ts';
import { jsonChunks } from '../../text/json-text.ts';

/** Lists of the document, and those of a breakdown and of a summary, go entry by entry. */
const DEPTH = 2;

export function* renderJson(document: ReportDocument): Iterable<string> {
  yield* jsonChunks(document, DEPTH);
  yield '\n';
}
