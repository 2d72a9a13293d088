// Exports for the devices of companies: each against the grammar of its format, also with names and titles of an attacker.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { EXPORT_FORMATS } from '../../../src/policy/export/export-formats.ts';
import type { ExportContext, ExportFile } from '../../../src/policy/export/plan.ts';
import { parsePolicy } from '../../../src/policy/parse-policy.ts';
import { temporaryFolder } from '../../temporary.ts';

type Tools = ExportContext['tools'];
type Endpoint = Tools[number]['endpoints'][number];

const at = (
  host: string,
  match: Endpoint['match'] = 'exact',
  role: Endpoint['role'] = 'inference',
): Endpoint => ({
  ...{ host, match, role, specificity: 'tool' },
});

const banned: Tools[number] = {
  id: 'banned',
  name: 'Banned',
  vendor: 'V',
  kind: 'cli',
  endpoints: [
    at('api.banned.test'),
    at('*.wide.test', 'suffix'),
    at('deep.wide.test'),
    at('model.*.regions.test', 'glob'),
    at('t.banned.test', 'exact', 'telemetry'),
  ],
  networks: ['10.99.7.0/25', 'fd00:99::/48'],
  ja4: [],
};
const allowed: Tools[number] = {
  ...banned,
  id: 'ok',
  endpoints: [at('api.ok.test'), at('*.ok.test', 'suffix')],
  networks: [],
};

const POLICY = `version: 1
name: lists
timezone: UTC
rules:
  - { id: R.1, title: "it's; $(banned) \`x\`", match: { tools: [banned] }, action: deny, effective: 2026-07-10 }
  - { id: OK, title: allowed, match: { tools: [ok] }, action: allow }
`;
const SCOPED = `${POLICY.replace('action: deny', "action: deny, scope: { cidr: [10.1.0.0/16, 'fd00:1::/32'] }")}exceptions:
  - { id: EX, rule: R.1, scope: { cidr: 10.1.9.0/24 }, until: 2027-01-01, reason: test }
`;
const VIA = `version: 1
name: lists
timezone: UTC
rules:
  - { id: VIA, title: through the gateway, match: { tools: [banned] }, action: allow, via: { host: 10.0.0.5, name: gw.corp.test } }
`;

function write(format: string, policy = POLICY, tools: Tools = [banned, allowed]): ExportFile[] {
  const parsed = parsePolicy(policy, {
    version: '2026.11.1',
    tools: tools.map((tool) => ({ ...tool, hasOwnName: true })),
  });
  if (parsed.policy === null) throw new Error(JSON.stringify(parsed.errors));
  const sha1 = (value: string): string => createHash('sha1').update(value).digest('hex');
  const context = {
    policy: parsed.policy,
    policySha256: 'a'.repeat(64),
    catalogueVersion: '2026.11.1',
    tools,
    sha1,
  };
  return EXPORT_FORMATS[format]?.write(context) ?? [];
}

