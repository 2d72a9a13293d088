// Checks that the options of `watch` fit together, before anything is opened.

import { statSync } from 'node:fs';
import { mayRaise } from '../../live/state-folder.ts';
import { optionError } from '../../model/errors.ts';
import { findServer } from '../../store/servers.ts';
import { requireSafeFolder, requireSafeLog, requireSafeOutputs } from '../output/output-guard.ts';
import { requireIdentityLog } from '../serve/investigators.ts';
import type { WatchOptions } from './watch-options.ts';

/** Throws USAGE. */
export function requireConsistentOptions(options: WatchOptions): void {
  requireSingleInput(options);
  requireSafeWatchOutputs(options);
  requireSpoolBefore(options);
  requireListen(options);
  requireShownLog(options);
}

/** Throws USAGE. */
function requireSingleInput({
  follow,
  interface: interfaces,
  inputFormat,
  logColumns,
  filter,
}: WatchOptions): void {
  if (follow.length > 0 && interfaces.length > 0)
    throw optionError(
      '--follow',
      'a sensor cannot capture and follow logs at the same time',
      'start a second sensor for the logs, with its own --sensor NAME',
    );
  if (filter !== undefined && follow.length > 0)
    throw optionError('--filter', 'a capture filter cannot be applied to rows of logs', 'leave it out');
  if (logColumns !== undefined && follow.length === 0)
    throw optionError('--log-columns', '--log-columns requires --follow', 'leave it out');
  if (inputFormat === undefined) return;
  if (follow.length === 0 || inputFormat === 'capture')
    throw optionError('--input-format', '--input-format requires --follow', 'leave it out');
}

/** Throws USAGE for unsafe outputs. Windows are only added to a folder. */
function requireSafeWatchOutputs(options: WatchOptions): void {
  const { write, store, policy, advisories, hosts, sensors, pseudonymize } = options;
  const inputs = [policy, advisories, hosts, sensors, pseudonymize];
  requireSafeOutputs(inputs, { store });
  const uses = [...inputs, store];
  if (options.alertsFile !== undefined) requireSafeLog('--alerts-file', options.alertsFile, uses);
  if (options.state !== undefined) requireSafeFolder('--state', options.state, ['outbox.ndjson'], uses);
  if (write === undefined || statSync(write, { throwIfNoEntry: false })?.isDirectory() !== false) return;
  throw optionError(
    '--write',
    `${write}: is a file, but watch writes a folder with one file per day`,
    'pass a folder',
  );
}

/** Requires --write with a server, because a sensor never waits for a server. Throws USAGE. */
function requireSpoolBefore({ store, write }: WatchOptions): void {
  const server = store === undefined ? null : findServer(store);
  if (store === undefined || server === null) return;
  server.placeOf(store);
  if (write !== undefined) return;
  throw optionError(
    '--store',
    `${store}: a server store requires a local spool`,
    'add --write windows/: records that are not yet delivered are kept there',
  );
}

/** Throws USAGE for a log of findings without pages, which are its only use. */
function requireShownLog(options: WatchOptions): void {
  if (options.findingLog === undefined || (options.listen !== undefined && mayRaise(options))) return;
  throw optionError(
    '--finding-log',
    'states of findings require pages and a policy',
    `add ${options.listen === undefined ? '--listen 127.0.0.1:7577' : '--policy FILE'}`,
  );
}

/** Throws USAGE for access control without pages. */
function requireListen(options: WatchOptions): void {
  const { listen, tlsCert, tlsKey, accessTokens, clientCa, trustedUserHeader, proxyTokenFile, identityLog } =
    options;
  const words = [tlsCert, tlsKey, accessTokens, clientCa, trustedUserHeader, proxyTokenFile, identityLog];
  const isGiven = [...words, options.publicName[0], options.investigator[0]].some(
    (word) => word !== undefined,
  );
  requireIdentityLog(options, options.store === undefined ? [] : [options.store]);
  if (listen !== undefined || !isGiven) return;
  throw optionError(
    '--listen',
    'access control was configured, but no pages are served',
    'add for example --listen 127.0.0.1:7577',
  );
}
