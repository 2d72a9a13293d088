// Diagnoses: what failed between a host and a name, where, and what to do about it.

import { z } from 'zod';
import { CONFIDENCES } from './confidence.ts';
import { FAULTS, LEGS } from './faults.ts';
import type { Immutable } from './immutable.ts';

const count = z.number().int();

export const diagnosis = z
  .strictObject({
    host: z.string(),
    name: z.string().describe("server name, or the proxy's address where no name is known"),
    tools: z.array(z.string()).describe('IDs of the tools that use the name'),
    leg: z.enum(LEGS),
    fault: z.enum(FAULTS),
    confidence: z.enum(CONFIDENCES),
    placeConfidence: z.enum(CONFIDENCES).describe('of the place; with one capture point that of the fault'),
    firstSeen: z.string(),
    lastSeen: z.string(),
    failures: count.describe('connections, DNS questions or requests that failed so'),
    attempts: count.describe('all of them'),
    neverWorked: z.boolean().describe('no request to the name was answered in the period'),
    evidence: z.array(z.string()),
    against: z.array(z.string()),
    alike: z.array(z.enum(FAULTS)).describe('faults that would look the same'),
    advice: z.string(),
  })
  .meta({ title: 'Diagnosis of a host and a name' });
export type Diagnosis = Immutable<z.infer<typeof diagnosis>>;

export const checkedName = z
  .strictObject({ host: z.string(), name: z.string(), attempts: count })
  .meta({ title: 'Name that was tried and showed no fault' });
export type CheckedName = Immutable<z.infer<typeof checkedName>>;

export interface DiagnosisResult {
  readonly diagnoses: readonly Diagnosis[];
  /** Names that were tried and showed no fault. */
  readonly checked: readonly CheckedName[];
}
