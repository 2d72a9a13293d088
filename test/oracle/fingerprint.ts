// JA3 and JA4 in the plainest form: from their published descriptions, without a thought for speed.

import { createHash } from 'node:crypto';
import {
  alpnProtocols,
  groups,
  type HelloTransport,
  hasExtension,
  type ParsedHello,
  pointFormats,
  signatureAlgorithms,
  supportedVersions,
} from './client-hello.ts';

/** RFC 8701: 0a0a, 1a1a, … fafa. */
export function isGrease(value: number): boolean {
  const text = value.toString(16).padStart(4, '0');
  return /^([0-9a-f]a)\1$/.test(text);
}

function plain(values: readonly number[]): number[] {
  return values.filter((value) => !isGrease(value));
}

export function ja3Text(hello: ParsedHello): string {
  const types = plain(hello.extensions.map((extension) => extension.type));
  const lists = [plain(hello.ciphers), types, plain(groups(hello)), pointFormats(hello)];
  return [hello.legacyVersion, ...lists.map((list) => list.join('-'))].join(',');
}

export function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}

/** The first twelve digits of SHA-256; zeros for nothing. */
export function hash12(text: string): string {
  return text === '' ? '000000000000' : createHash('sha256').update(text).digest('hex').slice(0, 12);
}

const versionNames = new Map([
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

function versionName(hello: ParsedHello): string {
  const offered = supportedVersions(hello);
  const version = offered.length > 0 ? Math.max(0, ...plain(offered)) : hello.legacyVersion;
  return versionNames.get(version) ?? '00';
}

/** First and last character of the first protocol, or of its hexadecimal form when one is not alphanumeric. */
export function alpnMark(protocols: readonly string[]): string {
  const first = protocols[0] ?? '';
  if (first === '') return '00';
  const marked = /^[0-9A-Za-z]$|^[0-9A-Za-z].*[0-9A-Za-z]$/s.test(first)
    ? first
    : Buffer.from(first, 'latin1').toString('hex');
  return marked.slice(0, 1) + marked.slice(-1);
}

function twoDigits(count: number): string {
  return String(Math.min(count, 99)).padStart(2, '0');
}

function hexList(values: readonly number[]): string {
  return values.map((value) => value.toString(16).padStart(4, '0')).join(',');
}

export function ja4(hello: ParsedHello, transport: HelloTransport): string {
  const types = plain(hello.extensions.map((extension) => extension.type));
  const ciphers = plain(hello.ciphers);
  const first =
    { tcp: 't', quic: 'q', dtls: 'd' }[transport] +
    versionName(hello) +
    (hasExtension(hello, 0) ? 'd' : 'i') +
    twoDigits(ciphers.length) +
    twoDigits(types.length) +
    alpnMark(alpnProtocols(hello));
  const sorted = hexList(types.filter((type) => type !== 0 && type !== 16))
    .split(',')
    .sort()
    .join(',');
  const algorithms = hexList(plain(signatureAlgorithms(hello)));
  const third = algorithms === '' ? sorted : `${sorted}_${algorithms}`;
  return `${first}_${hash12(hexList(ciphers).split(',').sort().join(','))}_${hash12(third)}`;
}

/** Padding, pre-shared key, early data, cookie: extensions that vary between the hellos of a program. */
const COMES_AND_GOES: ReadonlySet<number> = new Set([21, 41, 42, 44]);

/** docs/evidence.md, "Families". */
export function family(hello: ParsedHello, transport: HelloTransport): string {
  const extensions = hello.extensions.filter(({ type }) => !COMES_AND_GOES.has(type));
  const [first = '', second = '', third = ''] = ja4({ ...hello, extensions }, transport).split('_');
  return `${first.slice(0, 6)}${first.slice(8)}_${second}_${third}`;
}
