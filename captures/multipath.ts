// Moves parts of recorded TCP connections into further flows, as multipath TCP does (RFC 8684): the first flow has the
// handshake, and some of the data after it use another flow that joins.
import { createHash } from 'node:crypto';
import { addresses, type IpFrame, repairChecksums, viewIpFrame } from './ip-frame.ts';
import type { Frame } from './pcap.ts';

export interface Paths {
  /** Packets with payload on the first flow before another joins: includes the handshake. */
  readonly before: number;
  /** Whether a later packet uses the other flow, by its number and the number of direction changes. */
  readonly goesAside: (packet: number, turn: number) => boolean;
  /** Last byte of the client's other address; null: the same address. */
  readonly otherAddress: number | null;
}

const SYN = 0x02;
const ACK = 0x10;
const PUSH_ACK = 0x18;
const HTTPS = 443;

interface Connection {
  readonly key: Buffer;
  /** Bytes of each side that went aside. */
  readonly aside: [number, number];
  packets: number;
  turn: number;
  isUp: boolean;
  hasJoined: boolean;
}

/** New frames; connections to port 443 with a captured SYN have several flows, others are unchanged. */
export function overSubflows(frames: readonly Frame[], paths: Paths): Frame[] {
  const connections = new Map<string, Connection>();
  return frames.flatMap((frame) => {
    const view = viewIpFrame(frame.bytes);
    return view === null || view.protocol !== 'tcp' || view.endAt > frame.bytes.length
      ? [frame]
      : carry(frame, view, connections, paths);
  });
}

function carry(
  frame: Frame,
  view: IpFrame,
  connections: Map<string, Connection>,
  paths: Paths,
): readonly Frame[] {
  const { bytes, transportAt: at } = view;
  const isUp = bytes.readUInt16BE(at + 2) === HTTPS;
  const port = bytes.readUInt16BE(isUp ? at : at + 2);
  const { source, destination } = addresses(view);
  const name = `${(isUp ? source : destination).toString('hex')} ${port} ${(isUp ? destination : source).toString('hex')}`;
  const flags = bytes.readUInt8(at + 13);
  const sequence = bytes.readUInt32BE(at + 4);
  if ((flags & SYN) !== 0 && isUp) connections.set(name, begin(name, sequence));
  const connection = connections.get(name);
  if (connection === undefined) return [frame];
  if ((flags & SYN) !== 0) {
    const option = isUp
      ? Buffer.from('1e040181', 'hex')
      : Buffer.concat([Buffer.from('1e0c0181', 'hex'), connection.key]);
    return [remade(frame, view, { option })];
  }
  const payload = view.endAt - view.payloadAt;
  const side = isUp ? 0 : 1;
  if (payload > 0 && isUp !== connection.isUp) {
    connection.isUp = isUp;
    connection.turn++;
  }
  const isAside =
    payload > 0 &&
    ++connection.packets > paths.before &&
    paths.goesAside(connection.packets, connection.turn);
  if (!isAside) return [remade(frame, view, onFirst(view, connection, side))];
  const out = connection.hasJoined ? [] : joining(frame, view, connection, isUp, paths);
  connection.hasJoined = true;
  const first = isUp ? 1_000_001 : 2_000_001;
  const other = isUp ? 2_000_001 + connection.aside[1] : 1_000_001 + connection.aside[0];
  const moved = {
    sequence: first + connection.aside[side],
    acknowledgement: other,
    flags: PUSH_ACK,
    aside: paths,
    isUp,
  };
  connection.aside[side] += payload;
  return [...out, remade(frame, view, moved)];
}

/** The rest of the first flow becomes contiguous again. */
function onFirst({ bytes, transportAt: at }: IpFrame, { aside }: Connection, side: 0 | 1): Change {
  return {
    sequence: (bytes.readUInt32BE(at + 4) - aside[side]) >>> 0,
    acknowledgement: (bytes.readUInt32BE(at + 8) - aside[side === 0 ? 1 : 0]) >>> 0,
  };
}

function begin(name: string, sequence: number): Connection {
  const key = createHash('md5').update(`${name} ${sequence}`).digest().subarray(0, 8);
  return {
    key,
    aside: [0, 0],
    packets: 0,
    turn: 0,
    isUp: true,
    hasJoined: false,
  };
}

