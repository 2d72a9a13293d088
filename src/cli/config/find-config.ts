// Finds the configuration file. The working folder and its parents are never searched: a file in a folder of captures
// could otherwise set what is written, sent and omitted (docs/adr/0013-configuration.md).

import { lstatSync, type Stats, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { causeRefusal, readBounded } from '../../files/read-bounded.ts';
import { WiretallyError } from '../../model/errors.ts';

const NAME = 'wiretally.yaml';
const SYSTEM_CONFIG = `/etc/wiretally/${NAME}`;
/** Variable with the path of the file; an empty value means no file. */
export const CONFIG_VARIABLE = 'WIRETALLY_CONFIG';

/** Maximum size of the file. */
const MAX_CONFIG_BYTES = 1 << 20;

export interface ConfigText {
  readonly file: string;
  readonly text: string;
}

/** Lists the default paths. Only the first existing file applies. */
export function listDefaultPaths(env: NodeJS.ProcessEnv): string[] {
  const { XDG_CONFIG_HOME: xdg = '', HOME: home = '' } = env;
  const folder = isAbsolute(xdg) ? xdg : isAbsolute(home) ? join(home, '.config') : null;
  return [...(folder === null ? [] : [join(folder, 'wiretally', NAME)]), SYSTEM_CONFIG];
}

/** Returns null without a file. Throws USAGE for a file that is unreadable or not trusted. */
export function findConfig(named: string | undefined, env: NodeJS.ProcessEnv): ConfigText | null {
  const configFile = named ?? env[CONFIG_VARIABLE];
  if (configFile === '') return null;
  if (configFile !== undefined) return { file: configFile, text: read(configFile) };
  const file = listDefaultPaths(env).find(existsOrIsLink);
  if (file === undefined) return null;
  requireTrustedOwner(file);
  return { file, text: read(file) };
}

/** True also for a broken link: its intended settings are unknown, so it is an error. */
function existsOrIsLink(file: string): boolean {
  try {
    lstatSync(file);
    return true;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    if (code === 'ENOENT' || code === 'ENOTDIR') return false;
    // The home belongs to another user, as after su, so its file does not apply.
    if (code === 'EACCES') return false;
    throw unreadable(file, error);
  }
}

/** Requires a file of the own user or root. "sudo" may keep HOME, and then a file of another user would control root. */
function requireTrustedOwner(file: string): void {
  const stats = statRegularFile(file);
  const ownUid = process.geteuid?.();
  if (stats === null || ownUid === undefined) return;
  const next = `fix the owner and mode, or pass a file with --config; set ${CONFIG_VARIABLE}= to use no file`;
  if (stats.uid !== 0 && stats.uid !== ownUid)
    throw new WiretallyError('CONFIG_INVALID', `${file}: belongs to another user`, { next });
  if ((stats.mode & 0o002) !== 0)
    throw new WiretallyError('CONFIG_INVALID', `${file}: writable by every user`, { next });
}

/** Returns null for a folder, device or pipe. read() reports these. */
function statRegularFile(file: string): Stats | null {
  try {
    const stats = statSync(file);
    return stats.isFile() ? stats : null;
  } catch {
    return null;
  }
}

function read(file: string): string {
  try {
    return readBounded(file, MAX_CONFIG_BYTES).toString('utf8');
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

const unreadable = (file: string, cause: unknown): WiretallyError =>
  new WiretallyError('CONFIG_INVALID', `${file}: cannot be read: ${causeRefusal(cause)}`, {
    cause,
    next: `pass another file with --config; set ${CONFIG_VARIABLE}= to use no file`,
  });
