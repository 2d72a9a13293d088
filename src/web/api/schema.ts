// The shapes of what the interface for programs answers, for its description. Strict: a field that is not here fails the
// test that holds the answers against it. What the fields mean stands in docs/report-json.md.

import { z } from 'zod';
import { TOOL_SUMS } from '../../model/usage.ts';
import {
  BREAKDOWNS,
  COMPARISON_LIMITS,
  NOT_VISIBLE_KINDS,
  VERDICT_LIMITS,
  VERDICT_WORDS,
} from '../../model/words.ts';
import { mapFields } from '../../window/sums.ts';

const count = z.number().int().nonnegative();
const share = z.number().min(0).max(1);
const time = z.string();
const date = z.string();
const range = z.strictObject({ min: z.number(), max: z.number(), isOpen: z.literal(true).optional() });
const confidence = z.enum(['certain', 'likely', 'possible']);

const evidence = z.strictObject({
  kind: z.enum(['name', 'dns', 'proxy', 'network', 'fingerprint', 'pair', 'companion']),
  rule: z.string(),
  detail: z.string(),
  for: z.boolean(),
  first: time,
  last: time,
  flows: count,
  communityIds: z.array(z.string()),
});

const amounts = mapFields(TOOL_SUMS, () => count);

/** First and last version; null: open to that side. */
const versions = z.array(z.tuple([z.string().nullable(), z.string().nullable()]));
const severity = z.enum(['info', 'low', 'medium', 'high', 'critical']);

const builds = z.strictObject({
  starts: count,
  placed: count,
  days: z.array(z.strictObject({ date, spans: versions, state: z.enum(['placed', 'partly', 'cannotSay']) })),
});

const toolUse = z.strictObject({
  tool: z.string(),
  name: z.string(),
  vendor: z.string(),
  kind: z.string(),
  confidence,
  firstSeen: time,
  lastSeen: time,
  firstSeenEver: time,
  activeMinutes: count.nullable(),
  ...amounts,
  modelPayloadUp: z.number().nullable(),
  requests: range.nullable(),
  prompts: range.nullable(),
  sessions: count.nullable(),
  telemetry: z
    .strictObject({
      payloadUp: z.number(),
      min: z.number(),
      max: z.number(),
      share: share.nullable(),
      method: z.enum(['name', 'exchange']),
    })
    .nullable(),
  withheld: z.array(z.strictObject({ field: z.string(), reason: z.string() })),
  calibration: z.string().optional(),
  days: z.array(
    z.strictObject({
      date,
      activeMinutes: count.nullable(),
      flows: count,
      bytesUp: count,
      bytesDown: count,
      confidence,
    }),
  ),
  names: z.array(
    z.strictObject({
      name: z.string(),
      role: z.string(),
      specificity: z.enum(['tool', 'vendor', 'shared']),
      ...amounts,
    }),
  ),
  fingerprints: z.array(
    z.strictObject({
      ja4: z.string(),
      ja3: z.string(),
      alpn: z.array(z.string()),
      runtime: z.string().nullable(),
      flows: count,
    }),
  ),
  builds: builds.optional(),
  evidence: z.array(evidence),
  sensors: z.array(z.string()).optional(),
});

const notVisible = z.strictObject({
  kind: z.enum(NOT_VISIBLE_KINDS),
  flows: count,
  bytes: count,
  share,
  first: time.nullable(),
  last: time.nullable(),
  effect: z.string().optional(),
});

const host = z.strictObject({
  host: z.string(),
  identity: z.enum(['address', 'mac', 'pseudonym']),
  mac: z.string().nullable(),
  name: z.string().nullable(),
  addresses: z.array(z.string()).optional(),
  groups: z.array(z.string()),
  bytes: count,
  flows: count,
  presence: z.array(date),
  tools: z.array(toolUse),
  providers: z.array(toolUse),
  notVisible: z.array(notVisible),
  severalMachines: z.literal(true).optional(),
  behindRouter: z.literal(true).optional(),
  sameMachine: z.array(z.string()).optional(),
});

const tool = z.strictObject({
  tool: z.string(),
  name: z.string(),
  vendor: z.string(),
  kind: z.string(),
  hosts: count,
  hostsByConfidence: z.strictObject({ certain: count, likely: count, possible: count }),
  hostsByDay: z.array(z.strictObject({ date, hosts: count })),
  ...amounts,
  activeMinutes: count.nullable(),
  requests: range.nullable(),
  telemetryPayloadUp: z.number().nullable(),
  modelPayloadUp: z.number().nullable(),
  suppressed: z.literal(true).optional(),
});

const finding = z.strictObject({
  id: z.string(),
  rule: z.string(),
  rev: z.number().int(),
  host: z.string(),
  tool: z.string(),
  result: z.enum(['violation', 'grace', 'suspected', 'updateOnly', 'telemetryOnly', 'exempt']),
  severity,
  confidence,
  first: time,
  last: time,
  days: z.array(date).optional(),
  activeMinutes: count.nullable(),
  requests: range.nullable(),
  payloadUp: count,
  exception: z.string().nullable(),
  evidence: z.array(evidence),
  against: z.array(evidence),
  next: z.string(),
  references: z.array(z.string()),
  sensors: z.array(z.string()).optional(),
  provisionalUntil: time.optional(),
});

