// Damaged files among advisories: each is named, and the others are used.

import type { SkippedFile } from '../../query/inputs/advisory-import.ts';
import type { PolicyView } from '../../query/inputs/policy-file.ts';
import { printWarning } from './messages.ts';

const MAX_LINES = 20;

export function printSkippedFiles(skipped: readonly SkippedFile[]): void {
  for (const { file, reason } of skipped.slice(0, MAX_LINES)) printWarning(`${file}: skipped: ${reason}`);
  const left = skipped.length - MAX_LINES;
  if (left > 0) printWarning(`and ${left} more files were skipped`);
}

export function printSkippedAdvisories(
  view: Pick<PolicyView, 'skippedAdvisories'> | null,
  { quiet }: { readonly quiet?: boolean } = {},
): void {
  if (quiet !== true) printSkippedFiles(view?.skippedAdvisories ?? []);
}
