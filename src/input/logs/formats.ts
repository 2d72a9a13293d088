// The table of log formats. A format is one file in formats/ and one line here.

import { SURICATA } from './formats/suricata.ts';
import { ZEEK } from './formats/zeek.ts';
import type { LogFormat, LogSample } from './records.ts';

/** In the order in which they are tried: those with the most particular lines first. */
export const LOG_FORMATS: readonly LogFormat[] = [SURICATA, ZEEK];

export const formatNamed = (id: string): LogFormat | undefined =>
  LOG_FORMATS.find((format) => format.id === id);

/** By content, never by name; null for what is no known log. */
export function recognize(sample: LogSample): LogFormat | null {
  if (sample.lines.length === 0) return null;
  return LOG_FORMATS.find((format) => format.recognizes(sample)) ?? null;
}
