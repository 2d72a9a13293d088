// Findings of a live day: each is raised and confirmed once, and raised again on another day.

import { describe, expect, it } from 'vitest';
import { catalogueFacts } from '../../../src/catalogue/policy-facts.ts';
import { loadCatalogue } from '../../../src/files/catalogue-files.ts';
import { LivePolicyCheck } from '../../../src/live/alerts/live-policy-check.ts';
import { policyHeader } from '../../../src/policy/header.ts';
import { loadPolicy } from '../../../src/policy/parse-policy.ts';
import { exchange, FORMS, row, START, smallCall, window } from '../attribution/rows.ts';

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
      ...{ sensor: 'span-1', wiretally: '0.0.0', pseudonymOf: null, print: () => undefined },
      wasRaised: () => false,
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

describe('of which nothing is left under a policy that comes later', () => {
  const other = loadPolicy(
    `version: 1\nname: p\ntimezone: UTC\nrules:\n  - { id: R1, title: t, match: { tools: [cline] }, action: deny }\n`,
    'policy.yaml',
    facts,
  );

  /** Ids of what a run raises. `known`: those of earlier runs. */
  async function raisedBy(known: readonly string[]): Promise<string[]> {
    const raised: string[] = [];
    const check = new LivePolicyCheck(
      { policy, header: policyHeader(policy, 'one', facts), catalogue },
      {
        ...{ sensor: 'span-1', wiretally: '0.0.0', pseudonymOf: null, print: () => undefined },
        wasRaised: (id) => known.includes(id),
        raise: async ({ id }) => {
          raised.push(id);
        },
      },
    );
    const calls = [500, 600, 700].map((bytesUp) => smallCall(bytesUp));
    check.add([window([row('api.factory.ai', FORMS.bun1313a, { exchanges: calls })])]);
    await check.settled();
    check.setPolicy({ policy: other, header: policyHeader(other, 'one', facts), catalogue });
    await check.settled();
    return raised;
  }

  it('are corrected', async () => {
    const [first, ...later] = await raisedBy([]);
    expect(first).toMatch(/\/(violation|suspected)\/2026-07-02$/);
    expect(later).toEqual(['R1/1/10.77.0.2/factory/corrected/2026-07-02/1']);
  });

  it.each(['violation', 'suspected'])('are not, where an earlier run saw a %s', async (result) => {
    const raised = await raisedBy([`R1/1/10.77.0.2/factory/${result}/2026-07-02`]);
    expect(raised.filter((id) => id.includes('corrected'))).toEqual([]);
  });
});
