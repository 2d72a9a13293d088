import { describe, expect, it } from 'vitest';
import { attribute } from '../../../src/attribution/attribute.ts';
import { loadCatalogue } from '../../../src/files/catalogue-files.ts';
import type { ToolUse } from '../../../src/model/report.ts';
import {
  EXCHANGE_FLAGS,
  type QueriedName,
  type UsageExchange,
  type UsageRow,
} from '../../../src/model/usage.ts';
import { openZone } from '../../../src/time/zone.ts';
import { asked, CLAUDE_START, exchange, FORMS, later, post, row, START, smallCall, window } from './rows.ts';

const catalogue = await loadCatalogue();
const zone = openZone('UTC');

function judge(rows: readonly UsageRow[], names: readonly QueriedName[] = [], startSeconds = START) {
  const [host] = attribute([window(rows, names, startSeconds)], catalogue, { zone });
  const said = (list: readonly { use: ToolUse }[] = []): Record<string, string> =>
    Object.fromEntries(list.map(({ use }) => [use.tool, use.confidence]));
  return { tools: said(host?.tools), providers: said(host?.providers), host };
}

const model = exchange();
const afterModel = exchange({ startMs: 9000, bytesUp: 60_000 });
/** A page of a chat and a file that it loads. */
const visit = [
  exchange({ bytesUp: 430, bytesDown: 1600 }),
  exchange({ startMs: 5100, bytesUp: 390 }),
] as const;
const clear = { nameFrom: 'host', userAgent: 'claude-cli/2.1.328', exchanges: [model] } as const;
const start = CLAUDE_START.fetch;
const apiRow = (fingerprint = FORMS.bun144Fetch, exchanges = [model]) =>
  row('api.anthropic.com', fingerprint, { exchanges });

