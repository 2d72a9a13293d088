// The report of one screen: which hosts stand there, and that what is left out is counted.
import { expect, it } from 'vitest';
import type { HostReport, ReportDocument } from '../../../src/model/report.ts';
import { toolTotals } from '../../../src/report/document/report-totals.ts';
import { renderReport } from '../../../src/report/render.ts';
import { PLAIN } from '../../../src/report/text/render-options.ts';
import { asked, sampleAudit, sampleDocument } from './sample-document.ts';
import { wholeDocument } from './whole-document.ts';

const BRIEF = { ...PLAIN, isBrief: true } as const;

/** As many hosts as asked for, each with the rows of the first host of the sample, and more bytes than the one before. */
function officeOf(count: number, sample: ReportDocument): ReportDocument {
  const [first] = sample.hosts;
  if (first === undefined) throw new Error('the sample has no host');
  const hosts = Array.from(
    { length: count },
    (_, i): HostReport => ({
      ...first,
      host: `10.1.0.${i + 1}`,
      tools: first.tools.map((use) => ({ ...use, bytesUp: i + 1 })),
    }),
  );
  return { ...sample, hosts, tools: toolTotals(hosts) };
}

const hostsIn = (text: string): string[] => text.match(/^10\.1\.0\.\d+/gm) ?? [];

it('has every host where the screen has room for them', async () => {
  const text = await renderReport(officeOf(20, sampleDocument()), 'terminal', BRIEF);
  expect(hostsIn(text)).toHaveLength(20);
  expect(text).not.toContain('with a row');
});

it('has the hosts that sent most, in the order of the document, and counts the others', async () => {
  const text = await renderReport(officeOf(60, sampleDocument()), 'terminal', BRIEF);
  expect(hostsIn(text)).toEqual(Array.from({ length: 20 }, (_, i) => `10.1.0.${i + 41}`));
  expect(text).toContain('20 of 60 hosts with a row: those that sent most. --detail full prints all.');
  expect(text).toContain('on 60 of 60 hosts');
});

it('has hosts with a violation before those that sent more', async () => {
  const audit = sampleAudit();
  const findings = (audit.findings ?? [])
    .filter(({ result }) => result === 'violation')
    .map((finding) => ({ ...finding, host: '10.1.0.1' }));
  const text = await renderReport({ ...officeOf(60, audit), findings }, 'terminal', BRIEF);
  expect(hostsIn(text)).toContain('10.1.0.1');
  expect(text).toContain('those with findings, then those that sent most');
});

it('counts findings that are no breach, also where there is no other', async () => {
  const audit = sampleAudit();
  const findings = (audit.findings ?? []).filter(({ result }) => result === 'grace' || result === 'exempt');
  const text = await renderReport({ ...audit, findings }, 'terminal', BRIEF);
  expect(text).toContain(
    `${findings.length} findings, none a violation or suspected: --detail full prints all.`,
  );
});

it('says once why nothing was read', async () => {
  const { stats } = sampleDocument();
  const unread: ReportDocument = {
    ...sampleDocument(),
    ...{ hosts: [], tools: [], stats: { ...stats, packets: 0, flows: 0 } },
    incomplete: [{ file: 'proxy.log', reason: 'noRow', lastPacket: null }],
  };
  for (const isBrief of [true, false]) {
    const text = await renderReport(unread, 'terminal', { ...PLAIN, isBrief });
    expect(text.match(/^.*proxy\.log/gm)).toHaveLength(isBrief ? 1 : 2);
  }
});

it('names services that other networks reach', async () => {
  const { services } = wholeDocument(false);
  const text = await renderReport({ ...sampleDocument(), services }, 'terminal', BRIEF);
  expect(text).toContain('services reached from other networks: ollama on');
  const inside = services.map((service) => ({ ...service, exposed: false }));
  expect(await renderReport({ ...sampleDocument(), services: inside }, 'terminal', BRIEF)).not.toContain(
    'reached from',
  );
});

it('explains columns on request alone, and every section in the whole report', async () => {
  const explained = 'SENT counts whole frames on the wire.';
  const inOneLine = async (options: object): Promise<string> =>
    (await renderReport(sampleDocument(), 'terminal', { ...PLAIN, ...options })).replaceAll('\n', ' ');
  expect(await inOneLine({ isBrief: true })).not.toContain(explained);
  expect(await inOneLine({ isBrief: true, hasLegend: true })).toContain(explained);
  expect(await inOneLine({})).toContain(explained);
});

it('names sections that stand in the whole report alone, with their lines', async () => {
  const document: ReportDocument = {
    ...sampleDocument(),
    attempts: [
      {
        ...{ host: '10.1.0.1', name: 'api.anthropic.com', tools: ['claude-code'], result: 'failed' },
        ...{ leg: null, fault: null, confidence: 'likely', attempts: 3, passed: 0 },
        ...{ firstSeen: '2026-07-08T01:00:00.000000Z', lastSeen: '2026-07-08T02:00:00.000000Z' },
      },
    ],
  };
  const text = await renderReport(document, 'terminal', BRIEF);
  expect(text).toContain('more     ATTEMPTS (1 line): --detail full');
  expect(text).not.toContain('api.anthropic.com');
});

it('leads to the evidence of the gravest finding', async () => {
  const audit = sampleAudit();
  const [first] = audit.findings ?? [];
  if (first === undefined) throw new Error('the sample has no finding');
  const findings = (['attempted', 'suspected', 'violation'] as const).map((result, i) => ({
    ...{ ...first, result },
    host: `10.1.0.${i}`,
  }));
  const text = await renderReport({ ...audit, ...asked(['a.pcap']), findings }, 'terminal', BRIEF);
  expect(text).toContain('explain a.pcap --host 10.1.0.2');
});
