// Traffic that could not be attributed: its kinds, the largest first, and its share of the bytes.

import type { NotVisible, ReportDocument } from '../../model/report.ts';
import type { NotVisibleKind } from '../../model/window-words.ts';

/** Encrypted DNS and loss weaken what is seen; the other kinds hide whose traffic it is. */
const HIDES_NAMES: ReadonlySet<NotVisibleKind> = new Set([
  'ech',
  'tunnel',
  'relay',
  'cloud',
  'midFlow',
  'oneWay',
  'conflict',
  'media',
  'dnsTunnel',
  'unnamed',
  'unanswered',
  'unknown',
  'protocol',
  'damaged',
]);

export const hidesNames = (kind: NotVisibleKind): boolean => HIDES_NAMES.has(kind);

/** The largest first. */
export function notVisibleRows(document: ReportDocument): NotVisible[] {
  return document.notVisible.filter((spot) => spot.bytes > 0).sort((a, b) => b.share - a.share);
}

export function darkShare(document: ReportDocument): number {
  const hidden = document.notVisible.filter((spot) => HIDES_NAMES.has(spot.kind));
  return Math.min(
    1,
    hidden.reduce((sum, spot) => sum + spot.share, 0),
  );
}