describe('evidence for a tool', () => {
  it.each([
    {
      name: 'two forms of hello of one Bun to the vendor make Claude Code likely',
      rows: [apiRow(), row('api.anthropic.com', FORMS.bun144Https, { exchanges: CLAUDE_START.https })],
      tools: { 'claude-code': 'likely' },
    },
    {
      name: 'two forms of one Bun with a large request are a script that has two ways to ask',
      rows: [apiRow(), row('api.anthropic.com', FORMS.bun144Https, { exchanges: [smallCall(300)] })],
      tools: { 'claude-code': 'possible' },
      providers: { 'anthropic-api': 'certain' },
    },
    {
      name: 'two forms and the recorded calls of a start are Claude Code that waits',
      rows: [
        apiRow(FORMS.bun144Fetch, [smallCall(155)]),
        row('api.anthropic.com', FORMS.bun144Https, { exchanges: CLAUDE_START.https }),
      ],
      tools: { 'claude-code': 'likely' },
    },
    {
      name: 'the recorded calls of a start are Claude Code that waits, with a key of another length as well',
      rows: [
        apiRow(
          FORMS.bun1314,
          [335, 338, 343].map((up, i) => smallCall(up, 1000 + 100 * i)),
        ),
      ],
      tools: { 'claude-code': 'likely' },
    },
    {
      name: 'a batch of small and large requests with short answers is a script',
      rows: [
        apiRow(
          FORMS.bun1314,
          [480, 520, 610, 655, 700, 810, 900].map((up, i) =>
            exchange({
              startMs: 1000 + 900 * i,
              bytesUp: i % 3 === 2 ? 10 * up : up,
              bytesDown: 900,
              recordsDown: 1,
            }),
          ),
        ),
      ],
      tools: { 'claude-code': 'possible' },
      providers: { 'anthropic-api': 'certain' },
    },
    {
      name: 'two forms of one Bun with small requests alone are a script',
      rows: [
        apiRow(FORMS.bun144Fetch, [smallCall(200)]),
        row('api.anthropic.com', FORMS.bun144Https, { exchanges: [smallCall(300)] }),
      ],
      tools: { 'claude-code': 'possible' },
      providers: { 'anthropic-api': 'certain' },
    },
    {
      name: 'two forms of one Bun that try again and again, each handshake failing, are Claude Code',
      rows: [FORMS.bun144Fetch, FORMS.bun144Https].map((fingerprint) =>
        row('api.anthropic.com', fingerprint, {
          flows: 3,
          failedFlows: 3,
          establishedFlows: 0,
          helloTimesUs: [1, 2, 3].map((second) => (START + second) * 1_000_000),
        }),
      ),
      tools: { 'claude-code': 'likely' },
    },
    {
      name: 'side calls of a program on Node are any script',
      rows: [apiRow(FORMS.node22Fetch, [...start, post(100_000), model])],
      tools: { 'claude-code': 'possible' },
      providers: { 'anthropic-api': 'certain' },
    },
    {
      name: 'forms of two versions of Bun are two programs, not a pair',
      rows: [apiRow(), row('api.anthropic.com', FORMS.bun141Https, { exchanges: [smallCall(300)] })],
      tools: { 'claude-code': 'possible' },
      providers: { 'anthropic-api': 'certain' },
    },
    {
      name: 'small calls of three sizes and a large post make Claude Code likely',
      rows: [apiRow(FORMS.bun1314, [...start, post(100_000), model])],
      tools: { 'claude-code': 'likely' },
    },
    {
      name: 'three equal calls are any program',
      rows: [apiRow(FORMS.bun1314, [smallCall(300), smallCall(300, 1100), smallCall(300, 1200)])],
      tools: { 'claude-code': 'possible' },
      providers: { 'anthropic-api': 'certain' },
    },
    {
      name: 'the vendor name on its own is a provider, for any client',
      rows: [apiRow(FORMS.node22Fetch)],
      tools: { 'claude-code': 'possible' },
      providers: { 'anthropic-api': 'certain' },
    },
    {
      name: 'curl is not Claude Code',
      rows: [apiRow(FORMS.curl)],
      tools: {},
      providers: { 'anthropic-api': 'certain' },
    },
    {
      name: 'a name of its own and a program make a tool certain',
      rows: [row('api.factory.ai', FORMS.bun1313a, { exchanges: [model] })],
      tools: { factory: 'certain' },
    },
    {
      name: 'a name of its own from an unknown program is likely',
      rows: [row('api.factory.ai', FORMS.unknown, { exchanges: [model] })],
      tools: { factory: 'likely' },
    },
    {
      name: 'a name of its own that only a DNS answer gave to the address makes a tool possible',
      rows: [row('api.factory.ai', FORMS.bun1313a, { exchanges: [model], nameFrom: 'dns' })],
      tools: { factory: 'possible' },
    },
    {
      name: 'a tool for the hand on the name of an editor whose runtime was never recorded is possible only',
      rows: [row('api2.cursor.sh', FORMS.curl, { exchanges: [model] })],
      tools: { cursor: 'possible' },
    },
    {
      name: 'a browser on the name of a command line tool is a visitor',
      rows: [row('api.factory.ai', FORMS.chromium)],
      tools: {},
    },
    {
      name: 'a browser, or an editor with the same hello, is possible on the names of an editor: any web page calls them',
      rows: [
        row('api2.cursor.sh', FORMS.chromium, { exchanges: [model] }),
        row('api3.cursor.sh', FORMS.firefox, { exchanges: [model, afterModel] }),
        row('copilot-proxy.githubusercontent.com', FORMS.chromium, { exchanges: [model] }),
        row('api2.qoder.sh', FORMS.firefoxSocket, { exchanges: [model] }),
      ],
      tools: { cursor: 'possible', 'github-copilot': 'possible', qoder: 'possible' },
    },
    {
      name: 'a hello of unknown kind that offers HTTP/2 may be of a browser',
      rows: [row('api2.cursor.sh', { ...FORMS.unknown, alpn: ['h2', 'http/1.1'] }, { exchanges: [model] })],
      tools: { cursor: 'possible' },
    },
    {
      name: 'a name in clear text without a product token may be of a browser',
      rows: [row('api2.cursor.sh', null, { nameFrom: 'host', exchanges: [model] })],
      tools: { cursor: 'possible' },
    },
    {
      name: "an editor is likely by its own runtime, next to what a browser's hello shows",
      rows: [
        row('api2.cursor.sh', FORMS.chromium, { exchanges: [model] }),
        row('api2.cursor.sh', FORMS.node22Fetch, { exchanges: [model] }),
      ],
      tools: { cursor: 'likely' },
    },
    {
      name: 'a login page of an editor in a browser is possible only',
      rows: [row('app.kiro.dev', FORMS.chromium)],
      tools: { kiro: 'possible' },
    },
    {
      name: 'pages under the domain of an editor in a browser are possible only',
      rows: [row('docs.kiro.dev', FORMS.chromium), row('www.tabnine.com', FORMS.chromium)],
      tools: { kiro: 'possible', tabnine: 'possible' },
    },
    {
      name: 'a name that is also a page, from no known program, is possible only',
      rows: [row('app.warp.dev', null, { nameFrom: 'dns' }), row('ampcode.com', FORMS.unknown)],
      tools: { amp: 'possible', warp: 'possible' },
    },
    {
      name: 'a name that is also a page, from the runtime of the tool, is certain',
      rows: [row('ampcode.com', FORMS.bun1314, { exchanges: [model] })],
      tools: { amp: 'certain' },
    },
    {
      name: 'chatgpt.com in a browser is the chat, not Codex',
      rows: [row('chatgpt.com', FORMS.chromium, { exchanges: visit })],
      tools: { chatgpt: 'likely' },
    },
    {
      name: 'a connection to a chat, one file of it, or posts alone are possible: any web page sends them',
      rows: [
        row('chatgpt.com', FORMS.chromium),
        row('claude.ai', FORMS.chromium, { exchanges: [visit[0], { ...visit[1], bytesUp: 46 }] }),
        row('gemini.google.com', FORMS.chromium, { exchanges: [model, afterModel] }),
      ],
      tools: { chatgpt: 'possible', 'claude-app': 'possible', 'gemini-app': 'possible' },
    },
    {
      name: 'Firefox has the ciphers of Bun and is a browser all the same',
      rows: [
        row('claude.ai', FORMS.firefox, { exchanges: visit }),
        row('downloads.claude.ai', FORMS.firefox),
      ],
      tools: { 'claude-app': 'likely' },
    },
    {
      // A Bun with one changed parameter looks the same: for a name without a web page, this result is justified.
      name: 'a WebSocket of Firefox is no Bun, although it offers http/1.1 alone',
      rows: [row('ampcode.com', FORMS.firefoxSocket), row('api.factory.ai', FORMS.firefoxSocket)],
      tools: { factory: 'possible' },
    },
    {
      name: 'a session on chatgpt.com from rustls is Codex',
      rows: [row('chatgpt.com', FORMS.rustls, { exchanges: [smallCall(579), post(3073)] })],
      tools: { 'openai-codex': 'likely' },
    },
    {
      name: 'a single GET on chatgpt.com from rustls is any program',
      rows: [row('chatgpt.com', FORMS.rustls, { exchanges: [smallCall(239)] })],
      tools: { 'openai-codex': 'possible' },
    },
    {
      name: 'the Gemini API with Clearcut from Node is Gemini CLI',
      rows: [
        row('generativelanguage.googleapis.com', FORMS.node22Fetch, { exchanges: [model] }),
        row('play.googleapis.com', FORMS.node22Fetch, { exchanges: [post(3000)] }),
      ],
      tools: { 'gemini-cli': 'likely' },
    },
    {
      name: 'a monitor that asks both is not Gemini CLI',
      rows: [
        row('generativelanguage.googleapis.com', FORMS.node22Fetch, { exchanges: [smallCall(180)] }),
        row('play.googleapis.com', FORMS.node22Fetch, { exchanges: [smallCall(180)] }),
      ],
      tools: { 'gemini-cli': 'possible' },
      providers: { 'gemini-api': 'certain' },
    },
    {
      name: 'Clearcut more than ten minutes later says nothing',
      rows: [
        row('generativelanguage.googleapis.com', FORMS.node22Fetch),
        ...later([row('play.googleapis.com', FORMS.node22Fetch)], 1200),
      ],
      tools: { 'gemini-cli': 'possible' },
      providers: { 'gemini-api': 'certain' },
    },
    {
      name: 'the calls with which Kilo begins, on a gateway that any client may ask, make it likely',
      rows: [row('api.kilo.ai', FORMS.bun1314, { exchanges: [smallCall(275), smallCall(304, 1200), model] })],
      tools: { 'kilo-code': 'likely' },
    },
    {
      name: 'one such call, and then a model of another provider, make Kilo likely',
      rows: [row('api.kilo.ai', FORMS.bun1314, { exchanges: [smallCall(304)] }), apiRow(FORMS.bun1314)],
      tools: { 'kilo-code': 'likely' },
    },
    {
      name: 'models.dev asked by Kilo in its own form leaves opencode possible',
      rows: [
        row('models.dev', FORMS.bun1314),
        row('ingest.kilosessions.ai', FORMS.bun1314, { exchanges: [model] }),
      ],
      tools: { 'kilo-code': 'certain', opencode: 'possible' },
    },
    {
      name: 'pages of a side name, of which two have the size of a recorded call, are a crawler',
      rows: [
        row('downloads.claude.ai', FORMS.bun1314, {
          exchanges: [241, 236, 268, 274, 247].map((bytesUp, i) => smallCall(bytesUp, 1000 + 500 * i)),
        }),
      ],
      tools: { 'claude-code': 'possible' },
    },
    {
      name: 'models.dev asked in the form of telemetry that Kilo sends leaves opencode possible',
      rows: [
        row('models.dev', FORMS.bun1314, { exchanges: [smallCall(163, 1000)] }),
        row('api.anthropic.com', FORMS.bun1313b, { exchanges: [model] }),
        row('us.i.posthog.com', FORMS.bun1314, { exchanges: [post(7000)] }),
      ],
      tools: { opencode: 'possible', 'claude-code': 'possible' },
      providers: { 'anthropic-api': 'certain' },
    },
    {
      name: 'models.dev in a form that Kilo does not show is opencode',
      rows: [
        row('models.dev', FORMS.bun1313b, { exchanges: [smallCall(163, 1000)] }),
        row('api.anthropic.com', FORMS.bun1313b, { exchanges: [model] }),
        row('ingest.kilosessions.ai', FORMS.bun1314, { exchanges: [model] }),
      ],
      tools: { 'kilo-code': 'certain', opencode: 'likely' },
    },
    {
      name: 'large streamed requests from Bun to a cloud are possibly Claude Code',
      rows: [row('us-east5-aiplatform.googleapis.com', FORMS.bun144Fetch, { exchanges: [model] })],
      tools: { 'claude-code': 'possible' },
      providers: { 'vertex-ai': 'certain' },
    },
    {
      name: 'large streamed requests from Bun to an unlisted name are a suspected relay',
      rows: [row('ai-gateway.corp.example', FORMS.bun144Fetch, { exchanges: [model] })],
      tools: { 'claude-code': 'possible' },
      providers: { relay: 'possible' },
    },
    {
      name: 'a client that names itself in clear text is possible: a script and a web page can copy the name',
      rows: [row('gateway.corp.example', null, clear)],
      tools: { 'claude-code': 'possible' },
      providers: { relay: 'possible' },
    },
    {
      name: 'a client that names itself in clear text on a listed name is likely',
      rows: [row('api.anthropic.com', null, clear)],
      tools: { 'claude-code': 'likely' },
    },
    {
      name: 'a flow into the network of a vendor is at most possible',
      rows: [row('[160.79.104.10]', null, { nameFrom: 'network' })],
      tools: {},
      providers: { 'anthropic-api': 'possible' },
    },
  ])('$name', ({ rows, tools, providers = {} }) => {
    const seen = judge(rows);
    expect(seen.tools).toEqual(tools);
    expect(seen.providers).toEqual(providers);
  });

  it('says of a name that was asked for that no flow to it was seen', () => {
    const { host } = judge([], [asked('otel.cline.bot')]);
    const against = host?.tools[0]?.use.evidence.filter((item) => !item.for) ?? [];
    expect(against.map(({ rule }) => rule)).toContain('asked-alone');
  });

  it('calls a service of a vendor with a catalogued tool by the vendor: another program may have used it', () => {
    const { host } = judge([row('api.x.ai', null)]);
    expect(host?.tools.filter(({ use }) => use.tool === 'grok')).toEqual([]);
    const [use] = host?.providers.map((provider) => provider.use) ?? [];
    expect(use).toMatchObject({ tool: 'grok', name: 'xAI (service)' });
  });

  it('calls an address by its vendor: which service it was is not known', () => {
    const { host } = judge([row('[160.79.104.10]', null, { nameFrom: 'network' })]);
    const [use] = host?.providers.map((provider) => provider.use) ?? [];
    expect(use).toMatchObject({ tool: 'anthropic-api', name: 'Anthropic (by address)' });
    expect(use?.evidence[0]?.detail).toBe(
      '[160.79.104.10]: addresses of Anthropic; the service behind them is not known',
    );
  });

  it('says of a suspected relay that neither tool nor provider is known', () => {
    const { host } = judge([row('ai-gateway.corp.example', FORMS.bun144Fetch, { exchanges: [model] })]);
    const details = [...(host?.providers ?? []), ...(host?.tools ?? [])].flatMap(({ use }) =>
      use.evidence.map(({ detail }) => detail),
    );
    expect(details).toContain(
      'ai-gateway.corp.example: not in the catalogue, but used like a model API; neither tool nor provider is known',
    );
    expect(details).toContain('ai-gateway.corp.example: a suspected relay, which any tool can use');
    expect(details.join()).not.toMatch(/identifies the provider|also used by other programs/);
  });

  it('says when a tool was seen by its product token on a name of another tool', () => {
    const { host } = judge([row('ampcode.com', null, clear)]);
    const use = host?.tools.find(({ use }) => use.tool === 'claude-code')?.use;
    expect(use).toMatchObject({ confidence: 'possible', flows: 1 });
    expect(use?.firstSeen).toBe(use?.evidence[0]?.first);
  });

  describe('a page of another tool, got by a program that asks a model in the same form', () => {
    const names = ['pi.dev', 'app.roocode.com', 'auth.continue.dev', 'proxy.continue.dev', 'otel.cline.bot'];
    const page = exchange({ startMs: 3000, bytesUp: 310, bytesDown: 9000, recordsUp: 1, recordsDown: 2 });
    const got = (name: string, exchanges = [page]) => row(name, FORMS.node22Fetch, { exchanges });
    const asks = row('api.anthropic.com', FORMS.node22Fetch, { exchanges: [model] });

    it.each(names)('%s is no use of the tool', (name) => {
      expect(Object.values(judge([got(name), asks]).tools)).not.toContain('likely');
    });

    it('names the tool by the call that it begins with, where work with a model follows', () => {
      const start = [{ ...page, bytesUp: 230 }];
      expect(judge([got('pi.dev', start), asks]).tools).toMatchObject({ 'pi-agent': 'certain' });
      const worked = row('api.anthropic.com', FORMS.node22Fetch, {
        exchanges: [1, 4, 9].map((second) => exchange({ startMs: second * 1000 })),
      });
      const late = [{ ...page, bytesUp: 230, startMs: 20_000 }];
      expect(judge([got('pi.dev', late), worked]).tools).toMatchObject({ 'pi-agent': 'possible' });
    });
  });

  it('takes a name that was only asked for as possible: any web page has a browser ask for it', () => {
    const question = asked('gb4w8c3ygj-default-sea.rum.aliyuncs.com');
    const qwen = { ...question, addresses: ['198.51.100.7'] };
    expect(judge([], [qwen]).tools).toEqual({ 'qwen-code': 'possible' });
    expect(judge([], [{ ...asked('telemetry-logs.kimi.com'), addresses: ['198.51.100.7'] }]).tools).toEqual({
      'kimi-code': 'possible',
    });
    expect(judge([], [asked('otel.cline.bot')]).tools).toEqual({ cline: 'possible' });
  });

  it.each([
    { about: 'a question without an answer', parts: {} },
    { about: 'an answer without a question', parts: { count: 0, addresses: ['198.51.100.7'] } },
  ])('takes $about as possible: any machine can send one packet', ({ parts }) => {
    const found = judge([], [{ ...asked('gb4w8c3ygj-default-sea.rum.aliyuncs.com'), ...parts }]);
    expect(found.tools).toEqual({ 'qwen-code': 'possible' });
    const against = found.host?.tools[0]?.use.evidence.filter((one) => !one.for).map(({ rule }) => rule);
    expect(against).toContain('one-sided');
  });

  it('takes questions for the telemetry of many tools as those of a resolver or a scanner', () => {
    const names = ['otel.cline.bot', 'telemetry.factory.ai', 'telemetry-logs.kimi.com'].map(asked);
    expect(judge([], names).tools).toEqual({
      cline: 'possible',
      factory: 'possible',
      'kimi-code': 'possible',
    });
    const used = judge([row('api.factory.ai', FORMS.bun1313a, { exchanges: [model] })], names);
    expect(used.tools.factory).toBe('certain');
  });

  it('does not let a question for a name outweigh the visit that followed it', () => {
    const curl = judge([row('otel.cline.bot', FORMS.curl)], [asked('otel.cline.bot')]);
    expect(curl.tools).toEqual({ cline: 'possible' });
    const browsed = judge(
      [row('cline.bot', FORMS.chromium), row('app.cline.bot', FORMS.chromium)],
      [asked('data.cline.bot')],
    );
    expect(browsed.tools).toEqual({ cline: 'possible' });
  });

  it('adds up failed handshakes of several days without a number of one of them', () => {
    const failing = [FORMS.bun144Fetch, FORMS.bun144Https].map((form) =>
      row('api.anthropic.com', form, {
        flows: 3,
        failedFlows: 3,
        establishedFlows: 0,
        helloTimesUs: [1, 2, 3].map((second) => (START + second) * 1_000_000),
      }),
    );
    const day = 86_400;
    const windows = [0, day, 2 * day].map((seconds) => window(later(failing, seconds), [], START + seconds));
    const [host] = attribute(windows, catalogue, { zone });
    const items = host?.tools[0]?.use.evidence.filter(({ rule }) => rule === 'handshake-failed') ?? [];
    expect(items.map(({ detail, flows }) => [detail, flows])).toEqual([['no handshake was completed', 18]]);
  });

  it('lists the evidence against a likely tool', () => {
    const { host } = judge([
      row('api.anthropic.com', FORMS.bun144Fetch, { exchanges: [model] }),
      row('api.anthropic.com', FORMS.bun144Https, { exchanges: CLAUDE_START.https }),
    ]);
    const against = host?.tools[0]?.use.evidence.filter((item) => !item.for).map(({ rule }) => rule);
    expect(against).toEqual(['shared-runtime', 'shared-name']);
  });
});

