// Evidence bundles as an auditor holds them: what was judged can be judged again, and whatever was changed is told.

import { createHash, generateKeyPairSync } from 'node:crypto';
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseInstant } from '../../src/time/instant.ts';
import { decodeWindows } from '../../src/window/codec.ts';
import { temporaryFolder } from '../temporary.ts';
import { wiretally } from './run.ts';

const DEMO = 'captures/demo.pcap.gz';
const POLICY = 'captures/demo-policy.yaml';
const folder = temporaryFolder('bundles');
const at = (name: string): string => join(folder, name);
const SECONDS = 1000;

beforeAll(async () => {
  const pair = generateKeyPairSync('ed25519');
  writeFileSync(at('key.pem'), pair.privateKey.export({ type: 'pkcs8', format: 'pem' }));
  writeFileSync(at('public.pem'), pair.publicKey.export({ type: 'spki', format: 'pem' }));
  writeFileSync(at('names.key'), Buffer.alloc(32, 7));
  const audit = (name: string, ...more: string[]) =>
    wiretally(['analyze', DEMO, '--policy', POLICY, '--bundle', at(name), ...more]);
  await audit('plain');
  await audit('signed', '--sign-key', at('key.pem'));
}, 60 * SECONDS);

/** A copy of the plain bundle with some files changed, and a manifest that fits them again. */
function forged(name: string, change: (text: string) => string, file: string): string {
  const copy = at(`forged-${name}`);
  cpSync(at('plain'), copy, { recursive: true });
  const path = join(copy, file);
  const before = readFileSync(path, 'utf8');
  const text = change(before);
  expect(text).not.toBe(before);
  writeFileSync(path, text);
  if (file !== 'manifest.json') remake(copy);
  return copy;
}

function remake(copy: string): void {
  const path = join(copy, 'manifest.json');
  const manifest = JSON.parse(readFileSync(path, 'utf8'));
  for (const file of manifest.files) {
    const bytes = readFileSync(join(copy, file.name));
    file.bytes = bytes.length;
    file.sha256 = createHash('sha256').update(bytes).digest('hex');
  }
  writeFileSync(path, `${JSON.stringify(manifest, null, 2)}\n`);
}

