// Hellos with the name of a tool, written into real connections to other servers.
import type { Frame } from '../../pcap.ts';
import { renameServers } from '../../rename-servers.ts';
import { type Family, pick } from '../case.ts';
import { comesFrom } from '../damage.ts';
import { greetingOf, MadeTalk } from '../made-talk.ts';
import { byTime, type Machine } from '../scene.ts';
import { banned } from './ban.ts';
import { nameOfLength } from './flows.ts';
import { aroundHellos, otherName, outOfWindow, withoutAck } from './insert.ts';
import { type Mangle, mangled, withTtl, wrongIpChecksum, wrongTransportChecksum } from './packets.ts';
import { crowd, familyOf, hasGreeting, nothingOn, type Stage, type Variant } from './stage.ts';

const PLACE = Buffer.from([198, 51, 100, 1]);
const INNOCENT = 'www.example.net';

/** A name of the same length that no tool has. */
const innocent = ({ length }: string): string => nameOfLength(INNOCENT, length);

/** A program with the runtime of the tool exchanges data with other servers. */
function innocentWork(
  { recording, random, scene }: Stage,
  machine: Machine,
): { frames: Frame[]; names: string[] } {
  const talk = new MadeTalk();
  const names = recording.serverNames.filter((name) => greetingOf(recording, name) !== null);
  for (const [i, name] of names.entries()) {
    const greeting = greetingOf(recording, name);
    if (greeting === null) continue;
    talk.ask(innocent(name), PLACE, i * 10);
    const exchanges = Array.from({ length: 2 + random.below(3) }, () => ({
      afterMs: 700,
      up: 900 + random.below(20_000),
      down: Array.from({ length: 5 + random.below(20) }, () => 60 + random.below(300)),
      everyMs: 30,
    }));
    talk.connect(greeting, PLACE, 50 + i * 3000, exchanges);
  }
  return {
    frames: scene.playFrames(
      renameServers(talk.frames(), (name) => (names.includes(name) ? innocent(name) : name)),
      machine,
      20,
    ),
    names,
  };
}

function injected(
  about: string,
  isBehind: boolean,
  mangles: readonly Mangle[],
  more: Partial<Variant> = {},
): Variant {
  return {
    about,
    ip: 4,
    fits: hasGreeting,
    ...more,
    make(stage) {
      const { scene, random, tool } = stage;
      const [victim, forger] = [scene.machine(), scene.machine()];
      const { frames, names } = innocentWork(stage, victim);
      const mac = pick(random, [victim.mac, forger.mac]);
      const isUp = comesFrom(victim.address, victim.address6);
      let turn = 0;
      const forged = aroundHellos(
        frames,
        (seen) => {
          const name = names[turn++ % names.length] ?? '';
          return otherName(seen, () => name).map((frame) =>
            mangled(frame, ...mangles, (bytes) => mac.copy(bytes, isUp(frame) ? 6 : 0)),
          );
        },
        isBehind,
      );
      const others = crowd(stage, frames);
      return {
        captures: [byTime(others.frames, forged)],
        machines: [nothingOn(victim), nothingOn(forger), ...others.machines],
        ban: banned({ tool }, []),
      };
    },
  };
}

export const FORGED_INTO_FLOWS: Family = familyOf('forged-into-flows', [
  injected('decoy before each hello: wrong TCP checksum', false, [wrongTransportChecksum]),
  injected('decoy before each hello: wrong IP checksum', false, [wrongIpChecksum]),
  injected('decoy before each hello: TTL expires', false, [withTtl(1)]),
  injected('decoy before each hello: outside the window', false, [outOfWindow]),
  injected('decoy before each hello: no ACK flag', false, [withoutAck]),
  injected('decoy after each hello: TTL expires', true, [withTtl(1)]),
]);
