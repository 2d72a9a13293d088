// Lists the paths that a confined command may access: those of the system, of the program, and of its inputs.

import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { PACKAGE_FOLDER } from '../../files/program-files.ts';

/** Libraries, time zones, processors, limits of control groups, counters of interfaces. */
const OF_THE_SYSTEM = [
  ...['/usr', '/lib', '/lib64', '/proc'],
  ...['/sys/devices', '/sys/class/net', '/sys/fs/cgroup', '/sys/kernel/mm'],
];
/** Any process may read these devices. Others in /dev are disks, memory and keyboards, which root could read. */
const OF_DEVICES = ['null', 'zero', 'full', 'random', 'urandom'].map((name) => `/dev/${name}`);
/** Single files, because passwords, keys and settings of other programs are in the same folder. */
const OF_SETTINGS = [
  ...['ld.so.cache', 'ld.so.preload', 'localtime', 'timezone', 'passwd', 'group', 'nsswitch.conf'],
  ...['ssl/openssl.cnf', 'ssl/certs', 'ssl/cert.pem', 'crypto-policies', 'ca-certificates'],
  ...['pki/tls/openssl.cnf', 'pki/tls/certs', 'pki/tls/cert.pem', 'pki/ca-trust/extracted'],
].map((name) => `/etc/${name}`);
/** The C library looks up names with these files. */
const RESOLVER = '/etc/resolv.conf';
const OF_NAMES = ['hosts', 'host.conf', 'gai.conf', 'services', 'protocols'].map((name) => `/etc/${name}`);
/** Further folders of libraries: libpcap may be in one of them, and is loaded when a filter is used. */
const OF_LIBRARIES = 'LD_LIBRARY_PATH';
/** Variables with further paths of certificates for OpenSSL. */
const OF_TLS = ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR'];

/** Any command reads these: modules and libraries are loaded when they are needed. */
export function listProgramPlaces(): string[] {
  const packages = createRequire(import.meta.url).resolve.paths('piscina') ?? [];
  const mapped = readFileSync('/proc/self/maps', 'utf8').matchAll(/ (\/.*)\/[^/]*\.(?:so[.\d]*|node)$/gm);
  return [
    ...OF_THE_SYSTEM,
    ...OF_DEVICES,
    ...OF_SETTINGS,
    PACKAGE_FOLDER,
    ...packages,
    ...new Set([...mapped].map((match) => match[1] ?? '')),
    ...listEnvironmentPlaces(OF_LIBRARIES),
  ];
}

/** A command that connects to others reads these: names of machines, and certificates. */
export function listNetworkPlaces(): string[] {
  // Network managers replace the file, which only its folder shows. In /etc, root could then read every secret, so root
  // continues with the servers at its start.
  const folders = listFolders(RESOLVER).filter((folder) => folder !== '/etc' || process.geteuid?.() !== 0);
  return [RESOLVER, ...OF_NAMES, ...folders, ...listEnvironmentPlaces(...OF_TLS)];
}

function listEnvironmentPlaces(...names: readonly string[]): string[] {
  return names.flatMap((name) => (process.env[name] ?? '').split(':')).filter((place) => place !== '');
}

/** Lists the folders of a path, before and after resolving links, and the path itself if it is a folder. */
export function listFolders(path: string): string[] {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  const real = existsSync(path) ? realpathSync(path) : resolve(path);
  return isFolder ? [real] : [findExistingParent(dirname(resolve(path))), findExistingParent(dirname(real))];
}

/** Returns the folder, or its nearest existing parent. */
export function findExistingParent(folder: string): string {
  let place = resolve(folder);
  while (!existsSync(place)) place = dirname(place);
  return place;
}

/** Lists a folder and all targets of links in it, because windows and catalogues may be linked. */
export function withLinked(folder: string): string[] {
  try {
    const links = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isSymbolicLink());
    return [folder, ...links.map(({ name }) => join(folder, name))];
  } catch {
    // Its reader reports why it cannot be read.
    return [folder];
  }
}
