// Describes the state of a sensor for administrators of the fleet: one schema. Import types only where no schema is
// needed.

import { z } from 'zod';

const count = z.number().int().nonnegative();
const time = z.string();
const text = z.string().nullable();

export const fleetSensor = z
  .strictObject({
    sensor: z.string(),
    first: time.nullable().describe('start of its first window'),
    last: time.nullable().describe('end of its last window'),
    lagSeconds: z.number().nullable().describe('from its last window to the time of the request'),
    windows: count,
    coverage: z
      .number()
      .min(0)
      .max(1)
      .nullable()
      .describe('share of the time from its first to its last window that has windows'),
    packets: count,
    kernelDrops: count,
    program: text.describe('version of its program'),
    catalogue: text.describe('version of its catalogue'),
    policy: text.describe('SHA-256 of the policy that it evaluates by'),
    signedConfig: z
      .strictObject({ revision: count, sha256: z.string() })
      .nullable()
      .describe('signed configuration in force'),
    keptFrom: text.describe('first UTC day in its spool; null if not reported'),
    clockAheadSeconds: z.number().nullable(),
    arrived: time.nullable().describe('time of its last delivery'),
    keepsName: z.boolean().describe('it has the same name in every run'),
    state: z.enum(['delivering', 'silent', 'ended', 'never']),
    refused: z
      .strictObject({ windows: count, last: time, reason: z.string() })
      .nullable()
      .describe('rejected windows under its name; the reason is that of the last one'),
  })
  .readonly();
export type FleetSensor = z.infer<typeof fleetSensor>;
export type FleetSensorState = FleetSensor['state'];
