// Which flows belong to a finding.
import { describe, expect, it } from 'vitest';
import type { FlowRecord } from '../../../src/model/flow.ts';
import type { ReportDocument } from '../../../src/model/report.ts';
import { isSelected, selectFlows } from '../../../src/query/flow-selection.ts';
import { parseInstant } from '../../../src/time/instant.ts';
import { sampleAudit } from '../report/sample-document.ts';

const audit = sampleAudit();
const [finding] = audit.findings ?? [];
if (finding === undefined) throw new Error('the sample has no finding');

describe('the flows of a finding', () => {
  const selection = selectFlows(audit, { finding: finding.id });
  const flow = (more: Partial<FlowRecord> = {}): FlowRecord =>
    ({
      client: finding.host,
      server: '198.51.100.5',
      clientPort: 40_000,
      serverPort: 443,
      protocol: 'tcp',
      clientMac: null,
      sni: [...selection.names][0] ?? null,
      otherSni: null,
      proxy: null,
      flowFirstUs: selection.firstUs,
      lastUs: selection.lastUs,
      ...more,
    }) as FlowRecord;

  it('have names, ids and times', () => {
    expect(selection.hosts).toEqual(new Set([finding.host]));
    expect(selection.names.size).toBeGreaterThan(0);
    expect(selection.firstUs).toBeLessThanOrEqual(parseInstant(finding.first));
    expect(selection.lastUs).toBeGreaterThanOrEqual(parseInstant(finding.last));
  });

  it.each<[string, Partial<FlowRecord>, boolean]>([
    ['by name', {}, true],
    ['by name in capitals', { sni: [...selection.names][0]?.toUpperCase() ?? '' }, true],
    [
      'by the target of a proxy',
      { sni: null, proxy: { kind: 'connect', target: `${[...selection.names][0]}:443` } },
      true,
    ],
    ['no other name', { sni: 'news.example' }, false],
    ['no flow without a name', { sni: null }, false],
    ['no other host', { client: '10.99.0.1' }, false],
    ['no server that has the address of the host', { client: '198.51.100.5', server: finding.host }, false],
    ['by MAC, where hosts are MACs', { client: '10.99.0.1', clientMac: finding.host }, true],
    ['no flow that ended before', { flowFirstUs: 0, lastUs: selection.firstUs - 1 }, false],
    ['no flow that began after', { flowFirstUs: selection.lastUs + 1, lastUs: selection.lastUs + 2 }, false],
  ])('are selected: %s', (_, more, isOne) => expect(isSelected(selection, flow(more))).toBe(isOne));

  it('are selected by the Community ID of the evidence', () => {
    const communityIds = new Set(['1:d/FP5EW3wiY1vCndhwleRRKHowQ=']);
    const byId = flow({
      sni: null,
      client: '128.232.110.120',
      server: '66.35.250.204',
      clientPort: 34_855,
      serverPort: 80,
    });
    const chosen = { ...selection, communityIds, hosts: new Set(['128.232.110.120']) };
    // Vector of the specification: 128.232.110.120:34855 to 66.35.250.204:80.
    expect(isSelected({ ...chosen, communityIds: new Set(['1:LQU9qZlK+B5F3KDmev6m5PMibrg=']) }, byId)).toBe(
      true,
    );
    expect(isSelected(chosen, byId)).toBe(false);
  });
});

describe('a selection', () => {
  const asPseudonym = (document: ReportDocument): ReportDocument => ({
    ...document,
    hosts: document.hosts.map((host) => ({ ...host, identity: 'pseudonym' })),
  });

  it('is of a tool on a host as well', () => {
    const asked = { host: finding.host, tool: finding.tool };
    expect(selectFlows(audit, asked).names).toEqual(selectFlows(audit, { finding: finding.id }).names);
  });

  it.each<[string, ReportDocument, Parameters<typeof selectFlows>[1], string]>([
    ['a finding that is not there', audit, { finding: 'nothing' }, 'no finding "nothing"'],
    ['a host that is not there', audit, { host: '10.99.0.1', tool: finding.tool }, 'no host "10.99.0.1"'],
    [
      'a tool that is not there',
      audit,
      { host: finding.host, tool: 'amp' },
      `amp was not seen on ${finding.host}`,
    ],
    ['a pseudonym', asPseudonym(audit), { finding: finding.id }, 'is a pseudonym'],
  ])('refuses %s', (_, document, asked, message) => {
    expect(() => selectFlows(document, asked)).toThrow(message);
  });
});
