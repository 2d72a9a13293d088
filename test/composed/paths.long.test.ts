// Paths of tools on composed offices: how many connections passed a proxy, from packets, from stored windows and from the log
// that Squid writes of the same traffic; and statements that all of them passed.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Random } from '../../bench/random.ts';
import { pick, type Workshop } from '../../captures/composed/case.ts';
import { clock } from '../../captures/composed/clock.ts';
import { RecordingLibrary } from '../../captures/composed/library.ts';
import { byTime, type Machine, MORNING_US, Scene } from '../../captures/composed/scene.ts';
import { addresses, viewIpFrame } from '../../captures/ip-frame.ts';
import { type Frame, writePcap } from '../../captures/pcap.ts';
import { attribute } from '../../src/attribution/attribute.ts';
import { catalogueFacts } from '../../src/catalogue/policy-facts.ts';
import { loadCatalogue } from '../../src/files/catalogue-files.ts';
import type { PathDay } from '../../src/model/report.ts';
import type { Statement } from '../../src/model/statement.ts';
import { evaluate } from '../../src/policy/evaluate.ts';
import { loadPolicy } from '../../src/policy/parse-policy.ts';
import { listSubjects } from '../../src/policy/subjects.ts';
import { attest } from '../../src/query/attest.ts';
import { openSource, type SourceRead } from '../../src/query/source.ts';
import { openStore } from '../../src/store/open.ts';
import { openZone } from '../../src/time/zone.ts';
import { temporaryFolder } from '../temporary.ts';

const library = new RecordingLibrary(['captures']);
const catalogue = await loadCatalogue([]);
const folder = temporaryFolder('paths');

const PROXY_PORT = 3128;
const HTTPS_PORT = 443;
const SINCE = MORNING_US / 1e6;

/** Each tool with and without a proxy, and its names. */
const TOOLS = [
  {
    ...{
      tool: 'claude-code',
      proxied: 'claude-code-2.1.328-connect-proxy',
      direct: 'claude-code-2.1.328-prompt',
    },
    names: ['api.anthropic.com'],
  },
  {
    ...{ tool: 'augment', proxied: 'auggie-0.36.0-rt-connect-proxy', direct: 'auggie-0.36.0-prompt' },
    names: ['d1.api.augmentcode.com'],
  },
] as const;
type ToolOfCase = (typeof TOOLS)[number];

interface Counts {
  readonly through: number;
  readonly around: number;
}

interface Connection {
  readonly client: string;
  readonly clientPort: number;
  readonly server: string;
  readonly port: number;
  readonly firstUs: number;
  lastUs: number;
  /** Payload of the client and of the server. */
  readonly sent: [Buffer[], Buffer[]];
}

/** TCP connections of the frames, in the order of their first packets: read apart from the engine. */
function connectionsOf(frames: readonly Frame[]): Connection[] {
  const found = new Map<string, Connection>();
  for (const { bytes, timeUs } of frames) {
    const view = viewIpFrame(bytes);
    if (view === null || view.protocol !== 'tcp') continue;
    const { source, destination } = addresses(view);
    const ports = [0, 2].map((at) => bytes.readUInt16BE(view.transportAt + at));
    const isUp = ports[1] === PROXY_PORT || ports[1] === HTTPS_PORT;
    if (!isUp && ports[0] !== PROXY_PORT && ports[0] !== HTTPS_PORT) continue;
    const [client, server] = (isUp ? [source, destination] : [destination, source]).map((address) =>
      [...address].join('.'),
    );
    const [clientPort = 0, port = 0] = isUp ? ports : ports.toReversed();
    const key = `${client} ${clientPort} ${port}`;
    const one = found.get(key) ?? {
      client: client ?? '',
      server: server ?? '',
      clientPort,
      port,
      firstUs: timeUs,
      lastUs: timeUs,
      sent: [[], []],
    };
    found.set(key, one);
    one.lastUs = timeUs;
    if (view.endAt > view.payloadAt) one.sent[isUp ? 0 : 1].push(bytes.subarray(view.payloadAt, view.endAt));
  }
  return [...found.values()];
}

const bytesIn = (parts: readonly Buffer[]): number => parts.reduce((sum, { length }) => sum + length, 0);

