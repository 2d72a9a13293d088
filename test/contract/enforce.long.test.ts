// The exports in use: a proxy, a resolver and a firewall reject banned traffic and accept approved traffic.

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { EXPORT_FORMATS } from '../../src/policy/export/export-formats.ts';
import type { ExportContext } from '../../src/policy/export/plan.ts';
import { parsePolicy } from '../../src/policy/parse-policy.ts';
import { freePort } from '../free-port.ts';
import { temporaryFolder } from '../temporary.ts';

const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` };
const running: ChildProcess[] = [];
const namespaces: string[] = [];

afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
  for (const name of namespaces) execFileSync('ip', ['netns', 'del', name], { env });
});

const tools: ExportContext['tools'] = [
  {
    id: 'banned',
    name: 'Banned',
    vendor: 'V',
    kind: 'cli',
    endpoints: [
      { host: 'api.banned.test', match: 'exact', role: 'inference', specificity: 'tool' },
      { host: '*.wide.test', match: 'suffix', role: 'inference', specificity: 'vendor' },
    ],
    networks: ['10.99.7.0/25'],
    ja4: [],
  },
];

function exported(format: string): string {
  const text = `version: 1
name: enforcement
timezone: UTC
rules:
  - { id: R, title: banned, match: { tools: [banned] }, action: deny, effective: 2026-07-10 }
`;
  const parsed = parsePolicy(text, {
    version: '2026.11.1',
    tools: tools.map((tool) => ({ ...tool, hasOwnName: true })),
  });
  if (parsed.policy === null) throw new Error(JSON.stringify(parsed.errors));
  const context: ExportContext = {
    policy: parsed.policy,
    policySha256: 'a'.repeat(64),
    catalogueVersion: '2026.11.1',
    tools,
    sha1: (value) => createHash('sha1').update(value).digest('hex'),
  };
  return EXPORT_FORMATS[format]?.write(context)[0]?.text ?? '';
}

function lacks(...programs: string[]): boolean {
  for (const program of programs) {
    try {
      execFileSync('sh', ['-c', `command -v ${program}`], { env });
    } catch {
      console.warn(`skipped: ${program} is not installed, so its export was not tried out`);
      return true;
    }
  }
  return false;
}

function lacksNamespaces(): boolean {
  try {
    execFileSync('ip', ['netns', 'list'], { env });
    execFileSync('unshare', ['-n', 'true'], { env });
    return false;
  } catch {
    console.warn('skipped: network namespaces cannot be made here (needs root and iproute2)');
    return true;
  }
}

function folder(): string {
  const path = temporaryFolder('enforce');
  chmodSync(path, 0o777);
  return path;
}

/** Until the test's own time-out: a busy machine starts a program late. */
async function until(ready: () => Promise<boolean>): Promise<void> {
  while (!(await ready())) await new Promise((resolve) => setTimeout(resolve, 100));
}

/** Status code of a CONNECT through a proxy on loopback; 0 without a listener. */
function connectStatus(port: number, target: string): Promise<number> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () =>
      socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`),
    );
    socket.once('data', (data) => {
      resolve(Number(data.toString('latin1').split(' ')[1]));
      socket.destroy();
    });
    socket.once('error', () => resolve(0));
    socket.setTimeout(20_000, () => socket.destroy(new Error('no answer')));
  });
}

