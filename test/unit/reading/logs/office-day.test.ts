// One office day, as each gateway would have logged it: rows of listed names equal those of the same traffic in Zeek logs.

import { expect, it } from 'vitest';
import { type MemoryLog, readLogs } from '../../../fuzz/parsers/logs.ts';

interface Connection {
  readonly start: number;
  readonly seconds: number;
  readonly client: string;
  readonly port: number;
  readonly server: string;
  readonly name: string;
  /** Payload. */
  readonly up: number;
  readonly down: number;
  readonly packetsUp: number;
  readonly packetsDown: number;
}

const MORNING = Date.UTC(2026, 10, 20, 8) / 1000;
const NAMES = ['ampcode.com', 'api.anthropic.com', 'www.other.example', 'intranet.example', 'opencode.ai'];
/** Headers of IPv4 and of TCP with timestamps, and of Ethernet. */
const [IP, ETHERNET] = [52, 14];

/** Made up and seeded. */
function officeDay(count: number): Connection[] {
  let state = 7;
  const below = (most: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * most);
  };
  return Array.from({ length: count }, (_, i) => ({
    start: MORNING + below(8 * 3600),
    seconds: below(1500),
    client: `10.77.0.${2 + below(12)}`,
    port: 20_000 + i,
    server: `198.51.100.${1 + below(200)}`,
    name: NAMES[below(NAMES.length)] ?? '',
    up: 500 + below(50_000),
    down: 500 + below(200_000),
    packetsUp: 5 + below(30),
    packetsDown: 5 + below(90),
  }));
}

const day = officeDay(400).sort((a, b) => a.start + a.seconds - b.start - b.seconds);
const iso = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 19);
const [dateOf, clockOf] = [(s: number) => iso(s).slice(0, 10), (s: number) => iso(s).slice(11)];
const slashed = (seconds: number): string => iso(seconds).replaceAll('-', '/').replace('T', ' ');
/** "Fri Nov 20 08:00:00 2026". */
const ctime = (seconds: number): string =>
  new Date(seconds * 1000).toUTCString().replace(/^(\w+), (\d+) (\w+) (\d+) ([\d:]+) GMT$/, '$1 $3 $2 $5 $4');
const log = (name: string, lines: readonly string[]): MemoryLog => ({
  name,
  bytes: Buffer.from(`${lines.join('\n')}\n`),
});
/** Requests when they begin, sessions when they end. */
const inTime = (request: (one: Connection) => string, session: (one: Connection) => string): string[] =>
  day
    .flatMap((one) => [
      { at: one.start, line: request(one) },
      { at: one.start + one.seconds, line: session(one) },
    ])
    .sort((a, b) => a.at - b.at)
    .map(({ line }) => line);

const zeek = [
  log(
    'ssl.log',
    day.map(({ start, client, port, server, name }) =>
      JSON.stringify({
        _path: 'ssl',
        ts: start,
        uid: `C${port}`,
        'id.orig_h': client,
        'id.orig_p': port,
        'id.resp_h': server,
        'id.resp_p': 443,
        server_name: name,
        established: true,
        version: 'TLSv13',
      }),
    ),
  ),
  log(
    'conn.log',
    day.map(({ start, seconds, client, port, server, up, down, packetsUp, packetsDown }) =>
      JSON.stringify({
        _path: 'conn',
        ts: start,
        uid: `C${port}`,
        'id.orig_h': client,
        'id.orig_p': port,
        'id.resp_h': server,
        'id.resp_p': 443,
        proto: 'tcp',
        service: 'ssl',
        duration: seconds,
        orig_bytes: up,
        resp_bytes: down,
        conn_state: 'SF',
        orig_pkts: packetsUp,
        resp_pkts: packetsDown,
        orig_ip_bytes: up + IP * packetsUp,
        resp_ip_bytes: down + IP * packetsDown,
      }),
    ),
  ),
];

const fortigate = (at: number, rest: string): string =>
  `<189>date=${dateOf(at)} time=${clockOf(at)} devname="FGT" eventtime=${at}000000000 tz="+0000" ${rest}`;
const fortigateEnds = ({ client, port, server }: Connection): string =>
  `srcip=${client} srcport=${port} dstip=${server} dstport=443 sessionid=${port} proto=6`;