/** Host of the CONNECT request; null without one. */
const targetOf = ({ port, sent: [up] }: Connection): string | null =>
  port === PROXY_PORT ? (/^CONNECT ([^ :]+):443 /.exec(up[0]?.toString('latin1') ?? '')?.[1] ?? null) : null;

/** The name in the hello, whatever else is in it. */
const isHelloTo = ({ port, sent: [up, down] }: Connection, name: string): boolean =>
  port === HTTPS_PORT && down.length > 0 && Buffer.concat(up.slice(0, 4)).includes(name);

function countIn(frames: readonly Frame[], client: string, names: readonly string[]): Counts {
  const own = connectionsOf(frames).filter((one) => one.client === client);
  return {
    through: own.filter((one) => names.includes(targetOf(one) ?? '')).length,
    around: own.filter((one) => names.some((name) => isHelloTo(one, name))).length,
  };
}

/** What Squid writes with the format of captures/logs/squid. */
function squidLog(frames: readonly Frame[]): { readonly log: string; readonly definition: string } {
  const lines = connectionsOf(frames).flatMap((one) => {
    const target = targetOf(one);
    if (target === null) return [];
    const [up, down] = one.sent.map(bytesIn);
    const ms = Math.round((one.lastUs - one.firstUs) / 1000);
    const end = (one.lastUs / 1e6).toFixed(3);
    return [
      [
        Number(end),
        `${end} ${String(ms).padStart(6)} ${one.client}:${one.clientPort} TCP_TUNNEL/200 ${down} ${up} CONNECT ${target}:443 - HIER_DIRECT/198.51.100.22 ${target} splice "-"`,
      ] as const,
    ];
  });
  lines.sort(([a], [b]) => a - b);
  return {
    log: lines.map(([, line]) => `${line}\n`).join(''),
    definition:
      'logformat custom %ts.%03tu %6tr %>a:%>p %Ss/%03>Hs %<st %>st %rm %ru %[un %Sh/%<a %ssl::>sni %ssl::bump_mode "%{User-Agent}>h"\n',
  };
}

/** A rule names a gateway, whether anything goes through it or not. */
const listed = (proxies: readonly string[]): readonly string[] =>
  proxies.length > 0 ? proxies : ['10.1.0.9'];

interface Office {
  readonly of: ToolOfCase;
  readonly frames: readonly Frame[];
  /** Addresses of the proxy: each network reaches it by one of its own. None: nothing went through it. */
  readonly proxies: readonly string[];
  readonly hosts: readonly string[];
}

type Make = (workshop: Workshop, of: ToolOfCase) => Office;

const play = ({ scene, random }: Workshop, name: string, machine: Machine): Frame[] =>
  scene.play(library.get(name), machine, 20 + random.below(300));

/** Machines of one network, which have one proxy. */
function office(
  workshop: Workshop,
  of: ToolOfCase,
  plays: readonly (readonly ('proxied' | 'direct')[])[],
): Office {
  const first = workshop.scene.machine();
  const machines = plays.map((_, i) => {
    if (i === 0) return first;
    const other = workshop.scene.machine();
    const address = Buffer.from(other.address);
    address.writeUInt8(first.address.readUInt8(2), 2);
    return { ...other, address, gateway: first.gateway, text: [...address].join('.') };
  });
  const frames = machines.flatMap((machine, i) =>
    (plays[i] ?? []).map((kind) => play(workshop, of[kind], machine)),
  );
  const others = [0, 1].map(() =>
    workshop.scene.play(pick(workshop.random, library.ordinary()), workshop.scene.machine(), 10),
  );
  return {
    ...{ of, hosts: machines.map(({ text }) => text) },
    frames: byTime(clock(), ...frames, ...others),
    proxies: [
      ...new Set(
        connectionsOf(frames.flat()).flatMap((one) => (one.port === PROXY_PORT ? [one.server] : [])),
      ),
    ],
  };
}

const OFFICES: Readonly<Record<string, Make>> = {
  proxy: (workshop, of) => office(workshop, of, [['proxied'], ['proxied']]),
  direct: (workshop, of) => office(workshop, of, [['direct']]),
  both: (workshop, of) => office(workshop, of, [['proxied', 'direct'], ['proxied'], ['direct']]),
  // Three people behind one address.
  nat: (workshop, of) => office(workshop, of, [['proxied', 'direct', 'proxied']]),
};

