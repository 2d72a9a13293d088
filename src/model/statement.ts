// Describes a statement of non-use, or that all use passed certain gateways: what it covers, what was observable, what
// was found, and one sentence.

import { z } from 'zod';
import { splitWords } from '../text/word-lists.ts';
import type { Immutable } from './immutable.ts';
import { NOT_VISIBLE_KINDS } from './window-words.ts';

const time = z.string();
const count = z.number().int().min(0);
const share = z.number().min(0).max(1);

export const acceptedTraffic = z.strictObject({
  kind: z.enum(NOT_VISIBLE_KINDS),
  to: z.array(z.string()).describe('as written in the policy'),
  bytes: count,
});
/** Hidden traffic that a line of a policy accepts. */
export type AcceptedTraffic = Immutable<z.infer<typeof acceptedTraffic>>;

/** Any of these prevents a statement of non-use. */
export const STATEMENT_LIMITS = splitWords(
  'used possible around unclear notUsed nearby unknownNames unlisted service runtime asked',
  'noHosts pseudonyms unobserved gap unread ignored interrupted cut loss sampled filtered',
  'excluded wrongLengths wrongTimes hidden hiddenVendor noAccount oneSided logs overflow',
);
export type StatementLimit = (typeof STATEMENT_LIMITS)[number];

const limits = z.strictObject({
  observed: share.describe('least share of the period that must be observed'),
  longestGapMinutes: z.number().min(0).describe('longest time without observation'),
  hiddenBytes: count.describe('most bytes of one host in a quarter hour that are not visible'),
  lostShare: share.describe('largest share of lost packets'),
  relays: z
    .enum(['hides', 'ignored'])
    .describe('whether requests to unlisted names that a relay may have answered prevent a statement'),
});
export type StatementLimits = Immutable<z.infer<typeof limits>>;

/** Default limits. Only a policy can relax them, so that no one does so by accident. */
export const STRICT_LIMITS: StatementLimits = {
  observed: 0.99,
  longestGapMinutes: 15,
  hiddenBytes: 10_000,
  lostShare: 0.001,
  relays: 'hides',
};

export const statement = z.strictObject({
  schema: z.literal(1),
  wiretally: z.string(),
  catalogue: z.string(),
  tool: z.string(),
  toolName: z.string(),
  scope: z.array(z.string()).describe('networks, addresses and groups; empty: every host'),
  period: z.strictObject({
    since: time,
    until: time,
    timezone: z.string().exactOptional().describe('zone of the times in `sentence`; absent: UTC'),
  }),
  limits,
  via: z
    .array(z.string())
    .optional()
    .describe('gateways that all traffic of the tool is said to have passed; absent: a statement of non-use'),
  result: z.enum(['notObserved', 'allPassed', 'noStatement']),
  sentence: z.string(),
  reasons: z.array(
    z.strictObject({ reason: z.enum(STATEMENT_LIMITS), hosts: count.optional(), detail: z.string() }),
  ),
  observed: z.strictObject({
    hours: z.number().describe('in which sensors that can see the scope were on'),
    share,
    longestGapMinutes: z.number(),
    gaps: z.array(z.strictObject({ from: time, to: time, reason: z.string() })),
  }),
  hosts: z.strictObject({
    seen: count,
    hidden: count.describe('with more hidden bytes than the limit'),
    hours: z
      .number()
      .describe('in which one of them was on the network: the sleep of a machine is not a gap'),
  }),
  accepted: z
    .array(acceptedTraffic)
    .optional()
    .describe('hidden bytes that the policy accepts, by line of `accept`; absent without any line'),
  advice: z.array(z.string()).optional().describe('what would make hidden traffic no reason'),
  bytes: z.strictObject({
    total: count,
    lookedInto: share.nullable().describe('or harmless by content; null without any bytes'),
    inside: count.describe('between local networks, not parsed: not covered by the statement'),
    notVisible: z.array(
      z.strictObject({ kind: z.enum(NOT_VISIBLE_KINDS), flows: count, bytes: count, share }),
    ),
  }),
  sensors: z.array(
    z.strictObject({
      sensor: z.string(),
      first: time.nullable().describe('begin of its first record in the period; null without any'),
      last: time.nullable().describe('end of its last record in the period; null without any'),
      packets: count,
      silent: z
        .array(z.strictObject({ from: time, to: time }))
        .optional()
        .describe('while other sensors of the fleet had records; absent without any'),
    }),
  ),
  conditions: z.array(z.string()).describe('what a statement never covers'),
  flows: z
    .strictObject({ through: count, around: count, unclear: count, unknown: count })
    .optional()
    .describe('with `via`: connections of the tool by path'),
  found: z.strictObject({
    uses: count.describe('hosts with use of the tool, certain or likely'),
    possible: count.describe('hosts on which it is possible'),
    telemetry: count.describe('hosts with telemetry or updates of the tool alone'),
    attempts: count.describe('hosts that called or asked for its names without a request that was seen'),
    nearby: count.describe(
      'hosts on which an unknown program used names of the tool, or a provider that it can use',
    ),
    unlisted: count.describe('hosts with large requests of an AI runtime to unlisted names'),
    services: count.describe('hosts that used an AI service of the own networks'),
    unknownNames: count.describe('hosts on which an AI runtime used names that no catalogue lists'),
  }),
});
export type Statement = Immutable<z.infer<typeof statement>>;
