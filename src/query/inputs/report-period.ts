// Reads parts of a report in JSON for other commands: the period that a later report is compared with, and its findings.

import { z } from 'zod';
import { optionError } from '../../model/errors.ts';
import { parseJson } from '../../text/json-text.ts';
import { shellWord } from '../../text/shell-word.ts';
import { readTextFile } from './policy-file.ts';

const findingsRead = z.object({ findings: z.array(z.object({ id: z.string() })) });

/** IDs of the findings of a report in JSON. Throws USAGE for any other file. */
export function readReportFindings(file: string): ReadonlySet<string> {
  const report = findingsRead.safeParse(parseJson(readTextFile(file)));
  if (report.success) return new Set(report.data.findings.map(({ id }) => id));
  throw optionError(
    '--report',
    `${file} is not a report with findings`,
    `wiretally analyze SOURCE --policy POLICY.yaml --format json > ${shellWord(file)}`,
  );
}

const reportRead = z.object({ period: z.object({ since: z.iso.datetime(), until: z.iso.datetime() }) });

/** Reads the period of a report in JSON. Throws USAGE for any other file. */
export function readReportPeriod(file: string): { readonly since: string; readonly until: string } {
  const report = reportRead.safeParse(parseJson(readTextFile(file)));
  if (report.success) return report.data.period;
  throw optionError(
    '--against',
    `${file} is not a report with a period`,
    'write the earlier report with --format json',
  );
}
