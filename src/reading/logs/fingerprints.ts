// Computes fingerprints of hellos from logged lists, or takes them as the exporter wrote them.

import { hash } from 'node:crypto';
import type { ClientFingerprint } from '../../model/usage.ts';
import type { Transport } from '../../model/window-words.ts';

/** A ClientHello as lists in wire order; null: not logged. */
export interface LoggedHello {
  readonly version: number;
  readonly ciphers: readonly number[];
  readonly extensions: readonly number[];
  readonly groups: readonly number[] | null;
  readonly pointFormats: readonly number[];
  readonly alpn: readonly string[];
  readonly supportedVersions: readonly number[];
  readonly signatureAlgorithms: readonly number[] | null;
}

/** Tests for GREASE, RFC 8701 §2. */
const isGrease = (value: number): boolean => (value & 0x0f0f) === 0x0a0a && value >> 8 === (value & 0xff);

/** True for a number of a TLS registry. */
export const isCode = (value: unknown): value is number =>
  Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 0xffff;

/** Maximum protocols. A hello may have more, but no program uses that. */
const MAX_PROTOCOLS = 32;

/** Returns the protocols of a hello, without other text of the same list. */
export function listAlpn(written: readonly string[]): readonly string[] {
  return written.filter((text) => /^[\x21-\x7e]{1,32}$/.test(text)).slice(0, MAX_PROTOCOLS);
}

const SERVER_NAME = 0;
const ALPN = 16;
const NO_HASH = '000000000000';
const JA3 = /^[0-9a-f]{32}$/;
/** Counts have two digits. ipfixprobe writes those below ten with one. */
const JA4 =
  /^([tqd])(\d\d|s[123]|d[123])([di])(\d{1,2})(\d{1,2})([\x21-\x7e]{2})_([0-9a-f]{12})_([0-9a-f]{12})$/;

/** Computes ja3 (Salesforce) and JA4 (FoxIO). An unknown part leaves its fingerprint empty. */
export function computeFingerprint(hello: LoggedHello, transport: Transport): ClientFingerprint {
  const { alpn, ciphers, extensions, groups, pointFormats, signatureAlgorithms } = hello;
  const plain = (values: readonly number[]): number[] => values.filter((value) => !isGrease(value));
  const isEch = extensions.includes(0xfe0d);
  const ja3 =
    groups === null
      ? ''
      : hash(
          'md5',
          [[hello.version], ciphers, extensions, groups, pointFormats]
            .map((values) => plain(values).join('-'))
            .join(','),
        );
  const ja4 = signatureAlgorithms === null ? '' : formatJa4(hello, signatureAlgorithms, transport);
  return { transport, ja4, ja3, alpn, ech: isEch ? 'present' : 'none' };
}

function formatJa4(hello: LoggedHello, algorithms: readonly number[], transport: Transport): string {
  const ciphers = hello.ciphers.filter((value) => !isGrease(value));
  const extensions = hello.extensions.filter((value) => !isGrease(value));
  const hashed = extensions.filter((value) => value !== SERVER_NAME && value !== ALPN);
  const signed = algorithms.filter((value) => !isGrease(value));
  const start = [
    transport === 'quic' ? 'q' : transport === 'dtls' ? 'd' : 't',
    loggedHelloVersion(hello),
    extensions.includes(SERVER_NAME) ? 'd' : 'i',
    twoDigits(ciphers.length),
    twoDigits(extensions.length),
    alpnCode(hello.alpn[0]),
  ].join('');
  const list = sortedHex(hashed);
  const tail = signed.length === 0 ? list : `${list}_${signed.map(hex).join(',')}`;
  return `${start}_${shortHash(sortedHex(ciphers))}_${hashed.length === 0 ? NO_HASH : shortHash(tail)}`;
}

const hex = (value: number): string => value.toString(16).padStart(4, '0');
const sortedHex = (values: readonly number[]): string => values.map(hex).sort().join(',');
const twoDigits = (count: number): string => String(Math.min(count, 99)).padStart(2, '0');
const shortHash = (text: string): string => (text === '' ? NO_HASH : hash('sha256', text).slice(0, 12));
const VERSIONS: ReadonlyMap<number, string> = new Map([
  [0x0304, '13'],
  [0x0303, '12'],
  [0x0302, '11'],
  [0x0301, '10'],
  [0x0300, 's3'],
  [0x0002, 's2'],
  [0xfeff, 'd1'],
  [0xfefd, 'd2'],
  [0xfefc, 'd3'],
]);

