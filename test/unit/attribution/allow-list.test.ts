// The minimal allow list of a tool: no needed name is missing, no dead one is in, and an existing list is judged by it.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { buildAllowList, listEntries } from '../../../src/attribution/profile/allow-list.ts';
import { findProfile } from '../../../src/attribution/profile/tool-profile.ts';
import { loadCatalogue } from '../../../src/files/catalogue-files.ts';
import { allowList } from '../../../src/model/profile.ts';
import { analyze } from '../../../src/query/library-analyze.ts';

const catalogue = await loadCatalogue([]);
const entryOf = (id: string) => {
  const tool = catalogue.tool(id);
  if (tool === undefined) throw new Error(id);
  return tool;
};

/** Of a recording, or of nothing. */
async function listOf(id: string, recording: string | null, against: string | null = null, since?: number) {
  const captures = recording === null ? [] : [`captures/recordings/${recording}.pcap.gz`];
  const windows = captures.length === 0 ? [] : (await analyze(captures, { catalogue })).windows;
  const profile = findProfile(windows, catalogue, id);
  const listed = against === null ? null : listEntries(against);
  return buildAllowList(windows, catalogue, entryOf(id), profile, listed, since ?? null);
}

const TOOLS = [
  ...['claude-code', 'openai-codex', 'gemini-cli', 'copilot-cli'],
  ...['qwen-code', 'opencode', 'cline', 'kimi-code'],
];

interface Manifest {
  readonly captures: readonly {
    readonly file: string;
    readonly sni: Readonly<Record<string, { readonly up: number }>>;
    readonly expect: { readonly tools?: readonly string[] };
    readonly truth: { readonly model_requests: number };
  }[];
}
const { captures }: Manifest = JSON.parse(readFileSync('captures/manifest.json', 'utf8'));

describe.each(TOOLS)('the allow list of %s', (id) => {
  const own = captures.filter(({ expect: { tools } }) => tools?.length === 1 && tools[0] === id);

  it('has what every recording sent model requests to, and no dead name', async () => {
    expect(own.length).toBeGreaterThan(0);
    const ended = entryOf(id).endpoints.filter((endpoint) => endpoint.ended !== undefined);
    for (const { file, truth } of own.slice(0, 6)) {
      const name = file.slice('recordings/'.length, -'.pcap.gz'.length);
      const { windows } = await analyze([`captures/${file}`], { catalogue });
      const profile = findProfile(windows, catalogue, id);
      const list = buildAllowList(windows, catalogue, entryOf(id), profile, null, null);
      const needed = list.names.filter(({ need }) => need === 'needed').map((one) => one.name);
      const asked = (profile?.names ?? []).filter(({ requests }) => requests.max > 0).map((one) => one.name);
      if (truth.model_requests > 0) expect(asked.length, name).toBeGreaterThan(0);
      const covering = needed.map((pattern) => ({ line: 1, name: pattern, isBelow: false }));
      const judged = buildAllowList(windows, catalogue, entryOf(id), profile, covering, null);
      expect(judged.missing).toEqual([]);
      for (const host of asked)
        expect(
          needed.some((one) => one === host || (one.startsWith('*.') && host.endsWith(one.slice(1)))),
          `${name}: ${host}`,
        ).toBe(true);
      for (const { host } of ended) expect(list.names.map((one) => one.name)).not.toContain(host);
    }
  });
});

