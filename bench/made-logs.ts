// One working day of an office as the logs of each kind: many hosts, repeated names and servers, one host in eight uses a
// tool, with one connection in a hundred of all. Made up and seeded: the same bytes everywhere.
import { closeSync, existsSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { Random } from './random.ts';

interface Connection {
  readonly serial: number;
  /** Seconds since 1970. */
  readonly start: number;
  readonly seconds: number;
  readonly client: string;
  readonly port: number;
  readonly server: string;
  readonly name: string;
  readonly isTls: boolean;
  /** Payload. */
  readonly up: number;
  readonly down: number;
  readonly packets: readonly [up: number, down: number];
  /** Of the hello. */
  readonly form: number;
}

/** `isAtEnd`: the program writes the line when the connection is over. */
interface LogFile {
  readonly head?: string;
  readonly isAtEnd: boolean;
  line(one: Connection): string | null;
}

export interface MadeLog {
  readonly name: string;
  readonly files: Readonly<Record<string, LogFile>>;
}

const MIDNIGHT = Date.UTC(2026, 10, 16) / 1000;
const DAY = 86_400;
const [HOSTS, NAMES] = [2000, 30_000];
/** Headers of IPv4 and of TCP with timestamps, and of Ethernet. */
const [IP, ETHERNET] = [52, 14];
const LISTED = [
  'api.anthropic.com',
  'api.openai.com',
  'chatgpt.com',
  'ampcode.com',
  'api.githubcopilot.com',
  'generativelanguage.googleapis.com',
  'opencode.ai',
  'app.factory.ai',
];
const WORDS = [
  'cdn',
  'api',
  'www',
  'static',
  'img',
  'telemetry',
  'login',
  'edge',
  'mail',
  'assets',
  'update',
  'sync',
];
const FORMS = [
  ['1523504b38f0fae0d881d4b6554aac1b', 't13d1713h1_5b57614c22b0_7f527383e249'],
  ['5355e3851d76d069ab8a98fdb51cf1b4', 't13d181000_5d04281c6031_25d8bb11352d'],
  ['29395bc9b08aa047f98fe5b0e18c9bbf', 't13d1517h2_8daaf6152771_cb7bf5808d99'],
  ['8662467bc96db2d387755570446a7946', 't13d2912h2_723694b0fccc_288f874c93d6'],
] as const;
const RESOLVER = '10.40.0.2';
const AGENT =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36';

function connection(random: Random, serial: number, start: number): Connection {
  const host = random.below(HOSTS);
  const listed = host % 8 === 0 && random.below(12) === 0 ? LISTED[(host >> 3) % LISTED.length] : undefined;
  // Few names have most connections.
  const rank = Math.floor(NAMES * (random.below(1 << 20) / (1 << 20)) ** 3);
  const place = listed === undefined ? 4 + 2 * rank + random.below(2) : random.below(4);
  const name = `${WORDS[rank % WORDS.length]}${rank % 7}.n${rank}.example.${rank % 3 === 0 ? 'net' : 'com'}`;
  const packets: [number, number] = [4 + random.below(40), 4 + random.below(300)];
  return {
    serial,
    start,
    seconds: random.below(120_000) / 1000,
    client: `10.40.${1 + (host >> 7)}.${10 + (host & 127)}`,
    port: 20_000 + random.below(40_000),
    server: `203.${place >> 16}.${(place >> 8) & 255}.${place & 255}`,
    name: listed ?? name,
    isTls: listed !== undefined || random.below(10) > 0,
    up: 400 + random.below(30_000),
    down: 1000 + random.below(400_000),
    packets,
    form: random.below(FORMS.length),
  };
}

const two = (value: number): string => String(value).padStart(2, '0');
const dateOf = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 10);
function clockOf(seconds: number): string {
  const of = Math.floor(seconds) % DAY;
  return `${two(Math.floor(of / 3600))}:${two(Math.floor(of / 60) % 60)}:${two(of % 60)}`;
}
/** The day ends in the next one. */
const stamp = (seconds: number, between = ' '): string => `${dateOf(seconds)}${between}${clockOf(seconds)}`;
const slashed = (seconds: number): string => stamp(seconds).replaceAll('-', '/');
const fraction = (seconds: number): string => (seconds % 1).toFixed(6).slice(1);
/** "Mon Nov 16 08:00:00 2026". */
const spelt = (seconds: number): string =>
  `${Math.floor(seconds / DAY) === MIDNIGHT / DAY ? 'Mon Nov 16' : 'Tue Nov 17'} ${clockOf(seconds)} 2026`;