function loggedHelloVersion({ version, supportedVersions }: LoggedHello): string {
  const offered = supportedVersions.filter((value) => !isGrease(value));
  return VERSIONS.get(offered.length === 0 ? version : Math.max(...offered)) ?? '00';
}

/** Returns the first and last character of the first protocol; their hexadecimal digits if one is not alphanumeric. */
function alpnCode(first: string | undefined): string {
  if (first === undefined || first === '') return '00';
  const [a, z] = [first[0] ?? '', first.at(-1) ?? ''];
  if (/[0-9A-Za-z]/.test(a) && /[0-9A-Za-z]/.test(z)) return a + z;
  const digits = Buffer.from(first, 'latin1').toString('hex');
  return `${digits[0]}${digits.at(-1)}`;
}

const JA4_R =
  /^([\x21-\x7e]{10})_([0-9a-f]{4}(?:,[0-9a-f]{4})*)_([0-9a-f]{4}(?:,[0-9a-f]{4})*)?(?:_([0-9a-f,]*))?$/;

/** Computes JA4 from its sorted lists, without the GREASE that some exporters leave in. Null for other text. */
function computeJa4(text: string): string | null {
  const parts = JA4_R.exec(text);
  if (parts === null) return null;
  const [, start = '', ciphers = '', extensions = '', algorithms = ''] = parts;
  const plain = (list: string): string =>
    list
      .split(',')
      .filter((value) => value !== '' && !isGrease(Number.parseInt(value, 16)))
      .join(',');
  const [hashed, signed] = [plain(extensions), plain(algorithms)];
  const tail = signed === '' ? hashed : `${hashed}_${signed}`;
  return `${start}_${shortHash(plain(ciphers))}_${hashed === '' ? NO_HASH : shortHash(tail)}`;
}

/**
 * Takes fingerprints as the exporter wrote them. Their JA4 has dialects (docs/logs.md): the count of extensions and the
 * last part may differ from the rule, the middle part never does. Null if the log has neither.
 */
export function loggedFingerprint(
  written: {
    readonly ja3: string | null;
    readonly ja4: string | null;
    /** The lists of a JA4, from which it is recomputed. */
    readonly ja4r?: string | null;
    readonly alpn?: readonly string[];
  },
  transport: Transport,
): ClientFingerprint | null {
  const ja3 = written.ja3 !== null && JA3.test(written.ja3.toLowerCase()) ? written.ja3.toLowerCase() : '';
  const text = computeJa4(written.ja4r ?? '') ?? written.ja4;
  const parts = text === null ? null : JA4.exec(text);
  const ja4 =
    parts === null
      ? ''
      : `${parts[1]}${parts[2]}${parts[3]}${parts[4]?.padStart(2, '0')}${parts[5]?.padStart(2, '0')}${parts[6]}_${parts[7]}_${parts[8]}`;
  if (ja3 === '' && ja4 === '') return null;
  return { transport, ja4, ja3, alpn: written.alpn ?? [], ech: 'none' };
}

/** Reads `client_handshake` of Suricata 8: ciphers, extensions and signature algorithms; null for other content. */
export function parseHello(written: unknown, alpn: readonly string[]): LoggedHello | null {
  if (typeof written !== 'object' || written === null) return null;
  const lists = written as Readonly<Record<string, unknown>>;
  const numbers = (name: string): number[] | null => {
    const list = lists[name];
    return Array.isArray(list) && list.every(isCode) ? list : null;
  };
  const [ciphers, extensions] = [numbers('ciphers'), numbers('exts')];
  if (ciphers === null || extensions === null) return null;
  const version = isCode(lists.version) ? lists.version : versionWritten(lists.version);
  return {
    version,
    ciphers,
    extensions,
    groups: null,
    pointFormats: [],
    alpn,
    supportedVersions: [],
    signatureAlgorithms: numbers('sig_algs'),
  };
}

const VERSION_WORDS: ReadonlyMap<unknown, number> = new Map([
  ['TLS 1.3', 0x0304],
  ['TLS 1.2', 0x0303],
  ['TLS 1.1', 0x0302],
  ['TLSv1', 0x0301],
  ['TLS 1.0', 0x0301],
]);

const versionWritten = (written: unknown): number => VERSION_WORDS.get(written) ?? 0;
