// What `watch` is left with once everything is open: the rights to open an interface anew and to reach what its options
// name, and nothing else. What the kernel cannot give up for it is said.

import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ConfineOptions, loadAddon } from '../native/addon.ts';
import type { WatchVerbOptions } from './watch.ts';
import { stateFolder } from './watch-alerts.ts';

/**
 * Linux capabilities(7). CAP_DAC_OVERRIDE: files that were named to root are reached whoever owns them, at SIGHUP and on
 * the next day too. CAP_NET_RAW: an interface that was made anew and a thread that died are opened again.
 */
const KEPT = { CAP_DAC_OVERRIDE: 1, CAP_NET_RAW: 13 };

/** Libraries, time zones, certificates, the resolver, counters of interfaces, random numbers. */
const OF_THE_SYSTEM = ['/usr', '/lib', '/lib64', '/etc', '/proc', '/sys', '/dev'];
/** Where a resolver and OpenSSL look beside /etc. */
const NAMED_BY_ENVIRONMENT = ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR'];
/** DNS over TCP, for answers that are too long for UDP. */
const DNS_PORT = 53;
const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443, 'tcp:': 514 };

/** New privileges and bounding sets: while there still is the right to give them up. */
export function refusePrivileges(say: (text: string) => void): void {
  confine({}, say);
}

export function confineWatch(options: WatchVerbOptions, say: (text: string) => void): void {
  const rights: ConfineOptions = { keep: Object.values(KEPT) };
  if (!options.sandbox || process.platform !== 'linux') {
    confine(rights, say);
    return;
  }
  const landlock = { read: readPlaces(options), write: writtenPlaces(options), ports: ports(options) };
  confine({ ...rights, landlock, filterSyscalls: true }, say);
}

/** Linux alone has it: elsewhere it is not missed. */
function confine(options: ConfineOptions, say: (text: string) => void): void {
  if (process.platform !== 'linux') return;
  const { silentThreads, rights, landlock, syscalls } = loadAddon().confine(options);
  if (silentThreads > 0) say(`${silentThreads} threads keep the rights that they had: they did not answer`);
  if (rights !== null) say(`rights could not be given up: ${rights}`);
  if (landlock !== null) say(`files are not confined, the kernel has no Landlock: ${landlock}`);
  if (syscalls !== null) say(`system calls are not filtered, the kernel cannot: ${syscalls}`);
}

/** Folders of what is written, since files are replaced and begun anew. */
function writtenPlaces(options: WatchVerbOptions): string[] {
  const files = [options.store, options.alertsFile].filter((file): file is string => file !== undefined);
  return [
    ...(options.write === undefined ? [] : [nearest(options.write)]),
    ...files.flatMap(foldersOf),
    ...(options.policy === undefined ? [] : [nearest(stateFolder(options))]),
    '/dev/null',
  ];
}

function readPlaces(options: WatchVerbOptions): string[] {
  const reread = [options.policy, options.hosts].filter((file): file is string => file !== undefined);
  const environment = NAMED_BY_ENVIRONMENT.flatMap((name) => process.env[name] ?? []);
  return [
    ...OF_THE_SYSTEM,
    ...ownPlaces(),
    ...[...reread, '/etc/resolv.conf'].flatMap(foldersOf),
    ...options.catalogue.map((folder) => resolve(folder)),
    ...environment.flatMap((list) => list.split(':')),
  ];
}

/** The program, its packages, and the folders of the libraries it runs on: modules are loaded when they are needed. */
function ownPlaces(): string[] {
  const packages = createRequire(import.meta.url).resolve.paths('piscina') ?? [];
  const mapped = readFileSync('/proc/self/maps', 'utf8').matchAll(/ (\/.*)\/[^/]*\.(?:so[.\d]*|node)$/gm);
  return [
    fileURLToPath(new URL('../..', import.meta.url)),
    ...packages,
    ...new Set([...mapped].map((match) => match[1] ?? '')),
  ];
}

/** The folder that a file is in, by its name and behind links; of a folder itself. */
function foldersOf(file: string): string[] {
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory()) return [resolve(file)];
  const real = existsSync(file) ? [dirname(realpathSync(file))] : [];
  return [nearest(dirname(resolve(file))), ...real];
}

/** The folder, or what is there of the way to it. */
function nearest(folder: string): string {
  let place = resolve(folder);
  while (!existsSync(place)) place = dirname(place);
  return place;
}

function ports({ syslog, webhook }: WatchVerbOptions): number[] {
  const targets = [syslog, webhook].filter((target): target is string => target !== undefined);
  const own = targets.map((target) => new URL(target)).filter(({ protocol }) => protocol in DEFAULT_PORTS);
  if (targets.length === 0) return [];
  return [DNS_PORT, ...own.map(({ port, protocol }) => Number(port) || (DEFAULT_PORTS[protocol] ?? 0))];
}
