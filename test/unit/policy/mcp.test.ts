// The list of allowed MCP servers: by name, by network and on the local networks; what it does not list is a finding.
import { beforeAll, describe, expect, it } from 'vitest';
import { attribute } from '../../../src/attribution/attribute.ts';
import type { Catalogue } from '../../../src/catalogue/catalogue.ts';
import { catalogueFacts } from '../../../src/catalogue/policy-facts.ts';
import { loadCatalogue } from '../../../src/files/catalogue-files.ts';
import type { ServiceSeen, UsageRow, UsageWindow } from '../../../src/model/usage.ts';
import { evaluate } from '../../../src/policy/evaluate.ts';
import { withServices } from '../../../src/policy/host-services.ts';
import { parsePolicy } from '../../../src/policy/parse-policy.ts';
import { runPolicyTests } from '../../../src/policy/policy-tests.ts';
import { buildSubjects, createSubjectBuilder } from '../../../src/policy/subjects.ts';
import { analyze } from '../../../src/query/library-analyze.ts';
import { openZone } from '../../../src/time/zone.ts';

const HOST = '10.77.0.2';
const SERVER = '10.77.0.9';
const REMOTE = '198.51.100.77';

let catalogue: Catalogue;
let recorded: readonly UsageWindow[];
beforeAll(async () => {
  catalogue = await loadCatalogue([]);
  const capture = 'captures/recordings/claude-code-2.1.328-prompt.pcap.gz';
  recorded = (await analyze([capture], { catalogue })).windows;
});

/** The recording, with another flow of the tool to an MCP server. */
const remote = (more: Partial<UsageRow> = {}): readonly UsageWindow[] =>
  recorded.map((window) => ({
    ...window,
    rows: window.rows.flatMap((row) =>
      row.name === 'api.anthropic.com'
        ? [row, { ...row, name: 'mcp.linear.app', exchanges: [], servers: [REMOTE], ...more }]
        : [row],
    ),
  }));

function local(server: string): UsageWindow[] {
  const [first] = recorded;
  if (first === undefined) throw new Error('no window');
  const us = first.startSeconds * 1e6;
  const service: ServiceSeen = {
    ...{ host: HOST, server, port: 9123, firstUs: us, lastUs: us, signs: ['mcpInitialize'], flows: 1 },
    ...{ requests: 2, uses: 2, isUncounted: false, bytesUp: 1, bytesDown: 1, isOtherNetwork: false },
  };
  return [{ ...first, rows: [], services: [service] }];
}

const RULES = 'rules: [{ id: R, title: r, match: { tools: [claude-code] }, action: allow }]\n';

function parse(mcp: string, more = '') {
  const text = `version: 1\nname: p\ntimezone: UTC\n${RULES}mcp: ${mcp}\n${more}`;
  return parsePolicy(text, catalogueFacts(catalogue));
}

function judge(mcp: string, windows: readonly UsageWindow[], more = '') {
  const { policy, errors } = parse(mcp, more);
  if (policy === null) throw new Error(JSON.stringify(errors));
  const attributions = attribute(windows, catalogue, { zone: openZone('UTC') });
  const subjects = buildSubjects(withServices(createSubjectBuilder(windows), windows), attributions);
  const { findings, rules } = evaluate(policy, subjects);
  return {
    findings,
    said: findings.map(({ rule, host, tool, result }) => `${rule} ${host} ${tool} ${result}`),
    verdict: rules.find(({ rule }) => rule === 'mcp')?.verdict,
  };
}

const allow = (...entries: string[]): string => `{ allow: [${entries.map((one) => `"${one}"`).join(', ')}] }`;

