// Forged packets among real connections that work accuse no network and no provider.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { endsOf, hellosIn, payloadOf, sequenceOf } from '../../../captures/composed/forged/flows.ts';
import {
  type End,
  FLAGS,
  frameOf,
  mangled,
  tcpPacket,
  withTtl,
} from '../../../captures/composed/forged/packets.ts';
import { RecordingLibrary } from '../../../captures/composed/library.ts';
import { type IpFrame, viewIpFrame } from '../../../captures/ip-frame.ts';
import { type Frame, writePcap } from '../../../captures/pcap.ts';
import type { Diagnosis } from '../../../src/model/diagnosis.ts';
import { buildDiagnosis } from '../../../src/query/diagnosis.ts';
import { openSource } from '../../../src/query/source.ts';
import { temporaryFolder } from '../../temporary.ts';

const RECORDINGS = [
  'claude-code-2.1.328-prompt',
  'claude-code-2.1.328-rt-session',
  'base-curl-api.anthropic.com',
];
const FAR = 1 << 28;
const OTHER_TTL = 200;
const ROUTER = Buffer.from([192, 0, 2, 254]);
const PROHIBITED = 0x030d;

const folder = temporaryFolder('forged');
const library = new RecordingLibrary(['captures']);

async function diagnosesOf(frames: readonly Frame[]): Promise<readonly Diagnosis[]> {
  const file = join(folder, 'forged.pcap');
  writeFileSync(file, writePcap(frames));
  const source = await openSource([file]);
  return buildDiagnosis(await source.read(), {}).diagnoses;
}

const accusations = (diagnoses: readonly Diagnosis[]): string[] =>
  diagnoses
    .filter(({ confidence }) => confidence !== 'possible')
    .map(({ name, fault, confidence }) => `${name} ${fault} ${confidence}`);

const isTcp = (view: IpFrame | null): view is IpFrame => view?.protocol === 'tcp';
const flagsOf = ({ bytes, transportAt }: IpFrame): number => bytes.readUInt8(transportAt + 13);
const acknowledgedBy = ({ bytes, transportAt }: IpFrame): number => bytes.readUInt32BE(transportAt + 8);
const isOpening = (view: IpFrame): boolean => (flagsOf(view) & (FLAGS.syn | FLAGS.ack)) === FLAGS.syn;

/** `make` gives what is inserted behind a frame. */
const forge = (frames: readonly Frame[], make: (frame: Frame, view: IpFrame) => Buffer[]): Frame[] =>
  frames.flatMap((frame) => {
    const view = viewIpFrame(frame.bytes);
    if (!isTcp(view)) return [frame];
    const forged = make(frame, view).map((bytes) =>
      mangled(frameOf(frame.timeUs + 1, bytes), withTtl(OTHER_TTL)),
    );
    return [frame, ...forged];
  });

/** Behind each hello: the client and the server that it goes to, and the numbers that both expect. */
function behindHellos(
  frames: readonly Frame[],
  make: (client: End, server: End, up: number, down: number) => Buffer[],
): Frame[] {
  const hellos = new Map(hellosIn(frames).map((hello) => [hello.frame, hello]));
  return forge(frames, (frame) => {
    const hello = hellos.get(frame);
    if (hello === undefined) return [];
    const up = hello.sequence + payloadOf(hello.view).length;
    return make(hello.client, hello.server, up, hello.acknowledgement);
  });
}

/** ICMP "administratively prohibited" from a router, with the first eight bytes of the quoted segment. */
function prohibited(view: IpFrame, mangle: (quoted: Buffer) => void): Buffer {
  const { bytes, ipAt, transportAt } = view;
  const quoted = Buffer.from(bytes.subarray(ipAt, transportAt + 8));
  mangle(quoted);
  const { from } = endsOf(view);
  const icmp = Buffer.alloc(8);
  icmp.writeUInt16BE(PROHIBITED, 0);
  const body = Buffer.concat([icmp, quoted]);
  const packet = tcpPacket(
    { mac: bytes.subarray(0, 6), address: ROUTER, port: 0 },
    { ...from, port: 0 },
    {
      flags: 0,
      sequence: 0,
      acknowledgement: 0,
      payload: body,
    },
  );
  // The IP header stays, and ICMP takes the place of the TCP header.
  const frame = Buffer.concat([packet.subarray(0, 34), body]);
  frame.writeUInt16BE(20 + body.length, 16);
  frame.writeUInt8(1, 23);
  return frame;
}

const reset = (from: End, to: End, sequence: number, acknowledgement: number): Buffer =>
  tcpPacket(from, to, { flags: FLAGS.rst | FLAGS.ack, sequence, acknowledgement });
const end = (from: End, to: End, sequence: number, acknowledgement: number): Buffer =>
  tcpPacket(from, to, { flags: FLAGS.fin | FLAGS.ack, sequence, acknowledgement });

