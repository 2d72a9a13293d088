import { createHash, generateKeyPairSync } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../temporary.ts';
import { wiretally } from './run.ts';

const FOLDER = temporaryFolder('advisory');
const EXAMPLE = 'captures/advisories/claude-code-prompt-marking.yaml';
const OLLAMA = 'captures/services/ollama-exposed.pcap.gz';
const capture = (name: string): string => `captures/builds/claude-code-${name}.pcap.gz`;

async function exposureOf(file: string): Promise<unknown> {
  const run = await wiretally(['advisory', file, '--advisories', EXAMPLE, '--format', 'json', '-q']);
  expect([run.code, run.err]).toEqual([0, '']);
  return JSON.parse(run.out).exposure;
}

describe('advisory', () => {
  it.each([
    { name: '2.1.143-p1', answer: 'ran', spans: [['2.1.140', '2.1.145']] },
    { name: '2.1.196-i', answer: 'may', spans: [['2.1.191', '2.1.217']] },
    { name: '2.1.310-noca', answer: 'notSeen', spans: [['2.1.302', '2.1.322']] },
  ])('says of $name: $answer', async ({ name, answer, spans }) => {
    expect(await exposureOf(capture(name))).toMatchObject([
      {
        advisory: 'claude-code-prompt-marking',
        tool: 'claude-code',
        days: [{ date: '2026-11-20', answer, spans }],
      },
    ]);
  });

  it.each([
    ['2.1.143-p1', 'ran on 2026-11-20', '+', 'start of 2.1.140 to 2.1.145: all are affected'],
    ['2.1.196-i', 'may have run on', '?', 'start of 2.1.191 to 2.1.217: some are affected, others are not'],
    ['2.1.310-noca', 'not seen on', '-', 'start of 2.1.302 to 2.1.322: none is affected'],
  ])('explains the evidence of %s: %s', async (name, result, mark, words) => {
    const asked = ['explain', capture(name), '--host', '10.77.0.2', '--advisories', EXAMPLE];
    const { code, out } = await wiretally([...asked, '--timezone', 'UTC']);
    expect(code).toBe(0);
    const lines = out.split('\n');
    const at = lines.indexOf('Advisories about Claude Code:');
    expect(lines[at + 1]).toContain(result);
    expect(lines[at + 2]?.slice(0, 6)).toBe(`    ${mark} `);
    expect(lines[at + 2]).toContain(words);
  });

  it('prints colors as such, which take no columns', async () => {
    const asked = ['advisory', capture('2.1.143-p1'), '--advisories', EXAMPLE, '-q'];
    const [plain, colored] = await Promise.all(
      ['never', 'always'].map(async (color) => (await wiretally([...asked, '--color', color])).out),
    );
    expect(colored).toContain('\u001b[1mclaude-code-prompt-marking\u001b[0m');
    expect(stripVTControlCharacters(colored ?? '')).toBe(plain);
  });

  it('explains what an AI service of the host states of its version', async () => {
    const { services } = JSON.parse((await wiretally(['analyze', OLLAMA, '--format', 'json', '-q'])).out);
    const file = join(FOLDER, 'ollama.yaml');
    writeFileSync(
      file,
      'version: 1\nid: o-1\ntitle: x\ntool: ollama\naffected: [{ from: 0.0.1, to: 99.0.0 }]\nseverity: low\nsources: [x]\naction: x\n',
    );
    const asked = ['explain', OLLAMA, '--host', services[0].host, '--advisories', file];
    const { out } = await wiretally([...asked, '--timezone', 'UTC']);
    expect(out).toContain('Advisories about AI services of this host:\n  o-1 (low; 0.0.1 to 99.0.0): ');
    const [client] = services[0].clients;
    const other = await wiretally(['explain', OLLAMA, '--host', client.host, '--advisories', file]);
    expect(other.out).not.toContain('o-1');
  });

  it('checks a file, and says what is wrong with its line', async () => {
    const good = await wiretally(['advisory', 'check', EXAMPLE]);
    expect(good).toMatchObject({
      code: 0,
      out: 'claude-code-prompt-marking: claude-code 2.1.91 to 2.1.196\n',
    });
    const file = join(FOLDER, 'bad.yaml');
    writeFileSync(
      file,
      'version: 1\nid: x\ntitle: x\ntool: claude-code\naffected: [{ from: 2.0.9, to: 2.0.1 }]\nseverity: low\nsources: [x]\naction: x\n',
    );
    const bad = await wiretally(['advisory', 'check', file]);
    expect([bad.code, bad.out]).toEqual([2, '']);
    expect(bad.err).toContain(`${file}:5:`);
    expect(bad.err).toContain('the range from 2.0.9 to 2.0.1 is reversed');
    const used = await wiretally(['advisory', capture('2.1.143-p1'), '--advisories', file]);
    expect([used.code, used.out]).toEqual([2, '']);
  });

  it('imports published advisories into files that reports take', async () => {
    const folder = join(FOLDER, 'imported');
    const source = 'captures/advisories/published';
    const run = await wiretally(['advisory', 'import', source, '--write', folder, '--format', 'json']);
    expect([run.code, run.err]).toEqual([0, '']);
    const imported = JSON.parse(run.out);
    expect(imported).toMatchObject({ read: 5, other: 1, withdrawn: 0, joined: 0, skipped: [] });
    const checked = await wiretally(['advisory', 'check', folder]);
    expect([checked.code, checked.out]).toEqual([
      0,
      [
        'EXAMPLE-2026-0001: opencode 1.14.33 and earlier',
        'EXAMPLE-2026-0002: claude-code 2.1.100 to 2.1.145',
        'EXAMPLE-2026-0003: copilot-cli 0.0.422 and earlier',
        'EXAMPLE-2026-0004: cursor versions in part unknown\n',
      ].join('\n'),
    ]);
    // The files and what they were made of give one result.
    const asked = async (advisories: string): Promise<unknown> => {
      const words = ['analyze', capture('2.1.143-p1'), '--advisories', advisories, '--json', '-q'];
      const { exposure, advisories: headers } = JSON.parse((await wiretally(words)).out);
      return { exposure, headers };
    };
    const found = await asked(folder);
    expect(found).toEqual(await asked(source));
    expect(found).toMatchObject({
      exposure: [{ advisory: 'EXAMPLE-2026-0002', days: [{ answer: 'ran' }] }],
      headers: imported.advisories,
    });
  });

  it('says which services stated an affected version, alike from captures, windows, a store and a published advisory', async () => {
    const services = ['vllm-curl-native', 'vllm-openai-npm', 'litellm-openai-npm'].map(
      (name) => `captures/services/${name}.pcap.gz`,
    );
    const own = 'captures/advisories/vllm-cve-2026-22778.yaml';
    const osv = join(FOLDER, 'osv-vllm.json');
    const events = [{ introduced: '0.8.3' }, { fixed: '0.14.1' }];
    writeFileSync(
      osv,
      JSON.stringify({
        ...{ id: 'CVE-2026-22778', modified: '2026-02-03T00:00:00Z', summary: 'vLLM' },
        affected: [{ package: { ecosystem: 'PyPI', name: 'vllm' }, ranges: [{ type: 'ECOSYSTEM', events }] }],
      }),
    );
    const policy = join(FOLDER, 'patched.yaml');
    writeFileSync(
      policy,
      'version: 1\nname: Patched\ntimezone: UTC\nrules:\n  - { id: OLD, title: x, match: { advisory: CVE-2026-22778 }, action: deny }\n',
    );
    const [store, usage] = [join(FOLDER, 'services.duckdb'), join(FOLDER, 'services.usage')];
    await wiretally(['analyze', ...services, '--store', store, '--write', usage, '-q']);
    const asked = async (advisories: string, ...sources: string[]) => {
      const words = ['--advisories', advisories, '--policy', policy, '--format', 'json', '-q'];
      const { exposure, findings, summary } = JSON.parse(
        (await wiretally(['analyze', ...sources, ...words])).out,
      );
      return {
        exposure,
        findings,
        verdicts: summary.rules.map(({ verdict }: { verdict: string }) => verdict),
      };
    };
    const found = await asked(own, ...services);
    expect(found).toMatchObject({
      exposure: [
        { host: '10.88.0.11', tool: 'vllm', answer: 'ran', days: [{ spans: [['0.11.2', '0.11.2']] }] },
      ],
      findings: [{ rule: 'OLD', host: '10.88.0.11', tool: 'vllm:8000', result: 'violation' }],
      verdicts: ['violated'],
    });
    expect(await asked(osv, ...services)).toEqual(found);
    expect(await asked(own, store)).toEqual(found);
    expect(await asked(own, usage)).toEqual(found);
    // A service that states no version is none that is free of the hole.
    expect(await asked(own, 'captures/services/vllm-openai-npm.pcap.gz')).toMatchObject({
      exposure: [{ answer: 'cannotSay', days: [{ reason: 'noVersion' }] }],
      findings: [],
      verdicts: ['inconclusive'],
    });
  });

  it('gives the same matrix from windows and from the period sums of a store', async () => {
    const store = join(FOLDER, 'builds.duckdb');
    for (const name of ['2.1.143-p1', '2.1.196-i', '2.1.310-noca'])
      await wiretally(['analyze', capture(name), '--store', store, '--sensor', name, '-q']);
    const question = ['--advisories', 'captures/advisories/published', '--timezone', 'UTC', '-q'];
    const asked = async (source: string, ...more: string[]): Promise<string> =>
      (await wiretally(['analyze', source, ...question, ...more])).out;
    const usage = join(FOLDER, 'builds.usage');
    const captures = ['2.1.143-p1', '2.1.196-i', '2.1.310-noca'].map(capture);
    await wiretally(['analyze', ...captures, '--write', usage, '-q']);
    const of = (text: string): unknown => {
      const { exposure, advisories } = JSON.parse(text);
      return { exposure, advisories };
    };
    const sums = of(await asked(store, '--format', 'json'));
    expect(sums).toMatchObject({
      exposure: [{ advisory: 'EXAMPLE-2026-0002', host: '10.77.0.2', answer: 'ran', first: '2026-11-20' }],
    });
    expect(sums).toEqual(of(await asked(usage, '--format', 'json')));
    const terminal = await asked(store);
    expect(terminal).toMatch(/critical +EXAMPLE-2026-0002 +claude-code +1 +0 +0 +0 +2026-11-20/);
    expect(terminal).toMatch(/10\.77\.0\.2 +EXAMPLE-2026-0002 +2026-11-20 +2026-11-20/);
    const [heads = '', row = ''] = (await asked(store, '--format', 'csv')).split('\n');
    expect(heads).toContain('advisory_EXAMPLE-2026-0002,advisory_EXAMPLE-2026-0002_first');
    expect(row).toContain('ran,2026-11-20,2026-11-20');
    const { runs } = JSON.parse(await asked(store, '--format', 'sarif'));
    expect(runs[0].results).toMatchObject([{ ruleId: 'EXAMPLE-2026-0002', kind: 'fail', level: 'error' }]);
    expect(runs[0].tool.driver.rules[0]).toMatchObject({
      id: 'EXAMPLE-2026-0002',
      properties: { 'security-severity': '9.5', hosts: { ran: 1, may: 0, notSeen: 0, cannotSay: 0 } },
    });
    const page = await asked(store, '--format', 'html');
    expect(page).toContain('Hosts with each result, by advisory, the most severe first');
  });

  it('names damaged files of an import, and reads the others', async () => {
    const damaged = join(FOLDER, 'damaged.json');
    writeFileSync(damaged, '{"id":');
    const some = await wiretally(['advisory', 'import', damaged, 'captures/advisories/published']);
    expect([some.code, some.err]).toEqual([4, `wiretally: ${damaged}: skipped: not JSON\n`]);
    expect((await wiretally(['advisory', 'import', damaged])).code).toBe(3);
    expect((await wiretally(['advisory', 'import'])).code).toBe(2);
    expect((await wiretally(['advisory', 'import', damaged, '--format', 'html'])).code).toBe(2);
    const stray = ['advisory', capture('2.1.143-p1'), '--advisories', EXAMPLE, '--write', FOLDER];
    expect((await wiretally(stray)).code).toBe(2);
  });

  it('makes findings of a rule that speaks of it: ran is a violation, may is suspected', async () => {
    const policy = join(FOLDER, 'policy.yaml');
    writeFileSync(
      policy,
      'version: 1\nname: x\ntimezone: UTC\nrules:\n  - { id: R1, title: affected builds, match: { advisory: claude-code-prompt-marking }, action: deny }\n',
    );
    const judge = async (name: string): Promise<{ code: number | null; results: string[] }> => {
      const words = [
        'advisory',
        capture(name),
        '--advisories',
        EXAMPLE,
        '--policy',
        policy,
        '--format',
        'json',
        '-q',
      ];
      const { code, out } = await wiretally(words);
      const { findings } = JSON.parse(out) as { findings: { result: string }[] };
      return { code, results: findings.map(({ result }) => result) };
    };
    expect(await judge('2.1.143-p1')).toEqual({ code: 1, results: ['violation'] });
    expect(await judge('2.1.196-i')).toEqual({ code: 0, results: ['suspected'] });
    expect(await judge('2.1.310-noca')).toEqual({ code: 0, results: [] });
    const audit = [
      'analyze',
      capture('2.1.143-p1'),
      '--policy',
      policy,
      '--advisories',
      EXAMPLE,
      '--json',
      '-q',
    ];
    const audited = await wiretally(audit);
    expect(audited.code).toBe(1);
    expect(JSON.parse(audited.out).findings).toMatchObject([{ result: 'violation' }]);
    const bundle = join(FOLDER, 'bundle');
    expect((await wiretally([...audit, '--bundle', bundle])).code).toBe(1);
    const verified = await wiretally(['verify', bundle, '--unsigned']);
    expect([verified.code, verified.out]).toEqual([
      0,
      expect.stringContaining('the same verdict and findings'),
    ]);
    // Its advisory is evaluated again: another range gives another result.
    const manifest = join(bundle, 'manifest.json');
    const advisories = join(bundle, 'advisories.json');
    const other = readFileSync(advisories, 'utf8').replace('"2.1.91"', '"2.1.190"');
    const sum = createHash('sha256').update(other).digest('hex');
    const parts = JSON.parse(readFileSync(manifest, 'utf8'));
    for (const file of parts.files)
      if (file.name === 'advisories.json') Object.assign(file, { bytes: other.length, sha256: sum });
    writeFileSync(advisories, other);
    writeFileSync(manifest, JSON.stringify(parts));
    const changed = await wiretally(['verify', bundle, '--unsigned']);
    expect(changed.code).toBe(1);
    expect(changed.out).toMatch(/^DIFFERENT report.json: exposure$/mu);
    const without = await wiretally(['analyze', capture('2.1.143-p1'), '--policy', policy]);
    expect([without.code, without.out]).toEqual([2, '']);
    expect(without.err).toContain('the advisory "claude-code-prompt-marking" was not given');
  });

  it('goes to sensors in a signed configuration, together with a policy that needs it', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const [key, trusted, signed] = ['key.pem', 'public.pem', 'rules.signed'].map((name) =>
      join(FOLDER, name),
    );
    writeFileSync(key ?? '', privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
    writeFileSync(trusted ?? '', publicKey.export({ type: 'spki', format: 'pem' }));
    const policy = join(FOLDER, 'of-advisory.yaml');
    writeFileSync(
      policy,
      'version: 1\nname: x\ntimezone: UTC\nrules:\n  - { id: R1, title: affected builds, match: { advisory: claude-code-prompt-marking }, action: deny }\n',
    );
    const configure = [
      'fleet',
      'configure',
      '--policy',
      policy,
      '--sign-key',
      key ?? '',
      '--to',
      signed ?? '',
    ];
    const without = await wiretally(configure);
    expect([without.code, without.err]).toEqual([
      2,
      expect.stringContaining('the advisory "claude-code-prompt-marking" was not given'),
    ]);
    expect((await wiretally([...configure, '--advisories', EXAMPLE])).code).toBe(0);
    const verified = await wiretally(['verify', signed ?? '', '--key', trusted ?? '']);
    expect([verified.code, verified.out]).toEqual([0, expect.stringMatching(/^1 advisory$/mu)]);
  });

  it.each([
    {
      format: 'md',
      has: ['## Advisory claude-code-prompt-marking', '| 10.77.0.2 | 1 | 0 | 0 | 0 | 2026-11-20 |'],
    },
    {
      format: 'html',
      has: ['<section id="advisories"', '<th scope="row">10.77.0.2</th>', '2.1.140 to 2.1.145'],
    },
  ])('prints what it found as $format', async ({ format, has }) => {
    const words = ['advisory', capture('2.1.143-p1'), '--advisories', EXAMPLE, '--format', format, '-q'];
    const run = await wiretally(words);
    expect(run.code).toBe(0);
    for (const text of has) expect(run.out).toContain(text);
  });

  it('gives reports a column, and audits what their rules speak of', async () => {
    const csv = await wiretally([
      'analyze',
      capture('2.1.196-i'),
      '--advisories',
      EXAMPLE,
      '--format',
      'csv',
      '-q',
    ]);
    const [head = '', row = ''] = csv.out.split('\r\n').map((line) => line.split(','));
    expect(row[head.indexOf('advisory_claude-code-prompt-marking')]).toBe('may');
    const table = await wiretally(['analyze', capture('2.1.196-i'), '--advisories', EXAMPLE, '-q']);
    expect(table.out).toMatch(/ADVISORY\n.* may have run, 1 day/);
    const plain = await wiretally(['analyze', capture('2.1.196-i'), '-q']);
    expect(plain.out).not.toContain('ADVISORY');
    const key = join(FOLDER, 'key');
    writeFileSync(key, Buffer.alloc(32, 7));
    const hidden = await wiretally([
      ...['analyze', capture('2.1.196-i'), '--advisories', EXAMPLE, '--pseudonymize', key, '--json', '-q'],
    ]);
    expect(JSON.parse(hidden.out).exposure).toMatchObject([
      { host: expect.stringMatching(/^h-/), days: [{ answer: 'may' }] },
    ]);
    expect(hidden.out).not.toContain('10.77.0.2');
  });

  it('explains a start, and with -v its marks', async () => {
    const words = ['explain', capture('2.1.143-p1'), '--host', '10.77.0.2', '--tool', 'claude-code'];
    const [brief, verbose] = [await wiretally(words), await wiretally([...words, '-v'])];
    expect(brief.out).toMatch(/Which build ran:\n {2}.*, start: 2\.1\.140 to 2\.1\.145$/m);
    expect(verbose.out).toMatch(/start: 2\.1\.140 to 2\.1\.145; marks: .*metrics-355/);
  });
});
