import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { loadCatalogue } from '../../../src/files/catalogue-files.ts';
import { EXPORT_FORMATS } from '../../../src/policy/export/export-formats.ts';
import type { ExportContext, ExportFile } from '../../../src/policy/export/plan.ts';
import { parsePolicy } from '../../../src/policy/parse-policy.ts';
import { exportContext, parsePolicy as parsePolicyText } from '../../../src/query/inputs/policy-file.ts';
import { temporaryFolder } from '../../temporary.ts';

const text = `
version: 1
name: ACME
timezone: Asia/Shanghai
groups:
  rnd: { cidr: [10.20.0.0/16, "fd00:20::/32"], vlan: [120] }
  lab: { cidr: [10.40.0.0/24] }
rules:
  - id: AI-0710
    title: "Claude Code is banned"
    match: { tools: [claude-code] }
    scope: { groups: [rnd] }
    action: deny
    effective: 2026-07-10
    until: 2027-01-01
  - { id: OK, title: approved, match: { tools: [qwen-code] }, action: allow }
exceptions:
  - { id: EX, rule: AI-0710, scope: { groups: [lab] }, until: 2026-09-30, reason: research }
`;

const tools: ExportContext['tools'] = [
  {
    id: 'claude-code',
    name: 'Claude Code',
    vendor: 'Anthropic',
    kind: 'cli',
    endpoints: [
      { host: 'api.anthropic.com', match: 'exact', role: 'inference', specificity: 'vendor' },
      { host: 'statsig.anthropic.com', match: 'exact', role: 'telemetry', specificity: 'tool' },
      { host: '*.claude.ai', match: 'suffix', role: 'auth', specificity: 'vendor' },
      { host: 'cloud.claude.ai', match: 'exact', role: 'auth', specificity: 'vendor' },
      { host: 'claude.*.example.com', match: 'glob', role: 'inference', specificity: 'tool' },
      { host: 'registry.pkgs.test', match: 'exact', role: 'update', specificity: 'shared' },
      { host: 'docs.anthropic.com', match: 'exact', role: 'docs', specificity: 'vendor' },
      { host: 'both.example.net', match: 'exact', role: 'inference', specificity: 'vendor' },
    ],
    networks: ['160.79.104.0/23', '2607:6bc0::/48'],
    ja4: ['t13d171000_5b57614c22b0_78e6aca7449b'],
  },
  {
    id: 'qwen-code',
    name: 'Qwen Code',
    vendor: 'Alibaba',
    kind: 'cli',
    endpoints: [{ host: 'both.example.net', match: 'exact', role: 'inference', specificity: 'vendor' }],
    networks: [],
    ja4: [],
  },
];

function context(policy: string): ExportContext {
  const parsed = parsePolicy(policy, {
    version: '2026.11.1',
    tools: tools.map((tool) => ({ ...tool, hasOwnName: true })),
  });
  if (parsed.policy === null) throw new Error(JSON.stringify(parsed.errors));
  const sha1 = (value: string): string => createHash('sha1').update(value).digest('hex');
  return { policy: parsed.policy, policySha256: 'a'.repeat(64), catalogueVersion: '2026.11.1', tools, sha1 };
}

function write(format: string, policy = text): ExportFile[] {
  return EXPORT_FORMATS[format]?.write(context(policy)) ?? [];
}

function hasProgram(name: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${name}`], {
      env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
    });
    return true;
  } catch {
    console.warn(`skipped: ${name} is not installed, so its own check of the export did not run`);
    return false;
  }
}

function saved(file: ExportFile | undefined): string {
  if (file === undefined) throw new Error('no file');
  const path = join(temporaryFolder('export'), file.name);
  writeFileSync(path, file.text);
  return path;
}

const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` };

