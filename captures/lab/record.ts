// Records one tool in a closed network: npm run lab -- captures/lab/plans/TOOL.json [--version V] [--variant NAME]…
// [--fault NAME]… [--out DIR] [--keep]. The program is installed once for all variants and faults. Writes
// TOOL-VERSION.pcap.gz, with the bodies blanked, and TOOL-VERSION.json, its line of manifest.json. Root is needed for
// namespaces, npm for the tool; docs: captures/lab/README.md.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { blankApplicationData } from '../blank.ts';
import { readPcap, writePcap } from '../pcap.ts';
import type { LabFault } from './faults.ts';
import { faultLine, manifestLine } from './manifest-line.ts';
import { type LabNetwork, makeNetwork, SERVER } from './network.ts';
import { faultOf } from './other-values.ts';
import { type Plan, planOf, readPlan } from './plan.ts';
import type { Served } from './server.ts';

const SYSTEM_STORE = '/etc/ssl/certs/ca-certificates.crt';
/** Data in transit at the end of a run are still captured. */
const LAST_PACKETS_MS = 2000;
const NOBODY = '65534';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    version: { type: 'string' },
    variant: { type: 'string', multiple: true, default: [] },
    fault: { type: 'string', multiple: true, default: [] },
    out: { type: 'string', default: 'captures/recordings' },
    keep: { type: 'boolean', default: false },
  },
});

interface Lab {
  readonly work: string;
  readonly plan: Plan;
  readonly network: LabNetwork;
  /** With the names of the plan. */
  readonly fault: LabFault;
}

/** Through npm, with its own settings, before the network is closed; nothing of the package is run yet. */
function install(plan: Plan, work: string): string | null {
  if (plan.npm === undefined) return null;
  const spec = `${plan.npm}@${options.version ?? plan.version ?? 'latest'}`;
  const words = [
    'install',
    '--prefix',
    join(work, 'tool'),
    '--no-audit',
    '--no-fund',
    '--ignore-scripts',
    spec,
  ];
  execFileSync('npm', words, { stdio: ['ignore', 'ignore', 'inherit'] });
  const about = readFileSync(join(work, 'tool', 'node_modules', plan.npm, 'package.json'), 'utf8');
  return (JSON.parse(about) as { readonly version: string }).version;
}

async function isReady(child: ChildProcess, word: string): Promise<void> {
  for await (const text of child.stdout ?? []) if (String(text).includes(word)) return;
  throw new Error(`${child.spawnargs.join(' ')}: ended before it was ready`);
}

const ended = (child: ChildProcess): Promise<unknown> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve()
    : new Promise((resolve) => child.once('exit', resolve));

function startOn(side: readonly string[], words: readonly string[]): ChildProcess {
  const [program = '', ...rest] = [...side, ...words];
  return spawn(program, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
}

/** Runs the tool as its user would: the lab's root is in the system store, and the lab resolves names. */
function startTool({ work, plan, network, fault }: Lab): ChildProcess {
  const home = join(work, 'home');
  for (const [path, text] of Object.entries(plan.files)) {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), text);
  }
  execFileSync('chown', ['-R', `${NOBODY}:${NOBODY}`, home]);
  writeFileSync(join(work, 'resolv.conf'), resolverSettings(fault));
  writeFileSync(
    join(work, 'roots.pem'),
    `${readFileSync(SYSTEM_STORE, 'utf8')}\n${readFileSync(join(work, 'lab', 'ca.pem'), 'utf8')}`,
  );
  const modules = join(work, 'tool', 'node_modules');
  const fill = (text: string): string =>
    text
      .replaceAll('{bin}', join(modules, '.bin'))
      .replaceAll('{modules}', modules)
      .replaceAll('{home}', home);
  const env = {
    ...{ PATH: process.env.PATH ?? '', HOME: home, LANG: 'C.UTF-8', TERM: 'dumb' },
    ...rootSettings({ work, plan, fault }),
    ...plan.env,
    ...fault.env,
  };
  const inside = [
    ...(isInStore(fault) ? [`mount --bind ${join(work, 'roots.pem')} ${SYSTEM_STORE}`] : []),
    `mount --bind ${join(work, 'resolv.conf')} /etc/resolv.conf`,
    'cd "$HOME"',
    `exec setpriv --reuid=${NOBODY} --regid=${NOBODY} --clear-groups "$@"`,
  ].join(' && ');
  const [program = '', ...words] = [...network.onClient, 'unshare', '--mount', 'sh', '-c', inside, 'sh'];
  return spawn(program, [...words, ...plan.command.map(fill)], {
    env: Object.fromEntries(Object.entries(env).map(([name, value]) => [name, fill(value)])),
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: true,
  });
}

