// The period that a report is compared with, if requested: `--against-since`, `--against-until`.

import { WiretallyError } from '../../model/errors.ts';
import { COMPARISON_FORMATS, type FormatName } from '../../report/render.ts';
import type { Span } from '../../store/span.ts';
import { parseDateTime } from './since-until.ts';

export interface AgainstOptions {
  readonly since?: string;
  readonly by?: string;
  readonly format: FormatName;
  readonly againstSince?: string;
  readonly againstUntil?: string;
}

/** Null where none is chosen. Throws USAGE where nothing could be compared, or nothing would show it. */
export function againstSpan(
  options: AgainstOptions,
  since: number | undefined,
  timezone: string,
): Span | null {
  const { againstSince, againstUntil, by, format } = options;
  if (againstSince === undefined) {
    if (againstUntil === undefined) return null;
    throw refused('--against-until needs --against-since', 'option --against-until');
  }
  if (since === undefined)
    throw refused('--against-since needs --since: a comparison is of two spans', 'option --against-since');
  if (by !== undefined) throw refused('--by and --against-since cannot be asked for at once', 'option --by');
  if (!COMPARISON_FORMATS.includes(format))
    throw refused(
      `--format ${format} does not show --against-since`,
      'option --against-since',
      `use --format ${COMPARISON_FORMATS.join(', ')}`,
    );
  const from = parseDateTime('--against-since', againstSince, timezone);
  const to = againstUntil === undefined ? since : parseDateTime('--against-until', againstUntil, timezone);
  if (from >= to) throw refused('--against-since must be before --against-until', 'option --against-since');
  if (to > since)
    throw refused(
      'the period to compare with must end before --since',
      'option --against-until',
      'exchange the periods, or end it earlier',
    );
  return { from, to };
}

const refused = (what: string, where: string, next?: string): WiretallyError =>
  new WiretallyError('USAGE', what, { where, ...(next === undefined ? {} : { next }) });
