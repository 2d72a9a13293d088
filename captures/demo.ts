// Builds the demo office from its plan: the frames of the week, and the truth about each host.
import { DHCP_ACK, DHCP_DISCOVER, DHCP_OFFER, DHCP_REQUEST, type DhcpServer, dhcpFrame } from './dhcp.ts';
import { OfficeDirectory } from './directory.ts';
import { OFFICE, type OfficeHost, ORDINARY, WORKDAYS } from './office.ts';
import type { Frame } from './pcap.ts';
import { type ReplayClient, replay } from './replay.ts';

/** Manifest data of a recording. */
export interface RecordingTruth {
  readonly tool?: string;
  readonly version?: string;
  readonly expect: Readonly<Record<string, unknown>>;
  readonly truth: {
    readonly model_requests: number;
    readonly model_request_bytes: number;
    readonly telemetry_request_bytes: number;
  };
  readonly prompts?: number;
  readonly active_minutes?: number;
  /** Where several tools ran side by side. */
  readonly by_tool?: Readonly<Record<string, { readonly truth: RecordingTruth['truth'] }>>;
}

export interface Recordings {
  frames(name: string): readonly Frame[];
  truth(name: string): RecordingTruth | undefined;
}

export interface UseTruth {
  readonly date: string;
  readonly at: string;
  readonly recording: string;
  readonly tool: string | null;
  readonly version: string | null;
  readonly expect: Readonly<Record<string, unknown>>;
  readonly modelRequests: number;
  readonly modelRequestBytes: number;
  readonly telemetryRequestBytes: number;
  readonly prompts: number | null;
  readonly activeMinutes: number | null;
  /** Per tool, if several ran concurrently and the server could distinguish them. */
  readonly byTool: Readonly<Record<string, Sums>> | null;
}

interface Sums {
  readonly modelRequests: number;
  readonly modelRequestBytes: number;
  readonly telemetryRequestBytes: number;
}

export interface HostTruth {
  readonly host: string;
  readonly host6: string;
  readonly mac: string;
  readonly name: string;
  readonly about: string;
  readonly presence: readonly string[];
  readonly uses: readonly UseTruth[];
}

export interface Demo {
  readonly frames: readonly Frame[];
  readonly truth: {
    readonly timezone: string;
    readonly since: string;
    readonly until: string;
    readonly hosts: readonly HostTruth[];
  };
}

const SEED = 20260708;
const OFFICE_HOURS_AHEAD_OF_UTC = 8;
const MINUTE_US = 60e6;
const DNS_SERVER = Buffer.from([10, 1, 0, 2]);
const FIRST_CLIENT_PORT = 32_768;
const ORDINARY_PER_DAY = 4;

export function buildDemo(recordings: Recordings): Demo {
  const builder = new Builder(recordings);
  for (const host of OFFICE) builder.addHost(host);
  return builder.finish();
}

class Builder {
  readonly #recordings: Recordings;
  readonly #random = mulberry32(SEED);
  readonly #directory = new OfficeDirectory(DNS_SERVER);
  readonly #frames: Frame[] = [];
  readonly #hosts: HostTruth[] = [];

  constructor(recordings: Recordings) {
    this.#recordings = recordings;
  }

