// Copies the packets of selected flows from captures, in the order of the captures, as blocks of a pcapng file.

import { usageError, WiretallyError } from '../../model/errors.ts';
import { loadAddon, type NativeSelector } from '../../native/addon.ts';
import { parseAddress } from '../../net/address.ts';
import type { FlowEnds } from '../../net/community-id.ts';
import { feedInput, openInput } from './capture-input.ts';
import { orderByTime } from './first-packet.ts';
import { HandshakeBytes } from './handshake-bytes.ts';
import { PcapngWriter } from './pcapng-writer.ts';

export interface SlicedFlow extends FlowEnds {
  readonly flowFirstUs: number;
  readonly lastUs: number;
}

export interface SliceOptions {
  /** Keeps the payload; else headers and handshakes only. */
  readonly hasPayload: boolean;
  readonly signal?: AbortSignal;
}

export interface Sliced {
  readonly packets: number;
  readonly cutBytes: number;
  /** Number of IP fragments in the captures, none of which is written. */
  readonly fragments: number;
  /** Stopped before the end. */
  readonly interrupted: boolean;
}

const PROTOCOL_NUMBER = { tcp: 6, udp: 17 } as const;
const BATCH_BYTES = 1 << 20;

/** Offsets in SelectedPacket (native-bindings/src/pipeline/packet_selector.h). */
const AT = {
  timeLow: 0,
  timeHigh: 4,
  captured: 8,
  wireBytes: 12,
  headerBytes: 16,
  payloadBytes: 20,
  sequence: 24,
  flow: 28,
  linkType: 32,
  protocol: 34,
  fromClient: 35,
} as const;
const SELECTED_BYTES = 40;

/** `write` receives the blocks in order. Damage ends its capture, as in the read that found the flows. */
export async function sliceCaptures(
  files: readonly string[],
  flows: readonly SlicedFlow[],
  { hasPayload, signal }: SliceOptions,
  write: (blocks: readonly Uint8Array[]) => Promise<void>,
): Promise<Sliced> {
  const selector = new (loadAddon().NativeSelector)();
  for (const flow of flows) addFlow(selector, flow);
  const slice = new Slice(hasPayload);
  await write([slice.start()]);
  const batch = new Uint8Array(BATCH_BYTES);
  const drain = async (): Promise<'more' | 'stopped'> => {
    for (let length = selector.read(batch); length > 0; length = selector.read(batch)) {
      await write(slice.listBlocks(batch.subarray(0, length)));
      if (signal?.aborted === true) return 'stopped';
    }
    return 'more';
  };
  const inputs = await Promise.all(files.map((file, i) => openInput(file, i, signal)));
  for (const input of orderByTime(inputs)) {
    try {
      await feedInput(selector, input, drain, () => {}, signal);
    } catch (error) {
      if (!(error instanceof WiretallyError) || error.code !== 'INPUT_DAMAGED') throw error;
    }
  }
  return {
    packets: slice.packets,
    cutBytes: slice.cutBytes,
    fragments: selector.fragments(),
    interrupted: signal?.aborted === true,
  };
}

function addFlow(selector: NativeSelector, flow: SlicedFlow): void {
  const [client, server] = [parseAddress(flow.client), parseAddress(flow.server)];
  if (client === null || server === null) return;
  const { clientPort, serverPort, protocol, flowFirstUs, lastUs } = flow;
  const number = PROTOCOL_NUMBER[protocol];
  if (!selector.addFlow(client, server, clientPort, serverPort, number, flowFirstUs, lastUs)) {
    throw usageError('more than 1 048 576 flows belong to it', 'slice fewer captures at a time');
  }
}

/** Converts packets from native code to blocks. */
class Slice {
  packets = 0;
  cutBytes = 0;
  readonly #hasPayload: boolean;
  readonly #writer = new PcapngWriter();
  readonly #handshakes = new HandshakeBytes();

  constructor(hasPayload: boolean) {
    this.#hasPayload = hasPayload;
  }

  start(): Uint8Array {
    return this.#writer.start();
  }

  listBlocks(batch: Uint8Array): Uint8Array[] {
    const view = new DataView(batch.buffer, batch.byteOffset, batch.byteLength);
    const blocks: Uint8Array[] = [];
    for (let at = 0; at < batch.length; ) {
      const captured = view.getUint32(at + AT.captured, true);
      const bytes = batch.subarray(at + SELECTED_BYTES, at + SELECTED_BYTES + captured);
      const length = this.#hasPayload ? captured : this.#copyBytes(view, at, bytes);
      this.packets++;
      const linkType = view.getUint16(at + AT.linkType, true);
      const wireBytes = view.getUint32(at + AT.wireBytes, true);
      const time = [view.getUint32(at + AT.timeLow, true), view.getUint32(at + AT.timeHigh, true)] as const;
      blocks.push(...this.#writer.packet({ linkType, time, wireBytes, bytes: bytes.subarray(0, length) }));
      at += SELECTED_BYTES + Math.ceil(captured / 8) * 8;
    }
    return blocks;
  }

  #copyBytes(view: DataView, at: number, bytes: Uint8Array): number {
    const headers = view.getUint32(at + AT.headerBytes, true);
    const payload = bytes.subarray(headers, headers + view.getUint32(at + AT.payloadBytes, true));
    const handshake = this.#handshakes.findLength({
      protocol: view.getUint8(at + AT.protocol) === PROTOCOL_NUMBER.tcp ? 'tcp' : 'udp',
      direction: view.getUint32(at + AT.flow, true) * 2 + view.getUint8(at + AT.fromClient),
      sequence: view.getUint32(at + AT.sequence, true),
      payload,
    });
    this.cutBytes += payload.length - handshake;
    return headers + handshake;
  }
}
