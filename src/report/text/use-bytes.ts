// Bytes of a use as people read them.

import type { ToolUse } from '../../model/report.ts';
import { formatBytes } from '../../text/quantity.ts';

type Sized = Pick<ToolUse, 'bytesUp' | 'bytesDown' | 'withheld'>;

/** Null where a log counts none of them: absent is not zero. */
export function bytesOf(use: Sized, field: 'bytesUp' | 'bytesDown'): number | null {
  return use[field] === 0 && use.withheld.some((each) => each.field === field) ? null : use[field];
}

export function bytesText(use: Sized, field: 'bytesUp' | 'bytesDown', unknown = '–'): string {
  const bytes = bytesOf(use, field);
  return bytes === null ? unknown : formatBytes(bytes);
}