const pan = (at: number, type: string, { client, port, server }: Connection, rest: string): string =>
  `<14>Nov 20 ${clockOf(at)} PA 1,${slashed(at)},0128,${type},2561,${slashed(at)},${client},${server},192.0.2.1,${server},out,,,ssl,vsys1,a,b,e1,e2,fwd,${slashed(at)},${port},1,${port},443,1,443,0x0,tcp,${rest}`;
const strata = (at: number, { client, port, server }: Connection, rest: object): string =>
  JSON.stringify({
    TimeGenerated: `${iso(at)}.000000Z`,
    SourceAddress: client,
    SourcePort: port,
    DestinationAddress: server,
    DestinationPort: 443,
    Protocol: 'tcp',
    Application: 'ssl',
    SessionID: port,
    ...rest,
  });
const sophos = (at: number, type: string, { client, port, server }: Connection, rest: string): string =>
  `<30>device_name="XG" timestamp="${iso(at)}+0000" log_type="${type}" log_subtype="Allowed" src_ip="${client}" dst_ip="${server}" protocol="TCP" src_port=${port} dst_port=443 ${rest}`;
const checkPoint = (at: number, { client, port, server }: Connection, rest: string): string =>
  `<134>1 ${iso(at)}Z gw CheckPoint 1930 - [action:"Accept"; loguid:"{0x1,${port}}"; origin:"192.0.2.1"; time:"${at}"; dst:"${server}"; proto:"6"; s_port:"${port}"; service:"443"; service_id:"https"; src:"${client}"; ${rest}]`;
const end = ({ start, seconds }: Connection): number => start + seconds;
/** Bytes of IP packets. */
const [upOf, downOf] = [
  (one: Connection) => one.up + IP * one.packetsUp,
  (one: Connection) => one.down + IP * one.packetsDown,
];
const cef = (head: string, { client, port, server }: Connection, session: string): string =>
  `Nov 20 08:00:00 gw CEF:0|${head} src=${client} spt=${port} dst=${server} dpt=443 ${session}=${port}`;