describe('every export', () => {
  it.each(Object.keys(EXPORT_FORMATS))(
    '%s names what is banned, and leaves shared and allowed names alone',
    (format) => {
      const body = write(format)
        .map((file) => file.text)
        .join('\n');
      const rules = body
        .split('\n')
        .filter((line) => !/^\s*[#;!]|Not blocked|"description"|description:|"value": "Rule/.test(line))
        .join('\n');
      if (!['nftables', 'cilium'].includes(format)) expect(rules).toContain('statsig.anthropic.com');
      expect(rules).not.toMatch(/registry\.pkgs\.test|docs\.anthropic\.com/);
      // Cilium lists what is allowed.
      expect(rules.includes('both.example.net')).toBe(format === 'cilium');
      expect(body).toMatch(/serve every product of their vendor|whole/);
      expect(body).toContain('registry.pkgs.test: shared with programs');
      expect(body).toMatch(/relays and gateways/);
      expect(write(format)).toEqual(write(format));
    },
  );
});

it.each([
  ['rpz', 'Blocked too, although exempt until 2026-09-30 00:00:00 (Asia/Shanghai): 10.40.0.0/24 (EX)'],
  ['dnsmasq', 'Blocked too, although exempt until 2026-09-30 00:00:00 (Asia/Shanghai): 10.40.0.0/24 (EX)'],
  ['squid', 'Exempt until 2026-09-30 00:00:00 (Asia/Shanghai): 10.40.0.0/24 (EX); after that, export again'],
])('%s says whether it carries an exception over', (format, said) => {
  const body = write(format).map((file) => file.text);
  expect(body.join('\n')).toContain(said);
});

it('blocks every tool without a rule for "default: deny", and no name that an allowed tool needs', () => {
  const allowList = `
version: 1
name: ACME
timezone: UTC
default: { action: deny, effective: 2026-07-10 }
rules: [{ id: OK, title: approved, match: { tools: [qwen-code] }, action: allow }]
`;
  const [zone, ...others] = write('rpz', allowList);
  expect(others).toEqual([]);
  expect(zone?.name).toBe('wiretally-default.rpz');
  expect(zone?.text).toContain('\nstatsig.anthropic.com CNAME .\n');
  expect(zone?.text).toContain('; Not blocked: both.example.net: an allowed tool needs it (qwen-code)\n');
  expect(zone?.text).not.toContain('\nboth.example.net CNAME');
});

it('lists every name in its comments, however many they are', async () => {
  const catalogue = await loadCatalogue([]);
  const policy =
    'version: 1\nname: ACME\ntimezone: UTC\ndefault: deny\nrules: [{ id: A, title: t, match: { tools: [aider] }, action: allow }]\n';
  const onDisk = parsePolicyText(policy, 'policy.yaml', catalogue);
  const lines = EXPORT_FORMATS.rpz?.write(exportContext(onDisk, catalogue))[0]?.text.split('\n') ?? [];
  const comments = lines.filter((line) => line.startsWith(';'));
  expect(comments.join(' ')).toContain('zed.dev');
  const last = comments.findLastIndex((line) => line.includes('Telemetry too'));
  expect(comments[last + 1]).toMatch(/^; [a-z0-9*.-]+[,\w]/);
  expect(Math.max(...comments.map(({ length }) => length))).toBeLessThanOrEqual(902);
});

it('blocks names that older versions alone still use', async () => {
  const catalogue = await loadCatalogue([]);
  const { policy } = context(text);
  const onDisk = { file: 'policy.yaml', text, sha256: 'a'.repeat(64), policy };
  const rules = EXPORT_FORMATS.rpz?.write(exportContext(onDisk, catalogue))[0]?.text;
  expect(catalogue.tool('claude-code')?.endpoints.some(({ ended }) => ended !== undefined)).toBe(true);
  expect(rules).toContain('\nstatsig.anthropic.com CNAME .\n');
});

it('a zone has the names below a suffix, and of other names none', () => {
  const records = (write('rpz')[0]?.text ?? '').split('\n').filter((line) => line.endsWith(' CNAME .'));
  expect(records).toContain('claude.ai CNAME .');
  expect(records).toContain('*.claude.ai CNAME .');
  expect(records.filter((line) => line.startsWith('*'))).toEqual(['*.claude.ai CNAME .']);
});

it('a firewall has no rule for the IP of which the scope has no network', () => {
  const ofIp4 = text.replace('cidr: [10.20.0.0/16, "fd00:20::/32"]', 'cidr: [10.20.0.0/16]');
  const rules = (write('nftables', ofIp4)[0]?.text ?? '')
    .split('\n')
    .filter((line) => line.endsWith(' reject'));
  expect(rules.map((line) => line.trim())).toEqual(
    // Forwarded, and of the machine itself.
    Array(2).fill('ip saddr @sources_v4 ip daddr @blocked_v4 counter reject'),
  );
});

describe('Suricata rules', () => {
  it('see the name of a QUIC flow in its first packet', () => {
    const lines = (write('suricata')[0]?.text ?? '').split('\n');
    expect(lines.filter((line) => line.startsWith('drop quic'))).not.toEqual([]);
    for (const line of lines.filter((each) => each.startsWith('drop quic')))
      expect(line).toContain('flow:to_server; quic.sni;');
  });

  it('block by default, and alert alone where that is asked', () => {
    const rules = (files: readonly ExportFile[]): string[] =>
      (files[0]?.text ?? '').split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    const blocking = rules(write('suricata'));
    const telling = rules(EXPORT_FORMATS.suricata?.write({ ...context(text), alertOnly: true }) ?? []);
    expect(new Set(blocking.map((line) => line.split(' ').slice(0, 2).join(' ')))).toEqual(
      new Set(['reject tls', 'drop quic', 'reject dns']),
    );
    // The same rules under the same numbers.
    expect(telling).toEqual(blocking.map((line) => line.replace(/^(?:reject|drop)/, 'alert')));
  });

  it('never list a network and its exception alone, which would be nothing', () => {
    const all = text.replace('scope: { groups: [lab] }', 'scope: { groups: [rnd] }');
    const [file] = write('suricata', all);
    expect(file?.text).toContain('# Every network of this rule is exempt or allowed');
    expect(file?.text).not.toMatch(/^(alert|drop|reject)/m);
  });

  it('follow the grammar: action, protocol, addresses, options ending in semicolons, unique sids', () => {
    const lines = (write('suricata')[0]?.text ?? '')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    const sids = new Set<string>();
    for (const line of lines) {
      expect(line).toMatch(
        /^(?:reject (?:tls|dns)|drop quic) (\$\w+|\[[^\]]+\]) any -> any any \((\w[\w.]*(:\s?("[^"]*"|[^;"]+))?;\s?)+\)$/,
      );
      sids.add(/sid:(\d+);/.exec(line)?.[1] ?? '');
    }
    expect(sids.size).toBe(lines.length);
    expect(lines.join('\n')).toContain('[10.20.0.0/16,fd00:20::/32,!10.40.0.0/24]');
  });
});

