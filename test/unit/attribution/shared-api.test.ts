// An API that several tools of one host ask: requests count for one of them only where no other can have made them.
import { describe, expect, it } from 'vitest';
import { attribute } from '../../../src/attribution/attribute.ts';
import { catalogueFacts } from '../../../src/catalogue/policy-facts.ts';
import { loadCatalogue } from '../../../src/files/catalogue-files.ts';
import type { UsageExchange, UsageRow } from '../../../src/model/usage.ts';
import { evaluate } from '../../../src/policy/evaluate.ts';
import { loadPolicy } from '../../../src/policy/parse-policy.ts';
import { listSubjects } from '../../../src/policy/subjects.ts';
import { openZone } from '../../../src/time/zone.ts';
import { exchange, FORMS, row, smallCall, window } from './rows.ts';

const catalogue = await loadCatalogue();
const API = 'api.anthropic.com';

function requestsIn(rows: readonly UsageRow[]): Record<string, unknown> {
  const [host] = attribute([window(rows)], catalogue, { zone: openZone('UTC') });
  const named = (host?.tools ?? []).filter(({ use }) => use.confidence !== 'possible');
  return Object.fromEntries(named.map(({ use }) => [use.tool, use.requests]));
}

const asks = (startMs: number, flow: number, bytesUp = 31_000): UsageExchange =>
  exchange({ startMs, flow, bytesUp, bytesDown: 2800, recordsDown: 16, answerMs: 900 });

/** Small calls as Claude Code 2.1.145 makes them when it starts, and a request on their connection. */
const claude = [335, 338, 343, 411, 283].map((bytesUp, i) => smallCall(bytesUp, 1000 + 100 * i));
const claudeAtWork = [...claude, asks(5000, 0, 70_000)];
const onBun = (exchanges: readonly UsageExchange[]): UsageRow => row(API, FORMS.bun1314, { exchanges });
const opencodeAt = (startMs: number): UsageRow =>
  row('models.opencode.ai', FORMS.bun1314, { exchanges: [smallCall(316, startMs)] });

describe('an agent with the user’s own key next to the tool of the vendor', () => {
  it('leaves the requests of the vendor’s tool exact where nothing shows the agent', () => {
    const rows = [onBun([...claudeAtWork, asks(12_000, 1)])];
    expect(requestsIn(rows)).toEqual({ 'claude-code': { min: 2, max: 2 } });
  });

  it('counts in the upper end from where it began, though it is only possible', () => {
    const rows = [onBun([...claudeAtWork, asks(8000, 2), asks(19_000, 1)]), opencodeAt(17_000)];
    expect(requestsIn(rows)).toEqual({ 'claude-code': { min: 2, max: 3 } });
  });

  it('says in the evidence which tool may have asked', () => {
    const rows = [onBun([...claudeAtWork, asks(19_000, 1)]), opencodeAt(17_000)];
    const [host] = attribute([window(rows)], catalogue, { zone: openZone('UTC') });
    const evidence = host?.tools.flatMap(({ use }) => use.evidence) ?? [];
    expect(evidence.find(({ rule }) => rule === 'rival')?.detail).toBe(
      'opencode may have made some of these requests: api.anthropic.com from Bun 1.3.14-1.4.0',
    );
  });

  it('has no share in connections with small calls of the vendor’s tool', () => {
    const rows = [onBun([...claude, asks(30_000, 0, 70_000), asks(31_000, 1)]), opencodeAt(4000)];
    expect(requestsIn(rows)).toEqual({ 'claude-code': { min: 1, max: 2 }, opencode: { min: 0, max: 1 } });
  });

  it('shares a form of which small calls show a second version of the vendor’s tool', () => {
    const newer = [331, 334, 339].map((bytesUp, i) => smallCall(bytesUp, 500 + 100 * i));
    const rows = [
      row(API, FORMS.bun144Fetch, { exchanges: [...newer, asks(3000, 0)] }),
      onBun([...claude.slice(0, 2), asks(30_000, 0, 70_000), asks(31_000, 1)]),
      opencodeAt(4000),
    ];
    expect(requestsIn(rows)).toEqual({ 'claude-code': { min: 2, max: 3 }, opencode: { min: 0, max: 1 } });
  });

  it('leaves the vendor’s tool possible that made small calls beside its requests', () => {
    const rows = [
      row('api.continue.dev', FORMS.node22Fetch, { exchanges: [asks(1000, 0)] }),
      row(API, FORMS.node22Fetch, { exchanges: [...claude, asks(30_000, 0, 70_000), asks(31_000, 1)] }),
    ];
    const [host] = attribute([window(rows)], catalogue, { zone: openZone('UTC') });
    const named = host?.tools.map(({ use, quarters }) => [use.tool, use.confidence, quarters[0]?.flows]);
    expect(named).toEqual([
      ['continue', 'certain', 2],
      ['claude-code', 'possible', 1],
    ]);
  });

  it('is no doubt where another tool explains the call that it begins with', () => {
    const start = [205, 275].map((bytesUp, i) => smallCall(bytesUp, 1000 + 100 * i));
    const rows = [
      row('api.kilo.ai', FORMS.bun1314, { exchanges: start }),
      row('models.dev', FORMS.bun1314, { exchanges: [smallCall(159, 900)] }),
      onBun([asks(3000, 0)]),
    ];
    expect(requestsIn(rows)).toEqual({ 'kilo-code': { min: 1, max: 1 } });
  });
});

