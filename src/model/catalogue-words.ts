// Lists the words of the catalogue: roles of names, kinds of tools, and how specific a name is.

/** Id of the provider entry for unlisted names that programs with the runtime of an agent contact. */
export const RELAY_ID = 'relay';

export const ROLES = [
  'inference',
  'auth',
  'telemetry',
  'update',
  'marketplace',
  'web',
  'docs',
  'mcp',
  'cdn',
  'relay',
] as const;

export type Role = (typeof ROLES)[number];

/** Roles of names that receive requests to a model. */
export const REQUEST_ROLES: ReadonlySet<string> = new Set<Role>(['inference', 'relay']);
/** Roles whose exchanges are classified, which is the basis of estimates. */
export const ESTIMATED_ROLES: ReadonlySet<string> = new Set<Role>(['inference', 'relay', 'telemetry']);

export const TOOL_KINDS = [
  'cli',
  'ide',
  'ide-extension',
  'remote-control',
  'agent',
  'chat',
  'api',
  'gateway',
  'local-runtime',
  'model-hub',
] as const;

export type ToolKind = (typeof TOOL_KINDS)[number];

/**
 * Many programs use these kinds: a report has a row for the provider, and a policy can only raise suspected findings
 * from them.
 */
export const PROVIDER_KINDS: readonly ToolKind[] = ['api', 'gateway', 'local-runtime', 'model-hub'];

/**
 * Kinds of programs on a host. Other programs can call the APIs of their vendors, so a row of one does not prove the
 * program.
 */
export const PROGRAM_KINDS: ReadonlySet<string> = new Set<ToolKind>([
  'cli',
  'ide',
  'ide-extension',
  'remote-control',
]);

/** tool: only this tool uses the name; vendor: any product of the vendor uses it; shared: a third party owns it. */
export const SPECIFICITIES = ['tool', 'vendor', 'shared'] as const;

export type Specificity = (typeof SPECIFICITIES)[number];

/** Kinds of AI services on local networks. */
export const SERVICE_CLASSES = [
  'ollama',
  'openai-compatible',
  'anthropic-relay',
  'mcp',
  'agent-server',
  'other',
] as const;

export type ServiceClass = (typeof SERVICE_CLASSES)[number];
