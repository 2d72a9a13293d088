// Users that may look up pseudonyms, and the log of lookups. Every fault is reported before the server listens.

import { appendToFile } from '../../files/durable-file.ts';
import { optionError } from '../../model/errors.ts';
import type { PageSource } from '../../web/documents.ts';
import type { Identities } from '../../web/identity/identities.ts';
import { requireSafeLog } from '../output/output-guard.ts';
import { type Access, requireTokens } from './access.ts';
import { type ListenOptions, requireAuthentication } from './listen-options.ts';

interface Using extends ListenOptions {
  readonly pseudonymize?: string;
  readonly policy?: string;
  readonly hosts?: string;
  readonly sensors?: string;
}

/** Throws USAGE. `inputs`: files that must not be written. */
export function requireIdentityLog(options: Omit<Using, 'listen'>, inputs: readonly string[]): void {
  const { investigator, identityLog, pseudonymize } = options;
  if (investigator.length === 0) {
    if (identityLog !== undefined)
      throw optionError(
        '--identity-log',
        'no user has the permission to look up a pseudonym',
        'add --investigator NAME',
      );
    return;
  }
  if (pseudonymize === undefined)
    throw optionError('--investigator', 'lookups require pseudonyms', 'add --pseudonymize KEYFILE');
  if (identityLog === undefined)
    throw optionError('--investigator', 'lookups must be logged', 'add --identity-log FILE');
  requireAuthentication('--investigator', options);
  const { policy, hosts, sensors, accessTokens, tlsCert, tlsKey, proxyTokenFile, clientCa } = options;
  const secrets = [pseudonymize, accessTokens, proxyTokenFile, tlsKey];
  const uses = [...inputs, policy, hosts, sensors, ...secrets, tlsCert, clientCa];
  requireSafeLog('--identity-log', identityLog, uses);
}

/** Returns null without such users. Throws USAGE. */
export function findIdentities(
  { investigator, identityLog }: ListenOptions,
  access: Access,
  source: Pick<PageSource, 'identity'>,
): Identities | null {
  if (identityLog === undefined) return null;
  requireTokens('--investigator', investigator, access);
  return {
    investigators: new Set(investigator),
    behind: (pseudonym) => source.identity(pseudonym),
    writeDown: (opening) => appendToFile(identityLog, Buffer.from(`${JSON.stringify(opening)}\n`)),
  };
}

/**
 * Opens the log as the process that will write it: a log that cannot be written is an error at the start. Throws
 * STORE_WRITE.
 */
export async function startIdentityLog({ identityLog }: Pick<ListenOptions, 'identityLog'>): Promise<void> {
  if (identityLog !== undefined) await appendToFile(identityLog, Buffer.alloc(0));
}