const policy = z.strictObject({
  name: z.string(),
  sha256: z.string(),
  timezone: z.string(),
  rules: z.array(
    z.strictObject({
      id: z.string(),
      rev: z.number().int(),
      title: z.string(),
      action: z.enum(['deny', 'allow', 'observe']),
      announced: time.nullable(),
      effective: time.nullable(),
      graceUntil: time.nullable(),
      owner: z.string().nullable(),
      tools: z.array(z.string()).optional(),
      toolNames: z.array(z.string()).optional(),
    }),
  ),
});

const ruleSummary = z.strictObject({
  rule: z.string(),
  verdict: z.enum(VERDICT_WORDS),
  observed: z.strictObject({ since: time, until: time, seconds: z.number(), share }).nullable(),
  reasons: z.array(
    z.strictObject({
      reason: z.enum(VERDICT_LIMITS),
      since: time.optional(),
      until: time.nullable().optional(),
      share: share.optional(),
      detail: z.string().optional(),
    }),
  ),
  inScope: count,
  hostsSeen: count,
  hostsDark: count,
  darkShare: share.nullable(),
  concerned: count,
  before: count,
  grace: count,
  after: count,
  suspected: count,
  exempt: count,
  notSeenSince: count,
  beforeAnnounced: count.nullable().optional(),
  changes: z
    .strictObject({
      stopped: z.array(z.string()),
      wentOn: z.array(z.string()),
      began: z.array(z.string()),
    })
    .optional(),
  earlier: z.array(z.strictObject({ host: z.string(), tool: z.string(), days: z.array(date) })).optional(),
});

const summary = z.strictObject({ rules: z.array(ruleSummary) });
const period = z.strictObject({ since: time.nullable(), until: time.nullable(), timezone: z.string() });

const stats = z.strictObject({
  packets: count,
  bytes: count,
  flows: count,
  clientHellos: z.strictObject({ complete: count, incomplete: count }),
  malformed: z.record(z.string(), count),
  snaplenCut: count,
  evictedFlows: count,
  kernelDrops: count,
});

const coverage = z.strictObject({
  date,
  packets: count,
  kernelDrops: count,
  gaps: z.array(z.strictObject({ from: time, to: time.nullable(), reason: z.string() })),
});

const change = z.strictObject({
  before: z.number().nullable(),
  after: z.number().nullable(),
  difference: z.number().nullable(),
  perDay: z.strictObject({ before: z.number().nullable(), after: z.number().nullable() }).optional(),
});
const rangeChange = z.strictObject({
  before: range.nullable(),
  after: range.nullable(),
  difference: range.nullable(),
});
const changes = {
  activeMinutes: change,
  requests: rangeChange,
  bytesUp: change,
  bytesDown: change,
  telemetryPayloadUp: rangeChange,
  violations: change.nullable(),
};
const comparedSpan = z.strictObject({
  since: time,
  until: time,
  seconds: z.number(),
  observedSeconds: z.number(),
  sensors: z.array(z.string()),
  hosts: count,
  lossShare: share,
  notVisibleShare: share,
});
const hostState = z.enum(['used', 'possible', 'notSeen', 'absent', 'unknown']);
const names = z.array(z.string()).nullable();
const comparison = z.strictObject({
  before: comparedSpan,
  after: comparedSpan,
  isComparable: z.boolean(),
  limits: z.array(
    z.strictObject({
      limit: z.enum(COMPARISON_LIMITS),
      span: z.enum(['before', 'after']).nullable(),
      share: share.optional(),
      names: z.array(z.string()).optional(),
    }),
  ),
  all: z.strictObject({ hosts: change, ...changes }),
  tools: z.array(
    z.strictObject({
      tool: z.string(),
      name: z.string(),
      isProvider: z.boolean(),
      hosts: change,
      ...changes,
      newHosts: names,
      goneHosts: names,
      absentHosts: names,
      suppressed: z.literal(true).optional(),
    }),
  ),
  hosts: z.array(
    z.strictObject({
      host: z.string(),
      name: z.string().nullable(),
      groups: z.array(z.string()),
      before: hostState,
      after: hostState,
      ...changes,
      newTools: names,
      goneTools: names,
    }),
  ),
});

const breakdown = z.strictObject({
  by: z.enum(BREAKDOWNS),
  rows: z.array(
    z.strictObject({
      key: z.string(),
      label: z.string(),
      hosts: count,
      tools: count,
      flows: count,
      bytesUp: count,
      bytesDown: count,
      payloadUp: count,
      activeMinutes: count.nullable(),
      requests: range.nullable(),
      modelPayloadUp: z.number().nullable(),
      telemetryPayloadUp: z.number().nullable(),
      telemetryShare: share.nullable(),
      notVisibleShare: share.nullable(),
    }),
  ),
});