const resolverSettings = ({ resolvers = [SERVER], search, resolverOptions }: LabFault): string =>
  [
    ...(search === undefined ? [] : [`search ${search}`]),
    ...(resolverOptions === undefined ? [] : [`options ${resolverOptions}`]),
    ...resolvers.map((one) => `nameserver ${one}`),
    '',
  ].join('\n');

const isInStore = ({ trust = 'system-store' }: LabFault): boolean =>
  trust === 'system-store' || trust === 'NODE_USE_SYSTEM_CA';

function rootSettings({
  work,
  plan,
  fault: { trust },
}: Pick<Lab, 'work' | 'plan' | 'fault'>): Record<string, string> {
  if (trust === undefined) return plan.runtime === 'node' ? nodeRoots(work) : {};
  if (trust === 'NODE_USE_SYSTEM_CA') return { [trust]: '1' };
  return trust === 'none' || trust === 'system-store' ? {} : { [trust]: join(work, 'roots.pem') };
}

/**
 * Node reads the system store only on request, and before 22.15 not at all. Neither affects its traffic, but a
 * program on Bun splits its bodies differently with the second.
 */
function nodeRoots(work: string): Record<string, string> {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  return major > 22 || (major === 22 && minor >= 15)
    ? { NODE_USE_SYSTEM_CA: '1' }
    : { NODE_EXTRA_CA_CERTS: join(work, 'roots.pem') };
}

/** A curl every few seconds while the tool runs. */
function startCurl({ work, network, fault }: Lab): ChildProcess | null {
  if (fault.curl === undefined) return null;
  const { curlResolver } = fault;
  const resolvers = curlResolver === undefined ? fault : { ...fault, resolvers: [curlResolver] };
  writeFileSync(join(work, 'curl-resolv.conf'), resolverSettings(resolvers));
  const inside = [
    `mount --bind ${join(work, 'curl-resolv.conf')} /etc/resolv.conf`,
    `while :; do curl -s -m 8 -o /dev/null --cacert ${join(work, 'roots.pem')} "$@"; sleep 4; done`,
  ].join(' && ');
  const words = ['unshare', '--mount', 'sh', '-c', inside, 'sh', ...fault.curl];
  const [program = '', ...rest] = [...network.onClient, ...words];
  return spawn(program, rest, { env: { PATH: process.env.PATH ?? '' }, stdio: 'ignore', detached: true });
}

