// Writes logs as Zeek does, while another program reads them: rows of names early, rows of connections at their end, each
// log by a thread of its own; rotated, compressed, or copied and emptied.
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

export type Rotation = 'rename' | 'compress' | 'copytruncate';

const COLUMNS = {
  dns: 'ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto query qtype rcode rtt answers TTLs'.split(' '),
  ssl: 'ts uid id.orig_h id.orig_p id.resp_h id.resp_p version server_name established ja3'.split(' '),
  conn: 'ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto service duration orig_bytes resp_bytes conn_state missed_bytes history orig_pkts orig_ip_bytes resp_pkts resp_ip_bytes'.split(
    ' ',
  ),
} as const;
type Kind = keyof typeof COLUMNS;
type Values = Readonly<Record<string, string | number>>;

const KINDS = ['dns', 'ssl', 'conn'] as const;
const SERVERS: readonly (readonly [name: string, address: string])[] = [
  ['api.anthropic.com', '160.79.104.10'],
  ['api.openai.com', '162.159.140.245'],
  ['chatgpt.com', '104.18.32.47'],
  ['www.example.org', '93.184.216.34'],
  ['news.example.net', '93.184.216.35'],
];
const JA3 = ['e7d705a3286e19ea42f587b344ee6865', '473cd7cb9faa642487833865d516e578'];
const START = Date.UTC(2026, 10, 16, 8, 0, 0) / 1000;

interface Row {
  /** When it is written, in seconds of the log. */
  readonly at: number;
  readonly kind: Kind;
  readonly values: Values;
}

/** The same numbers for the same seed. */
function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Connections of an office during so many seconds, as rows in the order in which they are written. */
function rowsOf(seed: number, seconds: number, count: number): Row[] {
  const next = numbers(seed);
  const rows: Row[] = [];
  for (let i = 0; i < count; i++) {
    const at = START + next() * seconds * 0.9;
    const duration = next() < 0.1 ? next() * 4000 : next() * 60;
    const [name = '', address = ''] = SERVERS[Math.floor(next() * SERVERS.length)] ?? [];
    const uid = `C${seed}x${i}`;
    const ends = {
      uid,
      'id.orig_h': `10.20.1.${1 + Math.floor(next() * 20)}`,
      'id.orig_p': 1024 + i,
      'id.resp_h': address,
      'id.resp_p': 443,
    };
    const isDns = next() < 0.5;
    const isNamed = next() < 0.9;
    const bytes = { up: Math.floor(next() * 50_000), down: Math.floor(next() * 90_000) };
    if (isDns) {
      const asked = {
        ts: (at - 0.2).toFixed(6),
        ...ends,
        uid: `D${uid}`,
        'id.resp_h': '10.20.0.53',
        'id.resp_p': 53,
        proto: 'udp',
      };
      const answer = {
        query: name,
        qtype: 1,
        rcode: 0,
        rtt: '0.010000',
        answers: address,
        TTLs: '300.000000',
      };
      rows.push({ at: at - 0.1, kind: 'dns', values: { ...asked, ...answer } });
    }
    if (isNamed) {
      const hello = { version: 'TLSv13', server_name: name, established: 'T', ja3: JA3[i % 2] ?? '' };
      rows.push({ at: at + 0.1, kind: 'ssl', values: { ts: (at + 0.05).toFixed(6), ...ends, ...hello } });
    }
    rows.push({
      at: at + duration + 0.2,
      kind: 'conn',
      values: {
        ts: at.toFixed(6),
        ...ends,
        proto: 'tcp',
        service: isNamed ? 'ssl' : '-',
        duration: duration.toFixed(6),
        orig_bytes: bytes.up,
        resp_bytes: bytes.down,
        conn_state: 'SF',
        missed_bytes: 0,
        history: 'ShADadFf',
        orig_pkts: 20,
        orig_ip_bytes: bytes.up + 1040,
        resp_pkts: 30,
        resp_ip_bytes: bytes.down + 1560,
      },
    });
  }
  return rows.sort((a, b) => a.at - b.at);
}

export interface ZeekWriterOptions {
  readonly folder: string;
  readonly seed: number;
  /** Of the log; they pass as fast as rows are written. */
  readonly seconds: number;
  readonly connections: number;
  readonly isJson: boolean;
  readonly rotation: Rotation;
}

