import { describe, expect, it } from 'vitest';
import type { ReportDocument, ToolUse, VerdictReason } from '../../../src/model/report.ts';
import { sumNotVisible, toolTotals } from '../../../src/report/document/report-totals.ts';
import { MAX_PAGE_BYTES, renderHtml } from '../../../src/report/html/report-page.ts';
import { renderReport } from '../../../src/report/render.ts';
import { PLAIN } from '../../../src/report/text/render-options.ts';
import { sampleAudit, sampleDocument, sampleUse } from './sample-document.ts';

const pageOf = async (document: ReportDocument): Promise<string> => (await renderHtml(document)).join('');

/** 600 hosts that all broke the rule. */
function largeOffice(): ReportDocument {
  const audit = sampleAudit();
  const finding = audit.findings?.find(({ result }) => result === 'violation');
  const host = audit.hosts.find((each) => each.host === finding?.host);
  if (host === undefined || finding === undefined) throw new Error('the sample has no violation');
  const names = Array.from({ length: 600 }, (_, i) => `10.1.${i >> 8}.${i & 255}`);
  return {
    ...audit,
    hosts: names.map((name) => ({ ...host, host: name })),
    findings: names.map((name) => ({ ...finding, host: name })),
  };
}

describe('a page without a browser', () => {
  it('keeps to its budget, whatever the office, and says what is left out', async () => {
    const text = await pageOf(largeOffice());
    expect(new TextEncoder().encode(text).length).toBeLessThanOrEqual(MAX_PAGE_BYTES);
    expect(text).toMatch(/more host/);
    expect(text).toMatch(/, \d+ of 600 hosts with traffic of AI tools or providers\./);
    expect(text).toMatch(/>600, \d+ of them here</);
  });

  it('has no empty cell for a fingerprint that a log does not have', async () => {
    const audit = sampleAudit();
    const bare = (use: ToolUse): ToolUse => ({
      ...use,
      fingerprints: use.fingerprints.map((print) => ({ ...print, ja4: '' })),
    });
    const hosts = audit.hosts.map((host) => ({ ...host, tools: host.tools.map(bare) }));
    const text = await pageOf({ ...audit, hosts });
    expect(text).toContain('<th scope="row">not in the log</th>');
    expect(text).not.toContain('<code></code>');
  });

  it('has no absence of a host on a day without records', async () => {
    const audit = sampleAudit();
    const [first] = audit.coverage;
    if (first === undefined) throw new Error('the sample has no day');
    const hosts = audit.hosts.map((host) => ({ ...host, presence: [first.date] }));
    const recorded: ReportDocument = { ...audit, hosts };
    const unrecorded: ReportDocument = { ...recorded, coverage: [first] };
    const cells = (text: string, words: string): number =>
      text.split(`<span class="sr">${words}</span>`).length - 1;
    const [absent, unobserved] = ['host not on the network', 'not observed'];
    expect(cells(await pageOf(recorded), absent)).toBeGreaterThan(0);
    expect(cells(await pageOf(recorded), unobserved)).toBe(0);
    expect(cells(await pageOf(unrecorded), absent)).toBe(0);
    expect(cells(await pageOf(unrecorded), unobserved)).toBe(cells(await pageOf(recorded), absent));
    const strips = async (document: ReportDocument): Promise<string> =>
      (await renderReport(document, 'terminal')).replaceAll(/\s+/g, ' ');
    expect(await strips(unrecorded)).toContain('/ not observed');
    expect(await strips(recorded)).not.toContain('/ not observed');
  });

  it('links to nothing that is not on the page', async () => {
    for (const document of [sampleAudit(), sampleDocument(), largeOffice()]) {
      const text = await pageOf(document);
      const ids = new Set([...text.matchAll(/ id="([^"]+)"/g)].map((match) => match[1]));
      const targets = [...text.matchAll(/ href="#([^"]*)"/g)].map((match) => match[1]);
      expect(targets.filter((target) => !ids.has(target))).toEqual([]);
    }
  });

  it('marks each host of a small office, and shows the shares of a large one', async () => {
    const marks = (text: string): number => [...text.matchAll(/<li class="u-/g)].length;
    const [small, large] = [await pageOf(sampleAudit()), await pageOf(largeOffice())];
    expect(marks(small)).toBeGreaterThan(3);
    expect(marks(large)).toBe(0);
    expect(large).toContain('aria-label="Used in violation of the rule: 600"');
  });

  it('shades what was not observed, and counts no hosts there', async () => {
    const audit = sampleAudit();
    const later = { ...audit.period, until: '2026-08-30T00:00:00.000000Z' };
    const [part, whole] = [await pageOf({ ...audit, period: later }), await pageOf(audit)];
    expect(part).toContain('class="unobs"/>');
    expect(part).toMatch(/from 12 August not observed/);
    expect(part).not.toMatch(/from 12 August 0/);
    expect(part).toContain('<i class="unobs"></i>not observed');
    expect(whole).not.toContain('class="unobs"');
    // What was found is drawn, whatever the coverage says.
    expect(await pageOf({ ...audit, coverage: [] })).toContain('class="c-vio"/>');
    expect(await pageOf({ ...audit, coverage: [] })).toMatch(/<desc[^>]*>[^<]*\d and \d suspected/);
  });

  it('has no share of telemetry for a tool that sent nothing', async () => {
    const document = sampleDocument();
    const silent = (use: ToolUse): ToolUse => ({
      ...use,
      modelPayloadUp: 0,
      telemetry: { payloadUp: 0, min: 0, max: 0, share: null, method: 'name' },
    });
    const hosts = document.hosts.map((host) => ({ ...host, tools: host.tools.map(silent), providers: [] }));
    expect(await pageOf({ ...document, hosts })).not.toContain('own name: measured');
  });

  it('has the share of telemetry of the known sums if another host sent neither', async () => {
    const document = sampleDocument();
    const set = (modelPayloadUp: number | null, payloadUp: number) => ({
      modelPayloadUp,
      telemetry: { payloadUp, min: payloadUp, max: payloadUp, share: null, method: 'name' as const },
    });
    const [use] = document.hosts.flatMap((host) => host.tools);
    const [host] = document.hosts;
    if (use === undefined || host === undefined) throw new Error('no use');
    const hostsWith = (model: number | null, sent: number) => [
      { ...host, providers: [], tools: [{ ...use, confidence: 'certain' as const, ...set(300, 100) }] },
      { ...host, providers: [], tools: [{ ...use, confidence: 'certain' as const, ...set(model, sent) }] },
    ];
    expect(await pageOf({ ...document, hosts: hostsWith(null, 0) })).toContain('25 %');
    expect(await pageOf({ ...document, hosts: hostsWith(null, 50) })).toContain('not known');
  });

  it('goes by weeks over months, with their names', async () => {
    const audit = sampleAudit();
    const period = {
      ...audit.period,
      since: '2026-05-01T00:00:00.000000Z',
      until: '2026-07-30T00:00:00.000000Z',
    };
    const text = await pageOf({ ...audit, period });
    expect(text.match(/<th scope="col" class="c h/g)?.length).toBe(2 * 13);
    expect(text).toContain('Active minutes per week');
    expect(text).toMatch(/>Jul<br>\d+<\/abbr>/);
    expect(text).not.toMatch(/<abbr title="[^"]*">Fr<br>/);
  });

  it('begins with who broke the rule: host, name, group, times, amount, confidence', async () => {
    const text = /<section id="violators"[\s\S]*?<\/section>/.exec(await pageOf(sampleAudit()))?.[0] ?? '';
    const words = text.replaceAll(/<[^>]+>/g, ' ').replaceAll(/\s+/g, ' ');
    expect(words).toContain(
      'violation 10.20.1.5 dev-05 rnd Claude Code 8 July 09:12 14 July 18:40 94 MB likely',
    );
    expect(words).not.toContain('in grace');
    const large = await pageOf(largeOffice());
    expect(large).toMatch(/<a href="#findings">588 more findings<\/a>/);
  });

  it('lists no tool with no host: what is only possible is said apart', async () => {
    const audit = sampleAudit();
    const tools = audit.tools.map((tool, i) =>
      i === 0 ? { ...tool, hosts: 0, hostsByConfidence: { certain: 0, likely: 0, possible: 2 } } : tool,
    );
    const text = await pageOf({ ...audit, tools });
    expect(text).not.toContain('data-l="Hosts" data-v="0"');
    expect(text).toContain(
      'Only possible, since other programs produce the same traffic: Claude Code on 2 hosts.',
    );
  });

  it('tells of each item of evidence when it was seen, and in which flows', async () => {
    const text = await pageOf(sampleAudit());
    expect(text).toMatch(/<td>\d\d-\d\d \d\d:\d\d[^<]*, [\d ]+ flows?(<br><code class="sm">1:|<\/td>)/);
  });

  it('counts hosts of which only telemetry was found, so that the counts add up', async () => {
    const audit = sampleAudit();
    const findings = (audit.findings ?? []).map((finding) => ({
      ...finding,
      result: finding.result === 'grace' ? ('telemetryOnly' as const) : finding.result,
    }));
    expect(await pageOf({ ...audit, findings })).toContain('<b>1</b> <span>only telemetry or updates</span>');
  });

  it('says of what was not seen how much was looked at, by the name that the reader knows', async () => {
    const audit = sampleAudit();
    const rules = (verdict: 'compliant' | 'inconclusive', ...reasons: VerdictReason[]) =>
      (audit.summary?.rules ?? []).map((rule) => ({
        ...rule,
        verdict,
        reasons,
        after: 0,
        suspected: 0,
        exempt: 0,
      }));
    const empty = { ...audit, hosts: [], tools: [], findings: [] };
    const kept = await pageOf({ ...empty, summary: { rules: rules('compliant') } });
    expect(kept).toContain(
      'Nothing that the rule bans was seen on any of 7 hosts in scope in 38 hours of observation.',
    );
    expect(kept).toMatch(/This sensor saw [\d.]+ % of packets/);
    expect(kept).not.toContain('data-open="findings"');
    const notVisible = await pageOf({
      ...empty,
      summary: { rules: rules('inconclusive', { reason: 'notVisible', share: 0.83 }) },
    });
    expect(notVisible).toContain('83 % of the bytes of 7 hosts in scope could not be inspected.');
    const none = await pageOf({
      ...empty,
      summary: { rules: rules('inconclusive', { reason: 'noHosts' }) },
    });
    const nothing = { ...empty, observedBy: [] };
    expect(
      await pageOf({ ...nothing, summary: { rules: rules('inconclusive', { reason: 'noHosts' }) } }),
    ).toContain('Nothing was observed in the requested time.');
    expect(none).toContain(
      'No connection of a host in scope was seen while the rule was in force and its grace period over, or only unknown protocols inside the network.',
    );
  });

  it('says that kinds of hidden traffic overlap where they exceed all bytes', async () => {
    const document = sampleDocument();
    const spot = (kind: 'oneWay' | 'tunnel' | 'loss', share: number) => ({
      ...document.notVisible[0],
      kind,
      share,
    });
    const said = async (shares: readonly [number, number]): Promise<string> =>
      await renderReport(
        { ...document, notVisible: [spot('oneWay', shares[0]), spot('tunnel', shares[1])] } as ReportDocument,
        'terminal',
        { ...PLAIN, width: 200 },
      );
    expect(await said([0.996, 0.14])).toContain('VPN and tunnels 14 %; some bytes count in several of these');
    expect(await said([0.5, 0.14])).not.toContain('some bytes count');
    const page = async (...shares: readonly [number, number]): Promise<string> =>
      await pageOf({
        ...document,
        notVisible: [spot('loss', 0.9), spot('oneWay', shares[0]), spot('tunnel', shares[1])],
      } as ReportDocument);
    expect(await page(0.996, 0.14)).toContain('VPN and tunnels 14 %; some bytes count in several of these)');
    // Lost packets are no part of the share.
    expect(await page(0.5, 0.14)).toContain(
      'could not be attributed (one direction only 50 %, VPN and tunnels 14 %)',
    );
  });

  it('escapes every name and names its hidden signs', async () => {
    const text = await pageOf(sampleAudit());
    expect(text).not.toContain('<script>alert');
    expect(text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;⟨U+202E⟩⟨U+001B⟩[31m');
  });

  it('lets in its own style and script alone', async () => {
    const text = await pageOf(sampleDocument());
    expect(text).toMatch(
      /default-src 'none'; style-src 'sha256-[\w+/]{43}='; script-src 'sha256-[\w+/]{43}='/,
    );
    expect(text).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
    expect(text).not.toMatch(/ style="| on\w+="/);
  });

  it('counts relayed bytes once: as not visible, in every output alike', async () => {
    const audit = sampleDocument();
    const [first, ...others] = audit.hosts;
    if (first === undefined) throw new Error('the sample has no hosts');
    const relay: ToolUse = {
      ...sampleUse({
        ...{ tool: 'relay', name: 'Suspected relay', vendor: '', confidence: 'possible' },
        ...{ minutes: [3], megabytesUp: 40 },
      }),
      bytesDown: 0,
    };
    const spot = { kind: 'relay' as const, flows: 3, bytes: 40e6, share: 0.1, first: null, last: null };
    const hosts = [{ ...first, tools: [], providers: [relay], notVisible: [spot] }, ...others];
    const document = {
      ...audit,
      hosts,
      tools: toolTotals(hosts),
      notVisible: sumNotVisible(hosts),
    };
    const share = 40e6 / hosts.reduce((sum, { bytes }) => sum + bytes, 0);
    expect(document.notVisible.find(({ kind }) => kind === 'relay')).toMatchObject({ bytes: 40e6, share });
    const words = `suspected relays ${(share * 100).toFixed(1)}`;
    expect(await renderReport(document, 'terminal', { ...PLAIN, width: 200 })).toContain(words);
    const text = await pageOf(document);
    expect(text).toContain(`${words} %`);
    expect(text).toContain('Suspected relay on 1 host (40 MB)');
    // The bar of all bytes is whole: relayed bytes are not counted for a tool too.
    const bar = /<svg class="dark"[\s\S]*?<\/svg>/.exec(text.slice(text.indexOf('id="unseen"')))?.[0] ?? '';
    const widths = [...bar.matchAll(/width="([\d.]+)%" y/g)].map(([, width]) => Number(width));
    const used = hosts.flatMap(({ tools, providers }) =>
      [...tools.filter(({ confidence }) => confidence !== 'possible'), ...providers].map(
        (use) => use.bytesUp + use.bytesDown,
      ),
    );
    const all = used.reduce((sum, bytes) => sum + bytes, 0) - 40e6;
    expect(widths[1]).toBeCloseTo((100 * all * share) / 40e6, 1);
    expect(widths.reduce((sum, width) => sum + width, 0)).toBeCloseTo(100, 0);
    const csv = (await renderReport(document, 'csv'))
      .split('\r\n')
      .filter((line) => line.includes(',relay,'));
    expect(csv).toHaveLength(1);
    expect(csv[0]).toContain(',40000000,0,');
  });
});

it('has the head of each cell below a finding, where a narrow page shows no heads', async () => {
  const page = await pageOf(sampleAudit());
  const tables = page.match(/<table class="ev nt">.*?<\/table>/gs) ?? [];
  expect(tables.length).toBeGreaterThan(1);
  for (const table of tables) {
    const heads = [...table.matchAll(/<th scope="col"[^>]*>([^<]*)</g)].map(([, head]) => head).slice(1);
    const cells = [...table.matchAll(/<td[^>]*? data-l="([^"]*)"/g)].map(([, label]) => label);
    expect(cells.slice(0, heads.length)).toEqual(heads);
    expect(cells).toHaveLength(table.match(/<td/g)?.length ?? 0);
  }
});

it('says that a share is of all sensors at once, next to the share of each', async () => {
  const audit = sampleAudit();
  const [rule] = audit.summary?.rules ?? [];
  if (rule?.observed === undefined || rule.observed === null) throw new Error('the sample was not observed');
  const sensors = [
    { sensor: 'day', share: 0.5 },
    { sensor: 'night', share: 0.5 },
  ];
  const observed = { ...rule.observed, seconds: 0, share: 0, sensors };
  const text = await renderReport({ ...audit, summary: { rules: [{ ...rule, observed }] } }, 'md', PLAIN);
  expect(text).toMatch(
    /\(0 %\) from .* by all sensors at the same time; observed by each sensor, .*: day 50 %, night 50 %/,
  );
});
