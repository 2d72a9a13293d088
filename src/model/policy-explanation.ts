// Defines the answer of `policy explain`: the rule that decides about a tool on a host at a time, and the reason why
// each other rule does not.

import { z } from 'zod';
import { SEVERITIES } from './findings.ts';
import type { Immutable } from './immutable.ts';

const time = z.string().describe('RFC 3339, UTC');

const membership = z.strictObject({
  group: z.string(),
  path: z
    .array(z.string())
    .describe(
      'from the group to the one inside it whose own lists name the host; the group alone where it does',
    ),
  by: z
    .enum(['cidr', 'mac', 'vlan', 'name', 'host', 'hostsFile'])
    .describe('list of that group which names the host'),
  value: z.string().nullable().describe('entry of that list; null for a hosts file'),
});
/** The entry through which a host is a member of a group. */
export type GroupMembership = Immutable<z.infer<typeof membership>>;

const explainedException = z.strictObject({
  id: z.string(),
  answer: z.enum(['applies', 'outsideScope', 'notYet', 'ended']),
  from: time.nullable(),
  until: time,
});
export type ExplainedException = Immutable<z.infer<typeof explainedException>>;

const explainedRule = z.strictObject({
  rule: z.string(),
  rev: z.number().int(),
  title: z.string(),
  action: z.enum(['deny', 'allow', 'observe']),
  answer: z
    .enum(['applies', 'otherTool', 'outsideScope', 'notYet', 'ended', 'afterOther'])
    .describe('why it decides or not; afterOther: another rule comes first'),
  before: z.string().nullable().describe('the rule that comes first; null for other answers'),
  effective: time.nullable().describe('null: always'),
  graceUntil: time.nullable(),
  until: time.nullable(),
  exceptions: z.array(explainedException).describe('exceptions from the rule'),
  text: z.string().describe('the answer in words'),
});
export type ExplainedRule = Immutable<z.infer<typeof explainedRule>>;

export const policyExplanation = z.strictObject({
  schema: z.literal(1),
  policy: z.string().describe('name of the policy'),
  host: z.string(),
  tool: z.string().nullable().describe('null: the question is about a service'),
  service: z.string().nullable(),
  at: time,
  groups: z.array(membership).describe('groups of the host, sorted'),
  excluded: z.boolean().describe('a group of the host is never recorded: no rule is asked'),
  rule: z.string().nullable().describe('the rule that decides; null: none does'),
  outcome: z
    .enum(['allowed', 'observed', 'grace', 'violation', 'bypass', 'exempt', 'notRecorded'])
    .describe('what use is then; bypass: use around the gateways of the rule'),
  severity: z.enum(SEVERITIES).nullable().describe('null if use does not create a finding'),
  exception: z.string().nullable().describe('the exception that applies'),
  default: z.enum(['allow', 'observe', 'deny']).describe('default of the policy'),
  rules: z.array(explainedRule).describe('in the order in which they are asked'),
});
export type PolicyExplanation = Immutable<z.infer<typeof policyExplanation>>;
