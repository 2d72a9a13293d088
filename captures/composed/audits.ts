// Audits in which a verdict is easily too good: rules about an API or its vendor, nights in a session, tunnels.
import type { Random } from '../../bench/random.ts';
import type { Frame } from '../pcap.ts';
import { type CaseMaterial, exactly, type Family, type PolicyTruth, pick, type Workshop } from './case.ts';
import { MadeTalk } from './made-talk.ts';
import { byTime, type Machine, MORNING_US, truthOf } from './scene.ts';

const RULE = 'BAN';
const OWN_KEY = /^(opencode|cline|kilocode)-.*(anthropic|prompt|multiturn)/;

const policyOf = (match: string): string => `version: 1
name: composed
timezone: UTC
rules:
  - { id: ${RULE}, title: banned, match: { ${match} }, action: deny, effective: 2026-07-01 }
`;

type Play = (workshop: Workshop) => CaseMaterial;

/** A tool of another vendor works on the API. */
const onApi =
  (match: string): Play =>
  ({ library, random, scene }) => {
    const clients = library.all.filter(
      ({ name, serverNames, requests, tools }) =>
        OWN_KEY.test(name) && serverNames.includes('api.anthropic.com') && requests > 0 && tools.length === 1,
    );
    const recording = pick(random, clients);
    const machine = scene.machine();
    const requests = { min: 1, max: recording.requests };
    const violations = [{ host: machine.text, tool: recording.tools[0] ?? '', requests }];
    return {
      about: `${recording.name}, a ban of ${match}`,
      captures: [scene.play(recording, machine, 0)],
      machines: [truthOf(machine, [recording])],
      policy: { text: policyOf(match), verdicts: { [RULE]: 'violated' }, violations },
    };
  };

/** The second half of a session comes hours later, over the connections of the first. */
const night =
  (hours: number): Play =>
  ({ library, random, scene }) => {
    const recording = pick(
      random,
      library.timed().filter(({ name }) => /-(rt-session|rt-short|tty-session)$/.test(name)),
    );
    const machine = scene.machine();
    const times = recording.modelTimes ?? [];
    const middle = MORNING_US + (((times[0] ?? 0) + (times.at(-1) ?? 0)) / 2) * 1e6;
    const frames = scene
      .play(recording, machine, 0)
      .map((frame) => (frame.timeUs < middle ? frame : { ...frame, timeUs: frame.timeUs + hours * 3600e6 }));
    const tool = recording.tools[0] ?? '';
    const violations = [{ host: machine.text, tool, requests: exactly(recording.requests) }];
    return {
      about: `${recording.name}, ${hours} hours of sleep in its midst`,
      captures: [frames],
      machines: [truthOf(machine, [recording])],
      policy: { text: policyOf(`tools: [${tool}]`), verdicts: { [RULE]: 'violated' }, violations },
    };
  };

/** All that a machine does for half an hour goes through a tunnel. */
const tunnel =
  (about: string, port: number, payload: (random: Random, index: number) => Buffer): Play =>
  ({ random, scene }) => {
    const machine = scene.machine();
    const frames: Frame[] = [];
    for (let second = 0; second < 1800; second++) {
      for (const isUp of [true, false]) {
        const timeUs = MORNING_US + second * 1e6 + (isUp ? 0 : 40_000);
        frames.push(
          frameOf(timeUs, datagram(machine, port, payload(random, 2 * second + (isUp ? 0 : 1)), isUp)),
        );
      }
    }
    const policy: PolicyTruth = {
      text: policyOf('tools: [claude-code]'),
      verdicts: { [RULE]: 'inconclusive' },
      violations: [],
    };
    const machines = [{ addresses: [machine.text, machine.text6], uses: [] }];
    return { about, captures: [frames], machines, policy };
  };

const noise = (random: Random, length: number): Buffer => {
  const bytes = Buffer.alloc(length);
  random.fillFresh(bytes, 0, length);
  return bytes;
};