async function read(files: readonly string[], sensor: string): Promise<SourceRead> {
  return await (await openSource(files, { loadedCatalogue: catalogue, workers: 1, sensor })).read();
}

function pathsOf({ windows }: SourceRead, { of, proxies }: Office): readonly PathDay[] {
  const text = `version: 1
name: paths
timezone: UTC
rules:
  - { id: PATH, title: through the proxy, match: { tools: [${of.tool}] }, action: allow, via: { host: [${listed(proxies)}], log: 'proxy-*' }, evidence: { confidence: possible } }
`;
  const policy = loadPolicy(text, 'p.yaml', catalogueFacts(catalogue));
  const zone = openZone('UTC');
  const attributions = attribute(windows, catalogue, { zone });
  return evaluate(policy, listSubjects(windows, attributions)).rules[0]?.paths?.days ?? [];
}

const shares = (days: readonly PathDay[]): Record<string, Counts> =>
  Object.fromEntries(
    days.map(({ host, through, around, unclear, unknown }) => {
      expect(unclear + unknown).toBe(0);
      return [host, { through, around }];
    }),
  );

function stated(source: SourceRead, { of, proxies }: Office): Statement {
  const tool = catalogue.tool(of.tool);
  if (tool === undefined) throw new Error(`no tool ${of.tool}`);
  return attest(source, {
    ...{ tool, scope: [], via: listed(proxies), sinceSeconds: SINCE, untilSeconds: SINCE + 900 },
    ...{ policy: null, command: 'attest', timezone: 'UTC' },
  }).statement;
}

const CASES = Object.entries(OFFICES).flatMap(([name, make]) =>
  TOOLS.flatMap((of) => [1, 2].map((seed) => ({ name, make, of, seed, tool: of.tool }))),
);

describe('connections by path', () => {
  it.each(CASES)('$name, $tool, $seed', { timeout: 300_000 }, async ({ name, make, of, seed }) => {
    const random = new Random(seed);
    const one = make({ library, random, scene: new Scene(random) }, of);
    const own = join(folder, `${name}-${of.tool}-${seed}`);
    mkdirSync(own);
    const capture = join(own, 'office.pcap');
    writeFileSync(capture, writePcap([...one.frames]));
    const truth = Object.fromEntries(one.hosts.map((host) => [host, countIn(one.frames, host, of.names)]));
    expect(Object.values(truth).every(({ through, around }) => through + around > 0)).toBe(true);

    const packets = await read([capture], 'office');
    expect(shares(pathsOf(packets, one))).toEqual(truth);
    for (const store of ['office.usage', 'office.duckdb']) {
      const into = await openStore(join(own, store), { mode: 'write' });
      await into.put(packets.windows);
      await into.close();
      expect(shares(pathsOf(await read([join(own, store)], 'office'), one))).toEqual(truth);
    }

    const { log, definition } = squidLog(one.frames);
    const logged = Object.entries(truth).filter(([, { through }]) => through > 0);
    if (logged.length > 0) {
      const files = [join(own, 'access.log'), join(own, 'squid.conf')];
      writeFileSync(files[0] ?? '', log);
      writeFileSync(files[1] ?? '', definition);
      const byLog = await read(files, 'proxy-1');
      const through = Object.fromEntries(logged.map(([host, counts]) => [host, { ...counts, around: 0 }]));
      expect(shares(pathsOf(byLog, one))).toEqual(through);
      // A proxy does not see what goes around it.
      expect(stated(byLog, one).reasons.map(({ reason }) => reason)).toContain('logs');
    }

    const { result, reasons, sentence, flows } = stated(packets, one);
    const sum = (key: keyof Counts): number =>
      Object.values(truth).reduce((all, counts) => all + counts[key], 0);
    expect(flows).toEqual({ through: sum('through'), around: sum('around'), unclear: 0, unknown: 0 });
    expect(result, sentence).toBe(sum('around') === 0 ? 'allPassed' : 'noStatement');
    if (result === 'noStatement') expect(reasons.map(({ reason }) => reason)).toContain('around');
    else expect(sentence).toContain(`All ${sum('through')} connections of`);
  });
});
