// The comparison with a registry on the loopback, which npm's own settings name.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadCatalogue } from '../../src/files/catalogue-files.ts';
import { knownPackages, type RefreshedPackage } from '../../tools/catalogue/compare.ts';
import { refreshText } from '../../tools/catalogue/refresh-text.ts';
import { comparePackage } from '../../tools/catalogue/registry.ts';

const FOLDER = mkdtempSync(join(tmpdir(), 'wiretally-refresh-test-'));
const NPM = '@qwen-code/qwen-code';
const PROGRAM = 'qwen-code-linux-x64';
/** The newest, and others in no order: one older than all known ones, a pre-release and a program of one platform. */
const RECORDED = '0.24.4';
const VERSIONS = ['99.0.0', '0.0.1', RECORDED, '98.1.0', '98.1.0-beta.1', '98.1.0-linux-x64'];
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
          versions: Object.fromEntries(
            VERSIONS.map((one) => [
              one,
              { ...version, version: one, engines: { node: one === RECORDED ? '>=22' : '>=26' } },
            ]),
          ),
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

const catalogue = await loadCatalogue();

async function refresh(id: string, from: string, withNames = true): Promise<RefreshedPackage[]> {
  process.env.npm_config_registry = from;
  process.env.npm_config_cache = join(FOLDER, 'cache');
  process.env.npm_config_update_notifier = 'false';
  const found: RefreshedPackage[] = [];
  for (const one of knownPackages(catalogue.tools.filter((tool) => tool.id === id)))
    found.push(await comparePackage(one, catalogue, withNames));
  return found;
}

describe('the comparison with the npm registry', () => {
  it('finds newer versions, and names in a package that no entry lists', async () => {
    const found = await refresh('qwen-code', registry);
    expect(found).toMatchObject([
      {
        ...{ tool: 'qwen-code', npm: NPM, registry: '99.0.0', state: 'newer' },
        newNames: ['new-model.qwen.ai'],
        otherNames: ['docs.elsewhere.dev'],
        engines: { from: 'node >=22', to: 'node >=26' },
        published: [
          { version: '98.1.0', date: '2026-11-23' },
          { version: '99.0.0', date: null },
        ],
      },
    ]);
    const text = refreshText(found, false);
    expect(text).toContain('To record (captures/lab): 1 package');
    expect(text).toContain('- qwen-code asks for another runtime: node >=22 before, node >=26 now\n');
    expect(text).toContain('new-model.qwen.ai; 1 further name');
    expect(text).toContain('(qwen-code, @qwen-code/qwen-code): 98.1.0 (2026-11-23), 99.0.0.');
    expect(refreshText(found, true)).toContain('- further names: docs.elsewhere.dev\n');
  });

  it('reports a package that the registry does not have, and fetches no package without names', async () => {
    expect(await refresh('jules', registry)).toMatchObject([
      { registry: null, state: 'notThere', newNames: null },
    ]);
    expect(await refresh('qwen-code', registry, false)).toMatchObject([
      { registry: '99.0.0', newNames: null },
    ]);
  });

  it('fails without a connection', async () => {
    await expect(refresh('qwen-code', 'http://127.0.0.1:1/')).rejects.toThrow(
      'the npm registry cannot be asked: ECONNREFUSED',
    );
  });
});
