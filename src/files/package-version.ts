// Reads the package version from package.json at start-up, because the file may be unreadable after a change of user.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PACKAGE_FOLDER } from './program-files.ts';

const VERSION = readVersion();

export function packageVersion(): string {
  return VERSION;
}

function readVersion(): string {
  const text = readFileSync(join(PACKAGE_FOLDER, 'package.json'), 'utf8');
  const parsed: unknown = JSON.parse(text);
  const version =
    typeof parsed === 'object' && parsed !== null && 'version' in parsed ? parsed.version : null;
  if (typeof version !== 'string') throw new Error('package.json has no version');
  return version;
}
