// Builds dist/browser for the tests that use it.

import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const SCRIPT = join(root, 'tools/build-browser.mjs');

/** Whether it can be built here. */
export function hasEmscripten(): boolean {
  const has = spawnSync('em++', ['--version']).status === 0;
  if (!has) console.log('skipped: em++ is not installed (apt-get install emscripten)');
  return has;
}

/** One build at a time, and none while the files of the last one are current: test files that use them run concurrently. */
export async function buildBrowser(): Promise<void> {
  const command = [process.execPath, SCRIPT, '--when-changed'];
  await promisify(execFile)('flock', [SCRIPT, ...command], { cwd: root, maxBuffer: 1 << 26 });
}