/** Writes the rows of a day, in as many steps as it is asked for. */
export class ZeekWriter {
  readonly #options: ZeekWriterOptions;
  /** Of all logs. */
  readonly rows: number;
  readonly #rows: Row[];
  readonly #waiting: Record<Kind, string[]> = { dns: [], ssl: [], conn: [] };
  readonly #next: () => number;
  readonly #packing: { readonly file: string; readonly bytes: Buffer }[] = [];
  #sinceSeconds = START;
  #nowSeconds = START;
  #rotations = 0;

  constructor(options: ZeekWriterOptions) {
    this.#options = options;
    this.#rows = rowsOf(options.seed, options.seconds, options.connections);
    this.rows = this.#rows.length;
    this.#next = numbers(options.seed + 1);
    mkdirSync(join(options.folder, 'current'), { recursive: true });
    mkdirSync(join(options.folder, '2026-11-16'), { recursive: true });
  }

  /** The next part of all rows; `isLast`: the rest of them, and every buffer. */
  write(share: number, isLast = false): void {
    this.#nowSeconds += share * this.#options.seconds;
    while (this.#rows.length > 0 && (isLast || (this.#rows[0]?.at ?? 0) <= this.#nowSeconds)) {
      const row = this.#rows.shift();
      if (row !== undefined) this.#waiting[row.kind].push(this.#lineOf(row));
    }
    // A log is flushed now and then, and its last line may be cut.
    for (const kind of KINDS) if (isLast || this.#next() < 0.5) this.#flush(kind, isLast);
    this.#pack(isLast);
  }

  #flush(kind: Kind, isLast: boolean): void {
    const text = this.#waiting[kind].join('');
    if (text === '') return;
    const cut = isLast || this.#next() < 0.5 ? text.length : text.length - Math.floor(this.#next() * 40);
    this.#waiting[kind] = cut === text.length ? [] : [text.slice(Math.max(0, cut))];
    const file = this.#fileOf(kind);
    if (!this.#options.isJson && sizeOf(file) === 0) appendFileSync(file, this.#header(kind));
    appendFileSync(file, text.slice(0, Math.max(0, cut)));
  }

  #header(kind: Kind): string {
    return [
      '#separator \\x09',
      '#set_separator\t,',
      '#empty_field\t(empty)',
      '#unset_field\t-',
      `#path\t${kind}`,
      `#open\t2026-11-16-${this.#rotations}`,
      `#fields\t${COLUMNS[kind].join('\t')}`,
      '',
    ].join('\n');
  }

  #lineOf({ kind, values }: Row): string {
    if (!this.#options.isJson) return `${COLUMNS[kind].map((name) => values[name]).join('\t')}\n`;
    const known = Object.entries(values).filter(([, value]) => value !== '-');
    const typed = known.map(([name, value]) => [name, TYPES[name]?.(value) ?? value]);
    return `${JSON.stringify({ _path: kind, ...Object.fromEntries(typed) })}\n`;
  }

  #fileOf(kind: Kind): string {
    return join(this.#options.folder, 'current', `${kind}.log`);
  }

  /** As an hour ends: each log goes to the archive, under the times of its rows. */
  rotate(): void {
    this.#rotations++;
    const name = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(11, 19);
    for (const kind of KINDS) {
      const file = this.#fileOf(kind);
      // A row is never split over two files.
      this.#flush(kind, true);
      if (sizeOf(file) === 0) continue;
      const span = `${name(this.#sinceSeconds)}-${name(this.#nowSeconds)}`;
      const archived = join(this.#options.folder, '2026-11-16', `${kind}.${span}.log`);
      if (this.#options.rotation === 'copytruncate') {
        copyFileSync(file, archived);
        truncateSync(file);
        continue;
      }
      renameSync(file, archived);
      if (this.#options.rotation === 'compress')
        this.#packing.push({ file: archived, bytes: gzipSync(readFileSync(archived)) });
    }
    this.#sinceSeconds = this.#nowSeconds;
  }

  /** In two steps: a reader sees half of a compressed file as well. */
  #pack(isLast: boolean): void {
    for (let next = this.#packing[0]; next !== undefined; next = this.#packing[0]) {
      const { file, bytes } = next;
      const packed = `${file}.gz`;
      const half = Math.floor(bytes.length / 2);
      if (sizeOf(packed) === 0 && !isLast) {
        writeFileSync(packed, bytes.subarray(0, half));
        return;
      }
      this.#packing.shift();
      writeFileSync(packed, bytes);
      rmSync(file);
    }
  }
}

const TYPES: Readonly<Record<string, (value: string | number) => unknown>> = {
  ts: Number,
  duration: Number,
  rtt: Number,
  established: (value) => value === 'T',
  answers: (value) => [value],
  TTLs: (value) => [Number(value)],
};

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