describe('verify', () => {
  it('judges again and prints verdict and findings', async () => {
    const { code, out } = await wiretally(['verify', at('signed'), '--key', at('public.pem')]);
    expect(code).toBe(0);
    expect(out).toMatch(/^5 files match the manifest; signed by the given key$/m);
    expect(out.indexOf('VIOLATED')).toBeLessThan(out.indexOf('\ninput '));
    expect(out).toContain('evaluated again: the same verdict and findings');
    expect(out).toMatch(/^VIOLATED {2}Claude Code is banned/m);
    expect(out).toMatch(/^violation \(high\) {2}10\.20\.1\.13 {2}Claude Code {2}AI-0710 rev 2/m);
  });

  it('does not rest on a key that lies in the bundle', async () => {
    const { code, out } = await wiretally(['verify', at('signed')]);
    expect(code).toBe(1);
    expect(out).toMatch(/^UNPROVEN the key in the bundle does not prove its origin/m);
  });

  it('takes a bundle that nobody signed only when that is what is expected', async () => {
    const { code, out } = await wiretally(['verify', at('plain'), '--unsigned']);
    expect(code).toBe(0);
    expect(out).toContain('not signed: anyone with write access to the folder may have changed it');
    expect(out).not.toContain('UNPROVEN');
    const plain = await wiretally(['verify', at('plain')]);
    expect(plain.code).toBe(1);
    expect(plain.out).toMatch(/^UNPROVEN a signature may have been removed: pass --unsigned/m);
  });

  it.each([
    [
      'the signature',
      ['manifest.sig'],
      ['--unsigned'],
      /^FAULT manifest\.sig: is missing, but its key is present/m,
    ],
    ['signature and key', ['manifest.sig', 'public-key.pem'], [], /^FAULT public-key\.pem: is missing/m],
    [
      'signature and key',
      ['manifest.sig', 'public-key.pem'],
      ['--key', 'public.pem'],
      /^FAULT the bundle is not signed, but a key was passed/m,
    ],
  ])('exits with 1 where %s of a signed bundle was removed, with %j %j', async (_, removed, words, says) => {
    const stripped = at(`stripped-${removed.length}-${words.length}`);
    cpSync(at('signed'), stripped, { recursive: true });
    for (const name of removed) rmSync(join(stripped, name));
    const options = words.map((word) => (word.endsWith('.pem') ? at(word) : word));
    const { code, out } = await wiretally(['verify', stripped, ...options]);
    expect(code).toBe(1);
    expect(out).toMatch(says);
  });

  it('still asks for a key where a signature is there, and for one of two ways', async () => {
    expect((await wiretally(['verify', at('signed'), '--unsigned'])).code).toBe(1);
    const both = await wiretally(['verify', at('signed'), '--unsigned', '--key', at('public.pem')]);
    expect([both.code, both.out]).toEqual([2, '']);
    expect(both.err).toContain('--key and --unsigned exclude each other');
  });

  it.each([
    [
      'a verdict',
      'report.json',
      (text: string) => text.replace('"violated"', '"compliant"'),
      'report.json: summary',
    ],
    ['findings', 'findings.json', () => '[]\n', 'findings.json'],
    [
      'a finding in both',
      'report.json',
      (text: string) => text.replace('"result": "violation"', '"result": "exempt"'),
      'report.json: findings',
    ],
    [
      'a host',
      'report.json',
      (text: string) => text.replace('"host": "10.20.1.13"', '"host": "10.20.1.99"'),
      'report.json: hosts',
    ],
    [
      'the policy',
      'policy.yaml',
      (text: string) => text.replace('effective: 2026-07-10', 'effective: 2026-07-11'),
      'report.json: policy',
    ],
  ] as const)('finds %s that does not follow from the windows', async (_, file, change, says) => {
    const { code, out } = await wiretally(['verify', forged(says.replaceAll(/\W/g, '-'), change, file)]);
    expect(code).toBe(1);
    expect(out).toContain(`DIFFERENT ${says}`);
    expect(out).toContain('the records and the policy of the bundle give another result');
  });

  it('says that another version judged, and that a difference may be its own', async () => {
    const older = (text: string) => text.replace(/"wiretally": "[^"]+"/, '"wiretally": "0.0.9"');
    const same = forged('older', older, 'manifest.json');
    expect(await wiretally(['verify', same, '--unsigned'])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/evaluated again by another version \(wiretally .*: the same verdict/),
    });
    const other = forged('older-other', (text) => text.replace('"violated"', '"compliant"'), 'report.json');
    writeFileSync(join(other, 'manifest.json'), older(readFileSync(join(other, 'manifest.json'), 'utf8')));
    expect(await wiretally(['verify', other, '--unsigned'])).toMatchObject({
      code: 4,
      out: expect.stringContaining('DIFFERENT report.json: summary'),
    });
  });

  it('names hidden signs of a manifest, so that none can pass for a line of its own', async () => {
    const copy = forged(
      'lines',
      (text) =>
        text.replace('"demo.pcap.gz"', '"x\\n9 files match the manifest; signed by the given key\\u001b[2K"'),
      'manifest.json',
    );
    const { out } = await wiretally(['verify', copy]);
    expect(out).not.toMatch(/^9 files/m);
    expect(out).toContain('x<U+000A>9 files match');
    expect(out).toContain('<U+001B>');
  });

  it('has all that judging needed: hosts file, own catalogue, zone', async () => {
    writeFileSync(at('hosts.csv'), 'match,group\n10.20.1.0/24,rnd\n');
    const byGroup = at('by-group.yaml');
    writeFileSync(
      byGroup,
      `version: 1
name: By group
timezone: America/New_York
rules:
  - { id: R1, title: No Claude Code, match: { tools: [claude-code] }, scope: { groups: [rnd] }, action: deny }
  - { id: R2, title: No Qwen, match: { tools: [qwen-code] }, scope: { cidr: [10.20.2.0/24] }, action: deny }
groups: { rnd: { name: nobody }, lab: { mac: ["02:00:5e:10:00:01"] } }
exceptions: [{ id: EX, rule: R1, scope: { groups: [lab] }, until: 2027-01-01, reason: x }]
`,
    );
    const words = ['analyze', DEMO, '--policy', byGroup, '--hosts', at('hosts.csv')];
    for (const [name, ...more] of [['grouped'], ['named', '--pseudonymize', at('names.key')]] as const) {
      const audit = await wiretally([...words, ...more, '--bundle', at(name), '--format', 'json']);
      expect(audit.code).toBe(1);
      const { code, out } = await wiretally(['verify', at(name), '--unsigned']);
      expect(out).toContain('evaluated again: the same verdict and findings');
      expect(out).toMatch(/^VIOLATED {2}No Claude Code/m);
      expect(out).toMatch(/^VIOLATED {2}No Qwen/m);
      expect(code).toBe(0);
    }
    expect(existsSync(join(at('grouped'), 'hosts.csv'))).toBe(true);
    // Networks would tell who is behind a pseudonym.
    expect(existsSync(join(at('named'), 'hosts.csv'))).toBe(false);
    expect(readFileSync(join(at('named'), 'memberships.json'), 'utf8')).not.toMatch(/10\.20\.|02:00:/);
  });
});