describe('builds that start together', () => {
  // Of 2.1.191 to 2.1.210, which existed on that day.
  const ownBun = { ja4: 't13d171000_5b57614c22b0_78e6aca7449b', ja3: '203503b7023848ab87b9836c336b8e81' };
  const bun = row(
    'api.anthropic.com',
    { ...FORMS.bun141Https, ...ownBun },
    {
      exchanges: [339, 377, 403, 331].map((up, i) => smallCall(up, 1000 + 100 * i)),
    },
  );
  const node = row('api.anthropic.com', FORMS.node22Https, {
    exchanges: [331, 334, 339].map((up, i) => smallCall(up, 5000 + 100 * i)),
    helloTimesUs: [(START + 5) * 1_000_000],
  });
  const startsOf = (rows: readonly UsageRow[]) =>
    judge(rows).host?.tools.find(({ use }) => use.tool === 'claude-code')?.use.builds;

  it('are a start each, where they are on two runtimes', () => {
    expect(startsOf([bun])).toMatchObject({ starts: 1, placed: 1 });
    expect(startsOf([bun, node])).toMatchObject({ starts: 2, placed: 2 });
    expect(startsOf([node, bun])).toEqual(startsOf([bun, node]));
  });
});

describe('starts of a tool that makes the same calls in use', () => {
  const DAY_OF_LATER = 1_795_694_400; // 2026-11-26T12:00:00Z, a multiple of 900
  const turn = row('chatgpt.com', FORMS.nativeTls, {
    exchanges: [...[724, 755, 822, 853].map((up, i) => smallCall(up, 1000 + 100 * i)), post(2979, 9000)],
  });
  const socket = row('chatgpt.com', FORMS.rustlsSocket, { exchanges: [exchange()] });
  const buildsOf = (rows: readonly UsageRow[], startSeconds = START) =>
    judge(later(rows, startSeconds - START), [], startSeconds).host?.tools.find(
      ({ use }) => use.tool === 'openai-codex',
    )?.use.builds;
  const turns = [40, 100, 200].map((seconds) => ({
    ...turn,
    helloTimesUs: [(START + seconds) * 1_000_000],
    exchanges: turn.exchanges.map((one) => ({ ...one, startMs: one.startMs + seconds * 1000 })),
  }));

  it('are counted by the hello that a start sends alone', () => {
    expect(buildsOf([turn, socket])).toMatchObject({ starts: 1 });
    expect(buildsOf([turn, socket, ...turns])).toMatchObject({ starts: 1 });
    expect(buildsOf(turns)).toMatchObject({ starts: 0 });
  });

  it('are possibly newer than known after the recordings only where the opening hello has an unknown form', () => {
    const firstDay = (ja4: string, startSeconds = DAY_OF_LATER) =>
      buildsOf([turn, { ...socket, fingerprint: { ...FORMS.rustlsSocket, ja4 } }], startSeconds)?.days[0];
    const unknown = 't13d101000_61a7ad8aa9b6_000000000000';
    expect(firstDay(unknown)).toMatchObject({ state: 'cannotSay', newerSince: '2026-11-23' });
    expect(firstDay(unknown, START)).not.toHaveProperty('newerSince');
    const known = ['3fcd1a44f3e3', 'f9531d972513', '0d308c48d2a3'].map(
      (end) => `t13d101000_61a7ad8aa9b6_${end}`,
    );
    const resumed = 't13d101100_61a7ad8aa9b6_000000000000';
    for (const ja4 of [...known, resumed]) {
      const day = firstDay(ja4);
      expect(day).toMatchObject({ state: 'cannotSay' });
      expect(day).not.toHaveProperty('newerSince');
    }
  });
});

