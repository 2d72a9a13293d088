// Logs of other sensors about frames: one row for each connection, as Suricata and Zeek write them.
import { viewIpFrame } from '../ip-frame.ts';
import type { Frame } from '../pcap.ts';

interface LogFacts {
  /** Names of the servers on port 443 of which the hello was read. */
  readonly names: readonly string[];
  /** Protocol of connections that are neither TLS to such a server, DNS nor NTP; null: unknown. */
  readonly logged: string | null;
}

interface LoggedFlow {
  readonly client: string;
  readonly server: string;
  readonly clientPort: number;
  readonly serverPort: number;
  readonly protocol: number;
  readonly firstUs: number;
  lastUs: number;
  /** Of the client and of the server. */
  readonly bytes: [number, number];
  readonly packets: [number, number];
}

export interface LogWriter {
  readonly name: string;
  write(frames: readonly Frame[], facts: LogFacts): { readonly name: string; readonly text: string }[];
}

const textOf = (address: Buffer): string => [...address].join('.');

/** Of IPv4 frames, in the order of their first packets. */
function flowsOf(frames: readonly Frame[]): LoggedFlow[] {
  const flows = new Map<string, LoggedFlow>();
  for (const { bytes, timeUs } of frames) {
    const [source, destination] = [textOf(bytes.subarray(26, 30)), textOf(bytes.subarray(30, 34))];
    const view = viewIpFrame(bytes);
    const protocol = bytes.readUInt8(23);
    const at = view?.transportAt ?? 0;
    const ports = view === null ? [0, 0] : [bytes.readUInt16BE(at), bytes.readUInt16BE(at + 2)];
    const [from = 0, to = 0] = ports;
    const key = `${protocol} ${source} ${from} ${destination} ${to}`;
    const reverse = flows.get(`${protocol} ${destination} ${to} ${source} ${from}`);
    const flow = flows.get(key) ??
      reverse ?? {
        ...{ client: source, server: destination, clientPort: from, serverPort: to, protocol },
        ...{
          firstUs: timeUs,
          lastUs: timeUs,
          bytes: [0, 0] as [number, number],
          packets: [0, 0] as [number, number],
        },
      };
    if (reverse === undefined) flows.set(key, flow);
    const side = flow === reverse ? 1 : 0;
    flow.bytes[side] += bytes.length - 14;
    flow.packets[side]++;
    flow.lastUs = timeUs;
  }
  return [...flows.values()];
}

const PROTOCOL_NAMES: Readonly<Record<number, string>> = {
  6: 'TCP',
  17: 'UDP',
  50: 'ESP',
  51: 'AH',
  132: 'SCTP',
  47: 'GRE',
};
const nameOf = (protocol: number): string => PROTOCOL_NAMES[protocol] ?? String(protocol).padStart(3, '0');

type Purpose = 'tls' | 'dns' | 'ntp' | null;

function purposeOf({ serverPort, server, protocol }: LoggedFlow): Purpose {
  if (serverPort === 443 && protocol === 6 && server === '203.0.113.80') return 'tls';
  if (serverPort === 53 && server === '10.1.0.2') return 'dns';
  return serverPort === 123 && server === '203.0.113.123' ? 'ntp' : null;
}

const eveTime = (us: number): string => `${new Date(us / 1000).toISOString().slice(0, -1)}000+0000`;

const SURICATA: LogWriter = {
  name: 'Suricata',
  write(frames, { names, logged }) {
    const rows = flowsOf(frames).flatMap((flow, number) => {
      const purpose = purposeOf(flow);
      const ends = {
        ...{
          flow_id: 1000 + number,
          src_ip: flow.client,
          dest_ip: flow.server,
          proto: nameOf(flow.protocol),
        },
        ...(flow.clientPort === 0 ? {} : { src_port: flow.clientPort, dest_port: flow.serverPort }),
      };
      const told =
        purpose === 'tls'
          ? names.map((sni) => ({
              ...{ timestamp: eveTime(flow.firstUs), event_type: 'tls', ...ends },
              tls: { sni, version: 'TLS 1.3' },
            }))
          : [];
      return [
        ...told,
        {
          ...{ timestamp: eveTime(flow.lastUs), event_type: 'flow', ...ends },
          ...(flow.protocol === 6 || flow.protocol === 17
            ? { app_proto: purpose ?? logged ?? 'failed' }
            : {}),
          flow: {
            ...{ pkts_toserver: flow.packets[0], pkts_toclient: flow.packets[1] },
            ...{ bytes_toserver: flow.bytes[0] + 14 * flow.packets[0] },
            ...{ bytes_toclient: flow.bytes[1] + 14 * flow.packets[1] },
            ...{ start: eveTime(flow.firstUs), end: eveTime(flow.lastUs), state: 'established' },
          },
          ...(flow.protocol === 6 ? { tcp: { syn: true, ack: true, tcp_flags_tc: '1b' } } : {}),
        },
      ];
    });
    return [{ name: 'eve.json', text: linesOf(rows) }];
  },
};

const linesOf = (rows: readonly object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

const ZEEK: LogWriter = {
  name: 'Zeek',
  write(frames, { names, logged }) {
    const flows = flowsOf(frames).map((flow, number) => ({
      flow,
      purpose: purposeOf(flow),
      ends: {
        ...{
          ts: flow.firstUs / 1e6,
          uid: `C${number}`,
          'id.orig_h': flow.client,
          'id.orig_p': flow.clientPort,
        },
        ...{ 'id.resp_h': flow.server, 'id.resp_p': flow.serverPort },
      },
    }));
    const service = logged === 'failed' ? null : logged;
    const rows = flows.map(({ flow, purpose, ends }) => {
      const isKnown = flow.protocol === 6 || flow.protocol === 17;
      const called = purpose === 'tls' ? 'ssl' : (purpose ?? service);
      const head = isKnown ? (flow.protocol === 6 ? 40 : 28) : 20;
      return {
        ...{ ...ends, proto: isKnown ? nameOf(flow.protocol).toLowerCase() : 'unknown_transport' },
        ...{ ip_proto: flow.protocol, ...(called === null ? {} : { service: called }) },
        duration: (flow.lastUs - flow.firstUs) / 1e6,
        orig_bytes: flow.bytes[0] - head * flow.packets[0],
        resp_bytes: flow.bytes[1] - head * flow.packets[1],
        ...{ conn_state: 'SF', history: flow.protocol === 6 ? 'ShADadFf' : 'Dd', missed_bytes: 0 },
        ...{ orig_pkts: flow.packets[0], orig_ip_bytes: flow.bytes[0] },
        ...{ resp_pkts: flow.packets[1], resp_ip_bytes: flow.bytes[1] },
      };
    });
    const told = flows
      .filter(({ purpose }) => purpose === 'tls')
      .flatMap(({ ends }) =>
        names.map((name) => ({
          ...ends,
          version: 'TLSv13',
          server_name: name,
          resumed: false,
          established: true,
        })),
      );
    return [
      { name: 'conn.log', text: linesOf(rows) },
      { name: 'ssl.log', text: linesOf(told) },
    ];
  },
};

export const LOG_WRITERS: readonly LogWriter[] = [SURICATA, ZEEK];