const end = ({ start, seconds }: Connection): number => start + seconds;
const uid = ({ serial }: Connection): string =>
  `C${(serial * 7919 + 1e12).toString(36)}${(serial * 104_729 + 1e12).toString(36)}`;
const serverPort = ({ isTls }: Connection): number => (isTls ? 443 : 80);

const columnsOf = (names: string, types: string, path: string): string =>
  `#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\t${path}\n#open\t2026-11-16-00-00-00\n#fields\t${names.replaceAll(' ', '\t')}\n#types\t${types.replaceAll(' ', '\t')}\n`;
const zeekEnds = (one: Connection): string =>
  `${uid(one)}\t${one.client}\t${one.port}\t${one.server}\t${serverPort(one)}`;

const CONN: LogFile = {
  head: columnsOf(
    'ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto service duration orig_bytes resp_bytes conn_state local_orig local_resp missed_bytes history orig_pkts orig_ip_bytes resp_pkts resp_ip_bytes tunnel_parents ip_proto',
    'time string addr port addr port enum string interval count count string bool bool count string count count count count set[string] count',
    'conn',
  ),
  isAtEnd: true,
  line: (one) =>
    `${one.start.toFixed(6)}\t${zeekEnds(one)}\ttcp\t${one.isTls ? 'ssl' : 'http'}\t${one.seconds.toFixed(6)}\t${one.up}\t${one.down}\tSF\tT\tF\t0\tShADadFf\t${one.packets[0]}\t${one.up + IP * one.packets[0]}\t${one.packets[1]}\t${one.down + IP * one.packets[1]}\t-\t6`,
};
const SSL: LogFile = {
  head: columnsOf(
    'ts uid id.orig_h id.orig_p id.resp_h id.resp_p version cipher curve server_name resumed last_alert next_protocol established ssl_history cert_chain_fps client_cert_chain_fps sni_matches_cert ja3 ja3s ja4',
    'time string addr port addr port string string string string bool string string bool string vector[string] vector[string] bool string string string',
    'ssl',
  ),
  isAtEnd: false,
  line: (one) =>
    one.isTls
      ? `${(one.start + 0.02).toFixed(6)}\t${zeekEnds(one)}\tTLSv13\tTLS_AES_128_GCM_SHA256\tx25519\t${one.name}\tF\t-\t-\tT\tCsiI\t-\t-\t-\t${FORMS[one.form]?.[0]}\t907bf3ecef1c987c889946b737b43de8\t${FORMS[one.form]?.[1]}`
      : null,
};

const eveStart = (one: Connection, at: number, type: string): string =>
  `{"timestamp":"${stamp(at, 'T')}${fraction(at)}+0000","flow_id":${one.serial * 7919 + 1e15},"in_iface":"eth1","event_type":"${type}",`;
const eveEnds = (one: Connection): string =>
  `"src_ip":"${one.client}","src_port":${one.port},"dest_ip":"${one.server}","dest_port":${serverPort(one)},"proto":"TCP",`;
