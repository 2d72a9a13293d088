// Clients of a gateway, a hosted API or a list of models are only its clients: no tool is identified.
import { describe, expect, it } from 'vitest';
import { attribute } from '../../../src/attribution/attribute.ts';
import { loadCatalogue } from '../../../src/files/catalogue-files.ts';
import { openZone } from '../../../src/time/zone.ts';
import { exchange, FORMS, row, smallCall, window } from './rows.ts';

const catalogue = await loadCatalogue();
const PROGRAMS = [
  'bun1314',
  'bun144Fetch',
  'node22Fetch',
  'node22Https',
  'rustls',
  'curl',
  'unknown',
] as const;
const script = [1000, 9000, 17_000].map((startMs) => exchange({ startMs, bytesUp: 3000 }));

function judge(name: string, program: (typeof PROGRAMS)[number], exchanges = script) {
  const [host] = attribute([window([row(name, FORMS[program], { exchanges })])], catalogue, {
    zone: openZone('UTC'),
  });
  const named = (host?.tools ?? []).filter(({ use }) => use.confidence !== 'possible');
  return {
    named: named.map(({ use }) => use.tool),
    providers: (host?.providers ?? []).map(({ use }) => use.tool),
  };
}

describe.each([
  ['api.kilo.ai', 'kilo-gateway'],
  ['opencode.ai', 'opencode-zen'],
  ['api.cline.bot', 'cline-gateway'],
  ['portal.qwen.ai', 'qwen-api'],
  ['apis.iflow.cn', 'iflow-api'],
  ['ollama.com', 'ollama-cloud'],
  ['api.commandcode.ai', 'commandcode-api'],
  ['api.blackbox.ai', 'blackbox-api'],
  ['enterprise.blackbox.ai', 'blackbox-api'],
  ['api.v0.dev', 'v0'],
  ['api.coze.com', 'coze'],
  ['hyper.charm.land', 'charm-hyper'],
  ['clawrouter.openclaw.ai', 'clawrouter'],
  ['api.poe.com', 'poe'],
  ['api.manus.im', 'manus'],
  ['api.genspark.ai', 'genspark'],
  ['server.codeium.com', 'windsurf'],
])('a script that asks %s', (name, provider) => {
  it.each(PROGRAMS)('from %s is a client of the provider and no tool', (program) => {
    const { named, providers } = judge(name, program);
    expect(named).toEqual([]);
    expect(providers).toEqual([provider]);
  });
});

describe.each(['mcp.linear.app', 'mcp.context7.com', 'docs.mcp.cloudflare.com'])(
  'an MCP server, %s',
  (name) => {
    it.each(PROGRAMS)('asked by %s is a row of its own, without model requests', (program) => {
      const [host] = attribute([window([row(name, FORMS[program], { exchanges: script })])], catalogue, {
        zone: openZone('UTC'),
      });
      expect(host?.tools).toEqual([]);
      expect(host?.providers.map(({ use }) => [use.tool, use.requests])).toEqual([
        ['remote-mcp', { min: 0, max: 0 }],
      ]);
    });

    it('looked at in a browser is nothing', () => {
      const [host] = attribute([window([row(name, FORMS.chromium, { exchanges: script })])], catalogue, {
        zone: openZone('UTC'),
      });
      expect(host?.providers ?? []).toEqual([]);
    });
  },
);

describe.each([
  'catwalk.charm.land',
  'platform.claude.com',
  'registry.ollama.ai',
  'mcp.qoder.com',
  'trae-api-sg.mchost.guru',
  'cody-gateway.sourcegraph.com',
])('one look at %s', (name) => {
  it.each(PROGRAMS)('from %s names no tool', (program) => {
    expect(judge(name, program, [smallCall(300)]).named).toEqual([]);
  });
});
