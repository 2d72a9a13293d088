// Remote MCP servers and services of the local networks: the same rows in every format, and none counted twice.
import { expect, it } from 'vitest';
import type { ReportDocument, ToolUse } from '../../../src/model/report.ts';
import type { ServiceSeen } from '../../../src/model/usage.ts';
import { listServices } from '../../../src/report/document/service-rows.ts';
import { renderMarkdown } from '../../../src/report/format/markdown.ts';
import { renderHtml } from '../../../src/report/html/report-page.ts';
import { mcpServers } from '../../../src/report/sections/mcp.ts';
import { renderTerminal } from '../../../src/report/terminal/terminal.ts';
import { sampleDocument, sampleUse } from './sample-document.ts';

function useOf(tool: string, confidence: ToolUse['confidence'], names: readonly string[]): ToolUse {
  const use = sampleUse({
    ...{ tool, name: tool, vendor: 'various', kind: 'api', confidence },
    minutes: [0, 0, 1, 0, 0, 0, 0],
    megabytesUp: 1,
  });
  const traffic = { flows: 2, bytesUp: 1000, bytesDown: 2000, payloadUp: 900, payloadDown: 1900 };
  return {
    ...use,
    names: names.map((name) => ({
      name,
      role: 'mcp',
      specificity: 'vendor',
      servers: [],
      serverPorts: [],
      ...traffic,
    })),
  };
}

function documentWith(parts: Partial<ReportDocument['hosts'][number]>): ReportDocument {
  const document = sampleDocument();
  const [host] = document.hosts;
  if (host === undefined) throw new Error('the sample has no host');
  const other = { ...host, host: '10.0.0.9', tools: [], providers: parts.providers ?? [] };
  return { ...document, hosts: [{ ...host, tools: [], providers: [], ...parts }, other] };
}

const document = documentWith({
  tools: [useOf('claude-code', 'possible', ['mcp.linear.app'])],
  providers: [useOf('remote-mcp', 'certain', ['mcp.linear.app', 'mcp.<b>.example'])],
});

it('sums flows and hosts by name; a possible row repeats those of the provider', () => {
  const [harmful, linear] = mcpServers(document);
  expect(harmful?.name).toBe('mcp.<b>.example');
  expect({ flows: linear?.flows, bytes: linear?.bytes, hosts: linear?.hosts.size }).toEqual({
    flows: 4,
    bytes: 6000,
    hosts: 2,
  });
  expect([...(linear?.tools ?? [])]).toEqual(['remote-mcp']);
});

it('are in the terminal, in Markdown and on the page', async () => {
  const terminal = renderTerminal(document, { width: 100, color: false, unicode: true });
  expect(terminal).toContain('REMOTE MCP SERVERS');
  expect(terminal).toMatch(/mcp\.linear\.app +remote-mcp/);
  const markdown = await renderMarkdown(document);
  expect(markdown).toContain('## Remote MCP servers');
  expect(markdown).toContain('mcp.&lt;b&gt;.example');
  const html = (await renderHtml(document)).join('');
  expect(html).toContain('id="mcp"');
  expect(html).not.toContain('mcp.<b>');
});

it('are left out where no host connected to one', async () => {
  const none = documentWith({});
  expect(renderTerminal(none, { width: 100, color: false, unicode: true })).not.toContain('MCP');
  expect(await renderMarkdown(none)).not.toContain('MCP');
});

it('a service has the versions that it stated, MCP requests by class, and an answer without credentials', async () => {
  const seen = (host: string, more: Partial<ServiceSeen>): { services: ServiceSeen[] } => ({
    services: [
      {
        ...{ host, server: '10.0.0.7', port: 9123, firstUs: 1, lastUs: 2, signs: ['mcpInitialize'] },
        ...{ flows: 1, requests: 3, uses: 3, isUncounted: false, bytesUp: 1, bytesDown: 1 },
        ...{ isOtherNetwork: false, ...more },
      },
    ],
  });
  const plain = listServices([seen('10.0.0.1', {})]);
  const services = listServices([
    seen('10.0.0.1', { versions: ['1.10.0', '1.9.0'], mcp: [1, 2, 0, 4] }),
    seen('10.0.0.2', { versions: ['<b>1.2.3</b>', '1.9.0'] }),
    seen('10.0.0.1', { mcp: [0, 0, 1, 1], signs: ['mcpInitialize', 'noCredentials'] }),
  ]);
  expect(services).toMatchObject([
    {
      ...{ versions: ['1.9.0', '1.10.0'], withoutCredentials: true },
      mcp: { sessions: 1, lists: 2, reads: 1, calls: 5 },
    },
  ]);
  for (const fact of ['versions', 'withoutCredentials', 'mcp']) expect(plain[0]).not.toHaveProperty(fact);
  const text = (own: typeof services): Promise<string> =>
    renderMarkdown({ ...sampleDocument(), services: own });
  expect(await text(services)).toContain('1.9.0, 1.10.0');
  expect(await text(services)).toContain('1 session, 2 lists, 1 read, 5 tool calls');
  expect(await text(services)).toContain('No credentials');
  expect(await text(plain)).not.toMatch(/MCP requests|No credentials/);
});
