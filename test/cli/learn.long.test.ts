import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../temporary.ts';
import { wiretally } from './run.ts';

const FOLDER = temporaryFolder('learn');
const CONTROL = 'captures/recordings/base-bun1.4.4-install.pcap.gz';
const QWEN = 'captures/recordings/qwen-code-0.24.4-prompt.pcap.gz';

describe('catalogue learn', () => {
  it('prints what would change as a diff, tested on the recordings', async () => {
    const run = await wiretally(['catalogue', 'learn', CONTROL, '--tool', 'fetcher', '--version', '1.0.0']);
    expect(run.code).toBe(0);
    expect(run.out).toContain('--- /dev/null\n+++ b/src/catalogue/tools/fetcher.json\n');
    expect(run.out).toMatch(/^\+ {2}"id": "fetcher",$/m);
    expect(run.err).toContain(
      'tested on its recording: certain or likely in 0, possible in 0, not seen in 1\n',
    );
    expect(run.err).toMatch(/tested on \d{3} recordings of other programs: named in 0, possible in 0\n/);
  });

  it('writes what a person signed, and it is read as an own entry', async () => {
    const learn = ['catalogue', 'learn', CONTROL, '--tool', 'fetcher', '--version', '1.0.0', '-q'];
    const words = [...learn, '--against', 'captures/faults'];
    const run = await wiretally([...words, '--sign', 'A. Person', '--write', FOLDER]);
    expect([run.code, run.err]).toEqual([0, '']);
    expect(readFileSync(join(FOLDER, 'fetcher.json'), 'utf8')).toContain('checked by A. Person, 2026-11-');
    const lint = await wiretally(['catalogue', 'lint', '--catalogue', FOLDER]);
    expect([lint.code, lint.out]).toEqual([0, expect.stringContaining('no fault')]);
    const alone = await wiretally([...words, '--sign', 'A. Person']);
    expect([alone.code, alone.out]).toEqual([2, '']);
    expect(alone.err).toContain('--sign and --write go together');
  });

  it('refuses an entry that would accuse others, with the line, and writes nothing', async () => {
    const [own, target] = [join(FOLDER, 'own'), join(FOLDER, 'target')];
    for (const folder of [own, target]) mkdirSync(folder);
    writeFileSync(join(own, 'twin.json'), TWIN);
    const words = ['catalogue', 'learn', QWEN, '--tool', 'twin', '--catalogue', own];
    const run = await wiretally([...words, '--sign', 'A. Person', '--write', target]);
    expect(run.code).toBe(2);
    expect(run.err).toMatch(
      /twin\.json:\d+: evidence\[0\]\.id: would accuse recordings\/qwen-code-0\.8\.2.* by rule written/,
    );
    expect(run.err).toContain('not signed: nothing was written');
    expect(readdirSync(target)).toEqual([]);
  });

  it('says what it could not learn, and which tool the catalogue has already', async () => {
    const words = ['catalogue', 'learn', QWEN, '--tool', 'twin', '--json', '--against', 'captures/faults'];
    const run = await wiretally(words);
    expect(run.code).toBe(0);
    expect(JSON.parse(run.out)).not.toHaveProperty('evidence');
    expect(run.err).toContain(
      'the catalogue names Qwen Code in 1 of 1 recording: if it is the same program, pass --tool qwen-code',
    );
    expect(run.err).toMatch(
      /not learned: qwen-code-0\.24\.4-prompt\.pcap\.gz: .* \(Qwen Code also connects to it\)/,
    );
  });

  it('tests each of several recordings with a draft from the others', async () => {
    const [first, second] = ['cline-3.0.65-prompt', 'cline-3.0.65-multiturn'].map(
      (name) => `captures/recordings/${name}.pcap.gz`,
    );
    const run = await wiretally(['catalogue', 'learn', first ?? '', second ?? '', '--tool', 'cline']);
    expect(run.err).toContain(
      'tested on its 2 recordings: certain or likely in 2, possible in 0, not seen in 0\n',
    );
    expect(run.err).toContain('each of 2 tested with a draft from the other one: certain or likely in 2');
    expect(run.err).toMatch(
      /tested on \d recordings of the tool that the draft was not made from: certain or likely/,
    );
  });

  it('takes a folder of captures without a manifest as recordings of other programs', async () => {
    const folder = join(FOLDER, 'office');
    mkdirSync(folder);
    const words = ['catalogue', 'learn', CONTROL, '--tool', 'fetcher', '--against', folder];
    const empty = await wiretally(words);
    expect([empty.code, empty.out]).toEqual([2, '']);
    expect(empty.err).toContain(`${folder}: has no manifest.json and no capture`);
    copyFileSync(QWEN, join(folder, 'monday.pcap.gz'));
    expect((await wiretally(words)).err).toContain(
      'tested on 1 recording of other programs: named in 0, possible in 0\n',
    );
  });

  it.each([
    {
      says: 'a name that is no id',
      file: CONTROL,
      tool: 'My Tool!',
      why: 'is not a tool id',
      next: '--tool my-tool',
    },
    {
      says: 'an API',
      file: CONTROL,
      tool: 'anthropic-api',
      why: 'is an API, a gateway or a hub',
      next: 'pass the id of the recorded program',
    },
  ])('refuses $says', async ({ file, tool, why, next }) => {
    const run = await wiretally(['catalogue', 'learn', file, '--tool', tool]);
    expect([run.code, run.out]).toEqual([2, '']);
    expect(run.err).toContain(why);
    expect(run.err).toContain(next);
  });

  it('learns nothing of one tool from names of another that ran, and names the nearest id', async () => {
    const cline = 'captures/recordings/cline-3.0.65-prompt.pcap.gz';
    const others = join(FOLDER, 'others');
    mkdirSync(others);
    copyFileSync(CONTROL, join(others, 'control.pcap.gz'));
    const known = await wiretally([
      'catalogue',
      'learn',
      cline,
      '--tool',
      'claude-code',
      '--against',
      others,
    ]);
    expect(known.err).toContain('the catalogue names Cline in 1 of 1 recording');
    expect(known.err).toContain('certain or likely in 0');
    expect(known.out).not.toContain('drafted-');
    const typed = await wiretally(['catalogue', 'learn', cline, '--tool', 'claude-cod', '--against', others]);
    expect(typed.err).toContain(
      'claude-cod is not in the catalogue: this drafts a new entry; did you mean --tool claude-code?',
    );
    const missing = await wiretally([
      'catalogue',
      'learn',
      cline,
      'no-such.pcap',
      '--tool',
      'cline',
      '--against',
      others,
    ]);
    expect([missing.code, missing.err.includes('fault of wiretally')]).toEqual([4, false]);
    const name = await wiretally(['catalogue', 'test', 'Claude-Code']);
    expect([name.code, name.err]).toEqual([
      3,
      expect.stringContaining('wiretally catalogue show claude-code'),
    ]);
  });

  it('refuses captures without a flow to a server name', async () => {
    const file = join(FOLDER, 'empty.pcap');
    const header = Buffer.alloc(24);
    header.writeUInt32LE(0xa1b2c3d4, 0);
    header.writeUInt16LE(2, 4);
    header.writeUInt16LE(4, 6);
    header.writeUInt32LE(65_535, 16);
    header.writeUInt32LE(1, 20);
    writeFileSync(file, header);
    const run = await wiretally(['catalogue', 'learn', file, '--tool', 'fetcher']);
    expect([run.code, run.out]).toEqual([2, '']);
    expect(run.err).toContain('nothing to learn: no flow with a server name in empty.pcap');
  });
});

const TWIN = `{
  "id": "twin", "name": "Twin", "vendor": "x", "kind": "cli", "homepage": "", "runtimes": ["node"],
  "endpoints": [],
  "evidence": [{
    "id": "written", "kind": "companion", "gives": "likely", "runtimes": ["node"], "withinSeconds": 600,
    "names": [["dashscope.aliyuncs.com"], ["gb4w8c3ygj-default-sea.rum.aliyuncs.com"]],
    "source": "a test", "date": "2026-11-20" }]
}
`;

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
      why: 'shows the same as "a" for other builds',
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
