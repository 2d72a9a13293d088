// The lab server as a separate process: serve FOLDER [TELEMETRY]. It creates the CA in the folder, prints "ready",
// and writes what it served to truth.json on a signal.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Authority } from './authority.ts';
import { LabNames, serveNames } from './names.ts';
import { SERVER } from './network.ts';
import { serveModels } from './server.ts';

const [folder, telemetry] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: serve FOLDER [TELEMETRY]');
const authority = new Authority(folder);
const names = await serveNames(new LabNames(), 53, SERVER);
const server = await serveModels(authority, {
  port: 443,
  address: '0.0.0.0',
  isTelemetry: telemetry === undefined || telemetry === '' ? null : new RegExp(telemetry),
});
console.log('ready');
process.on('SIGTERM', () => {
  writeFileSync(join(folder, 'truth.json'), `${JSON.stringify(server.served, null, 1)}\n`);
  names.close();
  process.exit(0);
});
