// One variant: a TLS connection with a hello in given pieces as frames, and the expected result.
import type { HelloRecord } from '../../../src/model/flow.ts';
import type { BaseHello } from './base-hello.ts';
import { findHellos, VariantCapture } from './capture.ts';
import {
  ACK,
  address4,
  address6,
  type Endpoint,
  ipPacket,
  PROTOCOL_TCP,
  PSH,
  type Segment,
  SYN,
  tcpSegment,
} from './ip.ts';
import { LINKS, type Link } from './links.ts';
import type { Tunnel } from './tunnels.ts';

export interface GatheredItem {
  readonly offset: number;
  readonly bytes: Buffer;
}

export interface Shape {
  readonly version?: 4 | 6;
  /** The client's SYN and the server's answer. */
  readonly hasSyn?: boolean;
  readonly hasServer?: boolean;
  /** Sequence number of the hello's first byte. */
  readonly start?: number;
}

const ETHERNET_LINK: Link = LINKS[0] ?? { name: 'RAW', linkType: 101, wrap: (ip) => ip };
const START = 1_000_000;
const SERVER_START = 7_000_000;
const HTTPS = 443;
const FIRST_PORT = 10_000;
const PORTS = 50_000;

/** The conversations of one capture; each has its own client address and port. */
export class Variants {
  readonly #capture: VariantCapture;
  readonly #link: Link;
  readonly #tunnels: readonly Tunnel[];
  readonly #expected: { readonly name: string; readonly key: string; readonly hello: BaseHello | null }[] =
    [];

  /** `tunnels` from the outside in. */
  constructor(link: Link = ETHERNET_LINK, tunnels: readonly Tunnel[] = [], snaplen?: number) {
    this.#link = link;
    this.#tunnels = tunnels;
    this.#capture = new VariantCapture(link.linkType, snaplen);
  }

  /** Adds a connection with its hello in these pieces, in this order. `hello` is null when it must not be found. */
  add(name: string, hello: BaseHello | null, items: readonly GatheredItem[], shape: Shape = {}): void {
    const { client, server } = this.#open(name, hello, shape.version ?? 4);
    for (const segment of segments(items, shape)) {
      this.addIp(
        ipPacket(...route(client, server, segment.isUp), PROTOCOL_TCP, tcpSegment(client, server, segment)),
      );
    }
  }

  /** Adds a connection of IP packets that the caller builds from the segment with the hello. */
  addPackets(
    name: string,
    hello: BaseHello | null,
    bytes: Buffer,
    version: 4 | 6,
    cut: (client: Endpoint, server: Endpoint, tcp: Buffer) => Buffer[],
  ): void {
    const { client, server } = this.#open(name, hello, version);
    const segment = {
      isUp: true,
      flags: PSH | ACK,
      sequence: START,
      acknowledged: SERVER_START,
      payload: bytes,
    };
    for (const packet of cut(client, server, tcpSegment(client, server, segment))) this.addIp(packet);
  }

  addIp(packet: Buffer): void {
    this.#capture.add(
      this.#link.wrap(this.#tunnels.reduceRight((inner, tunnel) => tunnel.wrap(inner), packet)),
    );
  }

  get count(): number {
    return this.#expected.length;
  }

  /** Faults: one line for each variant whose hello is missing, duplicated, or wrong. */
  faults(): string[] {
    const found = findHellos(this.#capture.bytes());
    return this.#expected.flatMap(({ name, key, hello }) => {
      const fault = compare(hello, found.get(key) ?? []);
      return fault === null ? [] : [`${name}: ${fault}`];
    });
  }

  #open(name: string, hello: BaseHello | null, version: 4 | 6): { client: Endpoint; server: Endpoint } {
    const index = this.#expected.length;
    const host = 1 + Math.floor(index / PORTS);
    const address = version === 4 ? address4(`10.20.0.${host}`) : address6('fd00:20', host);
    const client = { address, port: FIRST_PORT + (index % PORTS) };
    const server = {
      address: version === 4 ? address4('198.51.100.7') : address6('2001:db8', 7),
      port: HTTPS,
    };
    this.#expected.push({ name, key: `${client.address.text} ${client.port}`, hello });
    return { client, server };
  }
}

function route(
  client: Endpoint,
  server: Endpoint,
  isUp: boolean,
): [Endpoint['address'], Endpoint['address']] {
  return isUp ? [client.address, server.address] : [server.address, client.address];
}

function segments(items: readonly GatheredItem[], shape: Shape): Segment[] {
  const start = shape.start ?? START;
  const hasServer = shape.hasServer ?? true;
  const empty = Buffer.alloc(0);
  const made: Segment[] = [];
  if (shape.hasSyn ?? true) {
    made.push({ isUp: true, flags: SYN, sequence: start - 1, acknowledged: 0, payload: empty });
    if (hasServer)
      made.push({
        isUp: false,
        flags: SYN | ACK,
        sequence: SERVER_START - 1,
        acknowledged: start,
        payload: empty,
      });
    made.push({ isUp: true, flags: ACK, sequence: start, acknowledged: SERVER_START, payload: empty });
  }
  for (const { offset, bytes } of items) {
    made.push({
      isUp: true,
      flags: PSH | ACK,
      sequence: start + offset,
      acknowledged: SERVER_START,
      payload: bytes,
    });
  }
  const end = Math.max(...items.map(({ offset, bytes }) => offset + bytes.length));
  if (hasServer)
    made.push({ isUp: false, flags: ACK, sequence: SERVER_START, acknowledged: start + end, payload: empty });
  return made;
}

function compare(expected: BaseHello | null, found: readonly HelloRecord[]): string | null {
  const [hello] = found;
  if (expected === null) return found.length === 0 ? null : 'found, but it is not wholly there';
  if (hello === undefined) return 'not found';
  if (found.length > 1) return `found ${found.length} times`;
  if (hello.sni !== expected.sni) return `server name ${hello.sni}`;
  if (hello.fingerprint.ja3 !== expected.ja3) return `JA3 ${hello.fingerprint.ja3}`;
  return hello.fingerprint.ja4 === expected.ja4 ? null : `JA4 ${hello.fingerprint.ja4}`;
}
