// The profile of a tool, printed by `profile --format json` and read back as a baseline: one schema. Import types only where
// no schema is needed.

import { z } from 'zod';
import { ROLES, SPECIFICITIES } from './catalogue-words.ts';
import { CONFIDENCES } from './confidence.ts';
import type { Immutable } from './immutable.ts';

const count = z.number().int().nonnegative();
const share = z.number().min(0).max(1).nullable();
const words = z.array(z.string());
const range = z.object({ min: z.number(), max: z.number(), isOpen: z.literal(true).exactOptional() });

const phaseSum = z.object({ exchanges: count, bytesUp: count });
export type PhaseSum = Immutable<z.infer<typeof phaseSum>>;

/** Every exchange, by the time at which it was sent; a model request is activity itself. */
const cadence = z.object({ start: phaseSum, activity: phaseSum, idle: phaseSum, exit: phaseSum });
export type UsePhase = keyof z.infer<typeof cadence>;

const profileName = z.object({
  name: z.string(),
  role: z.enum(ROLES),
  specificity: z.enum(SPECIFICITIES),
  /** "http/1.1", "h2", "websocket", "h3", "http", or "unknown". */
  protocols: words,
  flows: count,
  bytesUp: count,
  bytesDown: count,
  payloadUp: count,
  payloadDown: count,
  requests: range,
  /** Null where telemetry and requests are indistinguishable. */
  telemetryPayloadUp: z.number().nullable(),
  cadence,
});
export type ProfileName = Immutable<z.infer<typeof profileName>>;

export const toolProfile = z.object({
  schema: z.literal(1),
  tool: z.string(),
  name: z.string(),
  vendor: z.string(),
  catalogue: z.string(),
  confidence: z.enum(CONFIDENCES).nullable(),
  hosts: count,
  periods: count,
  requests: range,
  modelPayloadUp: z.number(),
  telemetry: z.object({ payloadUp: z.number(), share, min: z.number(), max: z.number() }),
  /** Traffic while the user is idle. */
  idle: z.object({ bytesUp: count, exchanges: count, names: words }),
  runtimes: words,
  names: z.array(profileName),
  relay: z.object({
    /** The capture shows model requests to a name that is not of the vendor. */
    inUse: z.boolean(),
    /** Names that stay visible next to a relay: seen next to one in use, otherwise all that are not of the model. */
    visible: words,
  }),
});
export type ToolProfile = Immutable<z.infer<typeof toolProfile>>;