describe('a remote MCP server', () => {
  it('that is not listed is a finding, also of a tool that a rule allows', () => {
    for (const list of [allow(), allow('mcp.notion.com', '203.0.113.0/24')]) {
      const { said, verdict, findings } = judge(list, remote());
      expect(said).toContain(`mcp ${HOST} remote-mcp violation`);
      expect(verdict).toBe('violated');
      const item = findings[0]?.evidence.find(({ rule }) => rule === 'mcp');
      expect(item?.detail).toBe('MCP servers that the policy does not list: mcp.linear.app');
      expect(findings[0]?.requests).toBeNull();
    }
  });

  it.each([[allow('MCP.linear.app')], [allow(REMOTE)], [allow('198.51.100.0/24')]])(
    'is allowed by %s',
    (list) => {
      expect(judge(list, remote())).toMatchObject({ said: [], verdict: 'compliant' });
    },
  );

  it('may be behind the end of a full list of addresses', () => {
    const servers = Array.from({ length: 8 }, (_, i) => `198.51.100.${i}`);
    expect(judge(allow('198.51.100.0/24'), remote({ servers: servers.slice(1) })).said).toEqual([]);
    expect(judge(allow('198.51.100.0/24'), remote({ servers })).said).toContain(
      `mcp ${HOST} remote-mcp violation`,
    );
  });

  it('behind a proxy has no address of its own', () => {
    const proxied = remote({ proxy: 'connect' });
    expect(judge(allow(REMOTE), proxied).said).toContain(`mcp ${HOST} remote-mcp violation`);
    expect(judge(allow('mcp.linear.app'), proxied).said).toEqual([]);
  });

  it('that never answered, or that no flow reached, is none', () => {
    expect(judge(allow(), remote({ answeredSlices: 0, loggedSlices: 0 })).said).toEqual([]);
    expect(judge(allow(), remote({ flows: 2, failedFlows: 2, cells: [] })).said).toEqual([]);
    expect(judge(allow(), recorded).said).toEqual([]);
  });

  it('is excepted by an exception from "mcp", and before the list takes effect', () => {
    const exception = `exceptions: [{ id: E, rule: mcp, scope: { host: ${HOST} }, until: 2099-01-01, reason: r }]`;
    expect(judge(allow(), remote(), exception).said).toEqual([`mcp ${HOST} remote-mcp exempt`]);
    expect(judge('{ allow: [], effective: 2099-01-01 }', remote()).said).toEqual([]);
  });
});

describe('tests of a policy about MCP servers', () => {
  it('name the server, and run like real use', () => {
    const at = `at: 2026-07-11, host: ${HOST}`;
    const { policy, errors } = parse(
      '{ allow: [mcp.linear.app], effective: 2026-07-10 }',
      `tests:
  - { ${at}, mcp: mcp.linear.app, expect: none }
  - { ${at}, mcp: mcp.notion.com, expect: violation }
  - { ${at}, tool: claude-code, mcp: MCP.Notion.com, expect: violation/medium }
  - { at: 2026-07-09, host: ${HOST}, mcp: mcp.notion.com, expect: none }
`,
    );
    if (policy === null) throw new Error(JSON.stringify(errors));
    const results = runPolicyTests(policy, catalogueFacts(catalogue));
    expect(results.map(({ passed, actual }) => `${passed} ${actual}`)).toEqual([
      ...['true none', 'true violation/medium', 'true violation/medium', 'true none'],
    ]);
  });

  it('do not test a service as well, nor roles', () => {
    const errorsOf = (test: string): string =>
      parse('{ allow: [] }', `tests: [{ at: 2026-07-11, host: ${HOST}, ${test}, expect: none }]\n`)
        .errors.map(({ message }) => message)
        .join();
    expect(errorsOf('service: ollama, mcp: mcp.linear.app')).toContain('give tool, service or mcp');
    expect(errorsOf('mcp: mcp.linear.app, roles: [inference]')).toContain('"roles" belongs to');
    expect(errorsOf('minutes: 1')).toContain('give tool, service or mcp');
  });
});

describe('an MCP server of the local networks', () => {
  it('is allowed by its network alone, whatever "services" says', () => {
    const denied = `mcp ${SERVER} mcp:9123 violation`;
    expect(judge(allow(), local(SERVER)).said).toEqual([denied]);
    expect(judge(allow('mcp.linear.app'), local(SERVER), 'services: deny\n').said).toEqual([denied]);
    for (const list of [allow(SERVER), allow('10.77.0.8/30'), allow('10.77.0.0/16')])
      expect(judge(list, local(SERVER), 'services: deny\n').said).toEqual([]);
  });

  it('under a pseudonym is suspected where the list has networks', () => {
    const { said, verdict } = judge(allow('10.77.0.0/16'), local('h-23456789'));
    expect(said).toEqual(['mcp h-23456789 mcp:9123 suspected']);
    expect(verdict).toBe('inconclusive');
    expect(judge(allow(), local('h-23456789')).said).toEqual(['mcp h-23456789 mcp:9123 violation']);
  });
});

it.each([
  [allow('mcp.liner.app'), /no.* MCP server of the catalogue.*mcp\.linear\.app/],
  [allow('api.openai.com'), /neither a network nor an MCP server of the catalogue/],
  [allow('0.0.0.0/0'), /allows too many servers/],
  ['{ }', /is missing/],
  ['{ allow: [], via: { host: 10.0.0.1 } }', /via/],
])('%s is refused', (list, message) => {
  const { policy, errors } = parse(list);
  expect(policy).toBeNull();
  expect(errors.map((error) => error.message).join('\n')).toMatch(message);
});