it('does not part two agents by forms of one version of a runtime', () => {
  const rows = [
    row('ingestion.claicode.com', FORMS.node22Https, {
      exchanges: [exchange({ bytesUp: 5000, recordsDown: 1 })],
    }),
    row('api.commandcode.ai', FORMS.node22Fetch, { exchanges: [asks(2000, 0)] }),
    row('api.continue.dev', FORMS.node22Fetch, { exchanges: [smallCall(250, 25_000)] }),
    row(API, FORMS.node22Https, { exchanges: [asks(27_000, 0), asks(29_000, 1)] }),
  ];
  expect(requestsIn(rows)).toEqual({
    'command-code': { min: 1, max: 3 },
    continue: { min: 0, max: 2 },
  });
});

it('gives a gateway to no single tool where two tools may stand behind it and share an API', () => {
  const start = [205, 275].map((bytesUp, i) => smallCall(bytesUp, 20_000 + 100 * i));
  const rows = [
    onBun(claudeAtWork),
    row('api.kilo.ai', FORMS.bun1314, { exchanges: start }),
    row('ai-gateway.corp.example', FORMS.bun1314, {
      exchanges: [asks(30_000, 0, 51_000), asks(33_000, 0, 60_000)],
    }),
  ];
  expect(requestsIn(rows)).toEqual({
    'claude-code': { min: 1, max: 3 },
    'kilo-code': { min: 0, max: 2 },
  });
});

describe('a gateway that an allowed tool asks, and a banned one that began meanwhile', () => {
  const GATEWAY = 'ai-gateway.corp.example';
  const relayed = (exchanges: readonly UsageExchange[]): UsageRow =>
    row(GATEWAY, FORMS.bun1314, { exchanges });
  const droid = row('api.factory.ai', FORMS.bun1314, {
    exchanges: [500, 600, 700].map((up) => smallCall(up)),
  });
  const droidAtWork = row('api.factory.ai', FORMS.bun1314, { exchanges: [asks(1000, 0)] });
  const kilo = row('api.kilo.ai', FORMS.bun1314, {
    exchanges: [{ ...smallCall(205, 9000), bytesDown: 41_000, recordsDown: 3 }],
  });
  const asked = [asks(1000, 0, 40_000), asks(14_000, 1, 51_000), asks(17_000, 1, 60_000)];

  /** The banned tools that may have been used. */
  function listOpen(rows: readonly UsageRow[]): string[] {
    const rules = ['kilo-code', 'cline'].map(
      (tool) => `  - { id: ${tool}, title: t, match: { tools: [${tool}] }, action: deny }`,
    );
    const text = `version: 1\nname: p\ntimezone: UTC\nrules:\n${rules.join('\n')}\n`;
    const policy = loadPolicy(text, 'p.yaml', catalogueFacts(catalogue));
    const windows = [window(rows)];
    const attributions = attribute(windows, catalogue, { zone: openZone('UTC') });
    const judged = evaluate(policy, listSubjects(windows, attributions)).rules;
    return judged.filter(({ reasons }) => reasons.some((r) => r.reason === 'suspected')).map((r) => r.rule);
  }

  it('is no all-clear for the banned one, whoever of both holds the requests', () => {
    expect(listOpen([droid, relayed(asked), kilo])).toEqual(['kilo-code']);
    // Beside requests to its own API, the gateway is a suspected relay of any program on the runtime.
    expect(listOpen([droidAtWork, relayed(asked), kilo])).toEqual(['kilo-code', 'cline']);
  });

  it('names the one that began where a third tool is suspected', () => {
    const large = asked.map((request) => ({
      ...request,
      bytesUp: request.bytesUp + 30_000,
      recordsDown: 60,
    }));
    const rows = [droidAtWork, relayed(large), kilo];
    const [host] = attribute([window(rows)], catalogue, { zone: openZone('UTC') });
    const suspects = (host?.tools ?? []).filter(({ use }) => use.tool === 'claude-code');
    const against = suspects.flatMap(({ use }) => use.evidence.filter(({ rule }) => rule === 'rival'));
    expect(against.map(({ detail }) => detail)).toContain(
      'Factory (Droid), Kilo Code may have made some of these requests: ai-gateway.corp.example from Bun 1.3.14-1.4.0',
    );
  });

  it('widens the range of the one that holds them from where the other began', () => {
    expect(requestsIn([droid, relayed(asked)])).toEqual({ factory: { min: 3, max: 3 } });
    expect(requestsIn([droid, relayed(asked), kilo])).toEqual({ factory: { min: 1, max: 3 } });
  });

  it.each([
    { name: 'where nothing of the banned one was seen', rows: [] },
    { name: 'where it runs on another runtime', rows: [{ ...kilo, fingerprint: FORMS.node22Fetch }] },
  ])('is as clear as before $name, unless the gateway is a suspected relay', ({ rows }) => {
    expect(listOpen([droid, relayed(asked), ...rows])).toEqual([]);
    expect(listOpen([droidAtWork, relayed(asked), ...rows])).toEqual(['kilo-code', 'cline']);
  });

  it('is as clear as before where all was asked before it began', () => {
    expect(listOpen([droid, relayed([asks(1000, 0), asks(2000, 1)]), kilo])).toEqual([]);
  });
});

