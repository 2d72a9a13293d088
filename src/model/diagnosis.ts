// Describes diagnoses: the fault between a host and a name, its place, and its fix.

import { z } from 'zod';
import { CONFIDENCES } from './confidence.ts';
import { FAULTS, LEGS } from './faults.ts';
import { latency } from './health.ts';
import type { Immutable } from './immutable.ts';

const count = z.number().int();

/** degraded: the tool works, but late, slowly or after retries. */
export const EFFECTS = ['fails', 'degraded'] as const;

const step = z
  .strictObject({
    from: z.enum(LEGS),
    to: z.enum(LEGS),
    text: z.string(),
    afterMs: z.number().nullable().describe('since the first packet of the connection; null: not measured'),
    isLost: z.boolean().describe('neither acknowledged nor answered'),
  })
  .meta({ title: 'Packet that decides about a diagnosis' });
export type Step = Immutable<z.infer<typeof step>>;

const sequence = z
  .strictObject({
    of: z.enum(['connection', 'question', 'request']),
    count: count.describe('how many ran like this'),
    steps: z.array(step),
  })
  .meta({ title: 'Course of connections, DNS queries or requests that ended in the same way' });
export type Sequence = Immutable<z.infer<typeof sequence>>;

const triedOutcome = z
  .strictObject({ text: z.string(), count, firstSeen: z.string(), lastSeen: z.string() })
  .meta({ title: 'Outcome of connections or DNS queries to a name' });
export type TriedOutcome = Immutable<z.infer<typeof triedOutcome>>;

export const diagnosis = z
  .strictObject({
    host: z.string(),
    name: z.string().describe("server name, or the proxy's address where no name is known"),
    tools: z.array(z.string()).describe('IDs of the tools that use the name'),
    leg: z.enum(LEGS),
    fault: z.enum(FAULTS),
    effect: z.enum(EFFECTS).describe('degraded: requests were answered at the same time'),
    summary: z.string().describe('the fault in one sentence, without a full stop'),
    confidence: z.enum(CONFIDENCES),
    placeConfidence: z.enum(CONFIDENCES).describe('of the place; with one capture point that of the fault'),
    firstSeen: z.string(),
    lastSeen: z.string(),
    failures: count.describe('connections, DNS queries or requests that failed so'),
    attempts: count.describe('all of them'),
    neverWorked: z.boolean().describe('no request to the name was answered in the period'),
    evidence: z.array(z.string()),
    against: z.array(z.string()),
    alike: z.array(z.enum(FAULTS)).describe('faults that would look the same'),
    alternatives: z.array(z.string()).describe('each fault of `alike` in words, with what would then change'),
    advice: z.string(),
    servers: z.array(z.string()).describe('address and port of at most 8 servers, resolvers or proxies'),
    devices: z
      .array(z.string())
      .describe('address of each sender of ICMP messages; address and port of a proxy that was bypassed'),
    isProxied: z.boolean().describe('the connections went through a proxy: `servers` has its address'),
    outcomes: z
      .array(triedOutcome)
      .describe(
        'all connections and DNS queries to the name by their outcome, at most 20; those that worked as well',
      ),
    sequences: z.array(sequence).describe('drawn from outcomes: times are the shortest of the connections'),
  })
  .meta({ title: 'Diagnosis of a host and a name' });
export type Diagnosis = Immutable<z.infer<typeof diagnosis>>;

export const checkedName = z
  .strictObject({
    host: z.string(),
    name: z.string(),
    attempts: count,
    isLogged: z
      .boolean()
      .describe('known from logs alone: they state outcomes, and neither handshakes nor delays'),
  })
  .meta({ title: 'Name that was tried and showed no fault' });
export type CheckedName = Immutable<z.infer<typeof checkedName>>;

export const halfSeenName = z
  .strictObject({
    host: z.string(),
    name: z.string(),
    attempts: count,
    from: z.enum(['client', 'server']).describe('the side whose packets were captured'),
  })
  .meta({ title: 'Name whose packets were captured in one direction only: no fault can be excluded' });
export type HalfSeenName = Immutable<z.infer<typeof halfSeenName>>;

const nameState = z
  .strictObject({
    state: z.enum(['works', ...EFFECTS]),
    fault: z.enum(FAULTS).nullable(),
    leg: z.enum(LEGS).nullable(),
    tried: count,
    passed: count,
    connection: latency.nullable().describe('from the SYN to its answer; null: not measured'),
    answer: latency.nullable().describe('from the first request to its answer; null: not measured'),
  })
  .meta({ title: 'Name at one of two times' });
export type NameState = Immutable<z.infer<typeof nameState>>;

const nameChange = z
  .strictObject({
    name: z.string(),
    host: z.string(),
    change: z
      .enum(['stopped', 'moved', 'degraded', 'slower', 'works', 'faster'])
      .describe('moved: it fails at both times, with another fault or place'),
    before: nameState,
    after: nameState,
    from: z.string().describe('last connection or question before the change'),
    to: z.string().describe('first one after it'),
    summary: z.string().nullable().describe('the fault of the later time'),
  })
  .meta({ title: 'Change of a name of a host between two times' });
export type NameChange = Immutable<z.infer<typeof nameChange>>;

const comparison = z
  .strictObject({
    names: count.describe('pairs of a host and a name with a state at both times'),
    changes: z.array(nameChange),
    onlyBefore: z.array(z.string()).describe('names that were seen at the earlier time alone'),
    onlyAfter: z.array(z.string()).describe('names that were seen at the later time alone'),
  })
  .meta({ title: 'Comparison of two times' });
export type TimesCompared = Immutable<z.infer<typeof comparison>>;

export interface DiagnosisResult {
  readonly diagnoses: readonly Diagnosis[];
  /** Names with attempts and without a fault. */
  readonly checked: readonly CheckedName[];
  /** Names without a diagnosis, captured in one direction only. */
  readonly halfSeen: readonly HalfSeenName[];
  /** The comparison with an earlier time, if there was one. */
  readonly comparison?: TimesCompared;
}