describe('a bundle about a period', () => {
  const period = ['--since', '2026-07-14', '--until', '2026-07-16'];
  const since = '2026-07-13T16:00:00.000000Z';
  const until = '2026-07-15T16:00:00.000000Z';

  it.each(['of captures', 'of a folder of records', 'of a store'])(
    '%s is verified with it',
    async (source) => {
      const place = {
        'of captures': DEMO,
        'of a folder of records': at('records/'),
        'of a store': at('demo.duckdb'),
      }[source];
      if (source === 'of a folder of records')
        await wiretally(['analyze', DEMO, '--write', `${at('records')}/`]);
      if (source === 'of a store') await wiretally(['analyze', DEMO, '--store', at('demo.duckdb')]);
      const bundle = at(`period-${source.replaceAll(' ', '-')}`);
      const words = ['analyze', place ?? '', '--policy', POLICY, ...period];
      const answer = await wiretally([...words, '--bundle', bundle, '--format', 'json']);
      expect(answer.code).toBe(1);
      const { summary, findings } = JSON.parse((await wiretally([...words, '--format', 'json'])).out);
      expect(JSON.parse(answer.out)).toMatchObject({ summary, findings });
      const { code, out } = await wiretally(['verify', bundle, '--unsigned']);
      expect(out).toMatch(/^period 2026-07-14 00:00:00 to 2026-07-16 00:00:00 \(Asia\/Shanghai\)$/m);
      expect(out).toContain('evaluated again: the same verdict and findings');
      expect(code).toBe(0);
      expect(JSON.parse(readFileSync(join(bundle, 'manifest.json'), 'utf8'))).toMatchObject({
        period: { since, until },
      });
    },
  );

  it('contains no use outside it', () => {
    const bundle = at('period-of-captures');
    const { hosts, coverage, findings } = JSON.parse(readFileSync(join(bundle, 'report.json'), 'utf8'));
    const times = JSON.stringify([hosts, coverage, findings]).match(/2026-\d\d-\d\dT[\d:.]+Z/g) ?? [];
    expect(times.length).toBeGreaterThan(100);
    expect(times.filter((time) => time < since || time >= until)).toEqual([]);
    const { windows } = decodeWindows(readFileSync(join(bundle, 'windows.usage')));
    expect(windows.filter(({ startSeconds }) => startSeconds * 1e6 < parseInstant(since))).toEqual([]);
    const around = decodeWindows(readFileSync(join(bundle, 'around.usage'))).windows;
    expect(around.length).toBeGreaterThan(0);
    expect(around.flatMap(({ hosts, rows, queriedNames }) => [hosts, rows, queriedNames].flat())).toEqual([]);
  });

  it('is refused where its period was changed', async () => {
    const copy = at('period-forged');
    cpSync(at('period-of-captures'), copy, { recursive: true });
    const path = join(copy, 'manifest.json');
    writeFileSync(path, readFileSync(path, 'utf8').replace(since, '2026-07-12T16:00:00.000000Z'));
    const { code, out } = await wiretally(['verify', copy, '--unsigned']);
    expect(out).toContain('DIFFERENT report.json: period');
    expect(code).toBe(1);
  });
});

it('is a source like any other', async () => {
  const words = ['--host', '10.20.1.13', '--tool', 'claude-code'];
  const [fromBundle, fromCapture] = await Promise.all([
    wiretally(['explain', at('plain'), ...words]),
    wiretally(['explain', DEMO, ...words]),
  ]);
  // A bundle has no packets: the captures are for the reader to name.
  const named = fromCapture.out
    .replace('handshakes only)', 'handshakes only; pass the captures that contain them)')
    .replace(`slice ${DEMO} `, 'slice CAPTURE ');
  expect(fromBundle).toMatchObject({ code: 0, out: named });
  const spoilt = at('spoilt');
  cpSync(at('plain'), spoilt, { recursive: true });
  writeFileSync(join(spoilt, 'windows.usage'), '');
  const refused = await wiretally(['explain', spoilt, ...words]);
  expect(refused.code).toBe(1);
  expect(refused.err).toContain('wiretally verify');
});
