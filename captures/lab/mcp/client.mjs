// An MCP client that lists, reads and calls all that it finds once: 1|2 (generation of the SDK) URL SECRET
const [generation, url, secret] = process.argv.slice(2);
const first = generation === '1';
const { Client } = await import(
  first ? '@modelcontextprotocol/sdk/client/index.js' : '@modelcontextprotocol/client'
);
const { StreamableHTTPClientTransport } = await import(
  first ? '@modelcontextprotocol/sdk/client/streamableHttp.js' : '@modelcontextprotocol/client'
);
const client = new Client(
  { name: `client-${secret}`, version: '1.0.0' },
  first ? {} : { versionNegotiation: { mode: 'auto' } },
);
const requestInit = { headers: { authorization: `Bearer ${secret}` } };
const transport = new StreamableHTTPClientTransport(new URL(url), { requestInit });
await client.connect(transport);
const { tools } = await client.listTools();
const tool = tools.find(({ name }) => name === 'echo') ?? tools[0];
for (const _ of [1, 2, 3])
  await client.callTool({ name: tool.name, arguments: { message: `argument-${secret}` } });
const { resources } = await client.listResources();
await client.readResource({ uri: resources[0].uri });
const { prompts } = await client.listPrompts();
await client.getPrompt({ name: prompts[0].name });
if (first) await transport.terminateSession();
await client.close();
