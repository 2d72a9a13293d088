// Findings of a live day: each is raised and confirmed once, and raised again on another day.

import { expect, it } from 'vitest';
import { catalogueFacts } from '../../../src/catalogue/policy-facts.ts';
import { loadCatalogue } from '../../../src/files/catalogue-files.ts';
import { LivePolicyCheck } from '../../../src/live/alerts/live-policy-check.ts';
import { policyHeader } from '../../../src/policy/header.ts';
import { loadPolicy } from '../../../src/policy/parse-policy.ts';
import { exchange, FORMS, row, START, window } from '../attribution/rows.ts';

const DAY_SECONDS = 86_400;
const catalogue = await loadCatalogue([]);
const facts = catalogueFacts(catalogue);
const policy = loadPolicy(
  `version: 1
name: p
timezone: UTC
rules:
  - { id: R1, title: t, match: { tools: [factory] }, action: deny, evidence: { confidence: likely, minRequests: 0 } }
`,
  'policy.yaml',
  facts,
);

it('are raised once a day, and confirmed once', async () => {
  const raised: string[] = [];
  const check = new LivePolicyCheck(
    { policy, header: policyHeader(policy, 'one', facts), catalogue },
    {
      ...{ sensor: 'span-1', wiretally: '0.0.0', pseudonymOf: null, say: () => undefined },
      raise: async ({ id }) => {
        raised.push(id);
      },
    },
  );
  for (const afterSeconds of [0, 60, 120, DAY_SECONDS]) {
    const firstUs = (START + afterSeconds) * 1_000_000;
    const times = { firstUs, lastUs: firstUs + 20_000_000, helloTimesUs: [firstUs] };
    const used = row('api.factory.ai', FORMS.bun1313a, { ...times, exchanges: [exchange()] });
    check.add([window([used], [], START + afterSeconds)]);
    await check.settled();
  }
  expect(raised.map((id) => id.split('/').slice(4).join('/'))).toEqual([
    'violation/2026-07-02',
    'confirmed/2026-07-02/0',
    'violation/2026-07-03',
  ]);
});
