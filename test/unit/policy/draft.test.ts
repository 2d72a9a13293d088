import { describe, expect, it } from 'vitest';
import { catalogueFacts } from '../../../src/catalogue/policy-facts.ts';
import { loadCatalogue } from '../../../src/files/catalogue-files.ts';
import { PROVIDER_KINDS } from '../../../src/model/catalogue-words.ts';
import { parseNetwork } from '../../../src/net/address.ts';
import { draftPolicy, type PolicyWish } from '../../../src/policy/draft-policy.ts';
import { parsePolicy } from '../../../src/policy/parse-policy.ts';
import { runPolicyTests } from '../../../src/policy/policy-tests.ts';

const facts = catalogueFacts(await loadCatalogue());
const everyTool = facts.tools
  .filter(({ kind }) => !PROVIDER_KINDS.some((each) => each === kind))
  .map(({ id }) => id);
const networks = (...texts: readonly string[]) => texts.flatMap((text) => parseNetwork(text) ?? []);
const ban: PolicyWish = { ban: ['claude-code'], allow: [], from: '2026-07-10', exempt: [], timezone: 'UTC' };

const wishes: { name: string; wish: PolicyWish; tests: number }[] = [
  { name: 'a ban', wish: ban, tests: 2 },
  {
    name: 'a ban with grace, in a zone',
    wish: { ...ban, graceUntil: '2026-07-13', timezone: 'Asia/Shanghai' },
    tests: 3,
  },
  { name: 'exempt networks', wish: { ...ban, exempt: networks('10.40.0.0/24', 'fd00:40::/32') }, tests: 4 },
  { name: 'everybody exempt', wish: { ...ban, exempt: networks('0.0.0.0/0') }, tests: 1 },
  { name: 'a chat', wish: { ...ban, ban: ['claude-app'] }, tests: 2 },
  {
    name: 'a day before a clock change',
    wish: { ...ban, from: '2026-10-25', timezone: 'Europe/Berlin' },
    tests: 2,
  },
  { name: 'an allow list', wish: { ...ban, ban: [], allow: ['qwen-code', 'opencode'] }, tests: 4 },
  {
    name: 'an allow list with grace and exempt networks',
    wish: {
      ...ban,
      ban: [],
      allow: ['qwen-code'],
      graceUntil: '2026-07-13',
      exempt: networks('10.40.0.0/24'),
    },
    tests: 5,
  },
  { name: 'a ban with an allow list', wish: { ...ban, allow: ['qwen-code'] }, tests: 5 },
  { name: 'a list of every tool', wish: { ...ban, ban: [], allow: everyTool }, tests: everyTool.length },
  { name: 'every tool that is known', wish: { ...ban, ban: everyTool }, tests: 2 * everyTool.length },
];

describe('a first policy', () => {
  it.each(wishes)('of $name is whole, and passes its own tests', ({ wish, tests }) => {
    const { policy, errors } = parsePolicy(draftPolicy(wish, facts), facts);
    expect(errors).toEqual([]);
    const results = policy === null ? [] : runPolicyTests(policy, facts);
    expect(results).toHaveLength(tests);
    expect(results.filter(({ passed }) => !passed)).toEqual([]);
  });
});