const EVE: Readonly<Record<string, LogFile>> = {
  question: {
    isAtEnd: false,
    line: (one) =>
      one.serial % 3 === 0
        ? `${eveStart(one, one.start, 'dns')}"src_ip":"${one.client}","src_port":${one.port},"dest_ip":"${RESOLVER}","dest_port":53,"proto":"UDP","pkt_src":"wire/pcap","dns":{"version":2,"type":"answer","id":${one.serial & 65_535},"flags":"8180","qr":true,"rd":true,"ra":true,"rrname":"${one.name}","rrtype":"A","rcode":"NOERROR","answers":[{"rrname":"${one.name}","rrtype":"A","ttl":60,"rdata":"${one.server}"}],"grouped":{"A":["${one.server}"]}}}`
        : null,
  },
  tls: {
    isAtEnd: false,
    line: (one) =>
      one.isTls
        ? `${eveStart(one, one.start, 'tls')}${eveEnds(one)}"pkt_src":"wire/pcap","tls":{"sni":"${one.name}","version":"TLS 1.3","ja3":{"hash":"${FORMS[one.form]?.[0]}","string":"771,4865-4866-4867-49195-49199-49196-49200-52393-52392-49171-49172-156-157-47-53,0-23-65281-10-11-35-16-5-13-18-51-45-43-27,29-23-24,0"},"ja3s":{"hash":"f4febc55ea12b31ae17cfb7e614afda8","string":"771,4865,51-43"},"ja4":"${FORMS[one.form]?.[1]}"}}`
        : null,
  },
  flow: {
    isAtEnd: true,
    line: (one) =>
      `${eveStart(one, end(one), 'flow')}${eveEnds(one)}"app_proto":"${one.isTls ? 'tls' : 'http'}","flow":{"pkts_toserver":${one.packets[0]},"pkts_toclient":${one.packets[1]},"bytes_toserver":${one.up + (IP + ETHERNET) * one.packets[0]},"bytes_toclient":${one.down + (IP + ETHERNET) * one.packets[1]},"start":"${stamp(one.start, 'T')}${fraction(one.start)}+0000","end":"${stamp(end(one), 'T')}${fraction(end(one))}+0000","age":${Math.floor(one.seconds)},"state":"closed","reason":"timeout","alerted":false},"tcp":{"tcp_flags":"1b","tcp_flags_ts":"1b","tcp_flags_tc":"1b","syn":true,"fin":true,"psh":true,"ack":true,"state":"closed","ts_max_regions":1,"tc_max_regions":1}}`,
  },
};

const fortigate = (one: Connection, at: number, rest: string): string =>
  `<189>date=${dateOf(at)} time=${clockOf(at)} devname="FGT-1" devid="FG100F3G20000000" eventtime=${Math.floor(at)}000000000 tz="+0000" ${rest} vd="root" srcip=${one.client} srcport=${one.port} srcintf="lan" srcintfrole="lan" dstip=${one.server} dstport=${serverPort(one)} dstintf="wan1" dstintfrole="wan" sessionid=${one.serial + 1} proto=6`;
const paloAlto = (one: Connection, at: number, type: string, rest: string): string =>
  `<14>Nov 16 ${clockOf(at)} PA-1 1,${slashed(at)},012801096514,${type},2561,${slashed(at)},${one.client},${one.server},192.0.2.1,${one.server},out,corp\\u${one.client.slice(6)},,${one.isTls ? 'ssl' : 'web-browsing'},vsys1,lan,wan,e1/1,e1/2,fwd,${slashed(at)},${one.serial + 1},1,${one.port},${serverPort(one)},${one.port},${serverPort(one)},0x400053,tcp,${rest}`;

const oneFile = (name: string, line: LogFile['line'], isAtEnd = false, head = ''): MadeLog => ({
  name,
  files: { [`${name}.log`]: { line, isAtEnd, head } },
});

