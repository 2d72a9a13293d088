// Names that cases use, as the catalogue's sources give them. Data: a list may grow, its order changes the cases.

/** Names that only one tool uses, or that look so: what a monitor or a crawler would ask. */
export const OWN_NAMES = [
  'models.opencode.ai',
  'otel.cline.bot',
  'data.cline.bot',
  'app.cline.bot',
  'api.continue.dev',
  'hub.continue.dev',
  'ampcode.com',
  'app.factory.ai',
  'api.factory.ai',
  'telemetry.factory.ai',
  'api.augmentcode.com',
  'app.augmentcode.com',
  'd1.api.augmentcode.com',
  'api2.cursor.sh',
  'api3.cursor.sh',
  'authenticate.cursor.sh',
  'server.codeium.com',
  'api.roocode.com',
  'app.roocode.com',
  'app.warp.dev',
  'app.kiro.dev',
  'code.kimi.com',
  'ingest.kilosessions.ai',
  'app.kilo.ai',
  'catwalk.charm.land',
  'data.charm.land',
  'api.trae.ai',
  'update.tabnine.com',
  'api.githubcopilot.com',
  'copilot-proxy.githubusercontent.com',
  'downloads.claude.ai',
  'statsig.anthropic.com',
  'cli-chat-proxy.grok.com',
  'llm.zed.dev',
  'openapi.qoder.sh',
] as const;

/** Names of providers that any client may call. */
export const PROVIDER_NAMES = [
  'api.anthropic.com',
  'api.openai.com',
  'generativelanguage.googleapis.com',
  'api.x.ai',
  'dashscope.aliyuncs.com',
  'api.deepseek.com',
  'openrouter.ai',
  'api.mistral.ai',
  'api.groq.com',
] as const;

/** Names of tools' vendors that serve any client. */
export const GATEWAY_NAMES = [
  'api.kilo.ai',
  'opencode.ai',
  'api.cline.bot',
  'portal.qwen.ai',
  'apis.iflow.cn',
  'ollama.com',
  'api.commandcode.ai',
  'api.blackbox.ai',
  'api.v0.dev',
  'api.coze.com',
  'models.dev',
  'platform.claude.com',
] as const;

/** Pages that people read and chat on. */
export const SITE_NAMES = [
  'code.claude.com',
  'docs.cline.bot',
  'docs.augmentcode.com',
  'docs.factory.ai',
  'geminicli.com',
  'opencode.ai',
  'ampcode.com',
  'docs.continue.dev',
  'aider.chat',
  'docs.warp.dev',
  'docs.roocode.com',
  'platform.claude.com',
  'kiro.dev',
  'docs.windsurf.com',
] as const;

/** Names of tools that work with a key of the user: sites, settings and collectors, of which an agent may get a page. */
export const OWN_KEY_NAMES = [
  'pi.dev',
  'app.roocode.com',
  'clerk.roocode.com',
  'ph.roocode.com',
  'api.continue.dev',
  'auth.continue.dev',
  'proxy.continue.dev',
  'models.dev',
  'models.opencode.ai',
  'otel.cline.bot',
  'data.cline.bot',
  'api.cline.bot',
  'ingest.kilosessions.ai',
  'api.kilo.ai',
  'ingestion.claicode.com',
  'catwalk.charm.land',
  'data.charm.land',
] as const;