/** Logs that have the time that a connection took. */
const TIMED: Readonly<Record<string, readonly MemoryLog[]>> = {
  fortigate: [
    log(
      'fortigate.log',
      inTime(
        (one) =>
          fortigate(
            one.start,
            `logid="0317013312" type="utm" subtype="webfilter" ${fortigateEnds(one)} hostname="${one.name}" action="passthrough" url="https://${one.name}/" sentbyte=517 rcvdbyte=0`,
          ),
        (one) =>
          fortigate(
            end(one),
            `logid="0000000013" type="traffic" subtype="forward" ${fortigateEnds(one)} action="close" duration=${one.seconds} sentbyte=${one.up + IP * one.packetsUp} rcvdbyte=${one.down + IP * one.packetsDown} sentpkt=${one.packetsUp} rcvdpkt=${one.packetsDown}`,
          ),
      ),
    ),
  ],
  paloalto: [
    log(
      'paloalto.log',
      inTime(
        (one) => pan(one.start, 'THREAT,url', one, `alert,"${one.name}/",(9999),any,informational`),
        (one) => {
          const [sent, received] = [one.packetsUp, one.packetsDown].map(
            (packets) => (IP + ETHERNET) * packets,
          );
          const [up, down] = [one.up + (sent ?? 0), one.down + (received ?? 0)];
          return pan(
            end(one),
            'TRAFFIC,end',
            one,
            `allow,${up + down},${up},${down},0,${slashed(one.start)},${one.seconds},any,0,1,0x0,a,b,0,${one.packetsUp},${one.packetsDown},tcp-fin`,
          );
        },
      ),
    ),
  ],
  strata: [
    log(
      'strata.json',
      inTime(
        (one) =>
          strata(one.start, one, {
            LogType: 'THREAT',
            Subtype: 'url',
            Action: 'alert',
            URL: `${one.name}/`,
          }),
        (one) =>
          strata(end(one), one, {
            LogType: 'TRAFFIC',
            Subtype: 'end',
            Action: 'allow',
            BytesSent: one.up + (IP + ETHERNET) * one.packetsUp,
            BytesReceived: one.down + (IP + ETHERNET) * one.packetsDown,
            PacketsSent: one.packetsUp,
            PacketsReceived: one.packetsDown,
            SessionStartTime: `${iso(one.start)}.000000Z`,
            SessionDuration: one.seconds,
          }),
      ),
    ),
  ],
  sophos: [
    log(
      'sophos.log',
      inTime(
        (one) =>
          sophos(
            one.start,
            'Content Filtering',
            one,
            `url="https://${one.name}/" domain="${one.name}" http_status="200" bytes_sent=1 bytes_received=1`,
          ),
        (one) =>
          sophos(
            end(one),
            'Firewall',
            one,
            `duration=${one.seconds} con_event="Stop" bytes_sent=${one.up + IP * one.packetsUp} bytes_received=${one.down + IP * one.packetsDown} packets_sent=${one.packetsUp} packets_received=${one.packetsDown}`,
          ),
      ),
    ),
  ],
  zscaler: [
    log(
      'zscaler.log',
      day.map((one) =>
        JSON.stringify({
          sourcetype: 'zscalernss-web',
          event: {
            time: ctime(end(one)),
            eurl: `${one.name}:443`,
            action: 'Allowed',
            reqsize: one.up,
            respsize: one.down,
            ctime: one.seconds * 1000,
            cip: one.client,
            sip: one.server,
            respcode: '200',
          },
        }),
      ),
    ),
  ],
  checkpoint: [
    log(
      'checkpoint.log',
      inTime(
        (one) => checkPoint(one.start, one, `product:"URL Filtering"; resource:"https://${one.name}/"`),
        (one) =>
          checkPoint(
            end(one),
            one,
            `product:"VPN-1 & FireWall-1"; start_time:"${one.start}"; client_inbound_bytes:"${one.up + IP * one.packetsUp}"; client_inbound_packets:"${one.packetsUp}"; client_outbound_bytes:"${one.down + IP * one.packetsDown}"; client_outbound_packets:"${one.packetsDown}"`,
          ),
      ),
    ),
  ],
  netskope: [
    log('netskope.log', [
      '#Fields: date time time-taken cs-bytes sc-bytes c-ip s-ip sc-status cs-host cs-uri-port x-cs-session-id x-policy-action',
      ...day.map(
        (one) =>
          `${dateOf(end(one))} ${clockOf(end(one))} ${one.seconds * 1000} ${one.up} ${one.down} ${one.client} ${one.server} 200 ${one.name} 443 7 allow`,
      ),
    ]),
  ],
  'netskope-events': [
    log(
      'events.json',
      day.map((one) =>
        JSON.stringify({
          ...{ access_method: 'Client', traffic_type: 'CloudApp', type: 'connection', domain: one.name },
          ...{ timestamp: end(one), conn_duration: one.seconds, userip: one.client, dstip: one.server },
          ...{ dstport: 443, client_bytes: one.up, server_bytes: one.down },
        }),
      ),
    ),
  ],
  cloudflare: [
    log(
      'cloudflare.json',
      inTime(
        (one) =>
          JSON.stringify({
            ...{ Action: 'allow', Datetime: `${iso(one.start)}Z`, DeviceID: 'd', SNI: one.name },
            ...{
              SourceIP: one.client,
              SourcePort: one.port,
              DestinationIP: one.server,
              DestinationPort: 443,
            },
          }),
        (one) =>
          JSON.stringify({
            ...{
              SessionStartTime: `${iso(one.start)}Z`,
              SessionEndTime: `${iso(end(one))}Z`,
              Protocol: 'TCP',
            },
            ...{ SourceIP: one.client, SourcePort: one.port, OriginIP: one.server, OriginPort: 443 },
            ...{ BytesSent: one.up, BytesReceived: one.down },
          }),
      ),
    ),
  ],
  'zscaler as it is preset': [
    log(
      'zscaler.csv',
      day.map(
        (one) =>
          `"${ctime(end(one))}","bob","HTTPS","${one.name}/","Allowed","A","B","${one.up}","${one.down}","0","${one.seconds * 1000}","a","b","c","None","None","0","None","None","HQ","Sales","${one.client}","${one.server}","GET","200","x","None","None","None","Other","None","NA","NA","N/A"`,
      ),
    ),
  ],
  'cloudflare sessions': [
    log(
      'sessions.json',
      day.map((one) =>
        JSON.stringify({
          ...{ SessionStartTime: `${iso(one.start)}Z`, SessionEndTime: `${iso(end(one))}Z`, Protocol: 'TCP' },
          ...{ SourceIP: one.client, SourcePort: one.port, OriginIP: one.server, OriginPort: 443 },
          ...{ BytesSent: one.up, BytesReceived: one.down, SNI: one.name },
        }),
      ),
    ),
  ],
  'fortigate CEF': [
    log(
      'fortigate.cef',
      inTime(
        (one) =>
          cef(
            `Fortinet|Fortigate|v7.4.3|0317013312|utm:webfilter ftgd_allow passthrough|3|FTNTFGTeventtime=${one.start}000000000 cat=utm:webfilter FTNTFGTsubtype=webfilter dhost=${one.name} act=passthrough request=https://${one.name}/ out=517 in=0`,
            one,
            'proto=6 externalId',
          ),
        (one) =>
          cef(
            `Fortinet|Fortigate|v7.4.3|0000000013|traffic:forward close|3|FTNTFGTeventtime=${end(one)}000000000 cat=traffic:forward act=close FTNTFGTduration=${one.seconds} out=${upOf(one)} in=${downOf(one)} FTNTFGTsentpkt=${one.packetsUp} FTNTFGTrcvdpkt=${one.packetsDown}`,
            one,
            'proto=6 externalId',
          ),
      ),
    ),
  ],
  'paloalto CEF': [
    log(
      'paloalto.cef',
      inTime(
        (one) =>
          cef(
            `Palo Alto Networks|PAN-OS|11.1|url|THREAT|1|rt=${one.start}000 act=alert request=${one.name}/ app=ssl`,
            one,
            'proto=tcp cn1Label=SessionID cn1',
          ),
        (one) =>
          cef(
            `Palo Alto Networks|PAN-OS|11.1|end|TRAFFIC|1|rt=${end(one)}000 act=allow in=${upOf(one) + ETHERNET * one.packetsUp} out=${downOf(one) + ETHERNET * one.packetsDown} PanOSPacketsSent=${one.packetsUp} PanOSPacketsReceived=${one.packetsDown} cn3=${one.seconds} app=ssl`,
            one,
            'proto=tcp cn1Label=SessionID cn1',
          ),
      ),
    ),
  ],
};

