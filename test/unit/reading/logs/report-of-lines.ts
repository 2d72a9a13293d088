// The report of a log of these lines.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ReportDocument } from '../../../../src/model/report.ts';
import { ask } from '../../../../src/query/ask.ts';
import { openSource } from '../../../../src/query/source.ts';
import { temporaryFolder } from '../../../temporary.ts';
import { WHOLE } from './whole-question.ts';

/** `definitions`: lines of a file that is passed with the log. */
export async function reportOfLines(
  lines: readonly string[],
  definitions: readonly string[] = [],
): Promise<ReportDocument> {
  const folder = temporaryFolder('lines');
  const file = join(folder, 'one.log');
  writeFileSync(file, `${lines.join('\n')}\n`);
  const more = join(folder, 'definitions.txt');
  if (definitions.length > 0) writeFileSync(more, `${definitions.join('\n')}\n`);
  return await ask(await openSource(definitions.length === 0 ? [file] : [file, more]), WHOLE);
}