/** Ends a group of processes; others are ended by themselves. */
function endGroup(child: ChildProcess | null): void {
  if (child?.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGTERM');
}

async function record(lab: Lab): Promise<readonly Served[]> {
  const { work, plan, network, fault } = lab;
  writeFileSync(join(work, 'lab', 'fault.json'), JSON.stringify(fault));
  writeFileSync(join(work, 'lab', 'bridge.json'), JSON.stringify(fault.bridge ?? []));
  const bridge = startOn(network.onBridge, [
    ...['python3', fileURLToPath(new URL('../../../../captures/lab/bridge.py', import.meta.url))],
    ...[...network.bridgeInterfaces, join(work, 'lab', 'bridge.json')],
    ...(fault.way === undefined ? [] : [fault.way.delayMs, fault.way.hops].map(String)),
  ]);
  await isReady(bridge, 'ready');
  const script = fileURLToPath(new URL('./serve.js', import.meta.url));
  const server = startOn(network.onServer, [
    process.execPath,
    script,
    join(work, 'lab'),
    plan.telemetry ?? '',
  ]);
  await isReady(server, 'ready');
  const tcpdump = ['tcpdump', '-i', network.clientInterface, '-U', '-s', '0', '--immediate-mode'];
  const capture = startOn(network.onClient, [...tcpdump, '-w', join(work, 'raw.pcap'), '-Z', 'root']);
  await delay(LAST_PACKETS_MS);
  const tool = startTool(lab);
  const curl = startCurl(lab);
  await Promise.race([ended(tool), delay(plan.seconds * 1000, undefined, { ref: false })]);
  for (const child of [tool, curl]) endGroup(child);
  await delay(LAST_PACKETS_MS);
  for (const child of [capture, server, bridge]) {
    child.kill(child === capture ? 'SIGINT' : 'SIGTERM');
    await ended(child);
  }
  return JSON.parse(readFileSync(join(work, 'lab', 'truth.json'), 'utf8'));
}

function keep(
  lab: Lab,
  version: string,
  name: string,
  served: readonly Served[],
  fault: string | null,
): void {
  if (served.length === 0 && fault === null)
    throw new Error('the tool sent no request: see its output above');
  const file = join(options.out, `${name}.pcap.gz`);
  const frames = readPcap(readFileSync(join(lab.work, 'raw.pcap')));
  blankApplicationData(frames);
  mkdirSync(options.out, { recursive: true });
  writeFileSync(file, gzipSync(writePcap(frames), { level: 9 }));
  const handshakes = execFileSync(process.execPath, ['dist/cli/main.js', 'dump', 'hellos', file, '-q'], {
    encoding: 'utf8',
  });
  const line =
    fault === null
      ? manifestLine({ plan: lab.plan, version, served, handshakes, file: `recordings/${name}.pcap.gz` })
      : faultLine(lab.plan, version, lab.fault, { file: `${name}.pcap.gz`, variant: fault });
  writeFileSync(join(options.out, `${name}.json`), `${JSON.stringify(line, null, 1)}\n`);
  console.log(`${file}: ${frames.length} packets, ${served.length} requests`);
  if (fault !== null) return;
  console.log(
    `next: node dist/cli/main.js catalogue learn ${file} --tool ${lab.plan.tool} --version ${version}`,
  );
}

const [planFile] = positionals;
if (planFile === undefined) throw new Error('usage: npm run lab -- captures/lab/plans/TOOL.json');
const plan = readPlan(planFile);
const work = mkdtempSync(join(tmpdir(), 'wiretally-lab-'));
// The tool runs as an unprivileged user.
chmodSync(work, 0o755);
try {
  const version = install(plan, work) ?? options.version ?? plan.version ?? 'unknown';
  const orNone = (names: readonly string[]): readonly (string | null)[] =>
    names.length === 0 ? [null] : names;
  const runs = orNone(options.variant).flatMap((variant) =>
    orNone(options.fault).map((fault) => ({ variant, fault })),
  );
  for (const { variant, fault } of runs) {
    const name = [plan.tool, version, variant, fault].filter((part) => part !== null).join('-');
    const own = variant === null ? plan : planOf(plan, variant);
    const made = faultOf(fault ?? 'healthy', own.model ?? '');
    for (const folder of ['lab', 'home']) {
      rmSync(join(work, folder), { recursive: true, force: true });
      mkdirSync(join(work, folder));
    }
    chmodSync(join(work, 'lab'), 0o700);
    const network = makeNetwork(made.hasIp6 === true);
    try {
      const lab = { work, plan: own, network, fault: made };
      keep(lab, version, name, await record(lab), fault);
    } finally {
      network.remove();
    }
    if (options.keep) copyFileSync(join(work, 'lab', 'truth.json'), join(options.out, `${name}.truth.json`));
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
