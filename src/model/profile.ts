// Describes the profile of a tool: the schema that `profile --format json` prints and that is read back as a baseline.
// Import types only where no schema is needed.

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

/** Every exchange, by the time at which it was sent. A model request itself counts as activity. */
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
  /** Null if telemetry and requests are indistinguishable. */
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
    /** The capture contains model requests to a name that does not belong to the vendor. */
    inUse: z.boolean(),
    /**
     * Names that stay visible with a relay: observed next to a relay in use, otherwise all names without a model role.
     */
    visible: words,
  }),
});
export type ToolProfile = Immutable<z.infer<typeof toolProfile>>;

/** Degrees in which a tool needs a name for its work. */
export const ALLOW_NEEDS = ['needed', 'optional', 'update', 'telemetry'] as const;
export type AllowNeed = (typeof ALLOW_NEEDS)[number];

const time = z.string();

const listedName = z.strictObject({
  name: z.string().describe('server name; with `*` for a part of it'),
  need: z.enum(ALLOW_NEEDS),
  role: z.enum(ROLES),
  recordings: count.describe('recordings of the tool in which it was contacted'),
  stopped: count.describe('recordings in which it was not reachable, and the tool did no work'),
  hosts: count
    .nullable()
    .describe('hosts of the source that contacted it, with any program; null: windows do not keep the name'),
  lastSeen: time.nullable(),
});
export type ListedName = Immutable<z.infer<typeof listedName>>;

const listEntry = z.strictObject({
  line: count,
  name: z.string(),
  need: z
    .enum([...ALLOW_NEEDS, 'dead'])
    .nullable()
    .describe(
      'the most of the names that it covers; dead: no current version uses it; null: no name of the tool',
    ),
  ended: z.string().nullable().describe('of a dead name: day since which no current version uses it'),
  lastSeen: time.nullable(),
  isUsed: z
    .boolean()
    .nullable()
    .describe(
      'false: no host contacted it, or not since the date of `since`; null: windows do not keep the name',
    ),
});

/** The document of `profile --allow-list --format json`. */
export const allowList = z.strictObject({
  schema: z.literal(1),
  tool: z.string(),
  name: z.string(),
  catalogue: z.string(),
  names: z.array(listedName),
  since: time.nullable().exactOptional().describe('with `--against`'),
  entries: z.array(listEntry).exactOptional().describe('with `--against`: lines of the list'),
  missing: words.exactOptional().describe('with `--against`: needed names that no line covers'),
});
export type AllowList = Immutable<z.infer<typeof allowList>>;
