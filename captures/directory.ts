// Gives every server name of the recordings one address for the whole office, as each recording had its own.
import { addressAnswers } from './dns-answer.ts';
import { viewIpFrame } from './ip-frame.ts';
import type { Frame } from './pcap.ts';

export interface Directory {
  /** `length` 4 or 16. */
  addressOf(name: string, length: number): Buffer;
  /** The office's address for one that a recorded answer gives for the name. */
  answerFor(name: string, labAddress: Buffer): Buffer;
  /** The office's address for a server of the recording that is played. */
  serverFor(labAddress: Buffer, port: number): Buffer;
}

const PORT_DNS = 53;
const PROXY_NAME = 'proxy.corp.example';
const LAB_SERVER = '0a4d0001'; // 10.77.0.1: DNS server and proxy of the lab

const SINKHOLE = 66; // 10.77.0.66
const COMPANY = '.corp.example';

const isInside = (address: Buffer): boolean => address.readUInt16BE(0) === 0x0a4d;
const isUnspecified = (address: Buffer): boolean => address.every((byte) => byte === 0);

/** A DNS filter answers with an inside address, or with none that can be used. */
const isPlaceOfFilter = (name: string, address: Buffer): boolean =>
  isUnspecified(address) || (isInside(address) && !name.endsWith(COMPANY));

/** The place of a filter keeps its kind. */
const insideOf = (address: Buffer): Buffer =>
  isUnspecified(address) ? address : Buffer.from([10, 1, 1, address.readUInt8(3)]);

export class OfficeDirectory implements Directory {
  readonly #dns: Buffer;
  readonly #byName = new Map<string, number>();
  #namesOf = new Map<string, string>();

  constructor(dnsServer: Buffer) {
    this.#dns = dnsServer;
  }

  /** Collects the names of the addresses of a recording; must precede its replay. */
  open(recording: readonly Frame[]): void {
    this.#namesOf = new Map();
    for (const { bytes } of recording) {
      const frame = viewIpFrame(bytes);
      if (frame === null || frame.protocol !== 'udp' || bytes.readUInt16BE(frame.transportAt) !== PORT_DNS)
        continue;
      for (const { name, address } of addressAnswers(bytes.subarray(frame.payloadAt, frame.endAt))) {
        if (!isPlaceOfFilter(name, address)) this.#namesOf.set(address.toString('hex'), name);
      }
    }
  }

  addressOf(name: string, length: number): Buffer {
    const number = this.#numberOf(name);
    if (length === 16) {
      const address = Buffer.from('20010db8007700000000000000000000', 'hex');
      address.writeUInt16BE(number, 14);
      return address;
    }
    if (name.endsWith(COMPANY)) return Buffer.from([10, 1, 0, 10 + number]);
    return number < 200 ? Buffer.from([198, 51, 100, 10 + number]) : Buffer.from([203, 0, 113, number - 190]);
  }

  answerFor(name: string, labAddress: Buffer): Buffer {
    return isPlaceOfFilter(name, labAddress) ? insideOf(labAddress) : this.addressOf(name, labAddress.length);
  }

  serverFor(labAddress: Buffer, port: number): Buffer {
    if (port === PORT_DNS) return this.#dns;
    if (isInside(labAddress) && labAddress.readUInt8(3) === SINKHOLE) return insideOf(labAddress);
    const hex = labAddress.toString('hex');
    const name = this.#namesOf.get(hex) ?? (hex === LAB_SERVER ? PROXY_NAME : `unnamed-${hex}`);
    return this.addressOf(name, labAddress.length);
  }

  #numberOf(name: string): number {
    const number = this.#byName.get(name) ?? this.#byName.size;
    this.#byName.set(name, number);
    return number;
  }
}
