// The report document as JSON: two blanks of indent, keys in the order of the contract.

import { computedOnce } from '../../model/computed-once.ts';
import type { Exposure, ExposureDay, ReportDocument } from '../../model/report.ts';
import { type JsonWriter, jsonChunks, jsonPiece, jsonWithList } from '../../text/json-text.ts';

/** Lists of the document, and those of a breakdown and of a summary, go entry by entry. */
const DEPTH = 2;
/** Days of an exposure are nested this deep. */
const DAY_LEVELS = 4;

export function* renderJson(document: ReportDocument): Iterable<string> {
  yield* jsonChunks(document, DEPTH, new Map([['exposure', exposureWriter()]]));
  yield '\n';
}

/** Millions of days are a few thousand objects (see Exposures): each is written once. */
function exposureWriter(): JsonWriter {
  const textOf = computedOnce((day: ExposureDay) => jsonPiece(day, DAY_LEVELS));
  return (value, levels) => {
    const { days, ...exposure } = value as Exposure;
    return jsonWithList(exposure, 'days', days.map(textOf), levels);
  };
}
