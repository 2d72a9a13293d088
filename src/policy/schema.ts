// Declares a policy file as one zod schema, from which the published JSON Schema is generated.

import { z } from 'zod';
import { ROLES, SERVICE_CLASSES, TOOL_KINDS } from '../model/catalogue-words.ts';
import { CONFIDENCES } from '../model/confidence.ts';
import { SEVERITIES } from '../model/findings.ts';
import { SERVICE_PRODUCTS } from '../model/services.ts';
import { ACCEPTED_KINDS } from '../model/window-words.ts';

export const id = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    'an id of letters, digits, ".", "_", "-", at most 64, starting with a letter or digit',
  );
export const text = z.string().min(1).max(500);
/** An id or a displayed name of the catalogue. */
export const tool = z.string().min(1).max(128);
export const dateTime = z
  .string()
  .regex(
    /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})?)?$/,
    'a date like 2026-07-10, or a time like 2026-07-10T09:00:00+08:00',
  );
const severity = z.enum(SEVERITIES);
const confidence = z.enum(CONFIDENCES);
const role = z.enum(ROLES);
const kind = z.enum(TOOL_KINDS);
const serviceClass = z.enum(SERVICE_CLASSES);
const product = z.enum([...SERVICE_PRODUCTS.keys()]);
const count = z.number().int().min(0).max(1_000_000);

export function oneOrMany<T extends z.ZodType>(item: T) {
  return z.union([item, z.array(item).min(1).max(10_000)]);
}

const scopeFields = {
  cidr: oneOrMany(z.string()).optional(),
  mac: oneOrMany(z.string()).optional(),
  vlan: oneOrMany(z.number().int().min(0).max(4094)).optional(),
  name: oneOrMany(z.string().min(1).max(253)).optional(),
  host: oneOrMany(z.string().min(1).max(253)).optional(),
};

const exampleScope = { cidr: ['10.20.0.0/16'] };
const scope = z
  .strictObject({ groups: oneOrMany(id).optional(), ...scopeFields })
  .meta({ examples: [exampleScope] });
const group = scope.extend({ exclude: z.boolean().optional() }).meta({ examples: [exampleScope] });

const toolSet = z.strictObject({
  tools: oneOrMany(tool).optional(),
  vendors: oneOrMany(text).optional(),
  kind: oneOrMany(kind).optional(),
  sets: oneOrMany(id).optional(),
});
const match = z
  .strictObject({
    tools: oneOrMany(tool).optional(),
    vendors: oneOrMany(text).optional(),
    kind: oneOrMany(kind).optional(),
    toolSet: oneOrMany(id).optional(),
    advisory: oneOrMany(id).optional(),
    /** AI services that hosts of the scope run. */
    services: z
      .union([
        z.literal('all'),
        z.strictObject({
          class: oneOrMany(serviceClass).optional(),
          product: oneOrMany(product).optional(),
          exposed: z.literal(true).optional(),
        }),
      ])
      .optional(),
  })
  .meta({ examples: [{ tools: ['claude-code'] }] });

const evidence = z.strictObject({
  confidence: confidence.optional(),
  roles: oneOrMany(role).optional(),
  minRequests: count.optional(),
  minActiveMinutes: count.optional(),
});

/** Gateways and proxies that the use must pass. */
const via = z
  .strictObject({
    cidr: oneOrMany(z.string()).optional(),
    host: oneOrMany(z.string().min(1).max(253)).optional(),
    name: oneOrMany(z.string().min(1).max(253)).optional(),
    /** Sensors that read the logs of these gateways. */
    log: oneOrMany(z.string().min(1).max(128)).optional(),
  })
  .meta({ examples: [{ cidr: ['10.0.0.5/32'] }] });

/** Common fields of rules. */
const ruleFields = {
  rev: z.number().int().min(1).max(100_000).optional(),
  scope: scope.optional(),
  announced: dateTime.optional(),
  effective: dateTime.optional(),
  until: dateTime.optional(),
  grace: z
    .strictObject({ until: dateTime, severity: severity.optional() })
    .meta({ examples: [{ until: '2026-07-13' }] })
    .optional(),
  severity: severity.optional(),
  evidence: z.union([id, evidence]).optional(),
  also: z
    .strictObject({
      telemetryOnly: severity.optional(),
      updateOnly: severity.optional(),
      relaySuspected: severity.optional(),
      attempted: severity.optional(),
    })
    .meta({ examples: [{ telemetryOnly: 'low' }] })
    .optional(),
  references: oneOrMany(text).optional(),
  owner: text.optional(),
};

