// Connections that an honest capture contains twice: both sides of a proxy or NAT, or two taps.
import { addresses, repairChecksums, viewIpFrame } from '../../ip-frame.ts';
import type { Frame } from '../../pcap.ts';
import { spliceStreams } from '../../splice-streams.ts';
import { type Bounds, type Family, type MachineTruth, pick } from '../case.ts';
import { behindNat, doubled } from '../damage.ts';
import { type Recording, usesProxy } from '../library.ts';
import { byTime, type Machine, truthOf } from '../scene.ts';
import { banned } from './ban.ts';
import { tupleOf } from './flows.ts';
import { type Mangle, mangled, withTtl } from './packets.ts';
import { crowd, familyOf, nothingOn, playedAnew, type Stage, type Variant } from './stage.ts';

const PORT_PROXY = 3128;
const PROXY_NAME = 'proxy.corp.example';
const OUTSIDE = ['02aa00000011', '02aa00000012'].map((hex) => Buffer.from(hex, 'hex')) as [Buffer, Buffer];

interface Seen {
  readonly first: readonly Frame[];
  readonly second: readonly Frame[];
  /** `second` is a capture file of its own. */
  readonly apart?: true;
  readonly others?: readonly MachineTruth[];
}

type Twice = (frames: Frame[], machine: Machine, stage: Stage) => Seen;

function shown(about: string, twice: Twice, more: Partial<Variant> = {}, isExact = true): Variant {
  return {
    about,
    ...more,
    make(stage) {
      const { machine, real } = playedAnew(stage);
      const { first, second, apart, others = [] } = twice(real, machine, stage);
      const innocents = crowd(stage, real);
      const truth = truthOf(machine, [stage.recording]);
      const loosely = {
        ...truth,
        uses: truth.uses.map((use) => ({ ...use, requests: null as Bounds | null })),
      };
      return {
        captures: apart
          ? [byTime(innocents.frames, first), byTime(second)]
          : [byTime(innocents.frames, first, second)],
        machines: [isExact ? truth : loosely, ...others, ...innocents.machines],
        ban: banned({ tool: stage.tool }, [machine]),
      };
    },
  };
}

const onOtherLink: Mangle = (bytes) => {
  OUTSIDE[0].copy(bytes, 0);
  OUTSIDE[1].copy(bytes, 6);
};

/** The frames after the next router: TTL, MACs. */
function nextHop(frames: readonly Frame[], laterUs: number): Frame[] {
  return frames
    .filter(({ bytes }) => viewIpFrame(bytes) !== null)
    .map((frame) => mangled({ ...frame, timeUs: frame.timeUs + laterUs }, withTtl(63), onOtherLink));
}

/** Connections of a CONNECT proxy to the servers: the same streams without the CONNECT header. */
function behindProxy(frames: readonly Frame[], { scene }: Stage): Frame[] {
  const proxy = scene.serverOf(PROXY_NAME);
  const servers = new Map<string, string>();
  const ofProxy = frames.filter((frame) => isOfProxy(frame));
  for (const { bytes } of ofProxy) {
    const view = viewIpFrame(bytes);
    if (view === null) continue;
    const target = /^CONNECT ([^: ]+):443 /.exec(
      bytes.toString('latin1', view.payloadAt, view.payloadAt + 200),
    );
    if (target?.[1] !== undefined) servers.set(tupleOf(view), target[1]);
  }
  const bare = spliceStreams(ofProxy, (stream) => {
    const start = stream.toString('latin1', 0, 8);
    if (!start.startsWith('CONNECT ') && !start.startsWith('HTTP/1.')) return [];
    const end = stream.indexOf('\r\n\r\n');
    return end < 0 ? [] : [{ at: 0, remove: end + 4, bytes: Buffer.alloc(0) }];
  });
  const ports = new Map<string, number>();
  return bare.flatMap((frame) => {
    const bytes = Buffer.from(frame.bytes);
    const view = viewIpFrame(bytes);
    if (view === null) return [];
    const isUp = bytes.readUInt16BE(view.transportAt + 2) === PORT_PROXY;
    const tuple = isUp ? tupleOf(view) : reversed(tupleOf(view));
    const name = servers.get(tuple);
    if (name === undefined) return [];
    const port = ports.get(tuple) ?? 50_000 + ports.size;
    ports.set(tuple, port);
    const { source, destination } = addresses(view);
    const server = scene.serverOf(name);
    proxy.copy(isUp ? source : destination);
    server.copy(isUp ? destination : source);
    bytes.writeUInt16BE(isUp ? port : 443, view.transportAt);
    bytes.writeUInt16BE(isUp ? 443 : port, view.transportAt + 2);
    onOtherLink(bytes);
    repairChecksums(view);
    return [{ ...frame, timeUs: frame.timeUs + 250, bytes }];
  });
}

function isOfProxy({ bytes }: Frame): boolean {
  const view = viewIpFrame(bytes);
  if (view?.protocol !== 'tcp') return false;
  return [0, 2].some((at) => bytes.readUInt16BE(view.transportAt + at) === PORT_PROXY);
}

function reversed(tuple: string): string {
  const [source, destination, ports = ''] = tuple.split(' ');
  return `${destination} ${source} ${ports.slice(4)}${ports.slice(0, 4)}`;
}

const withProxy = ({ library }: Pick<Stage, 'library'>): Recording[] =>
  library.working().filter((one) => usesProxy(one) && !/relay/.test(one.name));

const throughNat: Twice = (frames, { address }, { scene }) => {
  const router = scene.machine();
  const second = behindNat(frames, address, router.address, 60).map((frame) =>
    mangled(frame, withTtl(63), onOtherLink),
  );
  return { first: frames, second, others: [nothingOn(router)] };
};

const throughProxy: Twice = (frames, _, stage) => {
  const proxy = stage.scene.serverOf(PROXY_NAME);
  const others = [{ addresses: [[...proxy].join('.')], uses: [] }];
  return { first: frames, second: behindProxy(frames, stage), others };
};

const again =
  (laterUs: number): Twice =>
  (frames) => ({ first: doubled(frames, laterUs), second: [] });

const byOtherClock =
  (offsetsUs: readonly number[], isRouted: boolean): Twice =>
  (frames, _, { random }) => {
    const offset = pick(random, offsetsUs);
    const moved = frames.map((frame) => ({ ...frame, timeUs: frame.timeUs + offset }));
    return { first: frames, second: isRouted ? nextHop(frames, offset) : moved, apart: true };
  };

export const HONEST_TWICE: Family = familyOf('honest-twice', [
  shown('both sides of a CONNECT proxy', throughProxy, { recordings: withProxy, ip: 4 }),
  shown('both sides of a NAT', throughNat, { ip: 4 }),
  shown('every packet twice, same time', again(0)),
  shown('every packet twice, 40 µs later', again(40)),
  shown('every packet twice, 3 ms later', again(3000)),
  shown('second tap, clock offset of a few ms', byOtherClock([-5000, -800, 900, 4000], false), {}, false),
  shown(
    'second tap, clock offset of up to 1 s',
    byOtherClock([-900_000, -90_000, 70_000, 800_000], false),
    {},
    false,
  ),
  shown('second tap after a router', byOtherClock([-2000, 60, 3000], true), {}, false),
]);