describe('who a channel belongs to', () => {
  const ownKey = [row('models.opencode.ai', FORMS.bun1314), apiRow(FORMS.bun1314)];
  const claude = [apiRow(), row('api.anthropic.com', FORMS.bun144Https, { exchanges: CLAUDE_START.https })];

  it('tells Claude Code and opencode with an own key apart by the version of Bun', () => {
    const { host } = judge([...ownKey, ...claude]);
    const requests = Object.fromEntries((host?.tools ?? []).map(({ use }) => [use.tool, use.requests]));
    expect(requests).toEqual({ 'claude-code': { min: 1, max: 1 }, opencode: { min: 1, max: 1 } });
    expect(host?.providers).toEqual([]);
  });

  it('leaves what a tool begins with to it, where a tool that takes any key is at work on the same runtime', () => {
    const kiloStart = smallCall(275, 20_000);
    const { tools, host } = judge([
      row('data.cline.bot', FORMS.bun1313a, { exchanges: [post(1200)] }),
      row('otel.cline.bot', FORMS.bun1313a, { exchanges: [post(9000)] }),
      apiRow(FORMS.bun1313a, [model, exchange({ startMs: 15_000 }), exchange({ startMs: 25_000 })]),
      row('api.kilo.ai', FORMS.bun1313a, { exchanges: [kiloStart] }),
    ]);
    expect(tools).toMatchObject({ cline: 'certain', 'kilo-code': 'possible' });
    const cline = host?.tools.find(({ use }) => use.tool === 'cline')?.use;
    expect(cline?.requests).toMatchObject({ max: 3 });
  });

  it('gives both a range where the forms are the same', () => {
    const elsewhere = { ...model, flow: 1 };
    const { host } = judge([
      ownKey[0] as UsageRow,
      apiRow(FORMS.bun1314, [...start, post(100_000), elsewhere]),
    ]);
    const requests = Object.fromEntries((host?.tools ?? []).map(({ use }) => [use.tool, use.requests]));
    expect(requests['claude-code']).toEqual({ min: 0, max: 1 });
    expect(requests.opencode?.min).toBe(0);
  });

  it('assigns the API to the tool of its vendor, not to another one with its own key', () => {
    const { host } = judge([
      row('api.continue.dev', FORMS.node22Fetch),
      row('gb4w8c3ygj-default-sea.rum.aliyuncs.com', FORMS.node22Https, { exchanges: [post(1200)] }),
      row('dashscope.aliyuncs.com', FORMS.node22Fetch, { exchanges: [model, model] }),
    ]);
    const requests = Object.fromEntries((host?.tools ?? []).map(({ use }) => [use.tool, use.requests]));
    expect(requests).toEqual({ continue: null, 'qwen-code': { min: 2, max: 2 } });
  });
});

