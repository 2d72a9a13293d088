// Replays a recorded session with the address of a machine that did not take part, with one fault in each variant.
import { repairChecksums, viewIpFrame } from '../../ip-frame.ts';
import type { Frame } from '../../pcap.ts';
import type { Family } from '../case.ts';
import { comesFrom } from '../damage.ts';
import { byTime } from '../scene.ts';
import { endsOf, isHello, payloadOf, segmentOf, synAcksIn, tupleOf, withBytes } from './flows.ts';
import { type Framing, framed } from './framing.ts';
import { FLAGS, frameOf, mangled, tcpPacket, withMacs } from './packets.ts';
import { addressOf, familyOf, played } from './stage.ts';
import { otherSessionId } from './tls.ts';

type Fault = (frames: readonly Frame[], framing: Framing) => Frame[];

function session(fault: Fault): (framing: Framing) => Frame[] {
  return (framing) => {
    const { stage, victim, mac } = framing;
    const frames = played(stage, stage.recording, victim, 5 + stage.random.below(100));
    const own = addressOf(stage, victim);
    const forged = frames
      .filter(({ bytes }) => viewIpFrame(bytes) !== null)
      .map((frame) => withMacs(frame, (address) => (address.equals(own) ? mac : null)));
    return fault(forged, framing);
  };
}

const isDown = ({ victim }: Framing): ((frame: Frame) => boolean) => {
  const isUp = comesFrom(victim.address, victim.address6);
  return (frame) => !isUp(frame);
};

const echoesNothing: Fault = (frames, { stage: { random } }) =>
  frames.map((frame) => {
    const view = segmentOf(frame);
    if (view === null || !isHello(payloadOf(view), 'server')) return frame;
    return withBytes(frame, otherSessionId(payloadOf(view), random));
  });

const answersNoise: Fault = (frames, framing) =>
  frames.map((frame) => {
    const view = segmentOf(frame);
    if (view === null || !isDown(framing)(frame)) return frame;
    const noise = Buffer.alloc(payloadOf(view).length);
    framing.stage.random.fillFresh(noise, 0, noise.length);
    return withBytes(frame, noise);
  });

/** Removes all data of the server. */
const answersNothing: Fault = (frames, framing) =>
  frames.filter((frame) => segmentOf(frame) === null || !isDown(framing)(frame));

/** Acknowledgement numbers never advance. */
const acknowledgesNothing: Fault = (frames) => {
  const first = new Map<string, number>();
  return frames.map((frame) => {
    const view = viewIpFrame(frame.bytes);
    if (view?.protocol !== 'tcp') return frame;
    const at = view.transportAt + 8;
    const flags = frame.bytes.readUInt8(view.transportAt + 13);
    if ((flags & FLAGS.ack) === 0) return frame;
    const tuple = tupleOf(view);
    const frozen = first.get(tuple) ?? frame.bytes.readUInt32BE(at);
    first.set(tuple, frozen);
    return mangled(frame, (bytes) => {
      bytes.writeUInt32BE(frozen, at);
      const changed = viewIpFrame(bytes);
      if (changed !== null) repairChecksums(changed);
    });
  });
};

/** Shifts the sequence and acknowledgement numbers of the server's data. */
const numbersOfAnother: Fault = (frames, framing) => {
  const shift = 1 + framing.stage.random.below(2 ** 30);
  return frames.map((frame) => {
    const view = segmentOf(frame);
    if (view === null || !isDown(framing)(frame)) return frame;
    return mangled(frame, (bytes) => {
      for (const at of [view.transportAt + 4, view.transportAt + 8])
        bytes.writeUInt32BE((bytes.readUInt32BE(at) + shift) >>> 0, at);
      const changed = viewIpFrame(bytes);
      if (changed !== null) repairChecksums(changed);
    });
  });
};

/** Real machines answer packets of unknown connections with RST. */
function reset(by: readonly ('client' | 'server')[]): Fault {
  return (frames, { victim }) => {
    const resets = synAcksIn(frames).flatMap(({ frame, view }) => {
      const { from: server, to } = endsOf(view);
      const client = { ...to, mac: victim.mac };
      const acknowledged = frame.bytes.readUInt32BE(view.transportAt + 8);
      const next = (frame.bytes.readUInt32BE(view.transportAt + 4) + 1) >>> 0;
      return by.map((end, i) => {
        const isClient = end === 'client';
        const part = {
          flags: FLAGS.rst,
          sequence: isClient ? acknowledged : next,
          acknowledgement: 0,
        };
        const bytes = isClient ? tcpPacket(client, server, part) : tcpPacket(server, client, part);
        return frameOf(frame.timeUs + 10 + i * 10, bytes);
      });
    });
    return byTime(frames, resets);
  };
}

export const FORGED_SESSION: Family = familyOf('forged-session', [
  framed('server hellos with another session id', session(echoesNothing)),
  framed('random bytes in place of server data', session(answersNoise)),
  framed('no server data', session(answersNothing)),
  framed('no data is acknowledged', session(acknowledgesNothing)),
  framed('server data with shifted sequence numbers', session(numbersOfAnother)),
  framed('RST of the victim after the TCP handshake', session(reset(['client']))),
  framed('RST of both real ends after the TCP handshake', session(reset(['client', 'server']))),
]);
