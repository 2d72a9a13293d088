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

/** Smallest printed share of missing bytes. Less is within the retransmissions of a busy network. */
const MIN_MISSING = 0.005;

/** Bytes that are missing in captured flows, as a share of the captured bytes; 0 below the smallest printed share. */
export function printedLoss({ notVisible }: ReportDocument): number {
  const missing = notVisible.find(({ kind }) => kind === 'loss')?.share ?? 0;
  return missing < MIN_MISSING ? 0 : missing;
}

/** True if the report states that packets were lost. */
export const isLossy = (document: ReportDocument): boolean =>
  document.stats.kernelDrops + document.stats.evictedFlows > 0 || printedLoss(document) > 0;
