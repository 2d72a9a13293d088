// Builds the targets of test/Makefile.

import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const folder = fileURLToPath(new URL('..', import.meta.url));

export const NO_NATIVE_TOOLS =
  'needs clang, libclang-rt-14-dev, libssl-dev and doctest-dev: apt-get install them';

/** The target of test/Makefile to run: `quick`, or `native`, with sanitizers. */
export const NATIVE_SET = process.env.WIRETALLY_NATIVE_SET ?? 'quick';

/** Whether C++ tests can be built here. In CI make reports a missing tool as an error. */
export function hasNativeTools(): boolean {
  if (process.env.CI === 'true') return true;
  if (process.platform !== 'linux') return false;
  const headers = '#include <doctest/doctest.h>\n#include <openssl/evp.h>\n';
  const flags = ['-x', 'c++', '-E', '-', '-o', '/dev/null'];
  const found = spawnSync(process.env.CXX ?? 'clang++', flags, { input: headers }).status === 0;
  if (!found) console.warn(`C++ tests are skipped: ${NO_NATIVE_TOOLS}`);
  return found;
}

/** Two jobs, for two cores. One build at a time: test files run concurrently. */
export async function make(target: string): Promise<void> {
  const command = ['make', '-C', folder, '-j2', '--no-print-directory', target];
  await promisify(execFile)('flock', [join(folder, 'Makefile'), ...command], { maxBuffer: 1 << 26 });
}
