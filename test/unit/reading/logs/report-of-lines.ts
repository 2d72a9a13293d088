// The report of a log of these lines.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ReportDocument } from '../../../../src/model/report.ts';
import { ask } from '../../../../src/query/ask.ts';
import { openSource } from '../../../../src/query/source.ts';
import { temporaryFolder } from '../../../temporary.ts';
import { WHOLE } from './whole-question.ts';

export async function reportOfLines(lines: readonly string[]): Promise<ReportDocument> {
  const file = join(temporaryFolder('lines'), 'one.log');
  writeFileSync(file, `${lines.join('\n')}\n`);
  return await ask(await openSource([file]), WHOLE);
}
