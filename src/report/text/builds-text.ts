// Builds of a tool on a host in words: spans, and how many of its starts they rest on.

import type { BuildsSeen } from '../../model/report.ts';
import { spanText, uniteSpans } from '../../text/version.ts';
import { formatCount } from './quantity.ts';

/** "2.1.133 to 2.1.190 (3 of 4 starts placed)"; null where nothing was started or placed. */
export function buildsText({ starts, placed, days }: BuildsSeen): string | null {
  if (placed === 0) return null;
  const spans = uniteSpans(days.flatMap((day) => day.spans));
  return `${spans.map(spanText).join(', ')} (${formatCount(placed)} of ${formatCount(starts)} ${starts === 1 ? 'start' : 'starts'} placed)`;
}
