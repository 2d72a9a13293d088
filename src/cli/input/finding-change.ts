// Shared code of the commands that change the state of findings: options, and the entries that they add to the log.

import { createPublicKey } from 'node:crypto';
import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import type { Catalogue } from '../../catalogue/catalogue.ts';
import { loadCatalogue } from '../../files/catalogue-files.ts';
import { optionError, usageError } from '../../model/errors.ts';
import { FINDING_RESULTS, type FindingState } from '../../model/findings.ts';
import { omitUndefined } from '../../model/omit-undefined.ts';
import { SERVICE_PRODUCTS } from '../../model/services.ts';
import { parseAddress } from '../../net/address.ts';
import { isFindingId, MAX_NAME_LENGTH, MAX_WHY_LENGTH } from '../../policy/finding-life.ts';
import { openFindingLog } from '../../query/apply-finding-log.ts';
import { readReportFindings } from '../../query/inputs/report-period.ts';
import { requireKnownRow } from '../../query/known-tool.ts';
import { STATE_WORDS } from '../../report/text/finding-life-words.ts';
import { appendChanges, isLogText } from '../../store/finding-log.ts';
import { readPrivateKey, readTrusted } from '../../store/signing.ts';
import { didYouMean } from '../../text/near-word.ts';
import { isPseudonym } from '../../text/pseudonym.ts';
import { type Command, defineCommand, example } from '../command.ts';
import { EXIT, type ExitCode } from '../output/exit-code.ts';
import { requireSafeLog } from '../output/output-guard.ts';
import { printWarning } from '../output/print-errors.ts';
import { writeLines } from '../output/stdout.ts';
import { type OptionValues, option } from './declare-option.ts';
import { logOptions } from './finding-log-options.ts';
import { catalogueOptions, commonOptions } from './options.ts';

const changeOptions = {
  ...logOptions,
  ...catalogueOptions,
  signKey: option('--sign-key <key.pem>', 'Output', 'Sign the entries with this Ed25519 private key', {
    isMandatory: true,
  }),
  report: option(
    '--report <report.json>',
    'Input',
    'Refuse findings that this report (--format json) does not list',
    { isCommon: true },
  ),
  why: option('--why <text>', 'Input', 'Reason of the change, logged (at most 500 characters)', {
    isMandatory: true,
  }),
  ...commonOptions,
};

/** Common parts of the declarations of these commands. */
export const CHANGE_COMMAND = {
  arguments: [{ name: '<id...>' }],
  options: changeOptions,
  permissions: { writes: ['findingLog'] },
} as const;

/** Declares a command that sets a state. `examples`: hosts of the findings, the reason of the change, and a sentence. */
export const changeCommand = (
  verb: string,
  state: FindingState,
  summary: string,
  examples: readonly (readonly [hosts: readonly string[], why: string, says: string])[],
): Command =>
  defineCommand({
    summary,
    ...CHANGE_COMMAND,
    examples: examples.map(([hosts, why, says]) => example(changeLine(verb, hosts, why), says)),
    run: (ids, options) => changeFindings(ids, state, options),
  });

function changeLine(verb: string, hosts: readonly string[], why: string): string {
  const ids = hosts.map((host) => `AI-0710/2/${host}/claude-code/violation`).join(' ');
  return `finding ${verb} ${ids} --report report.json --finding-log findings.ndjson --sign-key key.pem --why "${why}"`;
}

type ChangeOptions = OptionValues<typeof changeOptions> & { readonly to?: string };

/** Throws USAGE, FINDING_LOG_INVALID, STORE_WRITE, STORE_BUSY. */
export async function changeFindings(
  ids: readonly string[],
  state: FindingState,
  { findingLog, findingKey, signKey, report, why, to, catalogue: folders, quiet }: ChangeOptions,
): Promise<ExitCode> {
  requireSafeLog('--finding-log', findingLog, [signKey, ...findingKey]);
  const catalogue = await loadCatalogue(folders);
  for (const id of ids) requireId(id, catalogue);
  if (report !== undefined) requireListed(ids, report);
  else if (quiet !== true) warnUnlisted(ids, findingLog, findingKey);
  requireText('--why', why, MAX_WHY_LENGTH);
  if (to !== undefined) requireText('--to', to, MAX_NAME_LENGTH);
  const key = readPrivateKey(signKey, 'option --sign-key');
  const change = {
    time: new Date().toISOString(),
    state,
    who: userInfo().username,
    why,
    ...omitUndefined({ assignee: to }),
  };
  const entries = await appendChanges(
    findingLog,
    [...new Set(ids)].map((finding) => ({ finding, ...change })),
    { key, trusted: [createPublicKey(key), ...readTrusted(findingKey)] },
  );
  await writeLines(
    entries.map(({ entry, finding, who }) => `entry ${entry}: ${finding}: ${STATE_WORDS[state]} by ${who}`),
  );
  return EXIT.done;
}

/** Requires a possible ID of a finding, because a signed entry cannot be removed. */
function requireId(id: string, catalogue: Catalogue): void {
  const [result = '', tool = '', host = ''] = id.split('/').reverse();
  const isComplete = isFindingId(id);
  const what = !isComplete
    ? didYouMean(result, FINDING_RESULTS)
    : parseAddress(host) === null && !isMac(host) && !isPseudonym(host)
      ? `: "${host}" is neither an address nor a pseudonym`
      : null;
  if (what !== null)
    throw usageError(
      `"${id}" is not a finding id${what}`,
      'pass an id from "findings" in analyze --format json, for example AI-0710/2/10.20.1.13/claude-code/violation',
    );
  if (!SERVICE_PRODUCTS.has(tool)) requireKnownRow(catalogue, tool);
}

/** Requires IDs of the report, because a wrong host or rule gives a well-formed ID. */
function requireListed(ids: readonly string[], report: string): void {
  const listed = readReportFindings(report);
  for (const id of ids) {
    if (!listed.has(id))
      throw usageError(
        `no finding "${id}" is in ${report}${didYouMean(id, [...listed])}`,
        'pass an id from "findings" in that report, or a newer report with --report',
      );
  }
}

function warnUnlisted(ids: readonly string[], log: string, keyFiles: readonly string[]): void {
  const lives = existsSync(log) ? openFindingLog(log, keyFiles).lives : new Map();
  for (const id of ids) {
    if (!lives.has(id))
      printWarning(
        `${id}: not compared with a report; --report REPORT.json refuses findings that do not exist`,
      );
  }
}

const isMac = (text: string): boolean => /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/.test(text);

function requireText(name: string, text: string, most: number): void {
  if (isLogText(text, most)) return;
  throw optionError(name, `${name} takes one line of 1 to ${most} characters`);
}
