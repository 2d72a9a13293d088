// Places in the file system that a confined command has to do with: of the system, of the program, of a path.

import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { PACKAGE_FOLDER } from '../../files/program-files.ts';

/** Libraries, time zones, processors, limits of groups of processes, counters of interfaces. */
const OF_THE_SYSTEM = [
  ...['/usr', '/lib', '/lib64', '/proc'],
  ...['/sys/devices', '/sys/class/net', '/sys/fs/cgroup', '/sys/kernel/mm'],
];
/**
 * Any process may read these devices. Others of /dev are disks, memory and keyboards, which root opens as the files that
 * they are.
 */
const OF_DEVICES = ['null', 'zero', 'full', 'random', 'urandom'].map((name) => `/dev/${name}`);
/** File by file, since passwords, keys and settings of other programs are in the same folder. */
const OF_SETTINGS = [
  ...['ld.so.cache', 'ld.so.preload', 'localtime', 'timezone', 'passwd', 'group', 'nsswitch.conf'],
  ...['ssl/openssl.cnf', 'ssl/certs', 'ssl/cert.pem', 'crypto-policies', 'ca-certificates'],
  ...['pki/tls/openssl.cnf', 'pki/tls/certs', 'pki/tls/cert.pem', 'pki/ca-trust/extracted'],
].map((name) => `/etc/${name}`);
/** The C library looks up names with these files. */
const RESOLVER = '/etc/resolv.conf';
const OF_NAMES = ['hosts', 'host.conf', 'gai.conf', 'services', 'protocols'].map((name) => `/etc/${name}`);
/** libpcap may lie elsewhere, and is loaded when a filter is asked for. */
const OF_LIBRARIES = 'LD_LIBRARY_PATH';
/** Certificates, where OpenSSL looks in addition to /etc. */
const OF_TLS = ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR'];

/** Any command reads these: modules and libraries are loaded when they are needed. */
export function placesOfProgram(): string[] {
  const packages = createRequire(import.meta.url).resolve.paths('piscina') ?? [];
  const mapped = readFileSync('/proc/self/maps', 'utf8').matchAll(/ (\/.*)\/[^/]*\.(?:so[.\d]*|node)$/gm);
  return [
    ...OF_THE_SYSTEM,
    ...OF_DEVICES,
    ...OF_SETTINGS,
    PACKAGE_FOLDER,
    ...packages,
    ...new Set([...mapped].map((match) => match[1] ?? '')),
    ...placesInEnvironment(OF_LIBRARIES),
  ];
}

/** A command that connects to others reads these: names of machines, and certificates. */
export function placesOfNetwork(): string[] {
  // Programs that manage networks replace the file, which only its folder shows. Where that is /etc,
  // root would read every secret in it: root goes on with the servers that were named when it began.
  const folders = listFolders(RESOLVER).filter((folder) => folder !== '/etc' || process.geteuid?.() !== 0);
  return [RESOLVER, ...OF_NAMES, ...folders, ...placesInEnvironment(...OF_TLS)];
}

function placesInEnvironment(...names: readonly string[]): string[] {
  return names.flatMap((name) => (process.env[name] ?? '').split(':')).filter((place) => place !== '');
}

/** The folders that a file is in, by its name and behind links; with a folder itself. */
export function listFolders(path: string): string[] {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  const real = existsSync(path) ? realpathSync(path) : resolve(path);
  return isFolder ? [real] : [nearest(dirname(resolve(path))), nearest(dirname(real))];
}

/** The folder, or what is there of the way to it. */
export function nearest(folder: string): string {
  let place = resolve(folder);
  while (!existsSync(place)) place = dirname(place);
  return place;
}

/** A folder with all that links in it lead to: windows and catalogues may be kept so. */
export function withLinked(folder: string): string[] {
  try {
    const links = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isSymbolicLink());
    return [folder, ...links.map(({ name }) => join(folder, name))];
  } catch {
    // Who reads it says why it cannot be read.
    return [folder];
  }
}
