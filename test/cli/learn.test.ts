import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { wiretally } from './run.ts';

const FOLDER = mkdtempSync(join(tmpdir(), 'wiretally-learn-'));
afterAll(() => rmSync(FOLDER, { recursive: true }));
const CONTROL = 'captures/recordings/base-bun1.4.4-install.pcap.gz';
const QWEN = 'captures/recordings/qwen-code-0.24.4-prompt.pcap.gz';

describe('catalogue learn', () => {
  it('prints what would change as a diff, held against the recordings', async () => {
    const run = await wiretally(['catalogue', 'learn', CONTROL, '--tool', 'fetcher', '--version', '1.0.0']);
    expect(run.code).toBe(0);
    expect(run.out).toContain('--- /dev/null\n+++ b/src/catalogue/tools/fetcher.json\n');
    expect(run.out).toMatch(/^\+ {2}"id": "fetcher",$/m);
    expect(run.err).toMatch(/held against \d{3} recordings: fetcher is seen in 0 of its own/);
  });

  it('writes what a person signed, and it is read as an own entry', async () => {
    const words = ['catalogue', 'learn', CONTROL, '--tool', 'fetcher', '--version', '1.0.0', '-q'];
    const run = await wiretally([...words, '--sign', 'A. Person', '--write', FOLDER]);
    expect([run.code, run.err]).toEqual([0, '']);
    expect(readFileSync(join(FOLDER, 'fetcher.json'), 'utf8')).toContain('checked by A. Person, 2026-11-');
    const lint = await wiretally(['catalogue', 'lint', '--catalogue', FOLDER]);
    expect([lint.code, lint.out]).toEqual([0, expect.stringContaining('no fault')]);
    const alone = await wiretally([...words, '--sign', 'A. Person']);
    expect([alone.code, alone.out]).toEqual([2, '']);
    expect(alone.err).toContain('--sign and --write go together');
  });

  it('refuses a draft that would accuse others, with the line, and writes nothing', async () => {
    const before = readdirSync(FOLDER);
    const words = ['catalogue', 'learn', QWEN, '--tool', 'twin', '--version', '1.0.0'];
    const run = await wiretally([...words, '--sign', 'A. Person', '--write', FOLDER]);
    expect(run.code).toBe(2);
    const line = /twin\.json:(\d+): evidence\[0\]\.id: would accuse recordings\/qwen-code-0\.8\.2/.exec(
      run.err,
    )?.[1];
    const added = run.out.split('\n').filter((each) => each.startsWith('+') && !each.startsWith('+++'));
    expect(added[Number(line) - 1]).toContain('"id": "drafted-companion"');
    expect(run.err).toContain('not signed: nothing was written');
    expect(readdirSync(FOLDER)).toEqual(before);
  });
});

describe('builds that contradict themselves in an own entry', () => {
  const entry = (marks: string): string => `{
  "id": "own", "name": "Own", "vendor": "x", "kind": "cli", "homepage": "",
  "endpoints": [{
    "host": "api.own.example", "match": "exact", "role": "inference", "specificity": "tool", "protocol": "https",
    "confidence": "high", "sources": ["a test"], "firstSeen": "2026-11-01" }],
  "builds": { "source": "a test", "date": "2026-11-20", "lines": [{
    "id": "linux-x64", "platforms": ["linux-x64"], "runtimes": ["bun"],
    "recorded": { "from": "1.0.0", "to": "1.0.9", "builds": 2 },
    "marks": [
${marks}
    ] }] }
}
`;
  const mark = (id: string, span: string): string =>
    `{ "id": "${id}", "kind": "call", "names": ["api.own.example"], "alpn": [], "up": 300, "in": [${span}] }`;

  it.each([
    {
      says: 'a reversed span',
      marks: mark('a', '["1.0.5", "1.0.1"]'),
      line: 10,
      why: 'the span from 1.0.5 to 1.0.1 is reversed',
    },
    {
      says: 'two marks that show the same',
      marks: `${mark('a', '["1.0.0", "1.0.1"]')},\n${mark('b', '["1.0.5", "1.0.9"]')}`,
      line: 11,
      why: 'shows the same as "a" and says of other builds',
    },
    {
      says: 'a version that is none',
      marks: mark('a', '["1.0", null]'),
      line: 10,
      why: 'a version of three numbers',
    },
  ])('are refused with their line: $says', async ({ marks, line, why }) => {
    const folder = mkdtempSync(join(FOLDER, 'own-'));
    const file = join(folder, 'own.json');
    writeFileSync(file, entry(marks));
    const run = await wiretally(['analyze', CONTROL, '--catalogue', folder]);
    expect([run.code, run.out]).toEqual([2, '']);
    expect(run.err).toContain(`${file}: line ${line}: `);
    expect(run.err).toContain(why);
  });
});
