// Users of proxies: pseudonyms on request, in the windows of their hosts, and never their names.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openSource } from '../../../../src/query/source.ts';
import { ProxyUsers } from '../../../../src/reading/logs/collect.ts';
import { temporaryFolder } from '../../../temporary.ts';

const SAMPLE = join(import.meta.dirname, '../../../../captures/logs/squid');
const folder = temporaryFolder('proxy-users');

const key = join(folder, 'key');
writeFileSync(key, Buffer.alloc(32, 7));
writeFileSync(join(folder, 'squid.conf'), readFileSync(join(SAMPLE, 'squid.conf.part')));
writeFileSync(
  join(folder, 'access.log'),
  readFileSync(join(SAMPLE, 'access.log'), 'utf8').replaceAll(':443 - ', ':443 alice.miller '),
);
const logs = [join(folder, 'access.log'), join(folder, 'squid.conf')];

async function windowsOf(users?: string) {
  const source = await openSource(logs, users === undefined ? {} : { users });
  const { windows } = await source.read();
  return windows;
}
const namesIn = (windows: Awaited<ReturnType<typeof windowsOf>>): string[] => [
  ...new Set(windows.flatMap(({ hosts }) => hosts.flatMap(({ names }) => names))),
];

it('are dropped where they were not asked for', async () => {
  expect(namesIn(await windowsOf())).toEqual([]);
});

it('are names of their hosts by pseudonyms of the key, the same in each reading', async () => {
  const windows = await windowsOf(key);
  const [name, ...others] = namesIn(windows);
  expect(name).toMatch(/^u-[2-9B-Z]{8}$/);
  expect(others).toEqual([]);
  expect(JSON.stringify(windows)).not.toContain('alice');
  expect(await windowsOf(key)).toEqual(windows);
  writeFileSync(join(folder, 'other'), Buffer.alloc(32, 8));
  expect(namesIn(await windowsOf(join(folder, 'other')))).not.toEqual([name]);
});

it('need a key that can be read', async () => {
  await expect(windowsOf(join(folder, 'none'))).rejects.toMatchObject({
    code: 'USAGE',
    where: 'option --users',
  });
});

it('of one host are at most sixteen, whatever their order', () => {
  const users = Array.from({ length: 40 }, (_, i) => `user${String(i).padStart(2, '0')}`);
  const held = (order: readonly string[]): readonly string[] | undefined => {
    const proxyUsers = new ProxyUsers(900e6, (user) => user);
    for (const user of order) proxyUsers.add('10.0.0.1', user, 900e6);
    const host = { host: '10.0.0.1', names: ['pc'] };
    const window = { startSeconds: 900, hosts: [host] } as never;
    return [...(proxyUsers.addTo([window])[0]?.hosts ?? [])][0]?.names;
  };
  expect(held(users)).toEqual(['pc', ...users.slice(0, 15)]);
  expect(held(users.toReversed())).toEqual(held(users));
});
