// Writes the report document as JSON: indented by two spaces, keys in the documented order.

import { computeOnce } from '../../model/computed-once.ts';
import type { Exposure, ExposureDay, ReportDocument } from '../../model/report.ts';
import { type JsonWriter, jsonLines, jsonPiece, jsonWithList } from '../../text/json-text.ts';

/** Lists of the document, of a breakdown and of a summary are written entry by entry. */
const DEPTH = 2;
/** Nesting depth of the days of an exposure. */
const DAY_LEVELS = 4;

export const renderJson = (document: ReportDocument): Iterable<string> =>
  jsonLines(document, DEPTH, new Map([['exposure', exposureWriter()]]));

/**
 * Returns a writer that serializes each day object once. Millions of days are a few thousand objects (see Exposures).
 */
function exposureWriter(): JsonWriter {
  const textOf = computeOnce((day: ExposureDay) => jsonPiece(day, DAY_LEVELS));
  return (value, levels) => {
    const { days, ...exposure } = value as Exposure;
    return jsonWithList(exposure, 'days', days.map(textOf), levels);
  };
}
