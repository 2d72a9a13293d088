// The single checks behind `wiretally doctor`; each says what it found and, where something is missing, what to do.

import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { WiretallyError } from '../../model/errors.ts';
import { loadAddon, type NativeAddon } from '../../native/addon.ts';
import { visibleText } from '../../text/visible-text.ts';
import { packageVersion } from '../version.ts';

export interface Check {
  readonly name: string;
  readonly state: 'good' | 'note' | 'bad';
  readonly says: string;
  readonly next: string | null;
}

export function runChecks(): Check[] {
  const addon = tryAddon();
  return [
    versions(),
    engine(addon),
    libpcap(addon),
    libzstd(addon),
    captureRight(),
    ...confinement(addon),
    ...interfaces(),
    portableBackend(),
  ];
}

const good = (name: string, says: string): Check => ({ name, state: 'good', says, next: null });

function versions(): Check {
  const { node, openssl } = process.versions;
  return good(
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

function engine(addon: NativeAddon | Error): Check {
  if (!(addon instanceof Error)) return good('engine', 'the native core is loaded');
  const cause =
    addon instanceof WiretallyError && addon.cause instanceof Error ? addon.cause.message : addon.message;
  return {
    name: 'engine',
    state: 'bad',
    says: `the native core cannot be loaded: ${visibleText(cause.split('\n')[0] ?? '')}`,
    next: 'npm run build:native (needs g++, make, python3 and the headers of Node)',
  };
}

function libpcap(addon: NativeAddon | Error): Check {
  const version = addon instanceof Error ? null : versionOf(addon);
  if (version !== null) return good('libpcap', `${version}: filters (-f) can be used`);
  return {
    name: 'libpcap',
    state: 'note',
    says: 'not found: filters (-f) cannot be used, all else can',
    next: 'apt-get install libpcap0.8',
  };
}

function libzstd(addon: NativeAddon | Error): Check {
  const version = addon instanceof Error ? null : zstdVersionOf(addon);
  if (version !== null) return good('libzstd', `${version}: zstd captures are unpacked by it`);
  return {
    name: 'libzstd',
    state: 'note',
    says: 'not found: zstd captures cannot be read, all others can',
    next: 'apt-get install libzstd1',
  };
}

/** An addon of another version may lack the questions. */
function versionOf(addon: Partial<NativeAddon>): string | null {
  return addon.libpcapVersion?.() ?? null;
}

function zstdVersionOf(addon: Partial<NativeAddon>): string | null {
  return addon.libzstdVersion?.() ?? null;
}

/** Linux capabilities(7): CAP_NET_RAW is bit 13. */
const CAP_NET_RAW = 1n << 13n;

function captureRight(): Check {
  const name = 'capture right';
  const status = readOrNull('/proc/self/status');
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(status ?? '')?.[1];
  if (effective === undefined) {
    return {
      name,
      state: 'note',
      says: `not known on ${process.platform}; watch says when it is missing`,
      next: null,
    };
  }
  if ((BigInt(`0x${effective}`) & CAP_NET_RAW) !== 0n)
    return good(name, 'CAP_NET_RAW is there: watch can open interfaces');
  return {
    name,
    state: 'note',
    says: 'CAP_NET_RAW is missing: files can be read, interfaces cannot be watched',
    next: 'run watch as a systemd unit with AmbientCapabilities=CAP_NET_RAW, see docs/deployment.md',
  };
}

/** What the kernel has to confine commands with, and what this process, started as it was, is under already. */
function confinement(addon: NativeAddon | Error): Check[] {
  const has = addon instanceof Error ? null : confinementOf(addon);
  const status = readOrNull('/proc/self/status');
  if (has === null || status === null) return [];
  const field = (name: string): string => new RegExp(`^${name}:\\s*(\\S+)$`, 'm').exec(status)?.[1] ?? '?';
  const now = `of this process: NoNewPrivs ${field('NoNewPrivs')}, Seccomp ${field('Seccomp')}, CapBnd ${field('CapBnd')}`;
  const files = has.landlock > 0 ? `Landlock ${has.landlock}` : 'no Landlock';
  const calls = has.syscallFilter ? 'seccomp' : 'no seccomp';
  const isWhole = has.landlock > 0 && has.syscallFilter;
  return [
    {
      name: 'confinement',
      state: isWhole ? 'good' : 'note',
      says: `${files} and ${calls}: commands ${isWhole ? 'confine themselves by both' : 'do without what is missing'}; ${now}`,
      next: isWhole ? null : 'Linux 5.13 or later with "landlock" in its list of security modules (lsm=)',
    },
  ];
}

/** An addon of another version may lack the question. */
function confinementOf(addon: Partial<NativeAddon>): ReturnType<NativeAddon['confinement']> | null {
  return addon.confinement?.() ?? null;
}

function interfaces(): Check[] {
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
      const says = `${isUp ? 'up' : 'down'}${carrier === '1' ? '' : ', no carrier'}, MTU ${read('mtu')}, ${dropped} packets dropped by the interface`;
      return { name: visibleText(name), state: isUp && carrier === '1' ? 'good' : 'note', says, next: null };
    });
}

function portableBackend(): Check {
  const name = 'backend cap';
  try {
    createRequire(import.meta.url).resolve('cap');
    return good(name, 'installed: --backend cap can be used where AF_PACKET is not to be had');
  } catch {
    return { name, state: 'note', says: 'the optional package "cap" is not installed', next: null };
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