export const MADE_LOGS: readonly MadeLog[] = [
  { name: 'zeek', files: { 'conn.log': CONN, 'ssl.log': SSL } },
  { name: 'zeek-conn', files: { 'conn.log': CONN } },
  { name: 'eve', files: { 'eve.json': mixed(EVE) } },
  oneFile(
    'squid',
    (one) =>
      `${end(one).toFixed(3)} ${String(Math.floor(one.seconds * 1000)).padStart(6)} ${one.client} TCP_TUNNEL/200 ${one.down} CONNECT ${one.name}:443 - HIER_DIRECT/${one.server} -`,
    true,
  ),
  oneFile(
    'bind',
    (one) =>
      `16-Nov-2026 ${clockOf(one.start)}.${String(Math.floor((one.start % 1) * 1000)).padStart(3, '0')} queries: info: client @0x7f3c2c0${one.port} ${one.client}#${one.port} (${one.name}): query: ${one.name} IN A +E(0)K (${RESOLVER})`,
  ),
  oneFile('dnsmasq', (one) => {
    const head = `Nov 16 ${clockOf(one.start)} dnsmasq[812]: ${one.serial} ${one.client}/${one.port}`;
    return [
      `query[A] ${one.name} from ${one.client}`,
      `forwarded ${one.name} to 192.0.2.53`,
      `reply ${one.name} is ${one.server}`,
    ]
      .map((text) => `${head} ${text}`)
      .join('\n');
  }),
  oneFile(
    'zscaler',
    (one) =>
      `{"sourcetype":"zscalernss-web","event":{"time":"${spelt(end(one))}","login":"u${one.client.slice(6)}@corp.example","proto":"HTTPS","eurl":"${one.name}:443","action":"Allowed","appname":"General Browsing","appclass":"General Browsing","reqsize":"${one.up}","respsize":"${one.down}","stime":"12","ctime":"${Math.floor(one.seconds * 1000)}","urlclass":"Business Use","urlsupercat":"Internet Communication","urlcat":"Internet Services","malwarecat":"None","threatname":"None","riskscore":"0","dlpeng":"None","dlpdict":"None","location":"HQ","dept":"Sales","cip":"${one.client}","sip":"${one.server}","reqmethod":"CONNECT","respcode":"200","ua":"${AGENT}","ereferer":"None","ruletype":"None","rulelabel":"None","contenttype":"Other","unscannabletype":"None","deviceowner":"NA","devicehostname":"NA"}}`,
    true,
  ),
  oneFile(
    'netskope',
    (one) =>
      `${dateOf(end(one))} ${clockOf(end(one))} ${Math.floor(one.seconds * 1000)} ${one.up + one.down} ${one.down} ${one.up} ${one.client} u${one.client.slice(6)}@corp.example CONNECT ${one.isTls ? 'https' : 'http'} ${one.name} / ${serverPort(one)} "${AGENT}" 200 ${one.server} ${one.serial + 1} "Cloud Storage, General" allow`,
    true,
    '#Fields: date time time-taken bytes sc-bytes cs-bytes c-ip cs-username cs-method cs-uri-scheme cs-host cs-uri-path cs-uri-port cs-user-agent sc-status s-ip x-cs-session-id x-category x-policy-action\n',
  ),
  {
    name: 'paloalto',
    files: {
      'paloalto.log': mixed({
        url: {
          isAtEnd: false,
          line: (one) =>
            one.isTls
              ? paloAlto(
                  one,
                  one.start,
                  'THREAT,url',
                  `alert,"${one.name}/",(9999),computer-and-internet-info,informational,client-to-server,${one.serial},0x8000000000000000,10.0.0.0-10.255.255.255,United States,,,0,,,,,,,,0,11,0,0,0,,PA-1,,,,,0,,0,,N/A`,
                )
              : null,
        },
        traffic: {
          isAtEnd: true,
          line(one) {
            const [up, down] = [one.up, one.down].map(
              (bytes, i) => bytes + (IP + ETHERNET) * (one.packets[i] ?? 0),
            );
            return paloAlto(
              one,
              end(one),
              'TRAFFIC,end',
              `allow,${(up ?? 0) + (down ?? 0)},${up},${down},${one.packets[0] + one.packets[1]},${slashed(one.start)},${Math.floor(one.seconds)},any,0,${one.serial},0x8000000000000000,10.0.0.0-10.255.255.255,United States,0,${one.packets[0]},${one.packets[1]},tcp-fin,0,0,0,0,,PA-1,from-policy`,
            );
          },
        },
      }),
    },
  },
  {
    name: 'fortigate',
    files: {
      'fortigate.log': mixed({
        webfilter: {
          isAtEnd: false,
          line: (one) =>
            one.isTls
              ? fortigate(
                  one,
                  one.start,
                  'logid="0317013312" type="utm" subtype="webfilter" eventtype="ftgd_allow" level="notice"',
                ) +
                ` service="HTTPS" hostname="${one.name}" profile="default" action="passthrough" reqtype="direct" url="https://${one.name}/" sentbyte=517 rcvdbyte=0 direction="outgoing" msg="URL belongs to an allowed category in policy" ratemethod="domain" cat=52 catdesc="Information Technology"`
              : null,
        },
        traffic: {
          isAtEnd: true,
          line: (one) =>
            fortigate(one, end(one), 'logid="0000000013" type="traffic" subtype="forward" level="notice"') +
            ` action="close" policyid=1 policytype="policy" service="HTTPS" trandisp="snat" transip=192.0.2.1 transport=${one.port} duration=${Math.floor(one.seconds)} sentbyte=${one.up + IP * one.packets[0]} rcvdbyte=${one.down + IP * one.packets[1]} sentpkt=${one.packets[0]} rcvdpkt=${one.packets[1]} appcat="unscanned"`,
        },
      }),
    },
  },
  oneFile(
    'umbrella',
    (one) =>
      `"${stamp(one.start)}","HQ","HQ,u${one.client.slice(6)}","${one.client}","192.0.2.1","Allowed","1 (A)","NOERROR","${one.name}.","Software/Technology,Infrastructure","Networks","Networks",""`,
  ),
  oneFile(
    'umbrella-proxy',
    (one) =>
      `"${stamp(one.start)}","HQ","${one.client}","192.0.2.1","${one.server}","text/html","ALLOWED","https://${one.name}/","","${AGENT}","200","${one.up}","${one.down}","","","Software/Technology"`,
  ),
];

