// Opens live interfaces through the native ring: errors with fixes, the list of interfaces, and drops at the interface.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ErrorCode, WiretallyError } from '../../model/errors.ts';
import type { NativeDecoder, RingOptions } from '../../native/addon.ts';

const INTERFACES = '/sys/class/net';

const CODES: Readonly<Record<string, ErrorCode>> = {
  EPERM: 'PERMISSION',
  EACCES: 'PERMISSION',
  ENODEV: 'NO_INTERFACE',
  ENOTSUP: 'CAPTURE_FAILED',
};

/** Throws PERMISSION, NO_INTERFACE, FILTER_INVALID or CAPTURE_FAILED. */
export function openRing(
  decoder: NativeDecoder,
  name: string,
  fileIndex: number,
  options: RingOptions,
): void {
  refuseGreed(name, options.ringMib);
  try {
    decoder.openInterface(name, fileIndex, options);
  } catch (cause) {
    throw ringError(name, cause);
  }
}

/** Maximum share of the free memory for one ring. */
const LARGEST_SHARE = 0.5;

/**
 * Refuses a ring above its share, because the kernel would allocate it until other programs are killed for lack of
 * memory.
 */
function refuseGreed(name: string, ringMib: number | undefined): void {
  const freeMib = availableMib();
  if (ringMib === undefined || freeMib === null || ringMib <= freeMib * LARGEST_SHARE) return;
  throw new WiretallyError(
    'CAPTURE_FAILED',
    `${name}: a ring buffer of ${ringMib} MiB needs more than half of the free memory (${freeMib} MiB)`,
    {
      next: `pass at most --ring-mib ${Math.max(1, Math.floor(freeMib * LARGEST_SHARE))}`,
    },
  );
}

/** Returns the available memory on Linux; null elsewhere. */
function availableMib(): number | null {
  try {
    const kib = /^MemAvailable:\s+(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1];
    return kib === undefined ? null : Math.floor(Number(kib) / 1024);
  } catch {
    return null;
  }
}

function ringError(name: string, cause: unknown): WiretallyError {
  const message = cause instanceof Error ? cause.message : String(cause);
  const code = parseText(cause, 'code');
  const next = parseText(cause, 'next');
  if (/^capture filter/.test(message)) {
    return new WiretallyError('FILTER_INVALID', message, { cause, next });
  }
  if (code === 'ENODEV') return noInterface(name, cause);
  return new WiretallyError(CODES[code] ?? 'CAPTURE_FAILED', message, {
    cause,
    ...(next === '' ? {} : { next }),
  });
}

export function noInterface(name: string, cause?: unknown): WiretallyError {
  const others = interfaceNames();
  return new WiretallyError('NO_INTERFACE', `${name}: no such interface`, {
    cause,
    next:
      others.length === 0
        ? '"wiretally doctor" lists the interfaces of this machine'
        : `available: ${others.join(', ')}`,
  });
}

function parseText(value: unknown, key: 'code' | 'next'): string {
  if (typeof value !== 'object' || value === null || !(key in value)) return '';
  const text: unknown = Object.entries(value).find(([name]) => name === key)?.[1];
  return typeof text === 'string' ? text : '';
}

/** Returns sorted names; empty if the system does not list them. */
export function interfaceNames(): string[] {
  try {
    return readdirSync(INTERFACES)
      .filter((name) => fileExists(join(INTERFACES, name, 'ifindex')))
      .sort();
  } catch {
    return [];
  }
}

/** Returns the interface index, which changes when the interface is recreated. 0 if the interface is missing. */
export function interfaceIndex(name: string): number {
  try {
    return Number(readFileSync(join(INTERFACES, name, 'ifindex'), 'utf8'));
  } catch {
    return 0;
  }
}

function fileExists(file: string): boolean {
  try {
    readFileSync(file);
    return true;
  } catch {
    return false;
  }
}

/** Returns the packets that the interface or its kernel queue dropped since its creation; null if it is missing. */
export function interfaceDrops(name: string): number | null {
  let sum = 0;
  for (const counter of ['rx_dropped', 'rx_missed_errors', 'rx_fifo_errors', 'rx_over_errors']) {
    try {
      sum += Number(readFileSync(join(INTERFACES, name, 'statistics', counter), 'utf8'));
    } catch {
      return null;
    }
  }
  return sum;
}
