// Formats bytes and requests of a use for people.

import type { NotVisible, ReportDocument, ToolUse } from '../../model/report.ts';
import { findBytes } from '../../model/withheld.ts';
import { formatBytes, formatRange } from '../../text/quantity.ts';
import type { ReportWords } from './english-words.ts';

type RequestRange = Parameters<typeof formatRange>[0];
type Sized = Pick<ToolUse, 'bytesUp' | 'bytesDown' | 'withheld'>;

/** Returns the bytes of the reading; null if logs without any were read. */
export const findReadBytes = ({ inputs, stats: { bytes } }: ReportDocument): number | null =>
  inputs !== undefined && bytes === 0 ? null : bytes;

/** Returns the bytes that are not visible; null if a log does not count them. */
export const findHiddenBytes = ({ kind, bytes }: Pick<NotVisible, 'kind' | 'bytes'>): number | null =>
  kind === 'unsized' ? null : bytes;

/** Returns "4 active minutes", "3 requests", "1.2 MB sent" and so on. The withheld figures are listed elsewhere. */
export function amountParts(use: ToolUse, messages: ReportWords): string[] {
  const words = messages.page.evidence;
  const bytes = (field: 'bytesUp' | 'bytesDown', text: (amount: string) => string): string[] => {
    const count = findBytes(use, field);
    return count === null ? [] : [text(messages.bytes(count))];
  };
  return [
    ...(use.activeMinutes === null ? [] : [words.activeMinutes(use.activeMinutes)]),
    use.requests === null
      ? words.noRequestEstimate
      : words.requests(
          formatRange(use.requests, 'host'),
          use.requests.max === 1 && use.requests.isOpen !== true,
        ),
    ...bytes('bytesUp', words.sent),
    ...bytes('bytesDown', words.received),
    messages.flows(use.flows),
  ];
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