const twoCounts = z.strictObject({ before: count, after: count });
const trend = z.strictObject({
  since: time,
  until: time,
  hosts: twoCounts,
  bytes: twoCounts,
  newTools: z.array(z.string()),
  newHosts: z.array(z.string()),
  goneTools: z.array(z.string()),
  goneHosts: z.array(z.string()),
  movers: z.array(z.strictObject({ tool: z.string(), name: z.string(), before: count, after: count })),
});

const advisory = z.strictObject({
  id: z.string(),
  title: z.string(),
  tool: z.string(),
  affected: versions,
  severity,
  sources: z.array(z.string()),
  action: z.string(),
});

const exposure = z.strictObject({
  advisory: z.string(),
  host: z.string(),
  tool: z.string(),
  days: z.array(
    z.strictObject({ date, answer: z.enum(['ran', 'may', 'notSeen', 'cannotSay']), spans: versions }),
  ),
});

const capture = z.strictObject({
  file: z.string(),
  packets: count,
  bytes: count,
  firstPacket: time.nullable(),
  lastPacket: time.nullable(),
  linkTypes: z.array(z.number().int()),
  truncated: z.boolean(),
  clockBackSeconds: z.number().optional(),
  error: z.strictObject({ offset: count, reason: z.string() }).optional(),
});

/** Of the part that was asked for. */
const head = { wiretally: z.string(), catalogue: z.string(), period };

const report = z.strictObject({
  schema: z.literal(1),
  ...head,
  generated: time.nullable(),
  command: z.string(),
  sensor: z.string().nullable(),
  sensors: z
    .array(
      z.strictObject({
        sensor: z.string(),
        first: time.nullable(),
        last: time.nullable(),
        windows: count,
        hours: z.number(),
        silent: z.array(z.strictObject({ from: time, to: time })),
      }),
    )
    .optional(),
  outsideNetworks: z.array(z.strictObject({ sensor: z.string(), hosts: count })).optional(),
  observedBy: z.array(z.strictObject({ sensor: z.string(), first: time, last: time })).optional(),
  recordsFrom: time.nullable(),
  down: z.array(z.strictObject({ interface: z.string(), since: time })).optional(),
  selection: z
    .strictObject({
      hosts: z.array(z.string()),
      groups: z.array(z.string()),
      tools: z.array(z.string()),
      toolNames: z.array(z.string()),
    })
    .optional(),
  interrupted: z.literal(true).optional(),
  clockErrors: z.strictObject({ days: count, packets: count }).optional(),
  withheld: z.strictObject({ hosts: count, leastHosts: count }).optional(),
  incomplete: z
    .array(
      z.strictObject({ file: z.string(), reason: z.enum(['cut', 'unread']), lastPacket: time.nullable() }),
    )
    .optional(),
  captures: z.array(capture),
  stats,
  coverage: z.array(coverage),
  hosts: z.array(host),
  tools: z.array(tool),
  notVisible: z.array(notVisible),
  breakdown: breakdown.optional(),
  trend: trend.optional(),
  comparison: comparison.optional(),
  policy: policy.optional(),
  summary: summary.optional(),
  findings: z.array(finding).optional(),
  advisories: z.array(advisory).optional(),
  exposure: z.array(exposure).optional(),
});

const fleetSensor = z.strictObject({
  sensor: z.string(),
  first: time.nullable(),
  last: time.nullable(),
  lagSeconds: z.number().nullable(),
  windows: count,
  coverage: share.nullable(),
  packets: count,
  kernelDrops: count,
  program: z.string().nullable(),
  catalogue: z.string().nullable(),
  policy: z.string().nullable(),
  signedConfig: z.strictObject({ revision: count, sha256: z.string() }).nullable(),
  keptFrom: z.string().nullable(),
  clockAheadSeconds: z.number().nullable(),
  arrived: time.nullable(),
  keepsName: z.boolean(),
  state: z.enum(['delivering', 'silent', 'ended', 'never']),
  refused: z.strictObject({ windows: count, last: time, reason: z.string().nullable() }).nullable(),
});

export const ANSWERS = {
  Report: report,
  Hosts: z.strictObject({ ...head, hosts: z.array(host) }),
  Host: z.strictObject({ ...head, host, findings: z.array(finding).optional() }),
  Tools: z.strictObject({ ...head, tools: z.array(tool) }),
  Tool: z.strictObject({
    ...head,
    tools: z.array(tool),
    hosts: z.array(host),
    findings: z.array(finding).optional(),
  }),
  Findings: z.strictObject({
    ...head,
    policy: policy.optional(),
    summary: summary.optional(),
    findings: z.array(finding),
  }),
  Compare: z.strictObject({ ...head, comparison }),
  NotVisible: z.strictObject({
    ...head,
    stats,
    coverage: z.array(coverage),
    notVisible: z.array(notVisible),
  }),
  Sensors: z.strictObject({ wiretally: z.string(), at: time, sensors: z.array(fleetSensor) }),
  Status: z.strictObject({
    wiretally: z.string(),
    isReady: z.boolean(),
    trouble: z.string().nullable(),
    version: z.string(),
  }),
  Refusal: z.strictObject({
    error: z.strictObject({ status: z.number().int(), what: z.string(), next: z.string().nullable() }),
  }),
} as const;

export type AnswerName = keyof typeof ANSWERS;
