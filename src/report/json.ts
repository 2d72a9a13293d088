// The report document as JSON: two blanks of indent, keys in the order of the contract.

import type { ReportDocument } from '../model/report.ts';

export function renderJson(document: ReportDocument): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}
