// An MCP server of the second generation (July 2026) with texts that no output may contain: SECRET PORT LEGACY
import { createServer } from 'node:http';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';

const [secret, port, legacy] = process.argv.slice(2);

function buildServer() {
  const server = new McpServer({ name: `name-${secret}`, version: '1.2.3' });
  server.registerTool(
    `tool-${secret}`,
    { description: `description-${secret}`, inputSchema: z.object({ message: z.string() }) },
    ({ message }) => ({ content: [{ type: 'text', text: `${message} ${secret}` }] }),
  );
  server.registerResource('notes', `notes://${secret}`, {}, (uri) => ({
    contents: [{ uri: uri.href, text: `resource-${secret}` }],
  }));
  server.registerPrompt('summary', {}, () => ({
    messages: [{ role: 'user', content: { type: 'text', text: `prompt-${secret}` } }],
  }));
  return server;
}

createServer(toNodeHandler(createMcpHandler(buildServer, { legacy }))).listen(Number(port), '0.0.0.0');