describe('a request for one word at the start of a session with a subscription', () => {
  const probe = (bytesDown: number): UsageExchange =>
    exchange({ startMs: 4000, flow: 3, bytesUp: 1740, bytesDown, recordsUp: 1, recordsDown: 1, answerMs: 0 });

  it('counts in the upper end', () => {
    expect(requestsIn([onBun([...claudeAtWork, probe(640)])])).toEqual({
      'claude-code': { min: 1, max: 2 },
    });
  });

  it('is a post where the answer is an acknowledgement', () => {
    expect(requestsIn([onBun([...claudeAtWork, probe(260)])])).toEqual({
      'claude-code': { min: 1, max: 1 },
    });
  });
});

describe('a call that a tool begins with, by the clock', () => {
  const runs = [0, 1, 2, 3].map((i) => 1000 + i * 120_000);
  const calls = row('models.opencode.ai', FORMS.bun1314, { exchanges: runs.map((at) => smallCall(316, at)) });

  it('begins the tool where each run asks a model', () => {
    const work = onBun(runs.map((at, i) => asks(at + 3000, i)));
    expect(requestsIn([calls, work])).toEqual({ opencode: { min: 4, max: 4 } });
  });

  it('is a monitor’s where one of them happens to come before a request', () => {
    expect(requestsIn([calls, onBun([asks(4000, 0)])])).toEqual({});
  });
});

it('counts requests to a gateway in the upper end only next to requests of the tool to its own API', () => {
  const rows = [
    onBun(claudeAtWork),
    row('ai-gateway.vercel.sh', FORMS.bun1314, { exchanges: [asks(30_000, 0, 51_000)] }),
  ];
  expect(requestsIn(rows)).toEqual({ 'claude-code': { min: 1, max: 2 } });
});

describe('a program on another version of the runtime', () => {
  it('counts in the upper end, unless its small calls are those of the tool', () => {
    const other = [asks(30_000, 0), asks(35_000, 1), asks(40_000, 2)];
    const withScript = (exchanges: readonly UsageExchange[]) => [
      onBun([...claudeAtWork, asks(12_000, 1)]),
      row(API, FORMS.bun144Fetch, { exchanges }),
    ];
    expect(requestsIn(withScript(other))).toEqual({ 'claude-code': { min: 2, max: 5 } });
    const newer = [331, 334, 339].map((bytesUp, i) => smallCall(bytesUp, 29_000 + 100 * i));
    expect(requestsIn(withScript([...newer, ...other]))).toEqual({ 'claude-code': { min: 5, max: 5 } });
  });
});

it.each([
  [
    'of the row',
    'grok',
    [row('cli-chat-proxy.grok.com', FORMS.bun1314, { exchanges: [asks(12_000, 1)] })],
    1,
    null,
  ],
  ['of no row', 'claude-code', [onBun([...claudeAtWork, asks(12_000, 1)])], 2, { min: 2, max: 2 }],
])('has requests by time: a capture, and a log %s of another time', (_, tool, rows, count, ofRow) => {
  const captured = window(rows);
  const day = 86_400;
  const logged = {
    ...captured,
    startSeconds: captured.startSeconds + day,
    rows: rows.map((seen) => ({
      ...{ ...seen, exchanges: [], loggedSlices: 1 },
      ...{ firstUs: seen.firstUs + day * 1e6, lastUs: seen.lastUs + day * 1e6 },
    })),
  };
  const requestsBy = (windows: Parameters<typeof attribute>[0]) => {
    const [host] = attribute(windows, catalogue, { zone: openZone('UTC') });
    return (host?.tools ?? [])
      .filter(({ use }) => use.tool === tool)
      .flatMap(({ use, quarters }) => [use.requests, ...quarters.map(({ requests }) => requests)]);
  };
  const known = { min: count, max: count };
  expect(requestsBy([captured])).toEqual([known, known]);
  expect(requestsBy([captured, logged])).toEqual([ofRow, known, null]);
});
