// What the commands that change the state of findings share: options, and the entries that they add to the log.

import { createPublicKey } from 'node:crypto';
import { userInfo } from 'node:os';
import { readKeyText } from '../../files/read-secret.ts';
import { WiretallyError } from '../../model/errors.ts';
import type { FindingState } from '../../model/findings.ts';
import { isFindingId, MAX_NAME_LENGTH, MAX_WHY_LENGTH } from '../../policy/finding-life.ts';
import { STATE_WORDS } from '../../report/text/finding-life-words.ts';
import { appendChanges, isLogText } from '../../store/finding-log.ts';
import { readPrivateKey, readTrusted } from '../../store/signing.ts';
import { EXIT, type ExitCode } from '../output/exit-code.ts';
import { requireSafeLog } from '../output/output-guard.ts';
import { writeLines } from '../output/stdout.ts';
import { type OptionValues, option } from './declare-option.ts';
import { logOptions } from './finding-log-options.ts';

export const findingArgument = { name: '<id...>' };

export const changeOptions = {
  ...logOptions,
  signKey: option('--sign-key <key.pem>', 'Output', 'Sign the entries with this Ed25519 private key', {
    isMandatory: true,
  }),
  why: option('--why <text>', 'Input', 'Reason of the change, logged (at most 500 characters)', {
    isMandatory: true,
  }),
};

type ChangeOptions = OptionValues<typeof changeOptions> & { readonly to?: string };

/** Throws USAGE, FINDING_LOG_INVALID, STORE_WRITE, STORE_BUSY. */
export async function changeFindings(
  ids: readonly string[],
  state: FindingState,
  { findingLog, findingKey, signKey, why, to }: ChangeOptions,
): Promise<ExitCode> {
  requireSafeLog('--finding-log', findingLog, [signKey, ...findingKey]);
  for (const id of ids) requireId(id);
  requireText('--why', why, MAX_WHY_LENGTH);
  if (to !== undefined) requireText('--to', to, MAX_NAME_LENGTH);
  const key = readPrivateKey(readKeyText(signKey, 'option --sign-key'));
  const change = {
    time: new Date().toISOString(),
    state,
    who: userInfo().username,
    why,
    ...(to === undefined ? {} : { assignee: to }),
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

function requireId(id: string): void {
  if (isFindingId(id)) return;
  throw new WiretallyError('USAGE', `"${id}" is no id of a finding`, {
    next: 'pass an id of "findings" in analyze --format json, for example AI-0710/2/10.20.1.13/claude-code/violation',
  });
}

function requireText(name: string, text: string, most: number): void {
  if (isLogText(text, most)) return;
  throw new WiretallyError('USAGE', `${name} takes one line of 1 to ${most} characters`, {
    where: `option ${name}`,
  });
}
