// Makes the captures of the benchmark: node build/scripts/bench/generate.js [NAME…] writes those that are missing.
import { existsSync, mkdirSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { compareOfficeDay, writeOfficeDay } from './office-day.ts';
import {
  DEFAULT_LIFE,
  OFFICE_PACKETS_AN_HOUR,
  writeHandshakes,
  writeLife,
  writeMix,
  writeOffice,
  writeQuic,
  writeSmall,
} from './traffic.ts';

export interface MadeCapture {
  readonly name: string;
  readonly about: string;
  /** The unit of a figure: packets, or connections. */
  readonly per: 'packet' | 'connection';
  readonly count: number;
  readonly isByDefault: boolean;
  /** A capture that is a prefix of this one: the cost of the rest is reported as well. */
  readonly beginsWith?: string;
  /** Flows side by side, where a table of the default size would not hold them. */
  readonly flowTable?: number;
  readonly write: (path: string) => void;
  /** Compares a JSON report with what the capture contains, and returns the differences. */
  readonly compare?: (path: string, report: string) => string[];
}

/** Increment it whenever a generated capture changes: older files are then ignored. */
const REVISION = 6;
const MILLION = 1_000_000;

/** The office of real life, with these shares instead of the usual ones; the name tells them. */
export function lifeCapture(shares: Readonly<Record<string, number>>): MadeCapture {
  const unknown = Object.keys(shares).find((name) => !(name in DEFAULT_LIFE));
  if (unknown !== undefined)
    throw new Error(`${unknown}: not one of ${Object.keys(DEFAULT_LIFE).join(', ')}`);
  const life = { ...DEFAULT_LIFE, ...shares };
  const name = ['life', ...Object.entries(shares).map(([share, value]) => `${share}${value}`)].join('-');
  return {
    name,
    about: `an office: ${Object.entries(life)
      .map(([share, value]) => `${share} ${value}`)
      .join(', ')}`,
    per: 'packet',
    count: life.hours * life.packetsAnHour,
    isByDefault: true,
    write: (path) => writeLife(path, life),
  };
}

export const MADE_CAPTURES: readonly MadeCapture[] = [
  {
    name: 'mix',
    about:
      '2 M packets of about 700 bytes, 40 000 flows side by side, 20 000 hellos, half of them post-quantum and split',
    per: 'packet',
    count: 2 * MILLION,
    isByDefault: true,
    write: (path) => writeMix(path, 2 * MILLION, 40_000),
  },
  {
    name: 'small',
    about: '10 M packets of 64 bytes over 100 000 flows',
    per: 'packet',
    count: 10 * MILLION,
    isByDefault: true,
    write: (path) => writeSmall(path, 10 * MILLION, 100_000),
  },
  {
    name: 'handshakes',
    about: '300 000 handshakes of six or seven packets, half of them post-quantum',
    per: 'connection',
    count: 300_000,
    isByDefault: true,
    write: (path) => writeHandshakes(path, 300_000),
  },
  {
    name: 'stopped',
    about: '300 000 handshakes that end after the ServerHello',
    per: 'connection',
    count: 300_000,
    isByDefault: true,
    write: (path) => writeHandshakes(path, 300_000, { isStopped: true }),
  },
  {
    name: 'office-hour',
    about:
      'an hour of an office: 375 000 packets, 9 000 flows that come and go, 1 % of the hellos with an AI name',
    per: 'packet',
    count: OFFICE_PACKETS_AN_HOUR,
    isByDefault: true,
    write: (path) => writeOffice(path, 1),
  },
  {
    name: 'office',
    about: 'four hours of the same, which begin with that hour',
    per: 'packet',
    count: 4 * OFFICE_PACKETS_AN_HOUR,
    isByDefault: true,
    beginsWith: 'office-hour',
    write: (path) => writeOffice(path, 4),
  },
  lifeCapture({}),
  {
    name: 'office-day',
    about: 'four hours of 500 hosts without an AI name, and recorded sessions of AI tools on 150 of them',
    per: 'packet',
    count: 4 * OFFICE_PACKETS_AN_HOUR,
    isByDefault: true,
    write: (path) => writeOfficeDay(path, 4),
    compare: compareOfficeDay,
  },
  {
    name: 'quic',
    about: '100 000 QUIC connections, half of them with a hello over two datagrams',
    per: 'connection',
    count: 100_000,
    isByDefault: true,
    write: (path) => writeQuic(path, 100_000),
  },
  {
    name: 'small-many',
    about: '10 M packets of 64 bytes over 1.8 M flows',
    per: 'packet',
    count: 10 * MILLION,
    isByDefault: false,
    flowTable: 2 * MILLION,
    write: (path) => writeSmall(path, 10 * MILLION, 1_800_000),
  },
  {
    name: 'mix-large',
    about: '6.5 M packets of the mix, more than 4 GB',
    per: 'packet',
    count: 6.5 * MILLION,
    isByDefault: false,
    write: (path) => writeMix(path, 6.5 * MILLION, 40_000),
  },
];

/** Path of a made capture, written first when it is missing. */
export function madeCapture(capture: MadeCapture): string {
  mkdirSync('bench/data', { recursive: true });
  const path = `bench/data/${capture.name}-${REVISION}.pcap`;
  if (!existsSync(path)) {
    console.error(`making ${path}: ${capture.about}`);
    capture.write(path);
  }
  return path;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const names = process.argv.slice(2);
  for (const capture of MADE_CAPTURES) {
    if (names.length === 0 ? capture.isByDefault : names.includes(capture.name)) madeCapture(capture);
  }
}