describe('the real programs accept', () => {
  it.skipIf(!hasProgram('named-checkzone'))('the zone (named-checkzone)', () => {
    const out = execFileSync('named-checkzone', ['rpz.wiretally', saved(write('rpz')[0])], {
      env,
      encoding: 'utf8',
    });
    expect(out).toMatch(/OK/);
  });

  it.skipIf(!hasProgram('squid'))('the access lists (squid -k parse)', () => {
    const path = saved(write('squid')[0]);
    const config = saved({
      name: 'squid.conf',
      text: `http_port 127.0.0.1:3128\ninclude ${path}\nhttp_access deny all\n`,
    });
    const out = execFileSync('sh', ['-c', `squid -k parse -f ${config} 2>&1`], { env, encoding: 'utf8' });
    expect(out).not.toMatch(/ERROR|FATAL|WARNING/);
  });

  it.skipIf(!hasProgram('nft'))('the sets (nft -c -f)', () => {
    execFileSync('nft', ['-c', '-f', saved(write('nftables')[0])], { env });
  });
});

describe('the exchange formats', () => {
  it('write Sigma rules with every required field', () => {
    const files = write('sigma');
    // All in one stream, as without --out.
    expect(parseAllDocuments(files.map(({ text }) => text).join(''))).toHaveLength(files.length);
    for (const file of files) {
      const rule: unknown = parse(file.text);
      expect(rule).toMatchObject({
        title: expect.any(String),
        id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
        logsource: { category: expect.any(String) },
        detection: { condition: expect.any(String) },
        level: 'high',
      });
    }
  });

  it('write a MISP event and a STIX bundle with valid identifiers and spans', () => {
    expect(JSON.parse(write('misp')[0]?.text ?? '')).toMatchObject({
      // The day of the policy's zone, on which the rule takes effect.
      Event: { info: 'AI-0710: Claude Code is banned', date: '2026-07-10' },
    });
    const bundle: { objects: { type: string; id: string; valid_from?: string; valid_until?: string }[] } =
      JSON.parse(write('stix')[0]?.text ?? '');
    for (const object of bundle.objects) {
      expect(object.id).toMatch(new RegExp(`^${object.type}--[0-9a-f-]{36}$`));
      if (object.type === 'indicator')
        expect(object).toMatchObject({
          valid_from: '2026-07-09T16:00:00.000Z',
          valid_until: '2026-12-31T16:00:00.000Z',
        });
    }
  });
});