/** SYN, SYN-ACK and ACK of the flow that joins, a few microseconds before its first data. */
function joining(frame: Frame, view: IpFrame, { key }: Connection, isUp: boolean, paths: Paths): Frame[] {
  const token = createHash('sha256').update(key).digest().subarray(0, 4);
  const bare = { ...frame, bytes: Buffer.from(frame.bytes.subarray(0, view.payloadAt)) };
  bare.bytes.writeUInt16BE(
    view.payloadAt - (view.version === 4 ? view.ipAt : view.transportAt),
    view.ipAt + (view.version === 4 ? 2 : 4),
  );
  const step = (back: number, up: boolean, flags: number, sequence: number, option: Buffer): Frame => {
    const bytes = Buffer.from(bare.bytes);
    if (up !== isUp) turnRound(bytes, view);
    const turned = viewIpFrame(bytes) ?? view;
    const change = {
      sequence,
      acknowledgement: flags === SYN ? 0 : up ? 2_000_001 : 1_000_001,
      flags,
      option,
    };
    return remade({ ...bare, bytes, timeUs: frame.timeUs - back, wireLength: bytes.length }, turned, {
      ...change,
      aside: paths,
      isUp: up,
    });
  };
  return [
    step(3, true, SYN, 1_000_000, Buffer.concat([Buffer.from('1e0c1001', 'hex'), token, Buffer.alloc(4, 7)])),
    step(
      2,
      false,
      SYN | ACK,
      2_000_000,
      Buffer.concat([Buffer.from('1e101001', 'hex'), Buffer.alloc(12, 9)]),
    ),
    step(1, true, ACK, 1_000_001, Buffer.concat([Buffer.from('1e181000', 'hex'), Buffer.alloc(20, 5)])),
  ];
}

interface Change {
  readonly sequence?: number;
  readonly acknowledgement?: number;
  readonly flags?: number;
  /** Replaces all options. */
  readonly option?: Buffer;
  /** The packet uses the other flow. */
  readonly aside?: Paths;
  readonly isUp?: boolean;
}

function remade(frame: Frame, view: IpFrame, change: Change): Frame {
  const option = change.option ?? null;
  const header = frame.bytes.subarray(0, option === null ? view.payloadAt : view.transportAt + 20);
  const bytes = Buffer.concat([
    header,
    option ?? Buffer.alloc(0),
    frame.bytes.subarray(view.payloadAt, view.endAt),
  ]);
  const at = view.transportAt;
  if (option !== null) {
    bytes.writeUInt8(((20 + option.length) / 4) << 4, at + 12);
    const lengthAt = view.ipAt + (view.version === 4 ? 2 : 4);
    bytes.writeUInt16BE(bytes.length - (view.version === 4 ? view.ipAt : at), lengthAt);
  }
  if (change.sequence !== undefined) bytes.writeUInt32BE(change.sequence, at + 4);
  if (change.acknowledgement !== undefined) bytes.writeUInt32BE(change.acknowledgement, at + 8);
  if (change.flags !== undefined) bytes.writeUInt8(change.flags, at + 13);
  if (change.aside !== undefined) moveAside(bytes, view, change.aside, change.isUp === true);
  const made = viewIpFrame(bytes);
  if (made !== null) repairChecksums(made);
  return { ...frame, bytes, wireLength: bytes.length };
}

function moveAside(bytes: Buffer, view: IpFrame, { otherAddress }: Paths, isUp: boolean): void {
  const portAt = view.transportAt + (isUp ? 0 : 2);
  bytes.writeUInt16BE(bytes.readUInt16BE(portAt) ^ 0x2000, portAt);
  if (otherAddress === null) return;
  const length = view.version === 4 ? 4 : 16;
  const addressAt = view.ipAt + (view.version === 4 ? 12 : 8) + (isUp ? 0 : length);
  bytes.writeUInt8(otherAddress, addressAt + length - 1);
}

function turnRound(bytes: Buffer, view: IpFrame): void {
  const swap = (at: number, length: number): void => {
    const first = Buffer.from(bytes.subarray(at, at + length));
    bytes.copy(bytes, at, at + length, at + 2 * length);
    first.copy(bytes, at + length);
  };
  swap(0, 6);
  swap(view.ipAt + (view.version === 4 ? 12 : 8), view.version === 4 ? 4 : 16);
  swap(view.transportAt, 2);
}