/** WireGuard whitepaper, section 5.4: handshakes at the first two places where there are any, then data. */
const wireguard =
  (hasHandshake: boolean) =>
  (random: Random, index: number): Buffer => {
    const isHandshake = hasHandshake && index < 2;
    const bytes = noise(random, isHandshake ? ([148, 92][index] ?? 148) : 32 + 16 * random.below(70));
    bytes.writeUInt32LE(isHandshake ? index + 1 : 4, 0);
    if (!isHandshake) bytes.writeBigUInt64LE(BigInt(5000 + index), 8);
    return bytes;
  };

const SERVER = [203, 0, 113, 77];

/** Ethernet, IPv4 (RFC 791) and UDP (RFC 768) without a checksum. */
function datagram(machine: Machine, port: number, payload: Buffer, isUp: boolean): Buffer {
  const head = Buffer.alloc(14 + 20 + 8);
  const [from, to] = isUp ? [machine.mac, machine.gatewayMac] : [machine.gatewayMac, machine.mac];
  to.copy(head, 0);
  from.copy(head, 6);
  head.writeUInt16BE(0x0800, 12);
  head.writeUInt8(0x45, 14);
  head.writeUInt16BE(28 + payload.length, 16);
  head.writeUInt8(64, 22);
  head.writeUInt8(17, 23);
  const ends = [machine.address, Buffer.from(SERVER)];
  Buffer.concat(isUp ? ends : ends.reverse()).copy(head, 26);
  let sum = 0;
  for (let at = 14; at < 34; at += 2) sum += head.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  head.writeUInt16BE(~sum & 0xffff, 24);
  head.writeUInt16BE(isUp ? 50_123 : port, 34);
  head.writeUInt16BE(isUp ? port : 50_123, 36);
  head.writeUInt16BE(8 + payload.length, 38);
  return Buffer.concat([head, payload]);
}

const frameOf = (timeUs: number, bytes: Buffer): Frame => ({ timeUs, bytes, wireLength: bytes.length });

/** All that a machine does goes over one TCP connection that says nothing of itself. */
const tcpTunnel =
  (about: string, port: number, first: (random: Random) => { up: Buffer; down: Buffer }[]): Play =>
  ({ random, scene }) => {
    const machine = scene.machine();
    const talk = new MadeTalk();
    const turns = Array.from({ length: 600 }, () => ({
      up: noise(random, 80 + random.below(900)),
      down: noise(random, 200 + random.below(2800)),
    }));
    talk.talk(Buffer.from(SERVER), port, 1000, [...first(random), ...turns]);
    return {
      about,
      captures: [scene.playFrames(talk.frames(), machine, 0)],
      machines: [{ addresses: [machine.text, machine.text6], uses: [] }],
      policy: open('tools: [claude-code]'),
    };
  };

const open = (match: string): PolicyTruth => ({
  text: policyOf(match),
  verdicts: { [RULE]: 'inconclusive' },
  violations: [],
});

const kept = (match: string): PolicyTruth => ({ ...open(match), verdicts: { [RULE]: 'compliant' } });

/** OpenVPN's protocol: opcode and key id in the first byte, a session id behind it; control packets first, then data. */
const openvpn = (random: Random, index: number): Buffer => {
  const bytes = noise(random, index < 4 ? 42 + random.below(40) : 60 + random.below(1200));
  bytes.writeUInt8([0x38, 0x40, 0x20, 0x28][index] ?? 0x48, 0);
  return bytes;
};

/** The session is joined behind its handshakes: its name is not in the capture. */
const joinedMidway: Play = ({ library, random, scene }) => {
  const machine = scene.machine();
  const talk = new MadeTalk();
  const exchanges = Array.from({ length: 12 }, () => ({
    afterMs: 4000,
    up: 20_000 + random.below(60_000),
    down: [900, 1200, 1500],
    everyMs: 80,
  }));
  talk.goOn(Buffer.from(SERVER), 1000, exchanges);
  return {
    about: 'a session joined midway',
    captures: [
      byTime(
        scene.playFrames(talk.frames(), machine, 0),
        scene.play(pick(random, library.ordinary()), machine, 20),
      ),
    ],
    machines: [{ addresses: [machine.text, machine.text6], uses: [] }],
    policy: open('tools: [claude-code, opencode]'),
  };
};

