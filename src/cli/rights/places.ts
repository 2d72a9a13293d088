// Places in the file system that a confined command has to do with: of the system, of the program, of a path.

import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { PACKAGE_FOLDER } from '../../files/program-files.ts';

/** Libraries, time zones, certificates, the resolver, counters of interfaces, random numbers. */
const OF_THE_SYSTEM = ['/usr', '/lib', '/lib64', '/etc', '/proc', '/sys', '/dev'];
/** libpcap may lie elsewhere, and is loaded when a filter is asked for. */
const OF_LIBRARIES = 'LD_LIBRARY_PATH';
/** Certificates, where OpenSSL looks beside /etc. */
const OF_TLS = ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR'];

/** What any command reads: modules and libraries are loaded when they are needed. */
export function placesOfProgram(): string[] {
  const packages = createRequire(import.meta.url).resolve.paths('piscina') ?? [];
  const mapped = readFileSync('/proc/self/maps', 'utf8').matchAll(/ (\/.*)\/[^/]*\.(?:so[.\d]*|node)$/gm);
  return [
    ...OF_THE_SYSTEM,
    PACKAGE_FOLDER,
    ...packages,
    ...new Set([...mapped].map((match) => match[1] ?? '')),
    ...placesInEnvironment(OF_LIBRARIES),
  ];
}

/** What a command reads that connects to others: names of machines, and certificates. */
export function placesOfNetwork(): string[] {
  return [...foldersOf('/etc/resolv.conf'), ...placesInEnvironment(...OF_TLS)];
}

function placesInEnvironment(...names: readonly string[]): string[] {
  return names.flatMap((name) => (process.env[name] ?? '').split(':')).filter((place) => place !== '');
}

/** The folders that a file is in, by its name and behind links; with a folder itself. */
export function foldersOf(path: string): string[] {
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
