// Formats bytes and requests of a use for people.

import type { ToolUse } from '../../model/report.ts';
import { formatBytes, formatRange } from '../../text/quantity.ts';

type RequestRange = Parameters<typeof formatRange>[0];
type Sized = Pick<ToolUse, 'bytesUp' | 'bytesDown' | 'withheld'>;

/** Returns null if a log does not count them, because unknown is not zero. */
export function findBytes(use: Sized, field: 'bytesUp' | 'bytesDown'): number | null {
  return use[field] === 0 && use.withheld.some((entry) => entry.field === field) ? null : use[field];
}

/** Returns "1.2 MB sent, 44 kB received". A log may count neither. */
export function sentAndReceived(use: Sized): string {
  const [up, down] = [findBytes(use, 'bytesUp'), findBytes(use, 'bytesDown')];
  if (up === null && down === null) return 'bytes unknown';
  const text = (bytes: number | null, word: string): string =>
    bytes === null ? `${word} bytes unknown` : `${formatBytes(bytes)} ${word}`;
  return `${text(up, 'sent')}, ${text(down, 'received')}`;
}

/** Returns "3 requests", with a plus if the last one may not be counted yet. */
export function requestsText(requests: RequestRange, dash?: string): string {
  if (requests.isOpen === true && requests.max === 0) return '1 open request';
  const noun = requests.isOpen !== true && requests.max === 1 ? 'request' : 'requests';
  return `${formatRange(requests, 'host', dash)} ${noun}`;
}

export function bytesText(use: Sized, field: 'bytesUp' | 'bytesDown', unknown = '–'): string {
  const bytes = findBytes(use, field);
  return bytes === null ? unknown : formatBytes(bytes);
}
