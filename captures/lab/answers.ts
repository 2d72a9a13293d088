// Answers of the lab server: like the model APIs of vendors, in pieces at the pace of a model; otherwise an empty object.
// Independent of tools; an API that several tools use is one entry of the table.

/** Kind of a request, for the ground truth of a recording. */
export type Kind = 'model' | 'telemetry' | 'other';

export interface Answer {
  readonly kind: Kind;
  readonly status: number;
  readonly type: string;
  /** Sent one after the other, `PACE_MS` apart. */
  readonly pieces: readonly string[];
}

export interface Asked {
  readonly method: string;
  readonly name: string;
  /** With its query. */
  readonly path: string;
  readonly body: string;
}

/** Time between tokens. */
export const PACE_MS = 40;
const WORDS =
  'I looked at what you asked for and there is nothing to change here, all of it works as it should.'.split(
    ' ',
  );
const MODEL = 'lab-model';

interface Api {
  readonly path: RegExp;
  readonly stream: () => string[];
  /** The same in one piece. */
  readonly whole: () => unknown;
}

const event = (name: string, data: unknown): string => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
const data = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`;

const MESSAGE = { id: 'msg_lab', type: 'message', role: 'assistant', model: MODEL, stop_sequence: null };
const MESSAGE_USAGE = { input_tokens: 900, output_tokens: WORDS.length };
/** Anthropic: docs.anthropic.com, "Streaming messages". */
const MESSAGES: Api = {
  path: /\/v1\/messages$/,
  stream: () => [
    event('message_start', {
      type: 'message_start',
      message: { ...MESSAGE, content: [], stop_reason: null, usage: MESSAGE_USAGE },
    }),
    event('content_block_start', {
      ...{ type: 'content_block_start', index: 0 },
      content_block: { type: 'text', text: '' },
    }),
    ...WORDS.map((word) =>
      event('content_block_delta', {
        ...{ type: 'content_block_delta', index: 0 },
        delta: { type: 'text_delta', text: `${word} ` },
      }),
    ),
    event('content_block_stop', { type: 'content_block_stop', index: 0 }),
    event('message_delta', {
      type: 'message_delta',
      delta: { stop_reason: 'end_turn' },
      usage: MESSAGE_USAGE,
    }),
    event('message_stop', { type: 'message_stop' }),
  ],
  whole: () => ({
    ...MESSAGE,
    ...{ content: [{ type: 'text', text: WORDS.join(' ') }], stop_reason: 'end_turn', usage: MESSAGE_USAGE },
  }),
};

const CHAT_USAGE = { prompt_tokens: 900, completion_tokens: WORDS.length, total_tokens: 900 + WORDS.length };
const chunk = (delta: unknown, finish: string | null): string =>
  data({
    ...{ id: 'chatcmpl-lab', object: 'chat.completion.chunk', created: 1_700_000_000, model: MODEL },
    choices: [{ index: 0, delta, finish_reason: finish }],
  });
/** The OpenAI API, which most gateways implement: platform.openai.com, "Chat completions, streaming". */
const CHAT: Api = {
  path: /\/chat\/completions$/,
  stream: () => [
    chunk({ role: 'assistant', content: '' }, null),
    ...WORDS.map((word) => chunk({ content: `${word} ` }, null)),
    chunk({}, 'stop'),
    data({
      id: 'chatcmpl-lab',
      object: 'chat.completion.chunk',
      model: MODEL,
      choices: [],
      usage: CHAT_USAGE,
    }),
    'data: [DONE]\n\n',
  ],
  whole: () => ({
    ...{
      id: 'chatcmpl-lab',
      object: 'chat.completion',
      created: 1_700_000_000,
      model: MODEL,
      usage: CHAT_USAGE,
    },
    choices: [{ index: 0, message: { role: 'assistant', content: WORDS.join(' ') }, finish_reason: 'stop' }],
  }),
};

const OUTPUT = { type: 'message', id: 'msg_lab', role: 'assistant' };
const response = (status: string, output: readonly unknown[]): Record<string, unknown> => ({
  ...{ id: 'resp_lab', object: 'response', created_at: 1_700_000_000, model: MODEL, status, output },
  usage: { input_tokens: 900, output_tokens: WORDS.length, total_tokens: 900 + WORDS.length },
});
const finished = (): unknown => ({
  ...OUTPUT,
  ...{ status: 'completed', content: [{ type: 'output_text', text: WORDS.join(' '), annotations: [] }] },
});
const place = { item_id: 'msg_lab', output_index: 0, content_index: 0 };
/** OpenAI: platform.openai.com, "Responses, streaming". */
const RESPONSES: Api = {
  path: /\/responses$/,
  stream: () => [
    event('response.created', { type: 'response.created', response: response('in_progress', []) }),
    event('response.output_item.added', {
      ...{ type: 'response.output_item.added', output_index: 0 },
      item: { ...OUTPUT, status: 'in_progress', content: [] },
    }),
    ...WORDS.map((word) =>
      event('response.output_text.delta', {
        type: 'response.output_text.delta',
        ...place,
        delta: `${word} `,
      }),
    ),
    event('response.output_item.done', {
      ...{ type: 'response.output_item.done', output_index: 0 },
      item: finished(),
    }),
    event('response.completed', {
      type: 'response.completed',
      response: response('completed', [finished()]),
    }),
  ],
  whole: () => response('completed', [finished()]),
};

const candidate = (text: string, isLast: boolean): unknown => ({
  candidates: [
    { index: 0, content: { role: 'model', parts: [{ text }] }, ...(isLast ? { finishReason: 'STOP' } : {}) },
  ],
  usageMetadata: { promptTokenCount: 900, candidatesTokenCount: WORDS.length },
  modelVersion: MODEL,
});
const candidates = (): string[] =>
  WORDS.map((word, i) => data(candidate(`${word} `, i === WORDS.length - 1)));
/** Google: ai.google.dev, "Generating content". */
const GEMINI: Api = {
  path: /:streamGenerateContent$/,
  stream: candidates,
  whole: () => candidate(WORDS.join(' '), true),
};
/** The choice of a model, which the tool asks for again while the answer is not of this form. */
const CHOICE = JSON.stringify({
  ...{ reasoning: WORDS.join(' '), model_choice: 'flash' },
  ...{ complexity_reasoning: WORDS.join(' '), complexity_score: 10 },
});
const GEMINI_WHOLE: Api = {
  ...{ path: /:generateContent$/, stream: candidates, whole: () => candidate(CHOICE, true) },
};

const APIS: readonly Api[] = [MESSAGES, CHAT, RESPONSES, GEMINI, GEMINI_WHOLE];

const listed = (id: string): Record<string, unknown> => ({
  ...{ id, name: id, attachment: true, reasoning: false, temperature: true, tool_call: true },
  ...{ release_date: '2025-09-29', last_updated: '2025-09-29', open_weights: false, knowledge: '2025-07' },
  ...{ modalities: { input: ['text'], output: ['text'] }, cost: { input: 3, output: 15 } },
  limit: { context: 200_000, output: 64_000 },
});
const provider = (id: string, env: string, npm: string, models: readonly string[]): [string, unknown] => [
  id,
  { id, name: id, env: [env], npm, models: Object.fromEntries(models.map((one) => [one, listed(one)])) },
];
/** The list of models that opencode and its forks read at a start: models.dev, "API". */
const MODEL_LIST = JSON.stringify(
  Object.fromEntries([
    provider('anthropic', 'ANTHROPIC_API_KEY', '@ai-sdk/anthropic', [
      'claude-sonnet-4-5',
      'claude-haiku-4-5',
    ]),
    provider('openai', 'OPENAI_API_KEY', '@ai-sdk/openai', ['gpt-5', 'gpt-5-mini']),
  ]),
);
/** GitHub: what a token may use, and the models; docs.github.com, "Copilot". */
const COPILOT_USER = JSON.stringify({
  ...{ login: 'lab', copilot_plan: 'individual', access_type_sku: 'plus_yearly_subscriber_quota' },
  ...{ chat_enabled: true, cli_enabled: true, is_mcp_enabled: true, can_signup_for_limited: false },
  ...{ analytics_tracking_id: '0', organization_list: [], quota_snapshots: {} },
  endpoints: {
    api: 'https://api.individual.githubcopilot.com',
    telemetry: 'https://telemetry.individual.githubcopilot.com',
    proxy: 'https://proxy.individual.githubcopilot.com',
    'origin-tracker': 'https://origin-tracker.individual.githubcopilot.com',
  },
});
const copilotModel = (id: string): unknown => ({
  ...{
    id,
    name: id,
    object: 'model',
    vendor: 'Lab',
    version: id,
    preview: false,
    model_picker_enabled: true,
  },
  ...{ is_chat_default: true, is_chat_fallback: true, policy: { state: 'enabled', terms: '' } },
  billing: { is_premium: false, multiplier: 1 },
  supported_endpoints: ['/chat/completions', '/responses'],
  capabilities: {
    ...{ family: id, object: 'model_capabilities', tokenizer: 'o200k_base', type: 'chat' },
    limits: { max_context_window_tokens: 128_000, max_output_tokens: 16_000, max_prompt_tokens: 128_000 },
    supports: { parallel_tool_calls: true, streaming: true, tool_calls: true },
  },
});
const COPILOT_MODELS = JSON.stringify({
  object: 'list',
  data: ['claude-sonnet-4.5', 'claude-sonnet-4', 'claude-haiku-4.5', 'gpt-5', 'gpt-4.1'].map(copilotModel),
});

interface List {
  readonly name: RegExp;
  readonly path: RegExp;
  readonly text: string;
}

/** What tools request before their first prompt. */
const LISTS: readonly List[] = [
  { name: /^models\.(dev|opencode\.ai)$/, path: /\.json$/, text: MODEL_LIST },
  { name: /^api\.github\.com$/, path: /^\/copilot_internal\/user$/, text: COPILOT_USER },
  { name: /\.githubcopilot\.com$/, path: /^\/models$/, text: COPILOT_MODELS },
];

/** Usual names of collectors; the plan of a tool lists others. */
const TELEMETRY =
  /(^|[./_-])(telemetry|metrics|otel|otlp|traces|events?|event_logging|logs?|analytics|track|batch|envelope|collect|posthog|statsig|rum|mixpanel|segment)([./_?-]|$)/i;

/** `isTelemetry`: additional names of the plan. */
export function answerTo({ method, name, path, body }: Asked, isTelemetry: RegExp | null): Answer {
  const [plain = ''] = path.split('?');
  const api = method === 'POST' ? APIS.find((one) => one.path.test(plain)) : undefined;
  if (api !== undefined) {
    // A body that cannot be read is one that was packed: tools that pack ask for streams.
    const isAsked = body === '' || /"stream"\s*:\s*true/.test(body);
    const streams = api === GEMINI || (api !== GEMINI_WHOLE && isAsked);
    return streams
      ? { kind: 'model', status: 200, type: 'text/event-stream', pieces: api.stream() }
      : { kind: 'model', status: 200, type: 'application/json', pieces: [JSON.stringify(api.whole())] };
  }
  const list = LISTS.find((one) => method === 'GET' && one.name.test(name) && one.path.test(plain));
  if (list !== undefined)
    return { kind: 'other', status: 200, type: 'application/json', pieces: [list.text] };
  const isPost =
    method === 'POST' && (TELEMETRY.test(`${name}${plain}`) || isTelemetry?.test(`${name}${plain}`) === true);
  return { kind: isPost ? 'telemetry' : 'other', status: 200, type: 'application/json', pieces: ['{}'] };
}
