// Outcomes of QUIC connections whose hello was not answered.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { viewIpFrame } from '../../../captures/ip-frame.ts';
import { type Frame, readPcap, writePcap } from '../../../captures/pcap.ts';
import { buildDiagnosis, namesToDiagnose } from '../../../src/query/diagnosis.ts';
import { openSource } from '../../../src/query/source.ts';
import { temporaryFolder } from '../../temporary.ts';

const RECORDING = 'captures/recordings/base-chromium-quic-claude.ai.pcap.gz';
const HTTPS = 443;
/** Type of long headers (RFC 9000 §17.2). */
const INITIAL = 0xc0;

/** Packets of clients of QUIC, by connection. */
const ofClients = (frames: readonly Frame[]): Frame[] =>
  frames.filter(({ bytes }) => {
    const frame = viewIpFrame(bytes);
    return frame?.protocol === 'udp' && bytes.readUInt16BE(frame.transportAt + 2) === HTTPS;
  });
const isInitial = ({ bytes }: Frame): boolean =>
  ((bytes[viewIpFrame(bytes)?.payloadAt ?? 0] ?? 0) & 0xf0) === INITIAL;

const later = (frames: readonly Frame[], seconds: number): Frame[] =>
  frames.map((frame) => ({ ...frame, timeUs: frame.timeUs + seconds * 1e6 }));

async function outcomesOf(frames: readonly Frame[]): Promise<string[]> {
  const file = join(temporaryFolder('quic-silence'), 'made.pcap');
  writeFileSync(file, writePcap([...frames].sort((a, b) => a.timeUs - b.timeUs)));
  const source = await openSource([file], namesToDiagnose());
  const read = await source.read();
  const { diagnoses } = buildDiagnosis(read, {});
  const cells = read.windows.flatMap(({ outcomes = [] }) => outcomes);
  return [
    ...cells.filter(({ kind }) => kind === 'quicSilent').map(({ name, count }) => `${name} ${count}`),
    ...diagnoses.map(({ name, fault }) => `${name} ${fault}`),
  ];
}

it('is an attempt where the client repeated its hello, and no packet shows an answer', async () => {
  const all = readPcap(gunzipSync(readFileSync(RECORDING)));
  const clients = ofClients(all);
  const [first] = clients.filter(isInitial);
  if (first === undefined) throw new Error('no Initial');
  const portOf = ({ bytes }: Frame): number => bytes.readUInt16BE(viewIpFrame(bytes)?.transportAt ?? 0);
  const own = clients.filter((frame) => portOf(frame) === portOf(first));
  // Those before the answer.
  const hello = own.filter((frame) => isInitial(frame) && frame.timeUs < first.timeUs + 5000);
  expect(await outcomesOf([...hello, ...later(hello, 1), ...later(hello, 3)])).toEqual([
    'claude.ai 1',
    'claude.ai quic-blocked',
  ]);
  // The answer may be later.
  expect(await outcomesOf(hello)).toEqual([]);
  // Only the direction of the client was captured: it goes on.
  expect(await outcomesOf(own)).toEqual([]);
  expect(await outcomesOf(all)).toEqual([]);
});
