// Writes one TCP connection packet by packet, in one or both directions.
import type { Frame } from '../../pcap.ts';
import { type End, FLAGS, frameOf, type Mangle, mangled, tcpPacket } from './packets.ts';

const SEGMENT_BYTES = 1460;
const STEP_US = 400;
const DATA = FLAGS.push | FLAGS.ack;

export interface ForgedEnds {
  readonly client: End;
  readonly server: End;
}

export class ForgedTalk {
  readonly frames: Frame[] = [];
  readonly #ends: ForgedEnds;
  readonly #mangles: readonly Mangle[];
  readonly #next: { up: number; down: number };
  #acknowledged: { up: number; down: number } | null = null;
  #timeUs: number;

  /** `mangles` are applied to every packet. */
  constructor(
    ends: ForgedEnds,
    startUs: number,
    sequences: { up: number; down: number },
    ...mangles: Mangle[]
  ) {
    this.#ends = ends;
    this.#timeUs = startUs;
    this.#next = { ...sequences };
    this.#mangles = mangles;
  }

  pass(us: number): this {
    this.#timeUs += us;
    return this;
  }

  syn(): this {
    this.emit(true, FLAGS.syn);
    this.#next.up++;
    return this;
  }

  synAck(): this {
    this.emit(false, FLAGS.syn | FLAGS.ack);
    this.#next.down++;
    return this;
  }

  ack(isUp: boolean): this {
    this.emit(isUp, FLAGS.ack);
    return this;
  }

  /** RST between the real machines. `clientMac` may differ from the MAC of the forger. */
  reset(isUp: boolean, clientMac: Buffer): this {
    this.emit(isUp, FLAGS.rst | FLAGS.ack);
    const frame = this.frames.at(-1);
    if (frame !== undefined) clientMac.copy(frame.bytes, isUp ? 6 : 0);
    return this;
  }

  /** Acknowledgement numbers no longer advance. */
  freeze(): this {
    this.#acknowledged = { ...this.#next };
    return this;
  }

  fin(isUp: boolean): this {
    this.emit(isUp, FLAGS.fin | FLAGS.ack);
    this.#next[isUp ? 'up' : 'down']++;
    return this;
  }

  /** Sends the data in segments, with an ACK of the other side if asked for. */
  send(isUp: boolean, data: Buffer, isAcknowledged = false): this {
    for (let at = 0; at < data.length; at += SEGMENT_BYTES) {
      const part = data.subarray(at, at + SEGMENT_BYTES);
      this.emit(isUp, DATA, part);
      this.#next[isUp ? 'up' : 'down'] += part.length;
    }
    if (isAcknowledged) this.ack(!isUp);
    return this;
  }

  /** Skips sequence numbers. */
  jump(up: number, down: number): this {
    this.#next.up += up;
    this.#next.down += down;
    return this;
  }

  emit(isUp: boolean, flags: number, payload?: Buffer): void {
    const { client, server } = this.#ends;
    const received = this.#acknowledged ?? this.#next;
    const part = {
      flags,
      sequence: isUp ? this.#next.up : this.#next.down,
      acknowledgement: (flags & FLAGS.ack) === 0 ? 0 : isUp ? received.down : received.up,
      ...(payload === undefined ? {} : { payload }),
    };
    const bytes = isUp ? tcpPacket(client, server, part) : tcpPacket(server, client, part);
    this.frames.push(mangled(frameOf(this.#timeUs, bytes), ...this.#mangles));
    this.#timeUs += STEP_US;
  }
}