describe('figures', () => {
  it('tells requests and telemetry apart on one name', () => {
    const exchanges = [...start, model, post(200_000), exchange({ startMs: 30_000 })];
    const { host } = judge([
      apiRow(FORMS.bun144Fetch, exchanges),
      row('api.anthropic.com', FORMS.bun144Https, { exchanges: CLAUDE_START.https }),
    ]);
    const use = host?.tools[0]?.use;
    expect(use?.requests).toEqual({ min: 2, max: 2 });
    expect(use?.prompts).toEqual({ min: 2, max: 2 });
    expect(use?.telemetry).toMatchObject({ payloadUp: 199_580, method: 'exchange' });
    expect(use?.modelPayloadUp).toBe(2 * (48_000 - 420));
  });

  it('is sure of a completion behind the first request of an HTTP/2 flow, and of no other small one', () => {
    const editor = { ...FORMS.node22Fetch, alpn: ['http/1.1', 'h2'] };
    const completion = (bytesUp: number, flags: number) =>
      exchange({ bytesUp, bytesDown: 47, recordsDown: 1, recordsUp: 1, answerMs: 0, flags });
    const judged = (http2Flows: number) =>
      judge([
        row('telemetry.individual.githubcopilot.com', editor, { exchanges: [post(9000)] }),
        row('proxy.individual.githubcopilot.com', editor, {
          http2Flows,
          exchanges: [completion(665, 1), completion(431, 0), completion(120, 0)],
        }),
      ]).host?.tools.find(({ use }) => use.tool === 'github-copilot')?.use.requests;
    expect(judged(1)).toEqual({ min: 1, max: 2 });
    expect(judged(0)).toEqual({ min: 0, max: 2 });
  });

  it.each([
    { name: 'the first of its flow', flags: 5, recordsDown: 5, min: 1 },
    { name: 'the first of its flow, with a long answer', flags: 5, recordsDown: 12, min: 2 },
    { name: 'a later one', flags: 4, recordsDown: 5, min: 2 },
  ])('counts a post with missing bytes as a request only beyond the records of a handshake: $name', (one) => {
    const { flags, recordsDown, min } = one;
    const damaged = exchange({
      startMs: 90_000,
      bytesUp: 2230,
      bytesDown: 1809,
      recordsDown,
      flow: 3,
      flags,
    });
    const { host } = judge([
      { ...apiRow(FORMS.bun144Fetch, [...start, model, damaged]), lostDown: 930 },
      row('api.anthropic.com', FORMS.bun144Https, { exchanges: CLAUDE_START.https }),
    ]);
    expect(host?.tools[0]?.use.requests?.min).toBe(min);
  });

  it('does not swear that a large post to an API with a short answer was a model request', () => {
    const { host } = judge([row('api.anthropic.com', FORMS.node22Fetch, { exchanges: [post(260_000)] })]);
    expect(host?.providers[0]?.use).toMatchObject({ tool: 'anthropic-api', requests: { min: 0, max: 1 } });
  });

  it('withholds estimates when more than one per cent is missing', () => {
    const { host } = judge([row('api.factory.ai', FORMS.bun1313a, { exchanges: [model], lostDown: 12_000 })]);
    const use = host?.tools[0]?.use;
    expect(use?.requests).toBeNull();
    expect(use?.activeMinutes).toBeNull();
    expect(use?.withheld.map(({ field }) => field)).toContain('requests');
  });

  it.each([
    { name: 'surely next on its flow', flow: 0, up: 50_010, requests: { min: 2, max: 2 }, posted: 0 },
    { name: 'perhaps on another flow', flow: 7, up: 50_010, requests: { min: 1, max: 2 }, posted: 0 },
    { name: 'not with another body', flow: 0, up: 51_000, requests: { min: 1, max: 1 }, posted: 49_580 },
    { name: 'not beside it', at: 4000, flow: 7, up: 50_010, requests: { min: 1, max: 1 }, posted: 49_580 },
  ])('counts a refused attempt that comes again as a request: $name', (one) => {
    const { at = 8000, flow, up, requests, posted } = one;
    const exchanges = [...start, exchange({ startMs: at, bytesUp: up, flow }), post(50_000, 4000)];
    const { host } = judge([
      apiRow(FORMS.bun144Fetch, exchanges),
      row('api.anthropic.com', FORMS.bun144Https, { exchanges: CLAUDE_START.https }),
    ]);
    expect(host?.tools[0]?.use.requests).toEqual(requests);
    expect(host?.tools[0]?.use.telemetry?.payloadUp).toBe(posted);
  });

  it('counts refused attempts that no answer ends, where the tool never posts so much', () => {
    const exchanges = [0, 1000, 3000].map((startMs) => post(28_500, startMs));
    const { host } = judge([row('d1.api.augmentcode.com', FORMS.node22Fetch, { exchanges })]);
    const use = host?.tools.find(({ use }) => use.tool === 'augment')?.use;
    expect(use?.requests).toEqual({ min: 2, max: 3 });
    expect(use?.telemetry?.payloadUp).toBe(0);
  });

  it('takes copies of messages for no requests that may be', () => {
    const exchanges = [exchange({ startMs: 0 }), post(9000, 4000)];
    const { host } = judge([row('api.factory.ai', FORMS.bun1313a, { exchanges })]);
    expect(host?.tools[0]?.use.requests).toEqual({ min: 1, max: 1 });
  });

  it('takes acknowledgements over HTTP/2 for no streamed answer', () => {
    const exchanges = [smallCall(200), exchange({ bytesUp: 55_000, bytesDown: 104, recordsDown: 4 })];
    const { host } = judge([row('api.x.ai', FORMS.rustls, { exchanges, http2Flows: 1 })]);
    expect(host?.providers[0]?.use.requests).toEqual({ min: 0, max: 1 });
  });

  it('tells model and telemetry on one name apart by the form of the hello', () => {
    const { host } = judge([
      row('api2.qoder.sh', FORMS.node22Fetch, { exchanges: [exchange({ bytesUp: 155_000 })] }),
      row('api2.qoder.sh', FORMS.node22Https, { exchanges: [post(32_000, 500), post(226_000, 5000)] }),
    ]);
    const use = host?.tools.find(({ use }) => use.tool === 'qoder')?.use;
    expect(use?.requests).toEqual({ min: 1, max: 1 });
    expect(use?.telemetry?.payloadUp).toBe(258_000 - 2 * 235);
  });

  it('gives the WebSocket on rustls to Codex, that asks everything else on native-tls', () => {
    const socket = [
      exchange({ bytesUp: 1400, bytesDown: 130, recordsDown: 1, flags: 1 }),
      exchange({ startMs: 1000, bytesUp: 640, bytesDown: 310, recordsDown: 2 }),
      exchange({ startMs: 6000, bytesUp: 22_960 }),
    ];
    const settings = [smallCall(287), smallCall(302)];
    const { host } = judge([
      row('chatgpt.com', FORMS.nativeTls, { exchanges: settings }),
      row('api.openai.com', FORMS.rustlsSocket, { exchanges: socket }),
    ]);
    expect(host?.tools.map(({ use }) => [use.tool, use.confidence])).toEqual([['openai-codex', 'likely']]);
    expect(host?.tools[0]?.use.requests).toEqual({ min: 2, max: 2 });
    expect(host?.providers).toEqual([]);
  });

  it('counts messages of a WebSocket after its upgrade', () => {
    const exchanges = [
      exchange({ bytesUp: 700, bytesDown: 200, recordsDown: 1, flags: 1 }),
      exchange({ startMs: 6000, bytesUp: 1500, recordsDown: 2 }),
      exchange({ startMs: 9000, bytesUp: 68_000 }),
    ];
    const { host } = judge([row('chatgpt.com', FORMS.rustlsSocket, { exchanges })]);
    expect(host?.tools[0]?.use.requests).toEqual({ min: 2, max: 2 });
  });

  it('counts small follow-ups of a message thread next to a request that holds all', () => {
    const followUp = exchange({ startMs: 9000, bytesUp: 1286, bytesDown: 3300, recordsDown: 18 });
    const short = exchange({ startMs: 12_000, bytesUp: 900, bytesDown: 700, recordsDown: 5 });
    const list = exchange({ startMs: 15_000, bytesUp: 600, bytesDown: 90_000, recordsDown: 12 });
    const requestsOf = (name: string, ...exchanges: UsageExchange[]) =>
      judge([row(name, FORMS.node22Fetch, { exchanges })]).host?.providers[0]?.use.requests;
    expect(requestsOf('api.anthropic.com', exchange(), followUp)).toEqual({ min: 2, max: 2 });
    expect(requestsOf('api.anthropic.com', exchange(), followUp, short, list)).toEqual({ min: 2, max: 4 });
    expect(requestsOf('api.anthropic.com', followUp)).toEqual({ min: 0, max: 1 });
    expect(requestsOf('api.groq.com', exchange(), followUp)).toEqual({ min: 1, max: 2 });
  });

  it('counts requests over HTTP/2 as a range, because they may be under way together', () => {
    const exchanges = [exchange({ messagesUp: 3 })];
    const { host } = judge([row('api.factory.ai', FORMS.bun1313a, { exchanges, http2Flows: 1 })]);
    expect(host?.tools[0]?.use.requests).toEqual({ min: 1, max: 3 });
  });

  it('counts each request over HTTP/2 where each had its body and was answered', () => {
    const exchanges = [exchange({ messagesUp: 3, flags: EXCHANGE_FLAGS.allAnswered })];
    const { host } = judge([row('api.factory.ai', FORMS.bun1313a, { exchanges, http2Flows: 1 })]);
    expect(host?.tools[0]?.use.requests).toEqual({ min: 3, max: 3 });
  });

  it('says when exchanges were cut by packet lengths', () => {
    const { host } = judge([row('api.factory.ai', FORMS.bun1313a, { exchanges: [exchange({ flags: 32 })] })]);
    expect(host?.tools[0]?.use.calibration).toContain('packet lengths');
  });

  it('keeps a possible tool and its provider at the same figures', () => {
    const { host } = judge([apiRow(FORMS.bun1314)]);
    const possible = host?.tools[0]?.use;
    const provider = host?.providers[0]?.use;
    expect(provider?.requests).toEqual({ min: 1, max: 1 });
    for (const field of ['flows', 'bytesUp', 'bytesDown', 'payloadUp', 'payloadDown', 'requests'] as const) {
      expect(possible?.[field]).toEqual(provider?.[field]);
    }
    expect(possible?.days[0]?.confidence).toBe('possible');
  });

  it('judges a stay by what was seen in it, not by what was seen days before', () => {
    const first = [apiRow(), row('api.anthropic.com', FORMS.bun144Https, { exchanges: CLAUDE_START.https })];
    const days = 3 * 86_400;
    const [host] = attribute(
      [window(first), window(later([apiRow(FORMS.bun1314)], days), [], START + days)],
      catalogue,
      { zone },
    );
    const claude = host?.tools.find(({ use }) => use.tool === 'claude-code');
    expect(claude?.use.confidence).toBe('likely');
    expect(claude?.quarters.map(({ confidence }) => confidence)).toEqual(['likely', 'possible']);
    expect(claude?.use.days.map(({ date }) => date)).toEqual(['2026-07-02']);
    expect(host?.providers.map(({ use }) => use.tool)).toEqual(['anthropic-api']);
  });
});