  addHost(host: OfficeHost): void {
    const client = clientOf(host);
    const days = host.days ?? WORKDAYS;
    for (const [index, day] of days.entries()) {
      this.#addLease(host, client, day, index === 0);
      for (let left = ORDINARY_PER_DAY; left > 0; left--) this.#addOrdinary(host, client, day);
    }
    const uses = host.uses.map((line) => this.#addUse(line, client));
    this.#hosts.push({
      host: host.address,
      host6: addressText6(client.address6),
      mac: host.mac,
      name: host.name,
      about: host.about,
      presence: days.map(dateText),
      uses,
    });
  }

  finish(): Demo {
    const frames = [...this.#frames].sort((a, b) => a.timeUs - b.timeUs);
    const truth = { timezone: 'Asia/Shanghai', since: dateText(8), until: dateText(14), hosts: this.#hosts };
    return { frames, truth };
  }

  #addUse(line: string, client: ReplayClient): UseTruth {
    const [day = '', at = '', recording = ''] = line.split(' ');
    const [hours = '', minutes = ''] = at.split(':');
    const truth = this.#recordings.truth(recording);
    if (truth === undefined) throw new Error(`office.ts: no recording is named ${recording}`);
    this.#play(
      recording,
      timeUs(Number(day), Number(hours) * 60 + Number(minutes)) + this.#below(40e6),
      client,
    );
    return {
      date: dateText(Number(day)),
      at,
      recording,
      tool: truth.tool ?? null,
      version: truth.version ?? null,
      expect: truth.expect,
      ...sumsOf(truth.truth),
      prompts: truth.prompts ?? null,
      activeMinutes: truth.active_minutes ?? null,
      byTool:
        truth.by_tool === undefined ? null : mapValues(truth.by_tool, ({ truth: sums }) => sumsOf(sums)),
    };
  }

  #addOrdinary(host: OfficeHost, client: ReplayClient, day: number): void {
    const choice = ORDINARY[host.kind];
    const recording = choice[this.#below(choice.length)] ?? '';
    this.#play(recording, timeUs(day, 9 * 60 + 5) + this.#below(9 * 60 * MINUTE_US), client);
  }

  /** Just before the first thing that a host does on a day: a nightly job at 02:00, or the morning. */
  #addLease(host: OfficeHost, client: ReplayClient, day: number, isFirst: boolean): void {
    const server: DhcpServer = { mac: client.gatewayMac, address: client.gateway, dns: DNS_SERVER };
    const transaction = this.#below(2 ** 32);
    let at = timeUs(day, host.kind === 'server' ? 60 : 8 * 60 + 30) + this.#below(25 * MINUTE_US);
    if (host.name === 'dev-05' && day === 10) at = timeUs(day, 4) + this.#below(MINUTE_US);
    for (const type of isFirst
      ? [DHCP_DISCOVER, DHCP_OFFER, DHCP_REQUEST, DHCP_ACK]
      : [DHCP_REQUEST, DHCP_ACK]) {
      const bytes = dhcpFrame(
        type,
        { mac: client.mac, address: client.address, name: host.name },
        server,
        transaction,
      );
      this.#frames.push({ timeUs: at, wireLength: bytes.length, bytes });
      at += 700 + this.#below(3000);
    }
  }

  #play(name: string, startUs: number, client: ReplayClient): void {
    const recording = this.#recordings.frames(name);
    this.#directory.open(recording);
    const mask = Buffer.from(Array.from({ length: 32 }, () => this.#below(256)));
    for (const frame of replay(recording, startUs, client, this.#directory, mask)) this.#frames.push(frame);
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }
}

function sumsOf(truth: RecordingTruth['truth']): Sums {
  return {
    modelRequests: truth.model_requests,
    modelRequestBytes: truth.model_request_bytes,
    telemetryRequestBytes: truth.telemetry_request_bytes,
  };
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, map: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}

function clientOf(host: OfficeHost): ReplayClient {
  const address = Buffer.from(host.address.split('.').map(Number));
  const gateway = Buffer.concat([address.subarray(0, 3), Buffer.from([1])]);
  const address6 = Buffer.from('fd000000000000000000000000000000', 'hex');
  for (const [index, at] of [3, 13, 15].entries())
    address6.writeUInt8(asHexDigits(address.readUInt8(index + 1)), at);
  let port = FIRST_CLIENT_PORT;
  return {
    mac: Buffer.from(host.mac.replaceAll(':', ''), 'hex'),
    gatewayMac: Buffer.concat([Buffer.from([2, 0x57, 0x4c]), gateway.subarray(1)]),
    gateway,
    address,
    address6,
    nextPort: () => port++,
  };
}

/** Minutes since midnight in the office, in July 2026, as microseconds since 1970. */
function timeUs(day: number, minutes: number): number {
  return (Date.UTC(2026, 6, day) - OFFICE_HOURS_AHEAD_OF_UTC * 3_600_000) * 1000 + minutes * MINUTE_US;
}

function dateText(day: number): string {
  return `2026-07-${String(day).padStart(2, '0')}`;
}

/** 10.40.0.31 is fd00:40::31: the decimal digits, read as hexadecimal. */
function asHexDigits(octet: number): number {
  return Number.parseInt(String(octet).slice(-2), 16);
}

/** In the form of RFC 5952: the longest run of zeros is the one after the network. */
function addressText6(address: Buffer): string {
  const groups = [0, 2, 12, 14].map((at) => address.readUInt16BE(at).toString(16));
  const host = groups[2] === '0' ? [groups[3]] : groups.slice(2);
  return `${groups.slice(0, 2).join(':')}::${host.join(':')}`;
}

/** A small seeded generator: the same seed gives the same office on every machine. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
