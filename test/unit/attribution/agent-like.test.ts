import { describe, expect, it } from 'vitest';
import { attribute } from '../../../src/attribution/attribute.ts';
import { loadCatalogue } from '../../../src/files/catalogue-files.ts';
import type { UsageExchange, UsageRow } from '../../../src/model/usage.ts';
import { openZone } from '../../../src/time/zone.ts';
import { CLAUDE_START, exchange, FORMS, post, row, window } from './rows.ts';

const catalogue = await loadCatalogue([]);

/** Three requests that grow, one soon after the answer to the other. */
const LOOP: readonly UsageExchange[] = [12_000, 31_000, 48_000].map((bytesUp, i) =>
  exchange({ bytesUp, startMs: 1000 + i * 5000 }),
);

/** Telemetry that grows: as large and as often, with short answers. */
const POSTS = LOOP.map(({ bytesUp, startMs }) => post(bytesUp, startMs));

const CLAUDE = [row('api.anthropic.com', FORMS.bun1313a, { exchanges: [...CLAUDE_START.fetch, exchange()] })];
const CLINE = [row('api.cline.bot', FORMS.node22Fetch, { exchanges: LOOP })];

function judge(rows: readonly UsageRow[]): { tools: string[]; agentLike: string[]; providers: string[] } {
  const hosts = attribute([window(rows)], catalogue, { zone: openZone('UTC') });
  const providers = hosts.flatMap((host) => host.providers.map(({ use }) => use));
  return {
    tools: hosts.flatMap((host) =>
      host.tools.filter(({ use }) => use.confidence !== 'possible').map(({ use }) => use.tool),
    ),
    providers: providers.map(({ tool }) => tool),
    agentLike: providers.flatMap(({ evidence }) =>
      evidence.filter(({ rule }) => rule === 'agent-like').map(({ detail }) => detail),
    ),
  };
}

const grows = 'requests grow from 12 to 48 kB, 2 of 2 follow an answer within 20 s';

describe('a program that is not known', () => {
  it.each([
    {
      name: 'Node on the name of a provider',
      rows: [row('api.openai.com', FORMS.node22Fetch, { exchanges: LOOP })],
      providers: ['openai-api'],
      agentLike: [`api.openai.com: unknown program (Node 22-26 fetch): ${grows}`],
    },
    {
      name: 'an unknown hello on the name of a provider',
      rows: [row('api.openai.com', FORMS.unknown, { exchanges: LOOP })],
      providers: ['openai-api'],
      agentLike: [`api.openai.com: unknown program (of no known runtime): ${grows}`],
    },
    {
      name: 'rustls on a name that no catalogue lists',
      rows: [row('ai.corp.example', FORMS.rustls, { exchanges: LOOP })],
      providers: ['relay'],
      agentLike: [`ai.corp.example: unknown program (rustls with ML-DSA schemes over h2): ${grows}`],
    },
    {
      name: 'Node on a name that is listed for telemetry alone',
      rows: [row('http-intake.logs.us5.datadoghq.com', FORMS.node22Fetch, { exchanges: LOOP })],
      providers: ['relay'],
      agentLike: [`http-intake.logs.us5.datadoghq.com: unknown program (Node 22-26 fetch): ${grows}`],
    },
    {
      name: 'requests of one program in two forms of the hello',
      rows: [
        row('ai.corp.example', FORMS.node22Fetch, { exchanges: LOOP.slice(0, 2) }),
        row('ai.corp.example', FORMS.node22Https, { exchanges: LOOP.slice(2) }),
      ],
      providers: ['relay'],
      agentLike: [`ai.corp.example: unknown program (Node 22-26 node:https, Node 22-26 fetch): ${grows}`],
    },
    {
      name: 'a single request of Node to an unlisted name, as large as a conversation',
      rows: [row('ai.corp.example', FORMS.node22Fetch, { exchanges: LOOP.slice(2) })],
      providers: ['relay'],
      agentLike: [
        'ai.corp.example: unknown program (Node 22-26 fetch): a request of 48 kB with a streamed answer, which any program may send',
      ],
    },
  ])('is reported for $name', ({ rows, providers, agentLike }) => {
    expect(judge(rows)).toEqual({ tools: [], providers, agentLike });
  });

  it.each([
    {
      name: 'a single call of a script',
      rows: [row('api.openai.com', FORMS.node22Fetch, { exchanges: LOOP.slice(0, 1) })],
      providers: ['openai-api'],
    },
    { name: 'a browser', rows: [row('ai.corp.example', FORMS.chromium, { exchanges: LOOP })], providers: [] },
    {
      name: 'a single call of Node to an unlisted name',
      rows: [row('ai.corp.example', FORMS.node22Fetch, { exchanges: LOOP.slice(0, 1) })],
      providers: [],
    },
  ])('is not reported for $name', ({ rows, providers }) => {
    expect(judge(rows)).toEqual({ tools: [], providers, agentLike: [] });
  });

  // One name of each kind that the catalogue lists, with the sessions of tools that use it for that purpose.
  it.each([
    ['a shared collector', 'o77.ingest.us.sentry.io', FORMS.bun1313a],
    ['a shared collector next to its user', 'http-intake.logs.us5.datadoghq.com', FORMS.bun1313a, CLAUDE],
    ["a tool's telemetry", 'telemetry.factory.ai', FORMS.bun1313a],
    ["a tool's telemetry next to the tool", 'data.cline.bot', FORMS.node22Fetch, CLINE],
    ['an update', 'downloads.claude.ai', FORMS.bun1313a, CLAUDE],
    ['a login', 'auth.ampcode.com', FORMS.node22Fetch],
    ['a CDN', 'cdn.augmentcode.com', FORMS.node22Fetch],
    ['a web site', 'www.augmentcode.com', FORMS.rustls],
    ['documentation', 'docs.augmentcode.com', FORMS.bun1313a],
    ['MCP servers', 'mcp-proxy.anthropic.com', FORMS.bun1313a, CLAUDE],
    ['a chat', 'chatgpt.com', FORMS.bun1313a],
    ['a cloud', 'storage.googleapis.com', FORMS.node22Fetch],
    ['a model name of a tool on another runtime', 'api.qoder.com', FORMS.bun1313a],
  ])('is a suspected relay behind the name of %s', (_, name, form, others: readonly UsageRow[] = []) => {
    const seen = judge([...others, row(name, form, { exchanges: LOOP })]);
    expect(seen.providers).toContain('relay');
    expect(seen.agentLike.join()).toContain(`${name}: unknown program`);
    const posted = judge([...others, row(name, form, { exchanges: POSTS })]);
    expect(posted.providers).not.toContain('relay');
    expect(posted.agentLike.join()).not.toContain(name);
  });

  it('is none where a tool is named for the same flows', () => {
    const seen = judge([row('api.factory.ai', FORMS.bun1313a, { exchanges: LOOP })]);
    expect(seen).toEqual({ tools: ['factory'], providers: [], agentLike: [] });
  });
});
