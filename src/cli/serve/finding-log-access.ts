// `serve --finding-log`: opens the log of findings for the pages, and lists the users that may change it. Every fault is
// reported before the server listens.

import { createPublicKey } from 'node:crypto';
import { statSync } from 'node:fs';
import { appendToFile } from '../../files/durable-file.ts';
import { optionError } from '../../model/errors.ts';
import { MAX_NAME_LENGTH, MAX_WHY_LENGTH } from '../../policy/finding-life.ts';
import { addLives, type FindingLog, openFindingLogBy } from '../../query/apply-finding-log.ts';
import { appendChanges, findingLogBytes, isLogText } from '../../store/finding-log.ts';
import { readPrivateKey, readTrusted } from '../../store/signing.ts';
import type { FindingStates } from '../../web/findings/finding-states.ts';
import { requireSafeLog } from '../output/output-guard.ts';
import { requireAuthentication } from './listen-options.ts';
import type { ServeOptions } from './serve-options.ts';

export type FindingStateOptions = Pick<
  ServeOptions,
  | 'findingLog'
  | 'findingKey'
  | 'findingEditor'
  | 'findingSignKey'
  | 'policy'
  | 'accessTokens'
  | 'clientCa'
  | 'trustedUserHeader'
>;

/** Throws USAGE. `inputs`: files that must not be written. */
export function requireFindingLog(options: FindingStateOptions, inputs: readonly string[]): void {
  const { findingLog, findingKey, findingEditor, findingSignKey, policy } = options;
  if (findingLog === undefined) {
    if (findingEditor.length > 0)
      throw optionError('--finding-editor', 'states of findings require a log', 'add --finding-log FILE');
    return;
  }
  if (policy === undefined)
    throw optionError('--finding-log', 'without a policy there are no findings', 'add --policy FILE');
  if (findingEditor.length === 0) {
    if (findingSignKey !== undefined)
      throw optionError(
        '--finding-sign-key',
        'no user has the permission to change a state',
        'add --finding-editor NAME',
      );
    return;
  }
  if (findingSignKey === undefined)
    throw optionError('--finding-editor', 'changes must be signed', 'add --finding-sign-key KEY.pem');
  requireAuthentication('--finding-editor', options);
  const { accessTokens, clientCa } = options;
  const uses = [...inputs, policy, findingSignKey, ...findingKey, accessTokens, clientCa];
  requireSafeLog('--finding-log', findingLog, uses);
}

/** Opens the log as the process that will write or read it. Throws USAGE, STORE_WRITE. */
export async function startFindingLog({ findingLog, findingEditor }: FindingStateOptions): Promise<void> {
  if (findingLog === undefined) return;
  if (findingEditor.length > 0) await appendToFile(findingLog, Buffer.alloc(0));
  else findingLogBytes(findingLog);
}

/** Returns null without a log. Keys are read now, because the confined process may not. Throws USAGE. */
export function findFindingStates(
  options: Pick<FindingStateOptions, 'findingLog' | 'findingKey' | 'findingEditor' | 'findingSignKey'>,
): FindingStates | null {
  const { findingLog, findingKey, findingEditor, findingSignKey } = options;
  if (findingLog === undefined) return null;
  const key =
    findingSignKey === undefined ? null : readPrivateKey(findingSignKey, 'option --finding-sign-key');
  const trusted = [...(key === null ? [] : [createPublicKey(key)]), ...readTrusted(findingKey)];
  const keys = trusted.length === 0 ? null : trusted;
  let log: FindingLog | null = null;
  let stateRead = '';
  /** Reads the file again after it changed, also by another process. */
  const readLog = (): FindingLog => {
    const { size, mtimeMs } = statSync(findingLog, { throwIfNoEntry: false }) ?? { size: -1, mtimeMs: 0 };
    const state = `${size} ${mtimeMs}`;
    if (log === null || stateRead !== state) {
      log = openFindingLogBy(findingLog, keys, new Set(log?.read.heads));
      stateRead = state;
    }
    return log;
  };
  return {
    editors: new Set(findingEditor),
    show: (document) => addLives(document, readLog()),
    changesOf: (id) => readLog().read.entries.filter(({ finding }) => finding === id),
    async change(changes) {
      if (key === null) throw new Error('no key signs changes');
      await appendChanges(findingLog, changes, { key, trusted, known: new Set(log?.read.heads) });
    },
    isText: (text, kind) => isLogText(text, kind === 'reason' ? MAX_WHY_LENGTH : MAX_NAME_LENGTH),
  };
}