/** Flows and payload by window, host and name; `isByDay`: of all windows. */
async function rowsOf(
  logs: readonly MemoryLog[],
  isByDay = false,
): Promise<Record<string, readonly number[]>> {
  const { windows, errors } = await readLogs(logs);
  expect(errors).toEqual([]);
  const rows: Record<string, number[]> = {};
  for (const window of windows)
    for (const { host, name, flows, payloadUp, payloadDown } of window.rows) {
      const key = `${isByDay ? '' : window.startSeconds} ${host} ${name}`;
      const known = rows[key] ?? [0, 0, 0];
      rows[key] = [flows, payloadUp, payloadDown].map((value, i) => value + (known[i] ?? 0));
    }
  return rows;
}

it.each(Object.entries(TIMED))('%s gives the rows of Zeek, window by window', async (_, logs) => {
  const expected = await rowsOf(zeek);
  expect(Object.keys(expected).length).toBeGreaterThan(100);
  expect(await rowsOf(logs)).toEqual(expected);
});

it('Umbrella, which has no durations, gives those of the day', async () => {
  const lines = day.map(
    (one) =>
      `"${dateOf(one.start)} ${clockOf(one.start)}","HQ","${one.client}","192.0.2.1","${one.server}","text/html","ALLOWED","https://${one.name}/","","","200","${one.up}","${one.down}","","","AI"`,
  );
  expect(await rowsOf([log('umbrella.csv', lines)], true)).toEqual(await rowsOf(zeek, true));
});

it('Cloudflare, which has neither durations nor bytes, gives the connections of the day', async () => {
  const lines = day.map(({ start, client, port, server, name }) =>
    JSON.stringify({
      ...{ Action: 'none', Datetime: `${iso(start)}Z`, DestinationIP: server, DestinationPort: 443 },
      ...{ DeviceID: 'd', SNI: name, SourceIP: client, SourcePort: port, Transport: 'tcp' },
    }),
  );
  const flowsIn = (rows: Awaited<ReturnType<typeof rowsOf>>): unknown =>
    Object.fromEntries(Object.entries(rows).map(([key, [flows]]) => [key, flows]));
  expect(flowsIn(await rowsOf([log('network.log', lines)], true))).toEqual(flowsIn(await rowsOf(zeek, true)));
});