/** Ordinary work of two machines for half an hour: nothing forbids the verdict. */
const ordinary =
  (about: string, policy: PolicyTruth, dropped?: (packets: number) => number): Play =>
  ({ library, random, scene }) => {
    const machines = [scene.machine(), scene.machine()];
    const captures = byTime(
      ...machines.flatMap((machine) =>
        Array.from({ length: 6 }, (_, i) =>
          scene.play(pick(random, library.ordinary()), machine, 5 + i * 280 + random.below(60)),
        ),
      ),
    );
    return {
      about,
      captures: [captures],
      machines: machines.map(({ text, text6 }) => ({ addresses: [text, text6], uses: [] })),
      policy,
      ...(dropped === undefined ? {} : { dropped: dropped(captures.length) }),
    };
  };

/** A night lies in the session, and the ban begins at its midnight: the first half was lawful. */
const banAtMidnight: Play = (workshop) => {
  const made = night(15)(workshop);
  const [violation] = made.policy?.violations ?? [];
  if (made.policy === undefined || violation === undefined) return made;
  const { max } = violation.requests;
  return {
    ...made,
    about: `${made.about}, the ban begins at midnight`,
    policy: {
      ...made.policy,
      text: made.policy.text.replace('2026-07-01', '2026-07-15'),
      violations: [{ ...violation, requests: { min: 1, max: Math.max(1, max - 1) } }],
    },
  };
};

const allowList = (tool: string, isDenied: boolean): PolicyTruth => ({
  text: `version: 1
name: composed
timezone: UTC
default: { action: deny, effective: 2026-07-01 }
rules:
  - { id: OK, title: allowed, match: { tools: [${tool}] }, action: allow }
`,
  verdicts: { default: isDenied ? 'violated' : 'compliant' },
  violations: [],
});

/** One tool is used where only a list of tools is allowed, and may be on it. */
const onAllowList =
  (isAllowed: boolean): Play =>
  ({ library, random, scene }) => {
    const recording = pick(
      random,
      library.timed().filter(({ name }) => !/relay|proxy/.test(name)),
    );
    const machine = scene.machine();
    const [tool = ''] = recording.tools;
    const policy = allowList(isAllowed ? tool : tool === 'amp' ? 'aider' : 'amp', !isAllowed);
    const violation = { host: machine.text, tool, requests: exactly(recording.requests) };
    return {
      about: `${recording.name}, ${isAllowed ? 'on' : 'not on'} the list of what is allowed`,
      captures: [scene.play(recording, machine, 0)],
      machines: [truthOf(machine, [recording])],
      policy: { ...policy, violations: isAllowed ? [] : [violation] },
    };
  };

/** A rule about the vendor of an API, whose client is excepted, or used it in the grace period alone. */
const onVendor =
  (
    about: string,
    verdict: 'compliant' | 'inconclusive',
    change: (text: string, host: string) => string,
  ): Play =>
  (workshop) => {
    const made = onApi('vendors: [Anthropic]')(workshop);
    const text = change(made.policy?.text ?? '', made.machines[0]?.addresses[0] ?? '');
    return {
      ...made,
      about: `${made.about}, ${about}`,
      policy: { text, verdicts: { [RULE]: verdict }, violations: [] },
    };
  };

const exempted = (text: string, host: string): string =>
  `${text}exceptions:
  - { id: EX, rule: ${RULE}, scope: { cidr: [${host}/32] }, until: 2026-08-01, reason: research }
`;

const inGrace = (text: string): string =>
  text.replace('effective: 2026-07-01', 'effective: 2026-07-01, grace: { until: 2026-08-01 }');

