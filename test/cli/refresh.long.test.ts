// `catalogue refresh` against a registry on the loopback, which npm is told of by its own configuration.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wiretally } from './run.ts';

const FOLDER = mkdtempSync(join(tmpdir(), 'wiretally-refresh-test-'));
const NPM = '@qwen-code/qwen-code';
const PROGRAM = 'qwen-code-linux-x64';
/** The newest, and others in no order: one older than all known ones, a pre-release and a program of one platform. */
const VERSIONS = ['99.0.0', '0.0.1', '98.1.0', '98.1.0-beta.1', '98.1.0-linux-x64'];
let server: Server;
let registry = '';

function packed(name: string, text: string): Buffer {
  const folder = join(FOLDER, name);
  mkdirSync(join(folder, 'package'), { recursive: true });
  writeFileSync(join(folder, 'package', 'package.json'), JSON.stringify({ name, version: '99.0.0' }));
  writeFileSync(join(folder, 'package', 'cli.js'), text);
  execFileSync('tar', ['-czf', join(folder, 'p.tgz'), '-C', folder, 'package']);
  return readFileSync(join(folder, 'p.tgz'));
}

beforeAll(async () => {
  const tarballs: Readonly<Record<string, Buffer>> = {
    [NPM]: packed(
      NPM,
      'fetch("https://dashscope.aliyuncs.com/x"); // https://example.com https://docs.elsewhere.dev/a',
    ),
    [PROGRAM]: packed(PROGRAM, 'x\0wss://new-model.qwen.ai/v1'),
  };
  server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '').slice(1);
    const [, tarball] = Object.entries(tarballs).find(([name]) => path === `tarball/${name}`) ?? [];
    const [name, bytes] = Object.entries(tarballs).find(([one]) => path === one) ?? [];
    if (tarball !== undefined) response.end(tarball);
    else if (name === undefined || bytes === undefined) {
      response.statusCode = 404;
      response.end('{"error":"not found"}');
    } else {
      const version = {
        ...{ name, version: '99.0.0', optionalDependencies: name === NPM ? { [PROGRAM]: '99.0.0' } : {} },
        dist: {
          tarball: `${registry}tarball/${name}`,
          integrity: `sha512-${createHash('sha512').update(bytes).digest('base64')}`,
        },
      };
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify({
          ...{ name, 'dist-tags': { latest: '99.0.0' } },
          versions: Object.fromEntries(VERSIONS.map((one) => [one, { ...version, version: one }])),
          time: { created: '2020-01-01T00:00:00.000Z', '98.1.0': '2026-11-23T23:59:00.000Z' },
        }),
      );
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  registry = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterAll(() => {
  server.close();
  rmSync(FOLDER, { recursive: true });
});

const ask = (words: readonly string[], from: string): ReturnType<typeof wiretally> =>
  wiretally(['catalogue', 'refresh', ...words], {
    env: {
      npm_config_registry: from,
      npm_config_cache: join(FOLDER, 'cache'),
      npm_config_update_notifier: 'false',
    },
  });

describe('catalogue refresh', () => {
  it('compares the versions of the registry with the recorded ones, and names inside a package with the known ones', async () => {
    const run = await ask(['--tool', 'qwen-code', '--json'], registry);
    expect([run.code, run.err]).toEqual([0, '']);
    expect(JSON.parse(run.out)).toMatchObject([
      {
        ...{ tool: 'qwen-code', npm: NPM, registry: '99.0.0', state: 'newer' },
        newNames: ['new-model.qwen.ai'],
        otherNames: ['docs.elsewhere.dev'],
        published: [
          { version: '98.1.0', date: '2026-11-23' },
          { version: '99.0.0', date: null },
        ],
      },
    ]);
    const text = await ask(['--tool', 'qwen-code'], registry);
    expect(text.out).toContain('To record (captures/lab): 1 package');
    expect(text.out).toContain('new-model.qwen.ai; 1 further name');
    expect(text.out.replaceAll(/\s+/g, ' ')).toContain(
      '(qwen-code, @qwen-code/qwen-code): 98.1.0 (2026-11-23), 99.0.0.',
    );
  });

  it('says of a package that is not there, and fetches nothing when it is not to', async () => {
    const gone = await ask(['--tool', 'jules', '--json'], registry);
    expect(JSON.parse(gone.out)).toMatchObject([{ registry: null, state: 'notThere', newNames: null }]);
    const versions = await ask(['--tool', 'qwen-code', '--no-names', '--json'], registry);
    expect(JSON.parse(versions.out)).toMatchObject([{ registry: '99.0.0', newNames: null }]);
  });

  it('says that it is off line, and what to do', async () => {
    const run = await ask(['--tool', 'qwen-code'], 'http://127.0.0.1:1/');
    expect([run.code, run.out]).toEqual([3, '']);
    expect(run.err).toContain('the npm registry cannot be asked: ECONNREFUSED');
    expect(run.err).toContain('wiretally catalogue status');
    const none = await ask(['--tool', 'cline'], registry);
    expect([none.code, none.out]).toEqual([2, '']);
  });
});