const azureTuple = (one: Connection): string =>
  `${end(one)}000,${one.client},${one.server},${one.port},443,6,O,E,NX,${one.packetsUp},${upOf(one)},${one.packetsDown},${downOf(one)}`;
const aws = (from: string, to: string, ports: string, packets: number, bytes: number, one: Connection) =>
  `2 123456789010 eni-1 ${from} ${to} ${ports} 6 ${packets} ${bytes} ${one.start} ${end(one)} ACCEPT OK`;
const gcp = (one: Connection, isUp: boolean): string => {
  const [src, dest] = isUp ? [one.client, one.server] : [one.server, one.client];
  const [srcPort, destPort] = isUp ? [one.port, 443] : [443, one.port];
  return JSON.stringify({
    jsonPayload: {
      connection: { src_ip: src, src_port: srcPort, dest_ip: dest, dest_port: destPort, protocol: 6 },
      ...{ start_time: `${iso(one.start)}Z`, end_time: `${iso(end(one))}Z`, reporter: 'SRC' },
      bytes_sent: `${isUp ? upOf(one) : downOf(one)}`,
      packets_sent: `${isUp ? one.packetsUp : one.packetsDown}`,
    },
  });
};
const ocsf = (one: Connection, isUp: boolean): string => {
  const [client, server] = [
    { ip: one.client, port: one.port },
    { ip: one.server, port: 443 },
  ];
  return JSON.stringify({
    metadata: { product: { name: 'Amazon VPC', feature: { name: 'Flowlogs' } } },
    ...(isUp
      ? { src_endpoint: client, dst_endpoint: server }
      : { src_endpoint: server, dst_endpoint: client }),
    connection_info: { protocol_num: 6 },
    traffic: { packets: isUp ? one.packetsUp : one.packetsDown, bytes: isUp ? upOf(one) : downOf(one) },
    ...{ start_time: one.start * 1000, end_time: end(one) * 1000, status_code: 'OK', disposition: 'Allowed' },
  });
};
const CLOUDS: Readonly<Record<string, readonly string[]>> = {
  'aws-flow': day.flatMap((one) => [
    aws(one.client, one.server, `${one.port} 443`, one.packetsUp, upOf(one), one),
    aws(one.server, one.client, `443 ${one.port}`, one.packetsDown, downOf(one), one),
  ]),
  'aws-flow of version 5': day.flatMap((one) =>
    [
      aws(one.client, one.server, `${one.port} 443`, one.packetsUp, upOf(one), one),
      aws(one.server, one.client, `443 ${one.port}`, one.packetsDown, downOf(one), one),
    ].map((line) => `5${line.slice(1)} vpc-1 subnet-1 - 3 IPv4 - - us-east-1 use1-az5 - -`),
  ),
  'aws-flow as OCSF': day.flatMap((one) => [ocsf(one, true), ocsf(one, false)]),
  'azure-flow': [JSON.stringify({ records: [{ flowTuples: day.map(azureTuple) }] })],
  'azure-flow of a security group': [
    JSON.stringify({
      records: [
        {
          flowTuples: day.map((one) =>
            azureTuple(one).replace(',443,6,O,E,NX,', ',443,T,O,A,E,').replace('000,10.', ',10.'),
          ),
        },
      ],
    }),
  ],
  'gcp-flow': day.flatMap((one) => [gcp(one, true), gcp(one, false)]),
};

/** Bytes by host, of the whole day. */
async function totalsOf(logs: readonly MemoryLog[]): Promise<Record<string, readonly number[]>> {
  const { windows, errors } = await readLogs(logs);
  expect(errors).toEqual([]);
  const totals: Record<string, number[]> = {};
  for (const { host, bytesUp, bytesDown } of windows.flatMap(({ hosts }) => [...hosts])) {
    const known = totals[host] ?? [0, 0];
    totals[host] = [bytesUp, bytesDown].map((value, i) => value + (known[i] ?? 0));
  }
  return totals;
}

it.each(Object.entries(CLOUDS))(
  '%s, which has no names, gives the bytes of each host',
  async (name, lines) => {
    expect(await totalsOf([log(`${name}.log`, lines)])).toEqual(await totalsOf(zeek));
  },
);
