// Checks the machine for `wiretally doctor`: each check reports its result and, if something is missing, the next step.

import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { packageVersion } from '../../files/package-version.ts';
import { WiretallyError } from '../../model/errors.ts';
import { type DecoderOptions, loadAddon, type NativeAddon } from '../../native/addon.ts';
import { errorReason } from '../../text/error-reason.ts';
import { plural } from '../../text/quantity.ts';
import { visibleText } from '../../text/visible-text.ts';

export interface Check {
  readonly name: string;
  readonly state: 'good' | 'note' | 'bad';
  readonly says: string;
  readonly next: string | null;
}

export function runChecks(): Check[] {
  const addon = tryAddon();
  return [
    checkVersions(),
    checkEngine(addon),
    ...(addon instanceof Error ? [] : [checkLibpcap(addon), checkLibzstd(addon)]),
    checkCaptureRight(addon),
    ...checkConfinement(addon),
    ...checkInterfaces(),
    portableBackend(),
  ];
}

const passCheck = (name: string, says: string): Check => ({ name, state: 'good', says, next: null });

function checkVersions(): Check {
  const { node, openssl } = process.versions;
  return passCheck(
    'versions',
    `wiretally ${packageVersion()}, Node ${node} (${process.platform} ${process.arch}), OpenSSL ${openssl}`,
  );
}

function tryAddon(): NativeAddon | Error {
  try {
    return loadAddon();
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function checkEngine(addon: NativeAddon | Error): Check {
  if (!(addon instanceof Error)) return passCheck('engine', 'the native core is loaded');
  const cause =
    addon instanceof WiretallyError && addon.cause instanceof Error ? addon.cause.message : addon.message;
  return {
    name: 'engine',
    state: 'bad',
    says: `the native core cannot be loaded: ${visibleText(cause.split('\n')[0] ?? '')}`,
    next: addon instanceof WiretallyError ? addon.next : null,
  };
}

/** Checks libpcap. The core loads it, so without the core its presence is unknown. */
function checkLibpcap(addon: NativeAddon): Check {
  const version = findVersion(addon);
  if (version !== null) return passCheck('libpcap', `${version}: filters (-f) are available`);
  return {
    name: 'libpcap',
    state: 'note',
    says: 'not found: filters (-f) are not available',
    next: 'apt-get install libpcap0.8',
  };
}

function checkLibzstd(addon: NativeAddon): Check {
  const version = addon.libzstdVersion?.() ?? null;
  if (version !== null) return passCheck('libzstd', `${version}: zstd captures are supported`);
  return {
    name: 'libzstd',
    state: 'note',
    says: 'not found: zstd captures are not supported',
    next: 'apt-get install libzstd1',
  };
}

/** Returns null for an addon of another version without this function. */
function findVersion(addon: Partial<NativeAddon>): string | null {
  return addon.libpcapVersion?.() ?? null;
}

/** The interface that every Linux has. */
const LOOPBACK = 'lo';

/** Opens a ring as `watch` does: a capability alone is no evidence for the network of a container. */
function checkCaptureRight(addon: NativeAddon | Error): Check {
  const name = 'capture right';
  if (addon instanceof Error)
    return { name, state: 'note', says: 'not tested: it requires the native core', next: null };
  try {
    const decoder = addon.createDecoder(NOTHING);
    try {
      decoder.openInterface(LOOPBACK, 0, {
        ringMib: 1,
        promiscuous: false,
        ignoreOutgoing: true,
        hardwareTime: false,
      });
    } finally {
      decoder.close();
    }
    return passCheck(name, `${LOOPBACK} could be opened: live capture is available`);
  } catch (error) {
    const why = visibleText(errorReason(error));
    return {
      name,
      state: 'note',
      says: `only files can be read, live capture is not available: ${why}`,
      next: 'run wiretally watch as root with --user NAME, which drops privileges; or as a service, docs/deployment.md',
    };
  }
}

const NOTHING: DecoderOptions = {
  windowSeconds: 60,
  emitHellos: false,
  emitFlows: false,
  dns: 'none',
  emitObservations: false,
  emitExchanges: false,
};

/** Shows the protections of the kernel for confining commands, and those already in force. */
function checkConfinement(addon: NativeAddon | Error): Check[] {
  const has = addon instanceof Error ? null : findConfinement(addon);
  const status = readOrNull('/proc/self/status');
  if (has === null || status === null) return [];
  const field = (name: string): string => new RegExp(`^${name}:\\s*(\\S+)$`, 'm').exec(status)?.[1] ?? '?';
  const now = `of this process: NoNewPrivs ${field('NoNewPrivs')}, Seccomp ${field('Seccomp')}, CapBnd ${field('CapBnd')}`;
  const files = has.landlock > 0 ? `Landlock ${has.landlock}` : 'no Landlock';
  const calls = has.syscallFilter ? 'seccomp' : 'no seccomp';
  const isWhole = has.landlock > 0 && has.syscallFilter;
  // An addon of another version may lack this field.
  const hasScopes = has.hasScopes !== false;
  const means = !isWhole
    ? 'commands use only the available restrictions'
    : hasScopes
      ? 'commands use both'
      : 'commands use both; this Landlock has no scopes, so only seccomp blocks signals and local sockets of other processes';
  return [
    {
      name: 'confinement',
      state: isWhole && hasScopes ? 'good' : 'note',
      says: `${files} and ${calls}: ${means}; ${now}`,
      next: !isWhole
        ? 'Linux 5.13 or later with "landlock" in its list of security modules (lsm=)'
        : hasScopes
          ? null
          : 'Linux 6.12 or later has scopes (Landlock 6)',
    },
  ];
}

/** Returns null for an addon of another version without this function. */
function findConfinement(addon: Partial<NativeAddon>): ReturnType<NativeAddon['confinement']> | null {
  return addon.confinement?.() ?? null;
}

function checkInterfaces(): Check[] {
  const names = listOrNull('/sys/class/net');
  if (names === null) return [];
  return names
    .filter((name) => readOrNull(`/sys/class/net/${name}/address`) !== null)
    .sort()
    .map((name) => {
      const read = (file: string): string => readOrNull(`/sys/class/net/${name}/${file}`)?.trim() ?? '?';
      const dropped = Number(read('statistics/rx_dropped')) + Number(read('statistics/rx_missed_errors'));
      const isUp = (Number(read('flags')) & 1) === 1;
      const carrier = isUp ? read('carrier') : '0';
      const says = `${isUp ? 'up' : 'down'}${carrier === '1' ? '' : ', no carrier'}, MTU ${read('mtu')}, ${plural(dropped, 'packet')} dropped by the interface`;
      return { name: visibleText(name), state: isUp && carrier === '1' ? 'good' : 'note', says, next: null };
    });
}

function portableBackend(): Check {
  const name = 'backend cap';
  const require = createRequire(import.meta.url);
  try {
    require.resolve('cap');
  } catch {
    return { name, state: 'note', says: 'the optional package "cap" is not installed', next: null };
  }
  try {
    require('cap');
    return passCheck(name, 'loaded: --backend cap is available where AF_PACKET is not');
  } catch (error) {
    const why = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    return {
      name,
      state: 'note',
      says: `the optional package "cap" is installed but cannot be loaded: ${visibleText(why)}`,
      next: 'npm rebuild cap, after apt-get install libpcap-dev',
    };
  }
}

function readOrNull(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

function listOrNull(folder: string): string[] | null {
  try {
    return readdirSync(folder);
  } catch {
    return null;
  }
}
