// Captures live without AF_PACKET: the optional package "cap" (libpcap, Npcap) delivers packets, which are forwarded as
// a pcap stream. It has neither kernel time stamps nor drop counters: see PORTABLE_LIMITS.

import { WiretallyError } from '../../model/errors.ts';
import { loadAddon } from '../../native/addon.ts';
import { noInterface } from './ring.ts';

/** Printed when it starts. */
export const PORTABLE_LIMITS =
  'backend cap: one thread, time stamps from this program and not from the kernel, no count of dropped packets, ' +
  'packets are lost above about 20 000 a second';

export interface PortableSource {
  /** Global header of the pcap stream. */
  readonly header: Uint8Array<ArrayBuffer>;
  /** Delivers the last chunk. */
  close(): void;
}

/** The used part of the package, which has no types. */
interface CapInstance {
  open(device: string, filter: string, bufferBytes: number, buffer: Buffer): string;
  setMinBytes?(bytes: number): void;
  on(event: 'packet', listener: (bytes: number, truncated: boolean) => void): void;
  close(): void;
}
interface CapClass {
  new (): CapInstance;
  deviceList(): readonly { readonly name: string }[];
}

const LINK_TYPES: Readonly<Record<string, number>> = {
  NULL: 0,
  ETHERNET: 1,
  IEEE802_11_RADIO: 127,
  RAW: 101,
  LINKTYPE_LINUX_SLL: 113,
};
const KERNEL_BUFFER_BYTES = 32 << 20;
const MAX_PACKET_BYTES = 65_535;
const HEADER_BYTES = 16;
/** Packets are forwarded in batches, because a call costs more than a packet. */
const CHUNK_BYTES = 1 << 18;
const HAND_OVER_MS = 10;

/** Options of the smallest decoder, which only compiles a filter. */
const COMPILING = { flows: 64, windowSeconds: 0, emitHellos: false, emitFlows: false } as const;
const NOTHING_ELSE = { dns: 'none', emitObservations: false, emitExchanges: false } as const;

/**
 * Checks a filter. The package compiles on the main thread without a limit, so the native core compiles the same
 * expression first and refuses one that takes too long. Throws FILTER_INVALID.
 */
function requireQuickFilter(filter: string): void {
  try {
    loadAddon()
      .createDecoder({ ...COMPILING, ...NOTHING_ELSE, filter })
      .close();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new WiretallyError('FILTER_INVALID', reason, { cause });
  }
}

/**
 * Must be called on the main thread: the package delivers its packets there, whatever thread has loaded it, and
 * otherwise ends the process. Throws FILTER_INVALID, CAPTURE_FAILED when the package is missing, PERMISSION,
 * NO_INTERFACE.
 */
export async function openPortable(
  name: string,
  filter: string | null,
  onChunk: (bytes: Uint8Array<ArrayBuffer>) => void,
): Promise<PortableSource> {
  if (filter !== null) requireQuickFilter(filter);
  const Cap = await loadCap();
  const cap = new Cap();
  const buffer = Buffer.alloc(MAX_PACKET_BYTES);
  const devices = Cap.deviceList().map((device) => device.name);
  if (!devices.includes(name)) throw noInterface(name);
  const linkType = openDevice(cap, name, filter ?? '', buffer);
  cap.setMinBytes?.(0);
  const chunk = Buffer.alloc(CHUNK_BYTES + HEADER_BYTES + MAX_PACKET_BYTES);
  let used = 0;
  const handOver = (): void => {
    if (used > 0) onChunk(new Uint8Array(chunk.subarray(0, used)));
    used = 0;
  };
  cap.on('packet', (bytes) => {
    used = addPacket(chunk, used, buffer.subarray(0, bytes));
    if (used >= CHUNK_BYTES) handOver();
  });
  const timer = setInterval(handOver, HAND_OVER_MS);
  let isClosed = false;
  return {
    header: buildFileHeader(linkType),
    close() {
      if (isClosed) return;
      isClosed = true;
      clearInterval(timer);
      cap.close();
      handOver();
    },
  };
}

async function loadCap(): Promise<CapClass> {
  try {
    const name = 'cap';
    const module = (await import(name)) as { readonly Cap?: CapClass; readonly default?: { Cap: CapClass } };
    const found = module.Cap ?? module.default?.Cap;
    if (found === undefined) throw new Error('the package has no Cap');
    return found;
  } catch (cause) {
    throw new WiretallyError('CAPTURE_FAILED', 'the backend cap needs the optional package "cap"', {
      cause,
      next: 'npm install cap (it needs libpcap-dev, on Windows Npcap); on Linux leave --backend out',
    });
  }
}

function openDevice(cap: CapInstance, name: string, filter: string, buffer: Buffer): number {
  try {
    const link = cap.open(name, filter, KERNEL_BUFFER_BYTES, buffer);
    const type = LINK_TYPES[link];
    if (type !== undefined) return type;
    throw new WiretallyError('CAPTURE_FAILED', `${name}: link type ${link} is not supported`);
  } catch (cause) {
    if (cause instanceof WiretallyError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    if (/permission|not permitted/i.test(reason)) {
      throw new WiretallyError('PERMISSION', `${name}: ${reason}`, {
        cause,
        next: 'run with permission to capture: see docs/deployment.md',
      });
    }
    const code = /filter|syntax|expression/i.test(reason) ? 'FILTER_INVALID' : 'CAPTURE_FAILED';
    throw new WiretallyError(code, `${name}: ${reason}`, { cause });
  }
}

/** Returns the header of a pcap file with times in nanoseconds. */
function buildFileHeader(linkType: number): Uint8Array<ArrayBuffer> {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b23c4d, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(MAX_PACKET_BYTES, 16);
  header.writeUInt32LE(linkType, 20);
  return new Uint8Array(header);
}

function addPacket(chunk: Buffer, at: number, packet: Uint8Array): number {
  const ms = performance.timeOrigin + performance.now();
  const seconds = Math.floor(ms / 1000);
  chunk.writeUInt32LE(seconds, at);
  chunk.writeUInt32LE(Math.floor((ms - seconds * 1000) * 1e6), at + 4);
  chunk.writeUInt32LE(packet.length, at + 8);
  chunk.writeUInt32LE(packet.length, at + 12);
  chunk.set(packet, at + HEADER_BYTES);
  return at + HEADER_BYTES + packet.length;
}
