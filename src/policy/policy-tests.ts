// Runs the tests in a policy file: each describes one use, which is evaluated like observed use.

import { PROVIDER_KINDS } from '../model/catalogue-words.ts';
import { ROW_ZEROS } from '../model/counters.ts';
import type { CatalogueFacts, Policy, PolicyTest } from '../model/policy.ts';
import type { ToolUse } from '../model/report.ts';
import { SERVICE_PRODUCTS } from '../model/services.ts';
import type { HostTool, RoleTraffic, UsageQuarter } from '../model/tool.ts';
import type { UsageRow } from '../model/usage.ts';
import { UNMEASURED_USE } from '../model/withheld.ts';
import { canonicalAddress } from '../net/address.ts';
import { floorToQuarter, US } from '../time/units.ts';
import { evaluate } from './evaluate.ts';
import { buildServiceQuarter } from './host-services.ts';
import type { HostService, PolicySubject } from './subjects.ts';

export interface PolicyTestResult {
  readonly line: number;
  readonly passed: boolean;
  readonly expected: string;
  /** "none", or result/severity of each finding, joined by ", ". */
  readonly actual: string;
}

export function runPolicyTests(policy: Policy, catalogue: CatalogueFacts): PolicyTestResult[] {
  return policy.tests.map((test) => {
    const findings = evaluate(policy, [buildSubject(test, catalogue)]).findings;
    const results = findings.map((finding) => `${finding.result}/${finding.severity}`);
    const wantsSeverity = test.expect.includes('/');
    const passed =
      test.expect === 'none'
        ? results.length === 0
        : results.some((text) => (wantsSeverity ? text : text.split('/')[0]) === test.expect);
    return {
      line: test.line,
      passed,
      expected: test.expect,
      actual: results.length === 0 ? 'none' : results.join(', '),
    };
  });
}

function buildSubject(test: PolicyTest, catalogue: CatalogueFacts): PolicySubject {
  const { service } = test;
  return service === null
    ? subjectOfTool(test, catalogue)
    : {
        identity: buildIdentity(test),
        tools: [],
        providers: [],
        activity: [],
        services: [buildService(test, service)],
      };
}

function buildIdentity({ host, mac, name }: PolicyTest): PolicySubject['identity'] {
  return { host: canonicalAddress(host), mac, vlans: [], names: name === null ? [] : [name], groups: [] };
}

function buildService(test: PolicyTest, service: NonNullable<PolicyTest['service']>): HostService {
  const { product, isExposed } = service;
  const { confidence, at } = test;
  const startSeconds = floorToQuarter(at);
  const [atUs, host] = [at * US, canonicalAddress(test.host)];
  const seen = {
    startSeconds,
    host,
    server: host,
    port: 0,
    firstUs: atUs,
    lastUs: atUs,
    signs: [],
    flows: 1,
    requests: 0,
    uses: 0,
    isUncounted: false,
    isOtherNetwork: false,
    bytesUp: 0,
    bytesDown: 0,
  };
  const name = { product, class: SERVICE_PRODUCTS.get(product) ?? 'other', confidence };
  return {
    name,
    product,
    class: name.class,
    isExposed,
    port: 0,
    entries: [seen],
    quarters: [buildServiceQuarter(startSeconds, [seen], confidence)],
  };
}

/** More than a check of settings sends. */
const SOME_TELEMETRY = {
  payloadUp: 10_000,
  min: 10_000,
  max: 10_000,
  share: null,
  method: 'name' as const,
} satisfies ToolUse['telemetry'];

function subjectOfTool(test: PolicyTest, catalogue: CatalogueFacts): PolicySubject {
  const facts = catalogue.tools.find((tool) => tool.id === test.tool);
  const startSeconds = floorToQuarter(test.at);
  const minute = Math.floor(test.at / 60);
  const traffic: RoleTraffic = {
    firstUs: test.at * US,
    lastUs: test.at * US,
    flows: 1,
    bytesUp: 0,
    bytesDown: 0,
    payloadUp: 0,
    payloadDown: 0,
    requests: { min: test.requests, max: test.requests },
  };
  const telemetry = test.roles.includes('telemetry') ? SOME_TELEMETRY : null;
  const quarter: UsageQuarter = {
    startSeconds,
    ...traffic,
    isInRow: true,
    confidence: test.confidence,
    activeMinutes: Array.from({ length: test.minutes }, (_, i) => minute + i),
    telemetryPayloadUp: telemetry?.payloadUp ?? null,
    modelPayloadUp: null,
    byRole: Object.fromEntries(test.roles.map((role) => [role, traffic])),
  };
  const when = new Date(test.at * 1000).toISOString();
  const use: ToolUse = {
    tool: test.tool,
    name: facts?.name ?? test.tool,
    vendor: facts?.vendor ?? '',
    kind: facts?.kind ?? '',
    confidence: test.confidence,
    firstSeen: when,
    lastSeen: when,
    firstSeenEver: when,
    ...UNMEASURED_USE,
    activeMinutes: test.minutes,
    flows: 1,
    requests: quarter.requests,
    telemetry,
  };
  const hostTool: HostTool = { use, quarters: [quarter] };
  const row = test.to === null && test.mcp === null ? null : buildRow(test);
  const onPath: HostTool =
    row === null
      ? hostTool
      : {
          ...hostTool,
          selectPart: (isSelected) =>
            isSelected(row, test.roles[0] ?? 'inference', false, '') ? hostTool : null,
        };
  const isProvider = PROVIDER_KINDS.some((kind) => kind === facts?.kind);
  return {
    identity: buildIdentity(test),
    tools: isProvider ? [] : [onPath],
    providers: isProvider ? [onPath] : [],
    activity: [],
  };
}

/** Builds a row of a window with a connection to this server, with both ends observed. */
function buildRow({ at, host, to, mcp }: PolicyTest): UsageRow {
  return {
    ...ROW_ZEROS,
    host,
    name: mcp ?? '',
    nameFrom: 'sni',
    fingerprint: null,
    proxy: null,
    userAgent: null,
    flows: 1,
    answeredSlices: 1,
    firstUs: at * US,
    lastUs: at * US,
    openSeconds: 0,
    helloBytesMin: 0,
    helloBytesMax: 0,
    helloTimesUs: [],
    servers: to === null ? [] : [to],
    serverPorts: [443],
    communityIds: [],
    macs: [],
    exchanges: [],
    cells: [],
  };
}