describe('what is exported', () => {
  it.skipIf(lacks('squid'))('makes a proxy refuse the banned names only', async () => {
    const [dir, port, target] = [folder(), await freePort(), createServer((socket) => socket.destroy())];
    await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve));
    const address = target.address();
    const open = address !== null && typeof address !== 'string' ? address.port : 0;
    writeFileSync(join(dir, 'rules.conf'), exported('squid'));
    writeFileSync(join(dir, 'hosts'), '127.0.0.1 approved.test\n');
    const config = join(dir, 'squid.conf');
    writeFileSync(
      config,
      `http_port 127.0.0.1:${port}\npid_filename ${dir}/squid.pid\naccess_log none\ncache_log ${dir}/cache.log\ncache deny all\nhosts_file ${dir}/hosts\ncoredump_dir ${dir}\nshutdown_lifetime 0 seconds\ninclude ${dir}/rules.conf\nhttp_access allow all\n`,
    );
    running.push(spawn('squid', ['-N', '-f', config], { env, stdio: 'ignore' }));
    await until(async () => (await connectStatus(port, `api.banned.test:${open}`)) !== 0);
    expect(await connectStatus(port, `api.banned.test:${open}`)).toBe(403);
    expect(await connectStatus(port, `deep.in.wide.test:${open}`)).toBe(403);
    expect(await connectStatus(port, `approved.test:${open}`)).toBe(200);
    target.close();
  });

  it.skipIf(lacks('named', 'dig'))('makes a resolver deny the banned names only', async () => {
    const [dir, port] = [folder(), await freePort()];
    writeFileSync(join(dir, 'rpz.zone'), exported('rpz'));
    writeFileSync(
      join(dir, 'test.zone'),
      '$TTL 60\n@ SOA localhost. h.localhost. 1 60 60 60 60\n@ NS localhost.\n* A 127.0.0.9\n',
    );
    mkdirSync(join(dir, 'run'));
    writeFileSync(
      join(dir, 'named.conf'),
      `options { directory "${dir}"; pid-file "${dir}/run/named.pid"; session-keyfile "${dir}/run/key"; listen-on port ${port} { 127.0.0.1; }; listen-on-v6 { none; }; recursion yes; allow-query { 127.0.0.1; }; dnssec-validation no; response-policy { zone "rpz.wiretally"; } qname-wait-recurse no; };\ncontrols { };\nzone "rpz.wiretally" { type primary; file "${dir}/rpz.zone"; };\nzone "test" { type primary; file "${dir}/test.zone"; };\n`,
    );
    running.push(spawn('named', ['-g', '-c', join(dir, 'named.conf')], { env, stdio: 'ignore' }));
    const ask = (name: string): string => {
      try {
        return execFileSync('dig', ['@127.0.0.1', '-p', String(port), '+time=5', '+tries=1', name, 'A'], {
          env,
          encoding: 'utf8',
        });
      } catch {
        return '';
      }
    };
    await until(async () => ask('approved.test').includes('status: NOERROR'));
    expect(ask('approved.test')).toContain('127.0.0.9');
    expect(ask('api.banned.test')).toContain('status: NXDOMAIN');
    expect(ask('wide.test')).toContain('status: NXDOMAIN');
    expect(ask('deep.in.wide.test')).toContain('status: NXDOMAIN');
    expect(ask('other.banned.test')).toContain('127.0.0.9');
  });

  it.skipIf(lacks('unbound', 'dig'))('makes another resolver deny the banned names only', async () => {
    const [dir, port] = [folder(), await freePort()];
    writeFileSync(join(dir, 'rpz.zone'), exported('rpz'));
    const config = join(dir, 'unbound.conf');
    const local = ['approved.test', 'api.banned.test', 'other.banned.test', 'wide.test', 'deep.in.wide.test'];
    // Queries outside the zone go to a second resolver: here a stub that answers every name.
    const [stub, stubConfig] = [await freePort(), join(dir, 'stub.conf')];
    const common = (listening: number): string =>
      `server:\n  interface: 127.0.0.1\n  port: ${listening}\n  directory: "${dir}"\n  chroot: ""\n  username: ""\n  pidfile: "${dir}/${listening}.pid"\n  use-syslog: no\n  logfile: ""\n  do-not-query-localhost: no\n`;
    writeFileSync(
      stubConfig,
      `${common(stub)}  local-zone: "test." static\n${local.map((name) => `  local-data: "${name}. A 127.0.0.9"\n`).join('')}`,
    );
    writeFileSync(
      config,
      `${common(port)}  module-config: "respip iterator"\n  local-zone: "test." nodefault\nrpz:\n  name: rpz.wiretally\n  zonefile: "${dir}/rpz.zone"\nforward-zone:\n  name: "."\n  forward-addr: 127.0.0.1@${stub}\n`,
    );
    for (const file of [stubConfig, config])
      running.push(spawn('unbound', ['-d', '-c', file], { env, stdio: 'ignore' }));
    const ask = (name: string): string => {
      try {
        const words = ['@127.0.0.1', '-p', String(port), '+time=5', '+tries=1', name, 'A'];
        return execFileSync('dig', words, { env, encoding: 'utf8' });
      } catch {
        return '';
      }
    };
    await until(async () => ask('approved.test').includes('127.0.0.9'));
    expect(ask('other.banned.test')).toContain('127.0.0.9');
    for (const name of ['api.banned.test', 'wide.test', 'deep.in.wide.test'])
      expect(ask(name)).toContain('status: NXDOMAIN');
  });

  it.skipIf(lacks('nft', 'ip', 'ping') || lacksNamespaces())(
    'makes a firewall refuse the banned network only',
    () => {
      const [inside, outside] = [`wt-in-${process.pid}`, `wt-out-${process.pid}`];
      const ip = (...args: string[]): string => execFileSync('ip', args, { env, encoding: 'utf8' });
      for (const name of [inside, outside]) {
        ip('netns', 'add', name);
        namespaces.push(name);
      }
      ip('link', 'add', 'wt0', 'netns', inside, 'type', 'veth', 'peer', 'name', 'wt1', 'netns', outside);
      ip('-n', inside, 'addr', 'add', '10.99.7.200/24', 'dev', 'wt0');
      ip('-n', inside, 'link', 'set', 'wt0', 'up');
      for (const address of ['10.99.7.1/24', '10.99.7.130/24'])
        ip('-n', outside, 'addr', 'add', address, 'dev', 'wt1');
      ip('-n', outside, 'link', 'set', 'wt1', 'up');
      const file = join(folder(), 'rules.nft');
      writeFileSync(file, exported('nftables'));
      const reaches = (address: string): boolean => {
        try {
          ip('netns', 'exec', inside, 'ping', '-c', '1', '-W', '2', address);
          return true;
        } catch {
          return false;
        }
      };
      expect(reaches('10.99.7.1')).toBe(true);
      ip('netns', 'exec', inside, 'nft', '-f', file);
      expect(reaches('10.99.7.1')).toBe(false);
      expect(reaches('10.99.7.130')).toBe(true);
    },
  );
});
