// Captures of versions of a tool: each has its version in its name.

import { readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';

const CAPTURE = /\.(pcap|pcapng|cap)(\.(gz|zst|xz|bz2|lz4))?$/i;
/** "codex-0.137.0-p1.pcap.gz", "v2.3.4.pcap". */
const VERSION = /(?:^|[^\d.])(\d{1,6}\.\d{1,6}\.\d{1,10})(?![\d]|\.\d)/;

export function versionIn(name: string): string {
  const version = VERSION.exec(name)?.[1];
  if (version !== undefined) return version;
  throw new Error(`${name}: its name contains no version of three numbers, as in tool-1.2.3.pcap.gz`);
}

/** Files as named, and all captures of folders. Throws for a name without a version. */
export function capturesIn(paths: readonly string[]): string[] {
  const files = paths.flatMap((path) => {
    if (!statSync(path).isDirectory()) return [path];
    const names = readdirSync(path).filter((name) => CAPTURE.test(name));
    return names.sort().map((name) => join(path, name));
  });
  for (const file of files) versionIn(basename(file));
  return files;
}
