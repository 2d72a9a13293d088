// Real use on a tap that sees one direction.
import { viewIpFrame } from '../../ip-frame.ts';
import type { Frame } from '../../pcap.ts';
import type { Family, MachineTruth } from '../case.ts';
import { comesFrom, lose } from '../damage.ts';
import { byTime, type Machine, truthOf } from '../scene.ts';
import { banned } from './ban.ts';
import { crowd, familyOf, overQuic, type Stage, session, type Variant } from './stage.ts';

type Tap = (frames: readonly Frame[], isUp: (frame: Frame) => boolean, stage: Stage) => Frame[];

const isUdp = ({ bytes }: Frame): boolean => viewIpFrame(bytes)?.protocol === 'udp';

/** The report has a row, and none above `possible`. */
function doubted(machine: Machine, stage: Stage, isShown: boolean): MachineTruth {
  const truth = truthOf(machine, [stage.recording]);
  const uses = truth.uses.map((use) => ({
    ...use,
    mustName: false,
    requests: null,
    atMost: 'possible' as const,
    mustShow: isShown && use.mustName,
  }));
  return { ...truth, uses, mustReport: true };
}

/** `hasHellos`: the tap sees the hellos of the client. */
function tapped(about: string, tap: Tap, hasHellos: boolean, more: Partial<Variant> = {}): Variant {
  return {
    about,
    ...more,
    make(stage) {
      const machine = stage.scene.machine();
      const whole = session(stage, more, machine, 10 + stage.random.below(100));
      const seen = tap(whole, comesFrom(machine.address, machine.address6), stage);
      const others = crowd(stage, whole);
      return {
        captures: [byTime(others.frames, seen)],
        machines: [doubted(machine, stage, hasHellos), ...others.machines],
        ban: banned({ tool: stage.tool }, [], false),
      };
    },
  };
}

export const ONE_SIDED: Family = familyOf('one-sided', [
  tapped('upstream only', (frames, isUp) => frames.filter(isUp), true),
  tapped('downstream only', (frames, isUp) => frames.filter((frame) => !isUp(frame)), false),
  tapped(
    'TCP upstream only, DNS both directions',
    (frames, isUp) => frames.filter((one) => isUp(one) || isUdp(one)),
    true,
  ),
  tapped(
    'TCP downstream only, DNS both directions',
    (frames, isUp) => frames.filter((one) => !isUp(one) || isUdp(one)),
    false,
  ),
  tapped(
    'upstream only, 1 % lost',
    (frames, isUp, { random }) => lose(frames.filter(isUp), 0.01, random),
    true,
  ),
  tapped('QUIC upstream only', (frames, isUp) => frames.filter(isUp), true, { recordings: overQuic, ip: 4 }),
]);