describe.each(TOOLS)('the names of %s in all of its recordings', (id) => {
  const own = captures.filter(({ expect: { tools } }) => tools?.length === 1 && tools[0] === id);
  const counts = new Map<string, number>();
  for (const { sni } of own)
    for (const name of Object.keys(sni)) counts.set(name, (counts.get(name) ?? 0) + 1);

  it('are counted, and what every session contacts is listed', async () => {
    const { names } = await listOf(id, null);
    const isListed = (host: string): boolean =>
      names.some(({ name }) => name === host || (name.startsWith('*.') && host.endsWith(name.slice(1))));
    const working = own.filter(({ truth }) => truth.model_requests > 0);
    const [first, ...others] = working.map(({ sni }) => Object.keys(sni));
    const always = (first ?? []).filter((host) => others.every((hosts) => hosts.includes(host)));
    const ofSource = new Set(
      catalogue.tools
        .filter(({ kind }) => kind === 'api')
        .flatMap(({ endpoints }) => endpoints.map(({ host }) => host)),
    );
    expect(
      always.filter((host) => !isListed(host) && !ofSource.has(host) && catalogue.isListed(host)),
    ).toEqual([]);
    for (const { name, recordings } of names)
      if (!name.includes('*') && recordings > 0)
        expect([name, counts.get(name) ?? 0]).toEqual([name, recordings]);
  });
});

describe('an allow list', () => {
  it('names the evidence of each name', async () => {
    const { names } = await listOf('claude-code', 'claude-code-2.1.328-prompt');
    expect(names.find(({ name }) => name === 'api.anthropic.com')).toMatchObject({
      ...{ need: 'needed', role: 'inference', hosts: 1 },
      recordings: expect.any(Number),
      stopped: expect.any(Number),
      lastSeen: expect.stringMatching(/^2026-/u),
    });
    expect(names.find(({ name }) => name === 'raw.githubusercontent.com')?.hosts).toBeNull();
  });

  it('needs the gateway that carries the requests here', async () => {
    const { names } = await listOf('claude-code', 'claude-code-2.1.328-relay');
    expect(names.find(({ name }) => name === 'ai-gateway.corp.example')?.need).toBe('needed');
  });

  it('is there without any traffic', async () => {
    const { names } = await listOf('claude-code', null);
    expect(names.find(({ name }) => name === 'api.anthropic.com')).toMatchObject({
      hosts: 0,
      lastSeen: null,
    });
  });

  it('judges a list: used, unused, dead, of another tool, and missing', async () => {
    const against =
      'api.anthropic.com\n# a comment\nstatsig.anthropic.com\nexample.org\nconsole.anthropic.com';
    const list = await listOf('claude-code', 'claude-code-2.1.328-prompt', against);
    expect(list.entries?.map(({ line, need, isUsed }) => [line, need, isUsed])).toEqual([
      [1, 'needed', true],
      [3, 'dead', false],
      [4, null, null],
      [5, 'needed', false],
    ]);
    expect(list.missing).toContain('platform.claude.com');
    expect(list.missing).not.toContain('api.anthropic.com');
    expect(allowList.safeParse(list).success).toBe(true);
  });

  it('calls an entry unused that was used before the date only', async () => {
    const list = await listOf(
      'claude-code',
      'claude-code-2.1.328-prompt',
      'api.anthropic.com',
      4_000_000_000,
    );
    expect(list.entries?.[0]).toMatchObject({ isUsed: false, lastSeen: expect.any(String) });
  });

  it('reads one name per line, and the lines of exports', () => {
    const text = [
      ...['API.example.com', '*.wide.example', '.below.example # why', '||adguard.example^'],
      ...[
        'address=/dnsmasq.example/',
        'paloalto.example/',
        'rpz.example CNAME .',
        '! no.example',
        '',
        '10.0.0.1',
      ],
    ].join('\n');
    expect(listEntries(text).map(({ line, name, isBelow }) => `${line} ${name} ${isBelow}`)).toEqual([
      ...['1 api.example.com false', '2 *.wide.example false', '3 below.example true'],
      ...[
        '4 adguard.example true',
        '5 dnsmasq.example true',
        '6 paloalto.example false',
        '7 rpz.example false',
      ],
    ]);
  });

  it('reads every prefix of a list, and a line without an end', () => {
    const text = 'address=/a.example/\n||b.example^\n*.c.example';
    for (let end = 0; end <= text.length; end++)
      expect(listEntries(text.slice(0, end)).length).toBeLessThanOrEqual(3);
    expect(listEntries(`${'a.'.repeat(100_000)}example`).length).toBeLessThanOrEqual(1);
    expect(listEntries('a.example\n'.repeat(30_000)).length).toBe(20_000);
  });
});