const rule = z.strictObject({
  id,
  title: text,
  priority: z.number().int().min(-1000).max(1000).optional(),
  match,
  related: z.strictObject({ tools: oneOrMany(tool), result: z.literal('suspected') }).optional(),
  action: z.enum(['deny', 'allow', 'observe']),
  via: via.optional(),
  /** The telemetry of the allowed tools must be switched off. */
  telemetry: z.literal('off').optional(),
  /** Maximum bytes that a host may send to names of each tool. */
  upload: z
    .strictObject({
      above: z.string().regex(/^\d{1,6}(\.\d{1,3})? ?[kMG]B$/, 'a number of bytes like 5 MB'),
      per: z.enum(['hour', 'day']),
    })
    .optional(),
  ...ruleFields,
});

/** A default with dates: denies every tool or service that no other rule matches. */
const dated = z.strictObject({ action: z.literal('deny'), title: text.optional(), ...ruleFields });

const exception = z.strictObject({
  id,
  rule: id,
  scope,
  from: dateTime.optional(),
  until: dateTime,
  reason: text,
  approvedBy: text.optional(),
  ticket: text.optional(),
});

const test = z.strictObject({
  at: dateTime,
  host: z.string().min(1).max(253),
  name: z.string().min(1).max(253).optional(),
  mac: z.string().optional(),
  tool: tool.optional(),
  /** A service that the host runs, instead of a tool. */
  service: product.optional(),
  /** Server name of the remote MCP server that was called; the caller is `tool`, or an unknown program. */
  mcp: z.string().min(1).max(253).optional(),
  /** Hosts of other networks reach the service; only with `service`. */
  exposed: z.literal(true).optional(),
  confidence: confidence.optional(),
  requests: count.optional(),
  minutes: count.optional(),
  roles: oneOrMany(role).optional(),
  to: z.string().min(1).max(64).optional(),
  expect: z
    .string()
    .regex(
      /^(none|(violation|bypass|telemetrySent|uploaded|grace|suspected|updateOnly|telemetryOnly|exempt)(\/(info|low|medium|high|critical))?)$/,
      'none, or violation, bypass, telemetrySent, uploaded, grace, suspected, updateOnly, telemetryOnly, exempt, each with an optional "/severity"',
    ),
});

const days = z.number().int().min(1).max(36_500);

/** A policy file as written. */
export const policySchema = z.strictObject({
  version: z.literal(1),
  name: text,
  timezone: z.string().min(1).max(64),
  catalogue: z
    .string()
    .regex(/^>=\d{4}\.\d{1,2}(\.\d{1,4})?$/, 'a minimum catalogue version like ">=2026.11"')
    .optional(),
  privacy: z
    .strictObject({
      hosts: z.enum(['address', 'pseudonym']).optional(),
      minGroup: z.number().int().min(1).max(1000).optional(),
      retentionDays: z.strictObject({ windows: days.optional(), findings: days.optional() }).optional(),
    })
    .optional(),
  /** Hidden traffic that does not prevent verdicts and statements, by kind and destination. */
  accept: z
    .array(z.strictObject({ kind: z.enum(ACCEPTED_KINDS), to: oneOrMany(z.string().min(1).max(253)) }))
    .max(1000)
    .optional(),
  verdict: z
    .strictObject({ hiddenBytes: z.number().int().min(0).max(1_000_000_000_000).optional() })
    .optional(),
  /** Thresholds of statements of non-use. */
  attest: z
    .strictObject({
      observed: z.number().min(0.5).max(1).optional(),
      longestGapMinutes: z.number().min(0).max(1440).optional(),
      hiddenBytes: z.number().int().min(0).max(1_000_000_000).optional(),
      lostShare: z.number().min(0).max(0.05).optional(),
      relays: z.enum(['hides', 'ignored']).optional(),
    })
    .optional(),
  groups: z
    .record(id, group)
    .meta({ examples: [{ developers: exampleScope }] })
    .optional(),
  toolSets: z.record(id, toolSet).optional(),
  evidence: z.record(id, evidence).optional(),
  rules: z.array(rule).min(1).max(1000),
  default: z.union([z.enum(['deny', 'allow', 'observe']), dated]).optional(),
  /** The default for AI services of the local networks. */
  services: z.union([z.enum(['deny', 'allow', 'observe']), dated]).optional(),
  /** Allowed MCP servers: names of the catalogue, and networks. All others are denied. */
  mcp: z
    .strictObject({
      allow: z.array(z.string().min(1).max(253)).max(1000),
      title: text.optional(),
      ...ruleFields,
    })
    .optional(),
  exceptions: z.array(exception).max(10_000).optional(),
  tests: z.array(test).max(10_000).optional(),
});

export type PolicyFile = z.infer<typeof policySchema>;
export type ScopeFile = z.infer<typeof scope>;

/** Returns the JSON Schema (draft 2020-12) of a policy file, for editors. */
export function policyJsonSchema(): object {
  return {
    $id: 'https://wiretally.example/policy.schema.json',
    title: 'Wiretally policy',
    ...z.toJSONSchema(policySchema),
  };
}
