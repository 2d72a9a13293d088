// Lists the signs by which native code identifies AI services.

/**
 * Describes each sign for people, by number of ServiceSign (native-bindings/src/base/event.h; a test compares both).
 */
export const SIGN_WORDS = {
  llamaServer: 'the Server header of llama.cpp',
  llamaAnswer: 'an answer with fields that llama.cpp alone sends',
  koboldServer: 'the Server header of KoboldCpp',
  koboldAnswer: 'an answer that only KoboldCpp sends',
  liteLlmField: 'a response header that only LiteLLM sends',
  tgiFields: 'response headers that only text-generation-inference sends',
  tgiAnswer: 'an answer that only text-generation-inference sends',
  vllmOwner: 'a list of models that names vLLM as owner',
  vllmAnswer: 'an answer with fields that vLLM alone sends',
  sglangOwner: 'a list of models that names SGLang as owner',
  sglangAnswer: 'an answer that only SGLang sends',
  lmStudioOwner: 'a list of models with the owner that LM Studio writes',
  lmStudioAnswer: 'an answer that only LM Studio sends',
  textGenWebuiAnswer: 'an answer on a route that only text-generation-webui has',
  openWebuiConfig: 'a configuration answer that names Open WebUI',
  openWebuiAnswer: 'a streamed answer on the chat route of Open WebUI',
  ollamaBanner: 'the start page of Ollama',
  ollamaList: 'a list of models in the form of Ollama',
  ollamaAnswer: 'an answer in the form of Ollama',
  ollamaFingerprint: 'the system fingerprint of Ollama in an answer',
  openAiAnswer: 'an answer in the form of the OpenAI API',
  openAiModels: 'a list of models in the form of the OpenAI API',
  anthropicAnswer: 'an answer in the form of the Anthropic API',
  anthropicField: 'a request header of the Anthropic API with an answer that fits',
  routerMessage: 'a message id in the form of claude-code-router',
  mcpInitialize: 'an MCP session that was opened, or an MCP server that listed its versions',
  mcpField: 'a header of MCP',
  mcpEndpoint: 'the endpoint event of MCP over SSE',
  mcpPlaywright: 'the server name of Playwright MCP',
  openCodeAnswer: 'an answer with ids in the form of opencode',
  openCodeField: 'a request header that only opencode sends',
  codexAnswer: 'a message that only the Codex app-server sends',
  qwenAnswer: 'an answer that names the version of Qwen Code',
  agentCard: 'an A2A agent card',
  agentTask: 'an A2A task',
  geminiAgent: 'an A2A agent card with the name of Gemini CLI',
  chatRequest: 'a request to a model whose answer is compressed',
  serverName: 'a server name behind TLS that is made of the name of a model server',
  noCredentials: 'an answer to a request without a key, token or cookie',
} as const satisfies Readonly<Record<string, string>>;
export type ServiceSign = keyof typeof SIGN_WORDS;

/** Signs as words of windows and reports. */
export const SERVICE_SIGNS = Object.keys(SIGN_WORDS) as readonly ServiceSign[];

/** Returns the sign itself if only a newer version knows it. */
export const signWords = (sign: string): string => (SIGN_WORDS as Record<string, string>)[sign] ?? sign;
