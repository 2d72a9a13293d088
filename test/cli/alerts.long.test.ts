// wiretally alerts test: one message to each receiver, within the sandbox; no address and no key in any output.

import { chmodSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { temporaryFolder } from '../temporary.ts';
import { wiretally } from './run.ts';

const folder = temporaryFolder('receivers');
const file = join(folder, 'receivers.yaml');
const paths: string[] = [];
const server = createServer((request, response) => {
  paths.push(request.url ?? '');
  request.resume();
  request.on('end', () => response.writeHead(request.url === '/refused-secret' ? 403 : 200).end());
});
beforeAll(async () => {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const url = `http://localhost:${(server.address() as AddressInfo).port}`;
  const receivers = [
    { name: 'soc', type: 'slack', url: `${url}/slack-secret`, severity: 'critical' },
    { name: 'night', type: 'pagerduty', url: `${url}/pager`, routingKey: 'key-secret' },
    { name: 'ops', type: 'mattermost', url: `${url}/refused-secret` },
    { name: 'mail', type: 'email', smtp: 'smtp://127.0.0.1:1', from: 'a@example.com', to: ['b@example.com'] },
  ];
  writeFileSync(file, JSON.stringify({ receivers }), { mode: 0o600 });
});
afterAll(() => {
  server.close();
});

const test = (...words: readonly string[]) => wiretally(['alerts', 'test', '--receivers', file, ...words]);

it('tells which receivers took it', async () => {
  const { code, out, err } = await test();
  expect(out.trimEnd().split('\n')).toEqual([
    'ok     slack soc',
    'ok     pagerduty night',
    'failed mattermost ops: answered 403',
    expect.stringMatching(/^failed email mail: not sent: E[A-Z]+$/),
  ]);
  expect(code).toBe(3);
  expect(out + err).not.toContain('secret');
  expect(paths.sort()).toEqual(['/pager', '/pager', '/refused-secret', '/slack-secret']);
});

it('tests those that are named', async () => {
  paths.length = 0;
  expect(await test('--receiver', 'soc')).toMatchObject({ code: 0, out: 'ok     slack soc\n' });
  expect(paths).toEqual(['/slack-secret']);
  expect(await test('--receiver', 'sock')).toMatchObject({ code: 2, out: '' });
});

it('reads no file that others can read', async () => {
  chmodSync(file, 0o644);
  expect(await test()).toMatchObject({ code: 2, err: expect.stringContaining('chmod 600') });
  chmodSync(file, 0o600);
});
