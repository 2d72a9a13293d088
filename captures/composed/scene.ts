// A network on one morning: machines with addresses of their own, and recordings played on them.
import type { Random } from '../../bench/random.ts';
import { OfficeDirectory } from '../directory.ts';
import type { Frame } from '../pcap.ts';
import { renameServers } from '../rename-servers.ts';
import { type ReplayClient, replay } from '../replay.ts';
import { exactly, type MachineTruth, type Use } from './case.ts';
import type { Recording } from './library.ts';

export interface Machine extends ReplayClient {
  readonly text: string;
  readonly text6: string;
}

const DNS_SERVER = Buffer.from([10, 1, 0, 2]);
/** Tuesday, 14 July 2026, 10:00 UTC. */
export const MORNING_US = Date.UTC(2026, 6, 14, 10) * 1000;
const FIRST_CLIENT_PORT = 32_768;
/** Of Ethernet, and of IPv4 in it. */
const MAC_SOURCE_AT = 6;
const IP_SOURCE_AT = 26;

export class Scene {
  readonly random: Random;
  readonly #directory = new OfficeDirectory(DNS_SERVER);
  #machines = 0;

  constructor(random: Random) {
    this.random = random;
  }

  machine(): Machine {
    const number = ++this.#machines;
    const address = Buffer.from([10, 20, 1 + this.random.below(200), number]);
    const address6 = Buffer.from('fd000020000000000000000000000000', 'hex');
    address6.writeUInt16BE(0x1000 + this.random.below(0x1000), 12);
    address6.writeUInt16BE(0x1000 + number, 14);
    const gateway = Buffer.from([10, 20, address.readUInt8(2), 254]);
    let port = FIRST_CLIENT_PORT + this.random.below(1000);
    return {
      mac: Buffer.concat([Buffer.from([2, 0x44]), address]),
      gatewayMac: Buffer.from([2, 0x57, 0x4c, 0, 0, 1]),
      gateway,
      address,
      address6,
      nextPort: () => port++,
      text: [...address].join('.'),
      text6: `fd00:20::${address6.toString('hex', 12, 14)}:${address6.toString('hex', 14, 16)}`,
    };
  }

  /** The machine of these frames that has the address. */
  machineIn(frames: readonly Frame[], text: string): Machine {
    const address = Buffer.from(text.split('.').map(Number));
    const sent = frames.find(({ bytes }) => bytes.subarray(IP_SOURCE_AT, IP_SOURCE_AT + 4).equals(address));
    if (sent === undefined) throw new Error(`no frame is of ${text}`);
    return { ...this.machine(), address, text, mac: sent.bytes.subarray(MAC_SOURCE_AT, MAC_SOURCE_AT + 6) };
  }

  /** A recording on a machine, `afterSeconds` after the morning begins; its servers renamed when asked. */
  play(
    recording: Recording,
    machine: Machine,
    afterSeconds: number,
    rename: (name: string) => string = (name) => name,
  ): Frame[] {
    return this.playFrames(renameServers(recording.frames(), rename), machine, afterSeconds);
  }

  playFrames(frames: readonly Frame[], machine: Machine, afterSeconds: number): Frame[] {
    this.#directory.open(frames);
    const mask = Buffer.alloc(32);
    this.random.fillFresh(mask, 0, mask.length);
    const start = MORNING_US + Math.round(afterSeconds * 1e6);
    return replay(frames, start, machine, this.#directory, mask);
  }

  /** Frames whose hellos all name this server; questions are as they were. */
  named(frames: readonly Frame[], name: string): Frame[] {
    return renameServers(frames, () => name);
  }

  /** The address of a server name in this network: 4 or 16 bytes. */
  serverOf(name: string, length = 4): Buffer {
    return this.#directory.addressOf(name, length);
  }
}

export function byTime(...lists: readonly (readonly Frame[])[]): Frame[] {
  return lists.flat().sort((a, b) => a.timeUs - b.timeUs);
}

/** What ran on a machine, when whole recordings were played on it: requests of one tool are added up. */
export function truthOf(machine: Machine, recordings: readonly Recording[]): MachineTruth {
  const uses = new Map<string, Use>();
  for (const { tools, possible, requests } of recordings) {
    for (const tool of [...tools, ...possible]) {
      const known = uses.get(tool);
      const isAlone = tools.length === 1 && possible.length === 0 && known?.requests !== null;
      const sum = requests + (known?.requests?.max ?? 0);
      uses.set(tool, {
        tool,
        mustName: tools.includes(tool) || (known?.mustName ?? false),
        requests: isAlone ? exactly(sum) : null,
      });
    }
  }
  return { addresses: [machine.text, machine.text6], uses: [...uses.values()] };
}
