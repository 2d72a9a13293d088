// Describes the health of connections over time: attempts, passed and stopped connections, their places and delays.

import { z } from 'zod';
import { STEPS } from '../time/steps.ts';
import { LEGS } from './faults.ts';
import type { Immutable } from './immutable.ts';
import type { OutcomeCell } from './usage.ts';

export interface StepCells {
  readonly startSeconds: number;
  readonly cells: readonly OutcomeCell[];
}

const count = z.number().int();

const delay = z
  .strictObject({
    fromMs: z.number().describe('lower bound; the value is above it'),
    toMs: z.number().nullable().describe('upper bound; null: above 60 s'),
  })
  .meta({ title: 'Delay, as the bucket that it lies in' });
export type DelayFigure = Immutable<z.infer<typeof delay>>;

export const latency = z
  .strictObject({
    measured: count.describe('connections with this delay'),
    median: delay,
    p95: delay.describe('95 % of the connections were not slower'),
  })
  .meta({ title: 'Latency' });
export type Latency = Immutable<z.infer<typeof latency>>;

const results = {
  passed: count.describe('connections that carried a request'),
  stopped: count.describe('connections that ended before the first request'),
  unresolved: count.describe('DNS queries without an address'),
};

const step = z
  .strictObject({
    start: z.string(),
    ...results,
    connection: delay.nullable().describe('median; null: not measured'),
    answer: delay.nullable().describe('median; null: not measured'),
  })
  .meta({ title: 'One quarter hour or day' });
export type HealthAt = Immutable<z.infer<typeof step>>;

const figures = {
  hosts: count,
  tried: count.describe('`passed`, `stopped`, `unresolved` and `undecided`'),
  ...results,
  undecided: count.describe('connections whose end was not seen'),
  stoppedAt: z
    .array(z.strictObject({ leg: z.enum(LEGS).nullable(), count }))
    .describe('`stopped` and `unresolved` by place ([diagnose.md](diagnose.md#places)); null: not known'),
  connection: latency.nullable().describe('from the SYN to its answer; null: not measured'),
  answer: latency.nullable().describe('from the first request to its answer; null: not measured'),
  segments: count.describe('TCP segments with data'),
  repeated: count.describe('of these, sent again or missing at first'),
  steps: z.array(step).describe('sorted by time; without steps in which nothing was tried'),
};

const sums = z.strictObject(figures).meta({ title: 'Health of all shown connections' });
const ofTool = z
  .strictObject({ tool: z.string(), name: z.string().describe('displayed name'), ...figures })
  .meta({ title: 'Health of a tool' });
const ofName = z
  .strictObject({ name: z.string(), tools: z.array(z.string()), ...figures })
  .meta({ title: 'Health of a server name' });
export type HealthSums = Immutable<z.infer<typeof sums>>;
export type ToolHealth = Immutable<z.infer<typeof ofTool>>;
export type NameHealth = Immutable<z.infer<typeof ofName>>;

export const health = z
  .strictObject({
    step: z.enum(STEPS),
    total: sums,
    tools: z.array(ofTool).describe('a name of several tools counts for each'),
    names: z.array(ofName),
    suppressed: count.describe('rows of too few hosts, which are left out'),
  })
  .meta({ title: 'Health of connections' });
export type Health = Immutable<z.infer<typeof health>>;