/** Several kinds of lines in one file. */
function mixed(kinds: Readonly<Record<string, LogFile>>): LogFile & { readonly parts: readonly LogFile[] } {
  return { parts: Object.values(kinds), isAtEnd: false, line: () => null };
}

const partsOf = (file: LogFile): readonly LogFile[] =>
  'parts' in file ? (file.parts as readonly LogFile[]) : [file];

/** Writes a log with `count` lines in all its files, where it is not there. Returns its folder. */
export function madeLog({ name, files }: MadeLog, count: number): string {
  const folder = `bench/data/logs-${count}/${name}`;
  if (existsSync(folder)) return folder;
  const making = `${folder}.part`;
  mkdirSync(making, { recursive: true });
  const random = new Random(1);
  const writers = Object.entries(files).map(([file, made]) => new Writer(`${making}/${file}`, made));
  /** Lines of one day: connections that have three in each kind. */
  let left = count;
  const step = (DAY - 3600) / count;
  for (let serial = 0, start = MIDNIGHT; left > 0; serial++) {
    start +=
      step *
      2 *
      (random.below(1 << 20) / (1 << 20)) *
      writers.reduce((sum, writer) => sum + writer.weight, 0);
    const one = connection(random, serial, start);
    for (const writer of writers) left -= writer.add(one, left);
  }
  for (const writer of writers) writer.end();
  renameSync(making, folder);
  return folder;
}

/** Lines in the order in which a program writes them. */
class Writer {
  readonly #file: number;
  readonly #parts: readonly LogFile[];
  /** Lines of connections that are not over, by their second. */
  readonly #later = new Map<number, string[]>();
  #second = MIDNIGHT;
  #held: string[] = [];
  /** Lines of a connection. */
  readonly weight: number;

  constructor(path: string, made: LogFile) {
    this.#file = openSync(path, 'w');
    this.#parts = partsOf(made);
    this.weight = this.#parts.length;
    if (made.head !== undefined) this.#held.push(made.head);
  }

  /** Returns how many lines it gave, at most `most`. */
  add(one: Connection, most: number): number {
    let count = 0;
    this.#flush(Math.floor(one.start));
    for (const { line, isAtEnd } of this.#parts) {
      const text = count < most ? line(one) : null;
      if (text === null) continue;
      const lines = text.split('\n').slice(0, most - count);
      count += lines.length;
      this.#put(Math.floor(isAtEnd ? end(one) : one.start), `${lines.join('\n')}\n`);
    }
    return count;
  }

  #put(second: number, line: string): void {
    const known = this.#later.get(second);
    if (known === undefined) this.#later.set(second, [line]);
    else known.push(line);
  }

  #flush(until: number): void {
    for (; this.#second < until; this.#second++) {
      this.#held.push(...(this.#later.get(this.#second) ?? []));
      this.#later.delete(this.#second);
    }
    if (this.#held.length > 10_000) this.#write();
  }

  #write(): void {
    writeSync(this.#file, this.#held.join(''));
    this.#held = [];
  }

  end(): void {
    this.#flush(Math.max(...this.#later.keys(), this.#second) + 1);
    this.#write();
    closeSync(this.#file);
  }
}
