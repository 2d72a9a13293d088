// Describes compressed uploads of a tool: figures of its telemetry are lower bounds, because bytes are counted as sent.

import { phrase, type Sentence } from '../model/sentences.ts';
import type { ToolEntry } from './schema.ts';

/** Null for a tool that does not compress. */
export function describeCompression({ exchange }: Pick<ToolEntry, 'exchange'>): Sentence | null {
  if (exchange?.compressed === undefined) return null;
  const { since, telemetryTimes } = exchange.compressed;
  return phrase('compressed', { version: since, times: telemetryTimes });
}