describe('every file that a device reads', () => {
  it.each([
    ['suricata', 'Blocks: TLS handshakes and DNS queries are refused'],
    ['rpz', 'Blocks: DNS queries'],
    ['squid', 'Blocks: CONNECT'],
    ['sigma', 'Blocks nothing'],
  ])('of %s says what is blocked and what passes', (format, says) => {
    const [file] = write(format);
    expect(file?.text).toContain(says);
    expect(file?.text).toContain('Lets pass: ');
  });
});

describe('what an earlier rule allows', () => {
  const withEarlier = (rule: string): string =>
    text
      .replace('groups:\n', 'groups:\n  web: { cidr: 10.20.7.0/24 }\n')
      .replace('rules:\n', `rules:\n  - { id: WEB, title: w, action: allow, ${rule} }\n`);
  const scope = 'scope: { groups: [web] }';

  it('passes a device that knows networks', () => {
    const policy = withEarlier(`match: { tools: [claude-code] }, ${scope}`);
    for (const format of ['nftables', 'suricata', 'squid', 'windows-dns']) {
      const body = write(format, policy)
        .map((file) => file.text)
        .join('\n');
      expect(body.match(/10\.20\.7\.0\/24/g)?.length ?? 0).toBeGreaterThan(1);
      expect(body).toContain('Allowed by rule WEB: 10.20.7.0/24');
    }
    expect(write('suricata', policy)[0]?.text).toContain('!10.20.7.0/24');
  });

  it('is said not to be carried over where it is of another time, of some tools, or of hosts by MAC', () => {
    for (const [rule, says] of [
      [
        `match: { tools: [claude-code] }, ${scope}, until: 2026-08-01`,
        'rule WEB: it decides first about Claude Code of 10.20.7.0/24',
      ],
      [
        "match: { tools: [claude-code] }, scope: { mac: '02:00:5e:10:00:01' }",
        'rule WEB: MAC 02:00:5e:10:00:01',
      ],
    ] as const) {
      const body = write('nftables', withEarlier(rule))[0]?.text ?? '';
      expect(body).toContain(`Not carried over: ${says}`);
      expect(body).not.toContain('Allowed by rule');
    }
  });

  it('is not blocked at all where it is allowed to every host', () => {
    const body = write('nftables', withEarlier('match: { tools: [claude-code] }'))[0]?.text ?? '';
    expect(body).not.toContain('160.79.104.0/23');
  });

  it('leaves no list of nothing where it holds every network of the rule', () => {
    const policy = withEarlier('match: { tools: [claude-code] }, scope: { cidr: [10.0.0.0/8, "fd00::/8"] }');
    expect(write('suricata', policy)[0]?.text).toContain('Every network of this rule is exempt or allowed');
  });
});
