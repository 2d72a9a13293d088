// What somebody does in the first hour: a folder of captures, and the commands that a report suggests.

import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ReportDocument } from '../../src/model/report.ts';
import { temporaryFolder } from '../temporary.ts';
import { wiretally } from './run.ts';

const folder = temporaryFolder('first');

const RECORDINGS = ['claude-code-2.1.328-prompt', 'base-node22-fetch'].map(
  (name) => `captures/recordings/${name}.pcap.gz`,
);

describe('a folder of captures', () => {
  const captures = join(folder, 'captures');
  mkdirSync(join(captures, 'older'), { recursive: true });
  for (const [i, file] of RECORDINGS.entries())
    cpSync(file, join(captures, i === 0 ? 'older' : '', `${i}.pcap.gz`));
  cpSync(RECORDINGS[0] ?? '', join(captures, 'older/0.copy.pcap.gz'));
  writeFileSync(join(captures, 'manifest.json'), '{}');
  writeFileSync(join(captures, 'notes.txt'), 'x');

  it.each([
    ['without a policy', []],
    ['with a policy', ['--policy', 'captures/demo-policy.yaml']],
  ])('is what is in it, %s', async (_, words) => {
    const whole = await wiretally(['analyze', captures, '--json', ...words]);
    const named = await wiretally([
      'analyze',
      join(captures, '1.pcap.gz'),
      join(captures, 'older/0.copy.pcap.gz'),
      '--json',
      ...words,
    ]);
    const [one, other] = [whole, named].map(({ out }) => JSON.parse(out) as ReportDocument);
    expect(one?.captures.length).toBe(2);
    const first = ['manifest.json', 'notes.txt'].map((name) => join(captures, name));
    expect({ ...one, command: '' }).toEqual({ ...other, command: '', leftOut: { files: 2, first } });
  });

  it('with nothing in it is refused: it is no network without packets', async () => {
    const none = join(folder, 'none');
    mkdirSync(none);
    const run = await wiretally(['analyze', none, '--policy', 'captures/demo-policy.yaml']);
    expect(run.code).toBe(3);
    expect(run.err).toContain('the folder is empty');
    expect(run.out).toBe('');
  });
});

describe('explain --format json', () => {
  it('gives the rows of a report, of what was asked', async () => {
    const [file = ''] = RECORDINGS;
    const report = JSON.parse((await wiretally(['analyze', file, '--json'])).out) as ReportDocument;
    const [host] = report.hosts;
    const run = await wiretally([
      'explain',
      file,
      '--host',
      host?.host ?? '',
      '--tool',
      'claude-code',
      '--json',
    ]);
    const told = JSON.parse(run.out) as ReportDocument;
    expect(told.hosts).toEqual([
      { ...host, tools: host?.tools.filter(({ tool }) => tool === 'claude-code'), providers: [] },
    ]);
    expect(told.hosts[0]?.tools[0]?.evidence.length).toBeGreaterThan(0);
  });
});

describe('what a report suggests', () => {
  const place = join(folder, 'my captures');
  mkdirSync(place);
  cpSync(RECORDINGS[0] ?? '', join(place, 'one day.pcap.gz'));
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  for (const name of ['node', 'sh']) {
    symlinkSync(
      execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim(),
      join(bin, name),
    );
  }
  const shell = (command: string): string =>
    execFileSync('sh', ['-c', command], {
      cwd: place,
      env: { PATH: bin, LANG: 'C.UTF-8' },
      encoding: 'utf8',
    });
  const entry = resolve('dist/cli/main.js');

  it('runs as it is pasted, installed or not', () => {
    const report = shell(`node ${entry} analyze 'one day.pcap.gz' --timezone Asia/Tokyo`);
    const [explain = '', page = ''] = report.match(/^ {2}node .*$/gm) ?? [];
    expect(shell(explain)).toContain('Evidence against it');
    expect(explain).toContain('--timezone Asia/Tokyo');
    shell(page);
    writeFileSync(join(bin, 'wiretally'), `#!/bin/sh\nexec node ${entry} "$@"\n`, { mode: 0o755 });
    const installed = shell("wiretally analyze 'one day.pcap.gz'");
    expect(installed.match(/^ {2}wiretally .*$/gm)?.length).toBe(2);
  });
});
