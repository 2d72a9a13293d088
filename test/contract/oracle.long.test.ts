// The native core and the oracle agree on every ClientHello of every available classic capture. The oracle
// decodes no tunnels, so other tests cover the hellos inside them.

import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { HelloRecord } from '../../src/model/flow.ts';
import { whyUnreadable } from '../oracle/packets.ts';
import { type OracleHello, readHellos } from '../oracle/read.ts';
import { bytesOf, readNative } from './read-native.ts';

/** Every ClientHello that the native core finds outside of tunnels. */
function nativeHellos(file: string): HelloRecord[] {
  const hellos: HelloRecord[] = [];
  readNative(file, { emitHellos: true }, { onHello: (hello) => hellos.push(hello) });
  return hellos.filter((hello) => hello.tunnel.length === 0);
}

/** Results available from both. */
function ofNative(hello: HelloRecord): OracleHello {
  return {
    tsUs: hello.tsUs,
    source: hello.source,
    sourcePort: hello.sourcePort,
    destination: hello.destination,
    destinationPort: hello.destinationPort,
    transport: hello.fingerprint.transport,
    sni: hello.sni,
    alpn: hello.fingerprint.alpn,
    legacyVersion: hello.legacyVersion,
    supportedVersions: hello.supportedVersions,
    ja3: hello.ja3Text,
    ja3Hash: hello.fingerprint.ja3,
    ja4: hello.fingerprint.ja4,
    family: hello.family,
    ech: hello.fingerprint.ech === 'none' ? 'none' : 'present',
    helloBytes: hello.helloBytes,
    segments: hello.segments,
    isRetry: hello.isRetry,
  };
}

function sorted(hellos: readonly OracleHello[]): OracleHello[] {
  const key = (hello: OracleHello): string =>
    JSON.stringify([hello.tsUs, hello.source, hello.sourcePort, hello]);
  return [...hellos].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

const folders = [
  'captures',
  'captures/recordings',
  '../shared/recordings/captures',
  '../shared/recordings-paced/captures',
  '../shared/corpus/captures',
].map((name) => fileURLToPath(new URL(`../../${name}/`, import.meta.url)));

describe.each(folders)('captures in %s', (folder) => {
  if (!existsSync(folder)) {
    it.skip(`${folder} is not there`, () => {});
    return;
  }
  const files = readdirSync(folder).filter((file) => /\.pcap(\.gz)?$/.test(file));
  const reasons = new Map(files.map((file) => [file, whyUnreadable(bytesOf(folder + file))]));
  it.skip.each(files.filter((file) => reasons.get(file) !== null).map((file) => [file, reasons.get(file)]))(
    '%s: %s',
    () => {},
  );
  it.each(files.filter((file) => reasons.get(file) === null))('%s', async (file) => {
    const expected = await readHellos(folder + file);
    expect(sorted(nativeHellos(folder + file).map(ofNative))).toEqual(sorted(expected));
  });
});
