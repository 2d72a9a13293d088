// DNS messages that another machine sends with the address of the victim, for names that tools ask for and do not visit.
import type { Frame } from '../../pcap.ts';
import { type CaseMaterial, type Family, pick } from '../case.ts';
import { byTime, type Machine, MORNING_US } from '../scene.ts';
import { banned } from './ban.ts';
import { dnsAnswer, dnsQuestion } from './dns.ts';
import { crowd, familyOf, nothingOn, ordinaryWork, type Stage, type Variant } from './stage.ts';

const ASKED = {
  'kimi-code': ['telemetry-logs.kimi.com'],
  'qwen-code': ['gb4w8c3ygj-default-sea.rum.aliyuncs.com'],
} as const;
const PLACE = Buffer.from([198, 51, 100, 9]);
const ANSWER_US = 20_000;

interface Forgery {
  readonly victim: Machine;
  readonly forger: Machine;
  readonly name: string;
  readonly timeUs: number;
}

/** `isIdle`: the victim has no other traffic. */
function asked(about: string, isIdle: boolean, forge: (forgery: Forgery) => readonly Frame[]): Variant {
  return {
    about,
    ip: 4,
    needsMacs: true,
    make(stage: Stage): CaseMaterial {
      const { random, scene } = stage;
      const [victim, forger] = [scene.machine(), scene.machine()];
      const tool = pick(random, ['kimi-code', 'qwen-code'] as const);
      const work = isIdle ? [] : ordinaryWork(stage, victim);
      const timeUs = MORNING_US + random.below(200) * 1_000_000;
      const forged = forge({ victim, forger, name: pick(random, ASKED[tool]), timeUs });
      const others = crowd(stage, work);
      return {
        about: `${tool}, ${about}`,
        captures: [byTime(others.frames, work, forged)],
        machines: [nothingOn(victim), nothingOn(forger), ...others.machines],
        ban: banned({ tool }, []),
      };
    },
  };
}

function question({ victim, forger, name, timeUs }: Forgery): Frame[] {
  return [dnsQuestion(victim, forger.mac, name, victim.nextPort(), timeUs)];
}

/** The resolver answers to the machine that has the address. */
function answeredQuestion({ victim, forger, name, timeUs }: Forgery): Frame[] {
  const port = victim.nextPort();
  return [
    dnsQuestion(victim, forger.mac, name, port, timeUs),
    dnsAnswer(victim, name, PLACE, timeUs + ANSWER_US, port),
  ];
}

const answer = ({ victim, name, timeUs }: Forgery): Frame[] => [dnsAnswer(victim, name, PLACE, timeUs)];
const ownMac = ({ victim, name, timeUs }: Forgery): Frame[] => [
  dnsQuestion(victim, victim.mac, name, victim.nextPort(), timeUs),
];

export const FORGED_QUESTIONS: Family = familyOf('forged-questions', [
  asked('a question, no answer, idle victim', true, question),
  asked('a question that the resolver answers, idle victim', true, answeredQuestion),
  asked('a question, no answer, busy victim', false, question),
  asked('a question that the resolver answers, busy victim', false, answeredQuestion),
  asked('a question with the MAC of the victim, no answer', false, ownMac),
  asked('an answer without a question', false, answer),
]);
