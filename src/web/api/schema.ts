// What the interface for programs answers, for its description: parts of the documents of src/model. Strict: the test that
// compares answers with it finds a field that is not here.

import { z } from 'zod';
import { fleetSensor } from '../../model/fleet.ts';
import {
  comparison,
  coverage,
  finding,
  head,
  host,
  notVisible,
  policy,
  report,
  stats,
  summary,
  tool,
} from '../../model/report.ts';

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
  Sensors: z.strictObject({ wiretally: z.string(), at: z.string(), sensors: z.array(fleetSensor) }),
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