/** The same in an office: eight machines also do ordinary work. */
const amongOthers =
  (play: Play): Play =>
  (workshop) => {
    const { library, random, scene } = workshop;
    const made = play(workshop);
    const others = Array.from({ length: 8 }, () => scene.machine());
    const work = others.flatMap((machine) =>
      Array.from({ length: 3 }, (_, i) =>
        scene.play(pick(random, library.ordinary()), machine, 5 + i * 500 + random.below(200)),
      ),
    );
    const [frames = []] = made.captures;
    return {
      ...made,
      about: `${made.about}, among eight other machines`,
      captures: [byTime(frames, ...work)],
      machines: [
        ...made.machines,
        ...others.map(({ text, text6 }) => ({ addresses: [text, text6], uses: [] })),
      ],
    };
  };

const handshake = (random: Random): { up: Buffer; down: Buffer } => ({
  up: noise(random, 300),
  down: noise(random, 1200),
});
const ssh = (): { up: Buffer; down: Buffer } => ({
  up: Buffer.from('SSH-2.0-OpenSSH_9.6\r\n'),
  down: Buffer.from('SSH-2.0-OpenSSH_9.7\r\n'),
});

const PLAYS: readonly Play[] = [
  onApi('tools: [anthropic-api]'),
  onApi('vendors: [Anthropic]'),
  night(9),
  night(15),
  night(63),
  night(87),
  tunnel('WireGuard on UDP 443', 443, wireguard(true)),
  tunnel('WireGuard joined midway', 4999, wireguard(false)),
  tunnel('unknown UDP', 4999, (random) => noise(random, 60 + random.below(1100))),
  tunnel('unknown UDP on port 443', 443, (random) => noise(random, 60 + random.below(1100))),
  tunnel('OpenVPN', 1194, openvpn),
  tunnel('OpenVPN on another port', 4194, openvpn),
  tcpTunnel('Shadowsocks-like TCP', 8388, () => []),
  tcpTunnel('Shadowsocks-like TCP on port 443', 443, () => []),
  tcpTunnel('OpenVPN over TCP', 443, (random) => [handshake(random)]),
  tcpTunnel('an SSH tunnel', 22, () => [ssh()]),
  tcpTunnel('an SSH tunnel on port 443', 443, () => [ssh()]),
  joinedMidway,
  banAtMidnight,
  onAllowList(true),
  onAllowList(false),
  onVendor('the client is excepted', 'compliant', exempted),
  onVendor('in the grace period', 'inconclusive', inGrace),
  amongOthers(tunnel('WireGuard on UDP 443', 443, wireguard(true))),
  amongOthers(tunnel('WireGuard joined midway', 4999, wireguard(false))),
  amongOthers(tunnel('unknown UDP', 4999, (random) => noise(random, 60 + random.below(1100)))),
  amongOthers(tcpTunnel('Shadowsocks-like TCP on port 443', 443, () => [])),
  amongOthers(tcpTunnel('an SSH tunnel', 22, () => [ssh()])),
  amongOthers(joinedMidway),
  ordinary('drop counters: a tenth', open('tools: [claude-code]'), (packets) => Math.round(packets / 9)),
  ordinary('drop counters: a tenth, a vendor rule', open('vendors: [Anthropic]'), (packets) =>
    Math.round(packets / 9),
  ),
  ordinary('drop counters: none', kept('tools: [claude-code]'), () => 0),
  ordinary('clean, one tool', kept('tools: [claude-code]')),
  ordinary('clean, a vendor', kept('vendors: [Anthropic]')),
  ordinary('clean, an API', kept('tools: [openai-api]')),
  ordinary('clean, an allow list', allowList('claude-code', false)),
];

export const AUDITS: Family = {
  name: 'audits',
  kinds: PLAYS.length,
  make(workshop, index) {
    const play = PLAYS[index % PLAYS.length] ?? pick(workshop.random, PLAYS);
    return play(workshop);
  },
};
