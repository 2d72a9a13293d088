// Describes traffic that could not be attributed: its kinds, largest first, and its share of the bytes.

import type { NotVisible, ReportDocument } from '../../model/report.ts';
import { hidesNames } from '../../model/window-words.ts';

/** Largest first. */
export function notVisibleRows(document: ReportDocument): NotVisible[] {
  return document.notVisible.filter((spot) => spot.bytes > 0).sort((a, b) => b.share - a.share);
}

export function notVisibleShare(document: ReportDocument): number {
  const hidden = document.notVisible.filter(({ kind }) => hidesNames(kind));
  return Math.min(
    1,
    hidden.reduce((sum, spot) => sum + spot.share, 0),
  );
}