const FORGERIES: Readonly<Record<string, (frames: readonly Frame[]) => Frame[]>> = {
  'resets of the server with a wrong number, behind every packet': (frames) =>
    forge(frames, (_, view) => {
      const { from, to } = endsOf(view);
      return [
        reset(from, to, sequenceOf(view) + FAR, acknowledgedBy(view)),
        reset(to, from, acknowledgedBy(view) + FAR, sequenceOf(view)),
      ];
    }),
  'ends with a wrong number, behind every packet': (frames) =>
    forge(frames, (_, view) => {
      const { from, to } = endsOf(view);
      return [
        end(from, to, sequenceOf(view) + FAR, acknowledgedBy(view)),
        end(to, from, acknowledgedBy(view) + FAR, sequenceOf(view)),
      ];
    }),
  'answers to the SYN with a wrong number': (frames) =>
    forge(frames, (_, view) => {
      const { from, to } = endsOf(view);
      return isOpening(view) ? [reset(to, from, 0, sequenceOf(view) + FAR)] : [];
    }),
  'resets with the right number and another TTL, in answer to the SYN': (frames) =>
    forge(frames, (_, view) => {
      const { from, to } = endsOf(view);
      return isOpening(view) ? [reset(to, from, 0, sequenceOf(view) + 1)] : [];
    }),
  'resets with the right number and another TTL, behind the hello': (frames) =>
    behindHellos(frames, (client, server, up, down) => [reset(server, client, down, up)]),
  'ends with the right number and another TTL, behind the hello': (frames) =>
    behindHellos(frames, (client, server, up, down) => [end(server, client, down, up)]),
  'resets in the name of the client, behind the hello': (frames) =>
    behindHellos(frames, (client, server, up, down) => [reset(client, server, up, down)]),
  'ICMP messages that quote the SYN of connections that go on': (frames) =>
    forge(frames, (_, view) => (isOpening(view) ? [prohibited(view, () => undefined)] : [])),
  'ICMP messages that quote a wrong number': (frames) =>
    forge(frames, (_, view) =>
      isOpening(view) ? [prohibited(view, (quoted) => quoted.writeUInt32BE(0x01020304, 24))] : [],
    ),
  'ICMP messages that quote no connection': (frames) =>
    forge(frames, (_, view) =>
      isOpening(view) ? [prohibited(view, (quoted) => quoted.writeUInt16BE(9, 20))] : [],
    ),
};

describe.each(RECORDINGS)('%s', (name) => {
  const real = library.get(name).frames();

  it('works: nothing is at fault', async () => {
    expect(accusations(await diagnosesOf(real))).toEqual([]);
  });

  it.each(Object.keys(FORGERIES))('%s: nothing is more than possible', async (about) => {
    const forged = FORGERIES[about]?.(real) ?? [];
    expect(forged.length).toBeGreaterThan(real.length);
    expect(accusations(await diagnosesOf(forged))).toEqual([]);
  });
});

describe('a name whose connections get no answer', () => {
  const isOfServer = (frame: Frame): boolean => {
    const view = viewIpFrame(frame.bytes);
    return isTcp(view) && view.bytes.readUInt16BE(view.transportAt) === 443;
  };
  const isSyn = (frame: Frame): boolean => {
    const view = viewIpFrame(frame.bytes);
    return !isTcp(view) || isOpening(view);
  };
  // Each SYN twice, and nothing else of a connection.
  const silent = library
    .get('claude-code-2.1.328-prompt')
    .frames()
    .filter((frame) => !isOfServer(frame) && isSyn(frame))
    .flatMap((frame) =>
      isTcp(viewIpFrame(frame.bytes)) ? [frame, { ...frame, timeUs: frame.timeUs + 2e6 }] : [frame],
    )
    .sort((a, b) => a.timeUs - b.timeUs);
  const faultsOf = (diagnoses: readonly Diagnosis[]): string[] => [
    ...new Set(diagnoses.map(({ fault }) => fault)),
  ];

  it('an ICMP message that quotes another connection is not the reason', async () => {
    expect(faultsOf(await diagnosesOf(silent))).toEqual(['tcp-blackhole']);
    for (const mangle of [
      (quoted: Buffer) => quoted.writeUInt16BE(9, 20),
      (quoted: Buffer) => quoted.writeUInt32BE(0x01020304, 24),
    ]) {
      const forged = forge(silent, (_, view) => [prohibited(view, mangle)]);
      expect(faultsOf(await diagnosesOf(forged))).toEqual(['tcp-blackhole']);
    }
    const reported = forge(silent, (_, view) => [prohibited(view, () => undefined)]);
    expect(faultsOf(await diagnosesOf(reported))).toContain('icmp-prohibited');
  });
});
