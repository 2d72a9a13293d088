import { describe, expect, it } from 'vitest';
import { Catalogue } from '../../../src/catalogue/catalogue.ts';
import { lintCatalogue } from '../../../src/catalogue/lint-catalogue.ts';
import { NameIndex } from '../../../src/catalogue/name-index.ts';
import { addOwn, parseCatalogue, parseTool } from '../../../src/catalogue/parse.ts';
import type { CatalogueData, Endpoint, EvidenceRule, ToolEntry } from '../../../src/catalogue/schema.ts';
import { loadCatalogue, readBuiltIn } from '../../../src/files/catalogue-files.ts';

const data = parseCatalogue(readBuiltIn());
const catalogue = await loadCatalogue();

const endpoint: Endpoint = {
  host: 'api.example.com',
  match: 'exact',
  role: 'inference',
  specificity: 'tool',
  protocol: 'https',
  confidence: 'high',
  exclusive: { why: 'no other program uses it', source: 'a test', date: '2026-11-20' },
  sources: ['a test'],
  firstSeen: '2026-11-01',
  lastChecked: '2026-11-20',
};
const own: ToolEntry = {
  id: 'example',
  name: 'Example',
  vendor: 'Example',
  kind: 'cli',
  homepage: 'https://example.com',
  endpoints: [endpoint],
};
const withTool = (tool: ToolEntry): CatalogueData => ({ ...data, tools: [...data.tools, tool] });
const textOf = (tool: unknown) => ({ file: 'own/example.json', text: JSON.stringify(tool, null, 2) });

describe('the built-in catalogue', () => {
  it('finds every tool by its id and its name, in any case', () => {
    for (const tool of catalogue.tools)
      for (const word of [tool.id, tool.id.toUpperCase(), tool.name, ` ${tool.name.toUpperCase()} `])
        expect(catalogue.toolWritten(word)?.id).toBe(tool.id);
    for (const word of ['', '-', 'claude', 'Claude Code 2', 'constructor'])
      expect(catalogue.toolWritten(word)).toBeUndefined();
  });

  it('takes an id before a name, and a name that two tools have for neither', () => {
    const twins = new Catalogue(withTool({ ...own, name: 'Claude Code' }));
    expect(twins.toolWritten('claude-code')?.id).toBe('claude-code');
    expect(twins.toolWritten('Claude Code')?.id).toBe('claude-code');
    const two = new Catalogue({ ...data, tools: [...data.tools, own, { ...own, id: 'other' }] });
    expect(two.toolWritten('other')?.id).toBe('other');
    expect(
      new Catalogue({
        ...data,
        tools: [
          { ...own, id: 'a' },
          { ...own, id: 'b' },
        ],
      }).toolWritten('Example'),
    ).toBeUndefined();
  });

  it('passes its schema and its own rules', () => {
    expect(lintCatalogue(data)).toEqual([]);
  });

  it('is listed whole in its index', () => {
    const ids = (tools: readonly ToolEntry[]) => tools.map(({ id }) => id).sort();
    expect(ids(data.tools)).toEqual(ids(catalogue.tools));
    expect(catalogue.version).toMatch(/^\d{4}\.\d+\.\d+$/);
  });
});

it('names runtimes without the separator of lists: evidence lists several of them', () => {
  const labels = data.runtimes.flatMap(({ builds }) => builds.map(({ label }) => label));
  expect(labels.length).toBeGreaterThan(10);
  expect(labels.filter((label) => /[,;]/.test(label))).toEqual([]);
});

describe('look-up', () => {
  it.each([
    ['api.anthropic.com', 'anthropic-api'],
    ['us-east5-aiplatform.googleapis.com', 'vertex-ai'],
    ['bedrock-runtime.eu-west-1.amazonaws.com', 'bedrock'],
    ['api.x.ai', 'grok'],
    ['example.com', undefined],
    ['notapi.anthropic.com.example', undefined],
  ])('%s stands for %s', (name, provider) => {
    expect(catalogue.providerOf(name)?.tool.id).toBe(provider);
  });

  it.each([
    ['api.anthropic.com', true],
    ['github.com', false],
    ['storage.googleapis.com', false],
    ['play.googleapis.com', true],
    ['a.b.cursor.sh', true],
    ['anthropic.com.evil.example', false],
  ])('%s is kept in windows: %s', (name, kept) => {
    expect(catalogue.isListed(name)).toBe(kept);
  });

  it('prefers exact names to suffixes, and longer suffixes to shorter ones', () => {
    const index = new NameIndex<number>();
    index.add('*.example.com', 1);
    index.add('*.api.example.com', 2);
    index.add('x.api.example.com', 3);
    index.add('*-api.example.com', 4);
    expect(index.find('x.api.example.com').map(({ value }) => value)).toEqual([3, 2, 1]);
    expect(index.find('eu-api.example.com').map(({ value }) => value)).toEqual([4, 1]);
    expect(index.find('example.com')).toEqual([]);
  });

  it('finds the owner of an address', () => {
    expect(catalogue.findNetworkOwner('160.79.104.10')).toBe('anthropic-api');
    expect(catalogue.findNetworkOwner('2607:6bc0::1')).toBe('anthropic-api');
    expect(catalogue.findNetworkOwner('192.0.2.1')).toBeNull();
  });

  it('gives native code names, ciphers and product tokens to watch for', () => {
    const watchlist = catalogue.watchlist();
    expect(watchlist.names).toContain('api.anthropic.com');
    expect(watchlist.names).toContain('.githubcopilot.com');
    expect(watchlist.names).toContain('bedrock-runtime.eu-west-1.amazonaws.com');
    expect(watchlist.names.every((name) => !name.includes('*'))).toBe(true);
    const wholeClouds = ['.amazonaws.com', '.googleapis.com', '.run.app', '.datadoghq.com', '.aliyuncs.com'];
    expect(watchlist.names.filter((name) => wholeClouds.includes(name))).toEqual([]);
    // Bun, Node, rustls and native-tls: agents behind a gateway run on them.
    expect(watchlist.ciphers).toEqual([
      '1d37bd780c83',
      '5b57614c22b0',
      '5d04281c6031',
      '61a7ad8aa9b6',
      'a33745022dd6',
      'b262b3658495',
    ]);
    expect(watchlist.userAgents).toContain('claude-cli/');
  });
});

