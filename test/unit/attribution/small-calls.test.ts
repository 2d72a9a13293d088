// Small calls to an API that answered nothing larger: questions of a few words, streams of a model, and lists of models.
import { describe, expect, it } from 'vitest';
import { attribute } from '../../../src/attribution/attribute.ts';
import { catalogueFacts } from '../../../src/catalogue/policy-facts.ts';
import { loadCatalogue } from '../../../src/files/catalogue-files.ts';
import { EXCHANGE_FLAGS, type UsageExchange } from '../../../src/model/usage.ts';
import { evaluate } from '../../../src/policy/evaluate.ts';
import { loadPolicy } from '../../../src/policy/parse-policy.ts';
import { listSubjects } from '../../../src/policy/subjects.ts';
import { openZone } from '../../../src/time/zone.ts';
import { exchange, FORMS, row, window } from './rows.ts';

const catalogue = await loadCatalogue([]);

function judge(...exchanges: readonly Partial<UsageExchange>[]) {
  const calls = exchanges.map((one, i) =>
    exchange({ bytesUp: 364, recordsUp: 2, largestUp: 200, startMs: 1000 + i * 5000, ...one }),
  );
  const rows = [row('api.anthropic.com', FORMS.node22Fetch, { exchanges: calls })];
  const [host] = attribute([window(rows)], catalogue, { zone: openZone('UTC') });
  const [use] = host?.providers.map((one) => one.use) ?? [];
  return { requests: use?.requests, isList: use?.evidence.some(({ rule }) => rule === 'model-list') };
}

const WORDS = { bytesDown: 12_800, recordsDown: 100, largestDown: 247, waitMs: 800, answerMs: 2000 };
const AT_ONCE = { ...WORDS, waitMs: 20, answerMs: 40 };
const LIST = { bytesDown: 12_800, recordsDown: 2, largestDown: 8000, waitMs: 20, answerMs: 5 };
const SHORT = { bytesDown: 500, recordsDown: 1, largestDown: 500, waitMs: 800, answerMs: 0 };

describe('small calls to an API', () => {
  it.each([
    ['answers in pieces over some time', [WORDS, WORDS, WORDS], { min: 3, max: 3 }, false],
    ['an answer in pieces at once', [AT_ONCE], { min: 0, max: 1 }, false],
    ['short answers', [SHORT, SHORT], { min: 0, max: 2 }, false],
    ['a long answer in full records', [LIST], { min: 0, max: 0 }, true],
    ['a list before a stream', [LIST, WORDS], { min: 1, max: 1 }, false],
  ] as const)('with %s', (_name, exchanges, requests, isList) => {
    expect(judge(...exchanges)).toEqual({ requests, isList });
  });
});

describe('a call that may be telemetry of the vendor’s tool, or a request of another program', () => {
  const call = exchange({ bytesUp: 2983, bytesDown: 1983, recordsDown: 1, flags: EXCHANGE_FLAGS.closed });
  const windows = [window([row('api.anthropic.com', FORMS.unknown, { exchanges: [call] })])];
  const attributions = attribute(windows, catalogue, { zone: openZone('UTC') });

  it('has one range in the rows of the tool and of the API', () => {
    const uses = attributions.flatMap(({ tools, providers }) => [...tools, ...providers]);
    expect(uses.map(({ use }) => [use.tool, use.confidence, use.requests])).toEqual([
      ['claude-code', 'possible', { min: 0, max: 1 }],
      ['anthropic-api', 'certain', { min: 0, max: 1 }],
    ]);
  });

  it('prevents a compliant verdict', () => {
    const ban =
      'version: 1\nname: p\ntimezone: UTC\nrules:\n  - { id: B, title: t, match: { tools: [claude-code] }, action: deny }\n';
    const policy = loadPolicy(ban, 'p.yaml', catalogueFacts(catalogue));
    const [rule] = evaluate(policy, listSubjects(windows, attributions)).rules;
    expect(rule?.verdict).toBe('inconclusive');
    expect(rule?.reasons).toContainEqual({ reason: 'suspected', detail: '1' });
  });
});
