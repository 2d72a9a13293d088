// Defines the rights that each command keeps. Commands that read untrusted files drop all other rights before they open
// anything.

import { existsSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import type { Command } from 'commander';
import { removeLeftDrafts } from '../../files/temporary-names.ts';
import { kindOfInput } from '../../query/inputs/source-kind.ts';
import { isOnServer } from '../../store/on-server.ts';
import { findServer } from '../../store/servers.ts';
import { ARGUMENT, findDeclaration } from '../command.ts';
import { CAPABILITY, confine } from './confine.ts';
import { listFolders, listNetworkPlaces, listProgramPlaces, withLinked } from './places.ts';
import { listPorts, listSocketKinds } from './server-ports.ts';

/**
 * The user and group of root for commands without outputs: no account has this number, so that no other process is
 * allowed to access its files. Many processes share the user `nobody`.
 */
const NO_ACCOUNT = 65_533;
const OTHERS_WRITE = 0o002;

/** Confines the process permanently before the command runs. `print` reports protections that the kernel does not support. */
export function confineCommand(command: Command, print: (text: string) => void): void {
  const { writes = [], reads, confinesItself, reportsRights } = findDeclaration(command)?.permissions ?? {};
  if (confinesItself === true || (reportsRights === true && command.args.length === 0)) return;
  const keep = [CAPABILITY.dacOverride, CAPABILITY.dacReadSearch];
  const options: Readonly<Record<string, unknown>> = command.opts();
  if (options.sandbox === false || process.platform !== 'linux') {
    confine({ keep }, print);
    return;
  }
  const outputs = writes.flatMap((name) => (name === ARGUMENT ? command.args : [options[name]]));
  confinePlaces(
    keep,
    [...listWords(command.args, options), ...(reads?.() ?? [])],
    outputs.filter((path) => typeof path === 'string'),
    print,
  );
}

/**
 * Called before anything is read: the paths on the command line may be read, and the outputs written. Only ports of a
 * store may be connected to. Root becomes a user without an account, except in a command whose outputs belong to root.
 * `appended` are outputs that exist and only grow.
 */
export function confinePlaces(
  keep: readonly number[],
  words: readonly string[],
  outputs: readonly string[],
  print: (text: string) => void,
  appended: readonly string[] = [],
): void {
  const servers = [...words, ...outputs].flatMap((path) => {
    const server = findServer(path);
    return server === null ? [] : [{ server, path }];
  });
  const files = new Set(servers.flatMap(({ server }) => server.secretFiles(process.env)));
  const secrets = servers.length === 0 ? [] : [...[...files].flatMap(listFolders), ...listNetworkPlaces()];
  const named = words.filter((word) => existsSync(word));
  const stores = named.filter((word) => kindOfInput(word) === 'store');
  // Behind this line a command that only reads can no longer.
  const storesInUse = [...stores, ...named.filter((word) => kindOfInput(word) === 'usageFiles')];
  for (const folder of new Set(storesInUse.flatMap(listFolders))) removeLeftDrafts(folder);
  const written = outputs.filter((path) => !isOnServer(path));
  const becomes = written.length === 0 && process.geteuid?.() === 0;
  const write = [
    ...[...written, ...appended].flatMap(listFolders),
    // A store that another process writes is read from a copy, and large queries use temporary files.
    ...(stores.length > 0 ? [tmpdir()] : []),
    '/dev/null',
  ];
  const places = servers.map(({ server, path }) => server.placeOf(path));
  confine(
    {
      keep: becomes && appended.length === 0 ? listReaderCapabilities(stores.length > 0) : keep,
      landlock: { read: [...readPlaces(named, stores), ...secrets], write, ports: listPorts(places) },
      syscalls: { sockets: listSocketKinds(places), signals: [] },
      ...(becomes ? { become: NO_ACCOUNT } : {}),
    },
    print,
  );
}

/**
 * Returns the capabilities of a reader: threads open files late, and files on the command line of root are read whichever
 * user owns them.
 */
function listReaderCapabilities(needsTemporaryFiles: boolean): number[] {
  const isOpenToAll = (statSync(tmpdir(), { throwIfNoEntry: false })?.mode ?? 0) & OTHERS_WRITE;
  return needsTemporaryFiles && isOpenToAll === 0
    ? [CAPABILITY.dacReadSearch, CAPABILITY.dacOverride]
    : [CAPABILITY.dacReadSearch];
}

/** Lists arguments and values of options: every path among them may be read. */
function listWords(args: readonly string[], options: Readonly<Record<string, unknown>>): string[] {
  return [...args, ...Object.values(options).flat()].filter((word) => typeof word === 'string');
}

function readPlaces(named: readonly string[], stores: readonly string[]): string[] {
  const places = named.flatMap((word) => (kindOfInput(word) === 'bundle' ? [word] : withLinked(word)));
  // The log of a store is next to the store, and may not exist yet.
  return [...listProgramPlaces(), ...places, ...stores.flatMap(listFolders)];
}
