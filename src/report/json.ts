// The report document as JSON: two blanks of indent, keys in the order of the contract.

import type { ReportDocument } from '../model/report.ts';
import { jsonText } from './json-text.ts';

export function renderJson(document: ReportDocument): string {
  return `${jsonText(document, 2)}\n`;
}
