// The rights that each command keeps. Whatever reads what others made gives up the rest before it opens anything.

import { existsSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import type { Command } from 'commander';
import { removeLeftDrafts } from '../../files/owned-names.ts';
import { kindOfInput } from '../../query/inputs/source-kind.ts';
import { isOnServer } from '../../store/on-server.ts';
import { serverOf } from '../../store/servers.ts';
import { commandName } from '../command-name.ts';
import { CONFIG_VARIABLE, placesOfConfig } from '../config/find-config.ts';
import { CAPABILITY, confine } from './confine.ts';
import { foldersOf, placesOfNetwork, placesOfProgram, withLinked } from './places.ts';
import { portsTo, socketsTo } from './servers.ts';

interface Rights {
  /** Options that name what is written, or the arguments that are changed. */
  readonly writes?: readonly string[];
  /** What no word names. */
  readonly reads?: () => readonly string[];
  /** Gives up by itself, later or nothing. */
  readonly itself?: true;
}

const ARGUMENT = 'argument';
/**
 * The user and group that root becomes where nothing is written: no account has this number, so that no other process is
 * allowed to touch what it makes. Many processes share the user `nobody`.
 */
const NO_ACCOUNT = 65_533;
const OTHERS_WRITE = 0o002;

/** Everything is read by name: what a command is to read is what its words name, see readPlaces. */
export const RIGHTS: Readonly<Record<string, Rights>> = {
  analyze: { writes: ['write', 'store', 'bundle'] },
  /** Opens interfaces first: verbs/watch/confine.ts. */
  watch: { itself: true },
  'dump hellos': {},
  'dump flows': {},
  slice: { writes: ['write'] },
  'store merge': { writes: ['write'] },
  diagnose: {},
  explain: {},
  advisory: { writes: ['write'] },
  profile: {},
  'catalogue list': {},
  'catalogue show': {},
  'catalogue page': {},
  'catalogue test': {},
  'catalogue learn': { writes: ['write'] },
  'catalogue lint': {},
  'catalogue status': {},
  attest: { writes: ['bundle'] },
  verify: {},
  'policy init': {},
  'policy check': {},
  'policy test': {},
  'policy explain': {},
  'policy export': { writes: ['out'] },
  'policy schema': {},
  'finding list': {},
  'finding acknowledge': { writes: ['findingLog'] },
  'finding assign': { writes: ['findingLog'] },
  'finding request-exception': { writes: ['findingLog'] },
  'finding close': { writes: ['findingLog'] },
  'finding reopen': { writes: ['findingLog'] },
  'finding verify': {},
  'store info': {},
  'store prune': { writes: [ARGUMENT, 'proof'] },
  'store compact': { writes: [ARGUMENT] },
  'store sql': { writes: ['out'] },
  'config check': { reads: configFiles },
  'config show': { reads: configFiles },
  /** Connect, and know what they write once their words are understood: confine-carrier.ts. */
  'fleet ship': { itself: true },
  'fleet collect': { itself: true },
  'fleet configure': { itself: true },
  'fleet aggregate': { writes: [ARGUMENT] },
  /** With --forget it writes next to the store. */
  'fleet sensors': { writes: [ARGUMENT] },
  /** Connects, and knows where to once its file is read: verbs/alerts/run-test.ts. */
  'alerts test': { itself: true },
  reidentify: { writes: ['log'] },
  /** Listens first: verbs/serve/run.ts. */
  serve: { itself: true },
  /** Tells which rights it was given, and reads nothing that others made. */
  doctor: { itself: true },
  completion: {},
};

/** Before the command acts; for good. `say` reports what the kernel cannot do. */
export function confineCommand(command: Command, say: (text: string) => void): void {
  const { writes = [], reads, itself } = RIGHTS[commandName(command)] ?? {};
  if (itself === true) return;
  const keep = [CAPABILITY.dacOverride, CAPABILITY.dacReadSearch];
  const options: Readonly<Record<string, unknown>> = command.opts();
  if (options.sandbox === false || process.platform !== 'linux') {
    confine({ keep }, say);
    return;
  }
  const outputs = writes.flatMap((name) => (name === ARGUMENT ? command.args : [options[name]]));
  confinePlaces(
    keep,
    [...wordsOf(command.args, options), ...(reads?.() ?? [])],
    outputs.filter((path) => typeof path === 'string'),
    say,
  );
}

/**
 * Before anything is read: what the words name may be read, and the outputs written. No port may be connected to but a
 * store's. Root becomes a user without an account, but for a command that writes: its outputs are to be root's.
 */
export function confinePlaces(
  keep: readonly number[],
  words: readonly string[],
  outputs: readonly string[],
  say: (text: string) => void,
): void {
  const servers = [...words, ...outputs].flatMap((path) => {
    const server = serverOf(path);
    return server === null ? [] : [{ server, path }];
  });
  const files = new Set(servers.flatMap(({ server }) => server.secretFiles(process.env)));
  const secrets = servers.length === 0 ? [] : [...[...files].flatMap(foldersOf), ...placesOfNetwork()];
  const named = words.filter((word) => existsSync(word));
  const stores = named.filter((word) => kindOfInput(word) === 'store');
  // Behind this line a command that only reads can no longer.
  const kept = [...stores, ...named.filter((word) => kindOfInput(word) === 'usageFiles')];
  for (const folder of new Set(kept.flatMap(foldersOf))) removeLeftDrafts(folder);
  const written = outputs.filter((path) => !isOnServer(path));
  const becomes = written.length === 0 && process.geteuid?.() === 0;
  const write = [
    ...written.flatMap(foldersOf),
    // A store that another process writes is read from a copy; large questions lay something aside.
    ...(stores.length > 0 ? [tmpdir()] : []),
    '/dev/null',
  ];
  const places = servers.map(({ server, path }) => server.placeOf(path));
  confine(
    {
      keep: becomes ? keepOfReader(stores.length > 0) : keep,
      landlock: { read: [...readPlaces(named, stores), ...secrets], write, ports: portsTo(places) },
      syscalls: { sockets: socketsTo(places), signals: [] },
      ...(becomes ? { become: NO_ACCOUNT } : {}),
    },
    say,
  );
}

/** Files are opened by name, late and in threads: what was named to root is read, whichever user owns it. */
function keepOfReader(needsTemporaryFiles: boolean): number[] {
  const isOpenToAll = (statSync(tmpdir(), { throwIfNoEntry: false })?.mode ?? 0) & OTHERS_WRITE;
  return needsTemporaryFiles && isOpenToAll === 0
    ? [CAPABILITY.dacReadSearch, CAPABILITY.dacOverride]
    : [CAPABILITY.dacReadSearch];
}

function configFiles(): string[] {
  return [...placesOfConfig(process.env), process.env[CONFIG_VARIABLE] ?? ''];
}

/** Arguments and values of options: whatever is a path among them was meant to be read. */
function wordsOf(args: readonly string[], options: Readonly<Record<string, unknown>>): string[] {
  return [...args, ...Object.values(options).flat()].filter((word) => typeof word === 'string');
}

function readPlaces(named: readonly string[], stores: readonly string[]): string[] {
  const places = named.flatMap((word) => (kindOfInput(word) === 'bundle' ? [word] : withLinked(word)));
  // The log of a store is next to it, and not always there.
  return [...placesOfProgram(), ...places, ...stores.flatMap(foldersOf)];
}
