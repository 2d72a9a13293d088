// The package as a user gets it: packed, with the core that travels, installed into an empty folder of a machine that has
// no compiler. Needs the npm registry (or its cache) for the dependencies; `npm run test:package` runs it.

import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildBrowser, hasEmscripten } from '../built-page.ts';
import { testedNodes } from '../node-versions/nodes.mjs';

const root = mkdtempSync(join(tmpdir(), 'wiretally-package-'));
const home = join(root, 'user');
const tools = join(root, 'bin');
afterAll(() => rmSync(root, { recursive: true }));

interface Done {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(
  command: string,
  words: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = process.env,
): Done {
  const { status, stdout, stderr } = spawnSync(command, words, {
    cwd,
    env,
    encoding: 'utf8',
    timeout: 540_000,
    maxBuffer: 64 << 20,
  });
  return { status, stdout, stderr };
}

function must(done: Done): string {
  if (done.status !== 0) throw new Error(`${done.stdout}${done.stderr}`);
  return done.stdout;
}

/** The package registry of this machine, from its environment. */
const wayToRegistry = Object.fromEntries(
  Object.entries(process.env).filter(([name]) =>
    /^(npm_config_(registry|userconfig|globalconfig|cafile)|(npm_config_)?(https?[-_]|no)_?proxy|SSL_CERT_FILE|NODE_EXTRA_CA_CERTS)$/i.test(
      name,
    ),
  ),
);

/** As a user of a machine with Node and a shell, and nothing that compiles. */
const asUser = (command: string, ...words: readonly string[]): Done =>
  run(command, words, home, {
    ...wayToRegistry,
    PATH: `${join(home, 'node_modules/.bin')}:${tools}`,
    HOME: process.env.HOME,
    LANG: 'C.UTF-8',
  });

const canBuildPage = hasEmscripten();

/** Made by native-bindings/code-cache.mjs. */
const CODE_CACHE = `dist/cli/start.js.${process.version}-${process.arch}.cache`;

let files: readonly string[] = [];

/** The tarball of this tree, with the core that was built here as the one that travels. */
function pack(): string {
  must(run('npm', ['run', 'build:types'], '.'));
  const [packed] = JSON.parse(
    must(run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', root], '.')),
  ) as [{ filename: string; files: { path: string }[] }];
  // A release that was made here before has left its cores.
  files = packed.files.map(({ path }) => path).filter((path) => !path.includes('/prebuilds/'));
  must(run('tar', ['-xzf', packed.filename], root));
  const target = join(root, 'package/native-bindings/prebuilds', `linux-${process.arch}`);
  mkdirSync(target, { recursive: true });
  cpSync('native-bindings/build/Release/wiretally.node', join(target, 'wiretally.glibc.node'));
  must(run('tar', ['-czf', 'wiretally.tgz', 'package'], root));
  return join(root, 'wiretally.tgz');
}

beforeAll(async () => {
  mkdirSync(home);
  mkdirSync(tools);
  if (canBuildPage) await buildBrowser();
  for (const name of ['node', 'npm', 'npx', 'sh', 'env']) {
    const found = must(run('sh', ['-c', `command -v ${name}`], '.')).trim();
    symlinkSync(found, join(tools, name));
  }
  writeFileSync(join(home, 'package.json'), '{ "name": "consumer", "private": true }\n');
  const words = ['install', '--no-audit', '--no-fund', '--prefer-offline', pack()];
  must(asUser('npm', ...words));
  // The path in the documentation's programs.
  symlinkSync('node_modules/wiretally/captures', join(home, 'captures'));
}, 1_800_000); // The core for pages takes ten minutes on two busy cores.

describe('the package', () => {
  it('has what a user needs, and nothing else', () => {
    const rooms = new Set(
      files.map((path) =>
        path
          .split('/')
          .slice(0, path.startsWith('dist/') ? 1 : 2)
          .join('/'),
      ),
    );
    expect([...rooms].sort()).toEqual([
      'LICENSE',
      'NOTICE',
      'README.md',
      'captures/README.md',
      'captures/demo-policy.yaml',
      'captures/demo.pcap.gz',
      'dist',
      ...[...files.filter((path) => /^docs\/[^/]+$/.test(path)), 'docs/grafana', 'docs/tutorials'].sort(),
      'native-bindings/binding.gyp',
      'native-bindings/border-digest.mjs',
      'native-bindings/code-cache.mjs',
      'native-bindings/install.mjs',
      'native-bindings/list-sources.mjs',
      'native-bindings/src',
      'package.json',
      'service/wiretally-aggregate.service',
      'service/wiretally-aggregate.timer',
      'service/wiretally-collect.service',
      'service/wiretally-serve.service',
      'service/wiretally-ship.service',
      'service/wiretally-watch@.service',
      'service/wiretally.logrotate',
      'service/wiretally.sysusers.conf',
      'service/wiretally.tmpfiles.conf',
    ]);
    expect(files.filter((path) => /\.(o|d|test\.js|node|map)$/.test(path))).toEqual([]);
  });

  it.skipIf(!canBuildPage)('has the files of a page, small enough for a trial', () => {
    const ofPage = files.filter((path) => path.startsWith('dist/browser/') && !path.endsWith('.d.ts'));
    expect(ofPage).toEqual(
      expect.arrayContaining(
        [
          ...['wiretally.js', 'core.mjs', 'core.wasm', 'catalogue.json'],
          ...['index.html', 'page.css', 'page.js', 'worker.js', 'service-worker.js', 'sample.pcap.gz'],
          ...['report-element.js', 'example.html', 'example.js'],
        ].map((name) => `dist/browser/${name}`),
      ),
    );
    const packed = ofPage.map(
      (path) => gzipSync(readFileSync(join(home, 'node_modules/wiretally', path))).length,
    );
    expect(packed.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThan(3_000_000);
  });

  it.skipIf(!canBuildPage)('is a library for pages', () => {
    const folder = './node_modules/wiretally/dist/browser';
    writeFileSync(
      join(home, 'page.mjs'),
      `import { readFileSync } from 'node:fs';
import { analyze } from 'wiretally/browser';
const files = {
  wasm: new Uint8Array(readFileSync('${folder}/core.wasm')).buffer,
  catalogue: JSON.parse(readFileSync('${folder}/catalogue.json', 'utf8')),
};
const blob = new Blob([readFileSync('captures/demo.pcap.gz')]);
const { report } = await analyze([{ name: 'demo', size: blob.size, stream: () => blob.stream() }], { files });
console.log(report.stats.packets);
`,
    );
    const { status, stdout, stderr } = asUser('node', 'page.mjs');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(Number(stdout)).toBeGreaterThan(1000);
  });

  it('keeps the compiled code of commands where it is installed, and brings none', () => {
    expect(files.filter((path) => path.endsWith('.cache'))).toEqual([]);
    expect(existsSync(join(home, 'node_modules/wiretally', CODE_CACHE))).toBe(true);
  });

  it('is installed without a compiler', () => {
    expect(existsSync(join(home, 'node_modules/wiretally/native-bindings/build'))).toBe(false);
  });

  const analyzeDemo = (): Done => {
    const demo = 'node_modules/wiretally/captures/demo';
    return asUser('wiretally', 'analyze', `${demo}.pcap.gz`, '--policy', `${demo}-policy.yaml`);
  };

  it.each([
    { is: 'is cut short', change: (code: Buffer) => code.subarray(0, code.length >> 1) },
    { is: 'is empty', change: () => Buffer.alloc(0) },
    {
      is: 'is damaged',
      change: (code: Buffer) => code.map((byte, i) => (i % 5000 === 4999 ? byte ^ 255 : byte)),
    },
  ])('answers the same when the compiled code $is', ({ change }) => {
    const before = analyzeDemo();
    const path = join(home, 'node_modules/wiretally', CODE_CACHE);
    const code = readFileSync(path);
    writeFileSync(path, change(code));
    expect(analyzeDemo()).toEqual(before);
    writeFileSync(path, code);
  });

  it.each(testedNodes())('starts on $name', ({ path }) => {
    const program = join(home, 'node_modules/wiretally/dist/cli/main.js');
    const { status, stdout, stderr } = run(path, [program, 'analyze', 'captures/demo.pcap.gz'], home);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('Claude Code');
  });

  it('answers with the demo', () => {
    const { status, stdout, stderr } = analyzeDemo();
    expect({ status, stderr: stderr.includes('rror') }).toEqual({ status: 1, stderr: false });
    expect(stdout).toContain('Claude Code');
  });

  it('says how it is', () => {
    expect(asUser('wiretally', 'doctor').stdout).toMatch(/native core/i);
    expect(must(asUser('wiretally', '--version'))).toBe(
      `wiretally ${(JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }).version}\n`,
    );
  });

  const programs = [...readFileSync('docs/library.md', 'utf8').matchAll(/```js\n([\s\S]*?)```/g)].map(
    (match) => match[1] ?? '',
  );
  it.each(programs.filter((text) => !text.includes('watch(')))(
    'runs the program %# of docs/library.md',
    (text) => {
      writeFileSync(join(home, 'program.mjs'), text);
      rmSync(join(home, 'history.duckdb'), { force: true });
      const { status, stdout, stderr } = asUser('node', 'program.mjs');
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(stdout).not.toBe('');
    },
  );

  const hellos = programs.find((text) => text.includes('readHandshakes')) ?? '';

  it.each([
    { kind: 'import', file: 'hellos.mjs', text: hellos },
    {
      kind: 'require',
      file: 'hellos.cjs',
      text: `(async () => {${hellos.replace(/^import (.*) from (.*);$/m, 'const $1 = require($2);')}})();`,
    },
  ])('is a library by $kind', ({ file, text }) => {
    writeFileSync(join(home, file), text);
    const { status, stdout, stderr } = asUser('node', file);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^\d+ hellos in \d+ forms$/m);
  });

  const forPages = `import { analyze, type CaptureBytes } from 'wiretally/browser';
export const packetsOf = async (captures: readonly CaptureBytes[]): Promise<number> =>
  (await analyze(captures, { timezone: 'UTC' })).report.stats.packets;
`;

  const forElements = `import type { WiretallyReport } from 'wiretally/browser/element';
export const jsonOf = async (element: WiretallyReport, files: readonly File[]): Promise<string> => {
  element.captures = files;
  return await (await element.save('json')).text();
};
document.querySelector('wiretally-report')?.addEventListener('wiretally-report', ({ detail }) => {
  const packets: number = detail.packets;
  console.log(packets);
});
`;

  it.each([
    { of: 'a program', text: programs[0] ?? '' },
    { of: 'a page', text: forPages },
    ...(canBuildPage ? [{ of: 'a page with the element', text: forElements }] : []),
  ])(
    'has types for $of, compiled strictly',
    ({ text }) => {
      writeFileSync(join(home, 'strict.mts'), text);
      const tsc = resolve('node_modules/typescript/bin/tsc');
      const types = dirname(resolve('node_modules/@types/node/package.json'));
      const words = ['--strict', '--noEmit', '--target', 'es2023', '--module', 'nodenext', '--types', types];
      expect(run(process.execPath, [tsc, ...words, 'strict.mts'], home)).toEqual({
        status: 0,
        stdout: '',
        stderr: '',
      });
    },
    120_000,
  );
});
