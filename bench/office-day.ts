// An office day: a background without a name of an AI tool, recorded sessions of tools on three of ten hosts, and the
// truth about each, with which the report is compared.
import { readFileSync, writeFileSync } from 'node:fs';
import { type MachineTruth, pick } from '../captures/composed/case.ts';
import { type Recording, RecordingLibrary } from '../captures/composed/library.ts';
import { byTime, type Machine, MORNING_US, Scene, truthOf } from '../captures/composed/scene.ts';
import type { Frame } from '../captures/pcap.ts';
import { Random } from './random.ts';
import { DEFAULT_LIFE, FIRST_CLIENT, START_SECONDS, writeLife } from './traffic.ts';

const CLIENTS = 500;
const USERS = 150;
const MAX_SESSIONS = 4;
/** Longer recordings are left out, so that all sessions end within the capture. */
const MAX_SESSION_US = 20 * 60e6;
/** Part of the hours in which sessions begin: their packets are among those of the capture, so its last hour is shorter. */
const BEGIN_WITHIN = 0.6;

export function writeOfficeDay(path: string, hours: number, seed = 9): void {
  const scene = new Scene(new Random(seed));
  const library = new RecordingLibrary(['captures']);
  const recordings = library.working().filter((one) => lengthUs(one) < MAX_SESSION_US);
  const machines: MachineTruth[] = [];
  const sessions: (readonly Frame[])[] = [];
  for (let user = 0; user < USERS; user++) {
    const machine = machineAt(scene, user * Math.floor(CLIENTS / USERS));
    const used = chooseRecordings(scene.random, recordings);
    for (const one of used) {
      const afterSeconds = START_SECONDS - MORNING_US / 1e6 + scene.random.below(BEGIN_WITHIN * hours * 3600);
      sessions.push(scene.play(one, machine, afterSeconds));
    }
    machines.push(truthOf(machine, used));
  }
  writeLife(path, { ...DEFAULT_LIFE, seed, hours, ai: 0, clients: CLIENTS }, byTime(...sessions));
  writeFileSync(truthPath(path), JSON.stringify(machines));
}

/** Compares a JSON report with what ran in the capture, and returns the differences. */
export function compareOfficeDay(path: string, report: string): string[] {
  const machines: readonly MachineTruth[] = JSON.parse(readFileSync(truthPath(path), 'utf8'));
  const { hosts } = JSON.parse(report) as Report;
  const truths = new Map(machines.flatMap((one) => one.addresses.map((address) => [address, one] as const)));
  const accused = hosts.flatMap(({ host, tools }) =>
    tools
      .filter(isNamed)
      .filter(({ tool }) => truths.get(host)?.uses.every((use) => use.tool !== tool) ?? true)
      .map(({ tool }) => `${host}: ${tool} is reported, and did not run`),
  );
  const missed = machines.flatMap(({ addresses, uses }) => {
    const named = hosts
      .filter(({ host }) => addresses.includes(host))
      .flatMap(({ tools }) => tools.filter(isNamed));
    return uses
      .filter((use) => use.mustName && named.every(({ tool }) => tool !== use.tool))
      .map(({ tool }) => `${addresses[0]}: ${tool} ran, and is not reported`);
  });
  return [...accused, ...missed];
}

interface Report {
  readonly hosts: readonly {
    readonly host: string;
    readonly tools: readonly { readonly tool: string; readonly confidence: string }[];
  }[];
}

const isNamed = ({ confidence }: { readonly confidence: string }): boolean => confidence !== 'possible';

const truthPath = (path: string): string => path.replace(/pcap$/, 'truth.json');

function lengthUs(recording: Recording): number {
  const frames = recording.frames();
  return (frames.at(-1)?.timeUs ?? 0) - (frames[0]?.timeUs ?? 0);
}

/** A client of the background, on which sessions are played. */
function machineAt(scene: Scene, index: number): Machine {
  const address = Buffer.alloc(4);
  address.writeUInt32BE(FIRST_CLIENT + index);
  const mac = Buffer.from([0x02, 0x57, 0x4c, 0x00, address.readUInt8(2), address.readUInt8(3)]);
  const gatewayMac = Buffer.from('02574cff0001', 'hex');
  return { ...scene.machine(), address, mac, gatewayMac, text: [...address].join('.') };
}

/** One to four sessions, most of them of one tool. */
function chooseRecordings(random: Random, recordings: readonly Recording[]): Recording[] {
  const first = pick(random, recordings);
  const same = recordings.filter(({ tools }) => tools[0] === first.tools[0]);
  return [
    first,
    ...Array.from({ length: random.below(MAX_SESSIONS) }, () =>
      pick(random, random.below(4) === 0 ? recordings : same),
    ),
  ];
}
