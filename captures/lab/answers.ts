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
const GEMINI_WHOLE: Api = { ...GEMINI, path: /:generateContent$/ };

const APIS: readonly Api[] = [MESSAGES, CHAT, RESPONSES, GEMINI, GEMINI_WHOLE];

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
  const isPost =
    method === 'POST' && (TELEMETRY.test(`${name}${plain}`) || isTelemetry?.test(`${name}${plain}`) === true);
  return { kind: isPost ? 'telemetry' : 'other', status: 200, type: 'application/json', pieces: ['{}'] };
}
