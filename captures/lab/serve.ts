// The lab server as a separate process: serve FOLDER [TELEMETRY]. It creates the CA in the folder, reads the fault from
// fault.json, prints "ready", and writes what it served to truth.json on a signal.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Authority } from './authority.ts';
import type { LabFault } from './faults.ts';
import { LabNames, serveNames, serveNamesOverTcp } from './names.ts';
import { PROXY, SECOND_RESOLVER, SERVER } from './network.ts';
import { servePac, serveProxy } from './proxy.ts';
import { serveModels } from './server.ts';
import { serveSocks } from './socks.ts';

const [folder, telemetry] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: serve FOLDER [TELEMETRY]');
const fault: LabFault = JSON.parse(readFileSync(join(folder, 'fault.json'), 'utf8'));
const authority = new Authority(folder);
const names = new LabNames(fault.hasIp6);
for (const address of [SERVER, SECOND_RESOLVER])
  await serveNames(names, { port: 53, address, rules: fault.names ?? [] });
if (fault.proxy !== undefined)
  await serveProxy(names, { port: fault.proxyPort ?? 3128, address: PROXY, rules: fault.proxy });
if (fault.hasTcpNames === true) await serveNamesOverTcp(names, { port: 53, address: SERVER });
if (fault.socks !== undefined)
  await serveSocks(names, { port: fault.socks.port ?? 1080, address: PROXY, rule: fault.socks });
if (fault.hasPac === true) await servePac(PROXY);
const server = await serveModels(authority, {
  port: 443,
  names,
  address: fault.hasIp6 === true ? '::' : '0.0.0.0',
  isTelemetry: telemetry === undefined || telemetry === '' ? null : new RegExp(telemetry),
  ...(fault.answers === undefined ? {} : { answers: fault.answers }),
  ...(fault.upgrade === undefined ? {} : { upgrade: fault.upgrade }),
});
console.log('ready');
process.on('SIGTERM', () => {
  writeFileSync(join(folder, 'truth.json'), `${JSON.stringify(server.served, null, 1)}\n`);
  process.exit(0);
});
