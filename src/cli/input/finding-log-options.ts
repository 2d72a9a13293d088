// `--finding-log FILE`: reads the log of findings for reports and for the commands that change it.

import { optionError } from '../../model/errors.ts';
import type { ReportDocument } from '../../model/report.ts';
import { printWarning } from '../output/print-errors.ts';
import { changeOption, list, type OptionValues, option } from './declare-option.ts';

const findingLogOption = option(
  '--finding-log <file>',
  'Policy',
  'Log of findings: show the state of each finding',
);

export const findingLogOptions = {
  findingLog: findingLogOption,
  findingKey: list(
    '--finding-key <public.pem>',
    'Policy',
    'Ed25519 public key that must have signed the entries of the log',
  ),
};
export type FindingLogOptions = OptionValues<typeof findingLogOptions>;

export const logOptions = {
  findingLog: changeOption(findingLogOptions.findingLog, {
    description: 'Log of findings',
    isMandatory: true,
  }),
  findingKey: changeOption(findingLogOptions.findingKey, { isCommon: true }),
};

/** Returns null without a log. Throws USAGE before captures are read for minutes. */
export async function readFindingLog({
  findingLog,
  findingKey,
  policy,
}: FindingLogOptions & { readonly policy?: string }): Promise<{
  show(document: ReportDocument): ReportDocument;
} | null> {
  if (findingLog === undefined) return null;
  if (policy === undefined)
    throw optionError('--finding-log', '--finding-log needs the policy of the findings', 'add --policy FILE');
  const { openFindingLog, addLives } = await import('../../query/apply-finding-log.ts');
  const log = openFindingLog(findingLog, findingKey);
  if (log.facts.fault !== null)
    printWarning(`${findingLog}: ${log.facts.fault}; the entries before it are used`);
  return { show: (document) => addLives(document, log) };
}
