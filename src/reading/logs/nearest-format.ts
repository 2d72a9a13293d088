// Finds the format whose columns or keys a log has that none recognizes, and the names that it lacks.

import { LOG_FORMATS } from './formats.ts';
import type { LogSample, NearestFormat } from './records.ts';
import { isJson, namesIn, parseSeparator } from './split-line.ts';

/** Minimum known names, and their minimum share: words such as "action" are in logs of any program. */
const MIN_KNOWN_NAMES = 3;
const MIN_KNOWN_SHARE = 1 / 3;
const MIN_COLUMNS = 4;
/** A header may be behind comments. */
const MAX_LINES = 5;
/** No export has more columns. */
const MAX_COLUMNS = 512;

export function findNearestFormat({ lines }: LogSample): NearestFormat | null {
  const found = lines.slice(0, MAX_LINES).flatMap((line) => {
    const columns = columnsIn(line).slice(0, MAX_COLUMNS);
    return LOG_FORMATS.flatMap((format) => {
      const columnCount = format.countKnown?.(columns) ?? 0;
      if (columnCount < MIN_KNOWN_NAMES || columnCount < MIN_KNOWN_SHARE * columns.length) return [];
      const lacks = format.lacks?.(columns) ?? { signs: [], fields: [] };
      const missing = lacks.signs.length + lacks.fields.length;
      return missing > 0 ? [{ format, lacks, known: columnCount, missing }] : [];
    });
  });
  const [nearest = null] = found.sort((a, b) => b.known - a.known || a.missing - b.missing);
  return nearest;
}

/** Returns keys of an object, keys of pairs, or columns of a header. */
function columnsIn(line: string): string[] {
  const keys = isJson(line)
    ? line.matchAll(/"([\w.$ -]{1,60})"\s*:/g)
    : line.matchAll(/(?:^|[\s,"|[])([\w-]{1,60})(?:=|:{1,2}")/g);
  const names = [...new Set(Array.from(keys, ([, key = '']) => key))];
  if (names.length >= MIN_COLUMNS) return names;
  const separator = parseSeparator(line, MIN_COLUMNS);
  return separator === null ? [] : namesIn(line, separator);
}
