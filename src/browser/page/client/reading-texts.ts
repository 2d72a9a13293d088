// What the page and the report element say of a reading, in the same words.

import { formatBytes } from '../../../text/quantity.ts';
import type { PageTexts } from '../language/texts.ts';
import type { FromWorker, ReadReport } from '../messages.ts';

export const progressText = (
  texts: PageTexts,
  { file, bytesRead, bytesTotal }: Extract<FromWorker, { kind: 'progress' }>,
): string => texts.progress(file, formatBytes(bytesRead), formatBytes(bytesTotal));

export const summaryText = (texts: PageTexts, { packets, captures, interrupted }: ReadReport): string =>
  interrupted ? texts.stopped(packets) : texts.readAll(packets, captures);
