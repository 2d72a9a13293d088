// Confines a command after it has opened its inputs: drops rights permanently as far as the kernel allows, and reports the
// rest.

import { WiretallyError } from '../../model/errors.ts';
import { type ConfineOptions, loadAddon, type NativeAddon, type ProcessLimits } from '../../native/addon.ts';

/**
 * Linux capabilities(7). CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH: files on the command line of root are accessible, whichever
 * user owns them. CAP_NET_RAW: rings of recreated interfaces and of crashed threads can be opened again.
 */
export const CAPABILITY = { dacOverride: 1, dacReadSearch: 2, netRaw: 13 };

/** Confines the process on Linux; other systems have no such protection. */
export function confine(options: ConfineOptions, print: (text: string) => void): void {
  if (process.platform !== 'linux') return;
  const addon = addonOrNull();
  if (addon === null) return;
  const { silentThreads, rights, landlock, syscalls, entersRings } = addon.confine(options);
  if (silentThreads > 0) print(`${silentThreads} threads did not respond and keep their privileges`);
  if (rights !== null) print(`privileges could not be dropped: ${rights}`);
  if (landlock !== null) print(`file access is not restricted, the kernel has no Landlock: ${landlock}`);
  if (syscalls !== null) print(`system calls are not filtered, the kernel does not support it: ${syscalls}`);
  if (entersRings) print('this Node uses io_uring, whose operations bypass the filter of system calls');
}

/** With --no-sandbox, and on other systems, a process only drops capabilities. */
export const buildConfinement = (
  sandbox: boolean,
  keep: readonly number[],
  list: () => Required<Pick<ConfineOptions, 'landlock' | 'syscalls'>>,
): ConfineOptions => (sandbox && process.platform === 'linux' ? { keep, ...list() } : { keep });

/** Limits the memory and the time of this process from now on; without the native core, it stays without limits. */
export function limitProcess(limits: ProcessLimits): void {
  addonOrNull()?.limit(limits);
}

/** Returns null without the native core: commands that decode report this, and the others work. */
function addonOrNull(): NativeAddon | null {
  try {
    return loadAddon();
  } catch (error) {
    if (error instanceof WiretallyError && error.code === 'ADDON_MISSING') return null;
    throw error;
  }
}