describe('faulty files are refused', () => {
  it.each([
    [
      'an unknown key',
      { ...own, endpoint: [] },
      /own\/example\.json: line \d+: endpoint: the key "endpoint" is not known \(did you mean "endpoints"\?\)/,
    ],
    ['a key of an endpoint at the top', { ...own, role: 'web' }, /role: .* it belongs under "endpoints"/],
    ['a wrong type', { ...own, name: 7 }, /line 3: name: must be text$/],
    ['a missing name', { ...own, name: undefined }, /: name: is missing$/],
    ['an empty vendor', { ...own, vendor: '' }, /: vendor: must not be empty$/],
    ['an unknown kind of rule', { ...own, evidence: [{ kind: 'nmae' }] }, /"nmae" .*did you mean "name"/],
    ['a list for the whole file', [], /line 1: the file: must be a map$/],
    [
      'an unknown role',
      { ...own, endpoints: [{ ...endpoint, role: 'inferrence' }] },
      /endpoints\[0\]\.role: "inferrence" is not allowed here: use .* \(did you mean "inference"\?\)/,
    ],
    [
      'no source',
      { ...own, endpoints: [{ ...endpoint, sources: [] }] },
      /endpoints\[0\]\.sources: must not be empty/,
    ],
    [
      'a name in capitals',
      { ...own, endpoints: [{ ...endpoint, host: 'A b' }] },
      /endpoints\[0\]\.host: must be a server name in lower case/,
    ],
  ])('%s', (_name, tool, message) => {
    expect(() => parseTool(textOf(tool))).toThrow(message);
  });

  it('a key that is there twice', () => {
    expect(() => parseTool({ file: 'x.json', text: '{"id":"a",\n"id":"b"}' })).toThrow(/x\.json: line 2/);
  });

  it('an id that the built-in catalogue has', () => {
    expect(() => addOwn(data, [textOf({ ...own, id: 'claude-code' })])).toThrow(
      /is in the built-in catalogue already/,
    );
  });

  it('own entries extend the built-in ones', () => {
    const more = new Catalogue(addOwn(data, [textOf({ ...own, kind: 'gateway' })]));
    expect(more.providerOf('api.example.com')?.tool.id).toBe('example');
    expect(more.version).toContain('+own');
  });
});

describe('lint', () => {
  it.each([
    [
      'a suffix that also matches unrelated names',
      { host: '*.amazonaws.com', match: 'suffix' },
      /also matches unrelated names/,
    ],
    ['a whole top-level domain', { host: '*.ai', match: 'suffix' }, /top-level domain/],
    ['a match that is not what the name says', { host: '*.example.com' }, /is suffix, not exact/],
    ['a name that another tool claims alone', { host: 'data.cline.bot' }, /claimed by cline alone/],
    [
      'a name alone without a word why',
      { exclusive: undefined },
      /api\.example\.com: .* without "exclusive"/,
    ],
    ['a name alone that others use', { alsoUsedBy: ['cline'] }, /claimed alone, and also used by cline/],
    ['a gateway as a name of a tool', { host: 'openrouter.ai' }, /matches openrouter\.ai of openrouter/],
    ['a suffix around a gateway', { host: '*.kilo.ai', match: 'suffix' }, /matches api\.kilo\.ai of kilo/],
    ['a list of models as a name of a tool', { host: 'models.dev' }, /models\.dev, a list of models/],
    ['low confidence without a reason', { confidence: 'low' }, /whyLow/],
  ] satisfies [string, Partial<Endpoint>, RegExp][])('refuses %s', (_name, change, message) => {
    const tool: ToolEntry = { ...own, endpoints: [{ ...endpoint, ...change }] };
    const problems = lintCatalogue(withTool(tool)).map((problem) => problem.message);
    expect(problems.join('\n')).toMatch(message);
  });

  it('leaves it to an operator to say what an own entry claims alone', () => {
    const { exclusive: _, ...claimed } = endpoint;
    const tool: ToolEntry = { ...own, endpoints: [claimed] };
    expect(lintCatalogue(withTool(tool), new Set(['example']))).toEqual([]);
    const page: ToolEntry = { ...own, endpoints: [{ ...claimed, role: 'docs' }] };
    expect(lintCatalogue(withTool(page))).toEqual([]);
  });

  it('refuses a first day after the day on which its source was read', () => {
    const since = (day: string) => [{ what: 'the CLI', day, source: 'a test', date: '2026-11-20' }];
    const paths = (day: string) =>
      lintCatalogue(withTool({ ...own, since: since(day) })).map(({ path }) => path);
    expect(paths('2026-11-20')).toEqual([]);
    expect(paths('2026-11-21')).toEqual(['since[0].day']);
  });

  it('refuses a rule that makes a shared name likely without saying on which runtime', () => {
    const rule: EvidenceRule = {
      id: 'x',
      kind: 'name',
      gives: 'likely',
      names: ['models.dev'],
      source: 'a test',
      date: '2026-11-20',
    };
    const problems = lintCatalogue(withTool({ ...own, evidence: [rule] }));
    expect(problems.map(({ path }) => path)).toEqual(['evidence[0]']);
  });
});
