// The period of an earlier report, which a later one is compared with.

import { z } from 'zod';
import { optionError } from '../../model/errors.ts';
import { parseJson } from '../../text/json-text.ts';
import { readTextFile } from './policy-file.ts';

const reportRead = z.object({ period: z.object({ since: z.iso.datetime(), until: z.iso.datetime() }) });

/** Reads the period of a report in JSON. Throws USAGE for any other file. */
export function readReportPeriod(file: string): { readonly since: string; readonly until: string } {
  const report = reportRead.safeParse(parseJson(readTextFile(file)));
  if (report.success) return report.data.period;
  throw optionError(
    '--against',
    `${file} is no report with a period`,
    'write the earlier report with --format json',
  );
}