const fileOf = (files: readonly ExportFile[], ending: string): string => {
  const found = files.find(({ name }) => name.endsWith(ending));
  if (found === undefined) throw new Error(`no ${ending} among ${files.map(({ name }) => name).join(', ')}`);
  return found.text;
};
const lines = (text: string, comment: RegExp = /^[#!]/): string[] =>
  text.split('\n').filter((line) => line !== '' && !comment.test(line));

const HOST = '(?:[a-z0-9_-]+\\.)+[a-z0-9_-]+';
/** A whole line of each list, as its device reads it. */
const GRAMMAR: Readonly<
  Record<string, { readonly ending: string; readonly line: RegExp; readonly says: readonly string[] }>
> = {
  paloalto: {
    ending: 'paloalto-domains.txt',
    line: new RegExp(`^(\\*\\.)?${HOST}$`),
    says: ['api.banned.test', 't.banned.test', 'wide.test', '*.wide.test'],
  },
  fortigate: {
    ending: 'fortigate-domains.txt',
    line: /^[a-z0-9_*.-]+$/,
    says: ['api.banned.test', 'model.*.regions.test', 't.banned.test', 'wide.test', '*.wide.test'],
  },
  umbrella: {
    ending: 'umbrella.txt',
    line: new RegExp(`^${HOST}$`),
    says: ['api.banned.test', 't.banned.test', 'wide.test'],
  },
  pihole: {
    ending: 'pihole.txt',
    line: new RegExp(`^(${HOST}|\\|\\|${HOST}\\^)$`),
    says: ['api.banned.test', 't.banned.test', '||wide.test^'],
  },
  adguard: {
    ending: 'adguard.txt',
    line: /^\|{1,2}[a-z0-9_*.-]+\^$/,
    says: ['|api.banned.test^', '|model.*.regions.test^', '|t.banned.test^', '||wide.test^'],
  },
  dnsmasq: {
    ending: 'dnsmasq.conf',
    line: new RegExp(`^address=/${HOST}/$`),
    says: ['address=/api.banned.test/', 'address=/t.banned.test/', 'address=/wide.test/'],
  },
};

describe('a list', () => {
  it.each(Object.entries(GRAMMAR))(
    'for %s has one entry in a line, each once',
    (format, { ending, line, says }) => {
      const found = lines(fileOf(write(format), ending));
      expect([...found].sort()).toEqual([...says].sort());
      for (const each of found) expect(each).toMatch(line);
    },
  );

  it('of a format without comments has its notes in another file', () => {
    for (const format of ['paloalto', 'fortigate', 'umbrella', 'cloudflare']) {
      const files = write(format);
      const notes = files.filter(({ isNotes }) => isNotes);
      expect(notes).toHaveLength(1);
      expect(notes[0]?.text).toMatch(/^# Rule R\.1 rev 1/);
      expect(notes[0]?.text).toMatch(/\n# Blocks: .*\n# Lets pass: /);
      for (const { text, isNotes } of files) if (isNotes !== true) expect(text).not.toMatch(/[#!]/);
    }
  });

  it('of URLs ends each with a slash, which longer names do not match', () => {
    expect(lines(fileOf(write('paloalto'), 'paloalto-urls.txt'))).toEqual([
      'api.banned.test/',
      'model.*.regions.test/',
      't.banned.test/',
      'wide.test/',
      '*.wide.test/',
    ]);
  });

  it('says what it leaves out', () => {
    expect(fileOf(write('pihole'), '.txt')).toContain('# Not carried over: model.*.regions.test');
    expect(fileOf(write('umbrella', SCOPED), 'notes.txt')).toContain('holds for every client of the device');
  });

  it('for Cloudflare tells hosts from domains, and has a thousand entries at most', () => {
    const files = write('cloudflare');
    expect(lines(fileOf(files, 'cloudflare-hosts.csv'))).toEqual([
      'value',
      'api.banned.test',
      't.banned.test',
    ]);
    expect(lines(fileOf(files, 'cloudflare-domains.csv'))).toEqual(['value', 'wide.test']);
    const many = { ...banned, endpoints: Array.from({ length: 2500 }, (_, i) => at(`n${i}.banned.test`)) };
    const parts = write('cloudflare', POLICY, [many, allowed]).filter(({ isNotes }) => isNotes !== true);
    expect(parts.map(({ name }) => name)).toEqual([
      'wiretally-R.1.cloudflare-hosts-1.csv',
      'wiretally-R.1.cloudflare-hosts-2.csv',
      'wiretally-R.1.cloudflare-hosts-3.csv',
    ]);
    expect(parts.map(({ text }) => lines(text).length - 1)).toEqual([1000, 1000, 500]);
    expect(new Set(parts.flatMap(({ text }) => lines(text)))).toHaveLength(2501);
  });

  it('for dnsmasq is accepted by the program', (test) => {
    const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` };
    try {
      execFileSync('sh', ['-c', 'command -v dnsmasq'], { env });
    } catch {
      test.skip('dnsmasq is not installed, so its own check of the export did not run');
    }
    const path = join(temporaryFolder('dnsmasq'), 'rules.conf');
    writeFileSync(path, fileOf(write('dnsmasq'), '.conf'));
    expect(() =>
      execFileSync('dnsmasq', ['--test', `--conf-file=${path}`], { env, stdio: 'pipe' }),
    ).not.toThrow();
  });
});

/** A literal string of PowerShell: nothing is expanded between single quotes, and two of them are one sign. */
const STRING = "'(?:[^']|'')*'";
const SCRIPT_LINES: readonly RegExp[] = [
  /^\$ErrorActionPreference = 'Stop'$/,
  new RegExp(
    `^Get-DnsServerQueryResolutionPolicy \\| Where-Object \\{ \\$_\\.Name -like ${STRING} \\} \\| Remove-DnsServerQueryResolutionPolicy -Force$`,
  ),
  new RegExp(
    `^Get-DnsServerClientSubnet \\| Where-Object \\{ \\$_\\.Name -like ${STRING} \\} \\| Remove-DnsServerClientSubnet -Force$`,
  ),
  new RegExp(
    `^Add-DnsServerClientSubnet -Name ${STRING}(?: -IPv4Subnet ${STRING}(?:,${STRING})*)?(?: -IPv6Subnet ${STRING}(?:,${STRING})*)?$`,
  ),
  new RegExp(
    `^Add-DnsServerQueryResolutionPolicy -Name ${STRING} -Action DENY -ApplyOnRecursion -Fqdn '(?:EQ)(?:,(?:\\*\\.)?${HOST}){1,50}'(?: -ClientSubnet '(?:EQ|NE),[A-Za-z0-9._-]+(?:;(?:EQ|NE),[A-Za-z0-9._-]+)*')?$`,
  ),
];

describe('the script for Windows DNS', () => {
  it.each([
    ['of a ban', POLICY],
    ['with scope and exceptions', SCOPED],
    ['of a required path', VIA],
  ])('%s has lines of the known forms alone', (_, policy) => {
    for (const line of lines(fileOf(write('windows-dns', policy), '.ps1'), /^#/))
      expect(
        SCRIPT_LINES.filter((form) => form.test(line)),
        line,
      ).toHaveLength(1);
  });

  it('names the clients that are meant, and those that are exempt', () => {
    const text = fileOf(write('windows-dns', SCOPED), '.ps1');
    expect(text).toContain(
      "Add-DnsServerClientSubnet -Name 'Wiretally-R.1-sources' -IPv4Subnet '10.1.0.0/16' -IPv6Subnet 'fd00:1::/32'",
    );
    expect(text).toContain("-ClientSubnet 'EQ,Wiretally-R.1-sources;NE,Wiretally-R.1-passing'");
    expect(text).toContain("-Fqdn 'EQ,api.banned.test,t.banned.test,wide.test,*.wide.test'");
  });
});

/** The parts of the published definition of CiliumClusterwideNetworkPolicy (cilium.io/v2) that the export writes. */
const fqdn = z
  .string()
  .max(255)
  .regex(/^([-a-zA-Z0-9_*]+[.]?)+$/);
const cidrSet = z.array(z.strictObject({ cidr: z.string().regex(/^[0-9a-f.:]+\/\d{1,3}$/) })).min(1);
const ports = z.array(
  z.strictObject({
    ports: z
      .array(
        z.strictObject({
          port: z.string().regex(/^\d{1,5}$/),
          protocol: z.enum(['TCP', 'UDP', 'SCTP', 'ANY']),
        }),
      )
      .max(40),
    rules: z.strictObject({ dns: z.array(z.strictObject({ matchPattern: fqdn })) }).optional(),
  }),
);
const ciliumPolicy = z.strictObject({
  apiVersion: z.literal('cilium.io/v2'),
  kind: z.literal('CiliumClusterwideNetworkPolicy'),
  metadata: z.strictObject({
    name: z
      .string()
      .max(253)
      .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/),
  }),
  spec: z.strictObject({
    endpointSelector: z.strictObject({ matchLabels: z.record(z.string(), z.string()).optional() }),
    enableDefaultDeny: z.strictObject({ egress: z.boolean(), ingress: z.boolean() }).optional(),
    egress: z
      .array(
        z.strictObject({
          toEndpoints: z.array(z.strictObject({ matchLabels: z.record(z.string(), z.string()) })).optional(),
          toFQDNs: z
            .array(
              z.union([
                z.strictObject({ matchName: fqdn.regex(/^[^*]+$/) }),
                z.strictObject({ matchPattern: fqdn }),
              ]),
            )
            .optional(),
          toCIDRSet: cidrSet.optional(),
          toPorts: ports.optional(),
        }),
      )
      .optional(),
    // Rules that deny have no toFQDNs.
    egressDeny: z.array(z.strictObject({ toCIDRSet: cidrSet })).optional(),
  }),
});

describe('policies for Cilium', () => {
  it('follow the definition of the resource', () => {
    for (const policy of [POLICY, SCOPED, VIA])
      for (const { text } of write('cilium', policy))
        expect(() => ciliumPolicy.parse(parse(text)), text).not.toThrow();
  });

  it('deny networks without ending other traffic, and allow names', () => {
    const files = write('cilium');
    const denial = ciliumPolicy.parse(parse(fileOf(files, 'R.1.cilium.yaml')));
    expect(denial.spec.enableDefaultDeny).toEqual({ egress: false, ingress: false });
    expect(denial.spec.egressDeny?.[0]?.toCIDRSet.map(({ cidr }) => cidr)).toEqual([
      '10.99.7.0/25',
      'fd00:99::/48',
    ]);
    const allowance = ciliumPolicy.parse(parse(fileOf(files, 'allow.cilium.yaml')));
    expect(allowance.spec.egress?.flatMap(({ toFQDNs = [] }) => toFQDNs)).toEqual([
      { matchPattern: '**.ok.test' },
      { matchName: 'ok.test' },
    ]);
  });
});

describe('a required path', () => {
  it('is exported as a block of the direct way that lets the gateway pass', () => {
    const rules = fileOf(write('suricata', VIA), '.rules');
    expect(rules).toContain('reject tls [$HOME_NET,!10.0.0.5/32] any -> [!10.0.0.5/32] any (msg');
    expect(rules).not.toContain('t.banned.test (tls)');
    expect(rules).toContain('Not blocked: t.banned.test: its role is telemetry');
    expect(rules).toContain('Not carried over: gateway gw.corp.test');
    expect(fileOf(write('nftables', VIA), '.nft')).toContain('ip saddr @exempt_v4 accept');
    expect(fileOf(write('windows-dns', VIA), '.ps1')).toContain("-ClientSubnet 'NE,Wiretally-VIA-passing'");
    const [allowance] = write('cilium', VIA).filter(({ name }) => name.includes('allow'));
    expect(allowance?.text).toContain('cidr: 10.0.0.5/32');
  });
});

const HOSTILE: readonly string[] = [
  'a.test\naddress=/evil.test/1.2.3.4',
  "a.test'; Remove-Item C:\\ -Recurse; '",
  'a.test"; sid:1;)',
  'a.test # comment',
  '$(reboot).test',
  'a..test',
  'a.test/../..',
  '||a.test^$important',
  `${'a'.repeat(300)}.test`,
  'ä.test',
  'a,b.test',
  'test',
];

describe('names of an attacker', () => {
  it.each(Object.keys(EXPORT_FORMATS))('reach no %s', (format) => {
    const hostile = { ...banned, endpoints: [at('api.banned.test'), ...HOSTILE.map((host) => at(host))] };
    const clean = { ...banned, endpoints: [at('api.banned.test')] };
    const rules = (tool: Tools[number]): string[] =>
      write(format, POLICY, [tool, allowed])
        .filter(({ isNotes }) => isNotes !== true)
        .flatMap(({ text }) => lines(text, /^\s*[#;!]|Not blocked|"uuid"|"id": "(?:report|indicator)/));
    if (format !== 'stix' && format !== 'misp') expect(rules(hostile)).toEqual(rules(clean));
    else expect(rules(hostile).filter((line) => /evil|Remove-Item|reboot/.test(line))).toEqual([]);
  });
});
