import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { FINDING_RESULTS } from '../../../src/model/findings.ts';
import type { Finding, FindingService, ReportDocument } from '../../../src/model/report.ts';
import { REQUEST } from '../../../src/model/request.ts';
import { GAP_WORDS } from '../../../src/model/window-words.ts';
import { renderEveCorrection, renderEveEchOffer, signatureId } from '../../../src/report/format/eve.ts';
import { FORMAT_NAMES, renderReport } from '../../../src/report/render.ts';
import { PLAIN } from '../../../src/report/text/render-options.ts';
import { buildVerdicts } from '../../../src/report/text/verdict.ts';
import {
  ECS_SCHEMA,
  EVE_SCHEMA,
  OWN_ZEEK_COLUMNS,
  SARIF_SCHEMA,
  ZEEK_COLUMNS,
  ZEEK_FOOTER,
  ZEEK_HEADER,
  ZEEK_NOTICE,
} from './published-schemas.ts';
import { sampleAudit, sampleDocument } from './sample-document.ts';

const render = (document: ReportDocument, format: (typeof FORMAT_NAMES)[number]) =>
  renderReport(document, format, PLAIN);

const parseLines = (text: string): Record<string, unknown>[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

/** Violations of a published schema by an event, one line each. */
function faultsOf(schema: z.ZodType, event: unknown): string[] {
  const result = schema.safeParse(event);
  if (result.success) return [];
  return result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
}

const isEmpty: ReportDocument = { ...sampleDocument(), hosts: [], tools: [], notVisible: [] };

/** With a MAC, community ids, references, several fingerprints and a hidden share: every field that can be written. */
function fullDocument(): ReportDocument {
  const audit = sampleAudit();
  const [first, ...rest] = audit.findings ?? [];
  if (first === undefined) throw new Error('the sample has no finding');
  const communityIds = ['1:hO+sN4H+MG5MY/8hIrXPqc4ZQz0=', '1:3V71V58M3Ksw/yuFALMcW0LAHvc='];
  const evidence = first.evidence.map((item) => ({ ...item, communityIds }));
  return {
    ...audit,
    sensor: 'office-1',
    hosts: audit.hosts.map((host) => ({
      ...host,
      mac: '02:00:5e:10:00:01',
      tools: host.tools.map((use, i) => ({
        ...use,
        fingerprints: i === 0 ? use.fingerprints : [...use.fingerprints, ...use.fingerprints],
      })),
    })),
    findings: [{ ...first, evidence, references: ['https://policy.example/ai'] }, ...rest],
  };
}

/** With a finding of each result and of a service, an advisory, and a gap. */
function everyEvent(): ReportDocument {
  const full = fullDocument();
  const [finding] = full.findings ?? [];
  const [host] = full.hosts;
  if (finding === undefined || host === undefined) throw new Error('the sample has no finding');
  const service: FindingService = {
    ...{ product: 'Ollama', class: 'ollama', port: 11_434, exposed: true, probes: 1 },
    clients: [{ host: '10.20.1.9', requests: { min: 4, max: 4 }, firstSeen: finding.first }],
  };
  const results = FINDING_RESULTS.map((result): Finding => ({ ...finding, id: `X/${result}`, result }));
  const exposure = {
    advisory: 'X-1',
    host: host.host,
    tool: finding.tool,
    first: '2026-07-02',
    last: '2026-07-02',
  };
  return {
    ...full,
    findings: [...results, { ...finding, id: 'X/service', service }],
    advisories: [
      {
        ...{
          id: 'X-1',
          title: 'x',
          tool: finding.tool,
          affected: [['1.0.0', '1.2.0']],
          possible: [],
          unmapped: [],
        },
        ...{ severity: 'high', score: null, vector: null, aliases: [], published: null, modified: null },
        ...{ sources: ['https://example.org/x'], action: 'x' },
      },
    ],
    exposure: (['ran', 'may'] as const).map((answer) => ({ ...exposure, answer, days: [] })),
    coverage: [
      {
        ...{ date: '2026-07-02', packets: 1, kernelDrops: 1 },
        gaps: [
          { from: finding.first, to: finding.last, reason: GAP_WORDS.silence },
          { from: finding.last, to: null, reason: GAP_WORDS.cut },
        ],
      },
    ],
  };
}

const DOCUMENTS: readonly (readonly [string, ReportDocument])[] = [
  ['seen', sampleDocument()],
  ['audit', sampleAudit()],
  ['every field', fullDocument()],
  ['every event', everyEvent()],
  ['nothing', isEmpty],
];

describe('every format', () => {
  it.each(FORMAT_NAMES)(
    '%s gives the same bytes twice, with and without a policy and hosts',
    async (format) => {
      for (const document of [sampleDocument(), sampleAudit(), isEmpty]) {
        expect(await render(document, format)).toBe(await render(document, format));
      }
    },
  );

  it.each(FORMAT_NAMES)('%s lets no control sign of a host name through', async (format) => {
    const text = await render(sampleAudit(), format);
    expect(text).not.toMatch(/[^\P{Cc}\n\r\t]|[\u202a-\u202e]/u);
  });
});

describe('terminal', () => {
  it('colours only when asked, and by codes of the theme alone', async () => {
    const text = await renderReport(sampleAudit(), 'terminal', { width: 120, color: true, unicode: true });
    const codes = new Set([...text.matchAll(/\p{Cc}\[([\d;]*)m/gu)].map((match) => match[1]));
    expect([...codes].sort()).toEqual(['0', '1', '1;31', '2', '31', '32', '33', '34']);
  });

  it('is ASCII alone when asked', async () => {
    const text = await renderReport(sampleAudit(), 'terminal', { width: 120, color: false, unicode: false });
    expect(text).toMatch(/^[\n\x20-\x7e]*$/);
  });

  it.each([60, 80, 100, 120, 200])('keeps table and sentences within %d columns', async (width) => {
    const { displayWidth } = await import('../../../src/text/text-layout.ts');
    const text = await renderReport(sampleAudit(), 'terminal', { width, color: false, unicode: true });
    const long = text
      .split('\n')
      .filter((line) => displayWidth(line) > width && !line.includes('wiretally '));
    expect(long).toEqual([]);
  });

  it.each([
    [
      'tool',
      100,
      'TOOL HOSTS FLOWS SENT RECEIVED ACTIVE MIN REQUESTS TELEMETRY',
      'ACTIVE MIN is minutes with a request under way. SENT and RECEIVED count whole frames on the wire.',
    ],
    [
      'host',
      100,
      'HOST TOOLS FLOWS SENT RECEIVED ACTIVE MIN REQUESTS TELEMETRY',
      'ACTIVE MIN is minutes with a request under way. SENT and RECEIVED count whole frames on the wire.',
    ],
    ['day', 60, 'DAY HOSTS TOOLS SENT', 'SENT counts whole frames on the wire.'],
  ] as const)(
    'breaks down by %s, %d wide, and says what the heads mean',
    async (by, width, heads, legend) => {
      const row = {
        key: 'k',
        label: 'one with a label of some length',
        hosts: 1,
        tools: 1,
        flows: 3,
        bytesUp: 2_000_000,
        bytesDown: 3_000_000,
        payloadUp: 1,
        activeMinutes: 4,
        requests: { min: 5, max: 5 },
        modelPayloadUp: null,
        telemetryPayloadUp: null,
        telemetryShare: 0.5,
        notVisibleShare: null,
      };
      const document = { ...sampleDocument(), breakdown: { by, rows: [row] } };
      const text = await renderReport(document, 'terminal', { ...PLAIN, width });
      expect(text.split('\n')[0]?.split(/ +/).join(' ')).toBe(heads);
      expect(text).toContain(legend);
    },
  );

  it('says what was not found without saying that it was not there', async () => {
    expect(await render(isEmpty, 'terminal')).toContain(
      'No AI coding tool was seen, and no host with traffic that could show one.',
    );
  });
});

describe('csv (RFC 4180)', () => {
  it('ends lines with CRLF, quotes quotes, and gives every line the same number of fields', async () => {
    const text = await render(sampleAudit(), 'csv');
    expect(text.endsWith('\r\n')).toBe(true);
    expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    const rows = text.trimEnd().split('\r\n').map(splitCsv);
    expect(new Set(rows.map((row) => row.length)).size).toBe(1);
    expect(rows.flat()).toContain('"><script>alert(1)</script><U+202E><U+001B>[31m');
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)'])('keeps a spreadsheet from running %s', async (name) => {
    const [host] = sampleDocument().hosts;
    if (host === undefined) throw new Error('the sample has no host');
    const text = await render({ ...sampleDocument(), hosts: [{ ...host, name }] }, 'csv');
    expect(splitCsv(text.split('\r\n')[1] ?? '')[1]).toBe(`'${name}`);
  });
});

function splitCsv(line: string): string[] {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))/g)].map(
    (match) => match[1]?.replaceAll('""', '"') ?? match[2] ?? '',
  );
}

describe('md', () => {
  it('gives every row of a table as many cells as its head, whatever the names hold', async () => {
    const [host] = sampleDocument().hosts;
    if (host === undefined) throw new Error('the sample has no host');
    const text = await render(
      { ...sampleDocument(), hosts: [{ ...host, name: 'a|b `c` <img src=x> [d](e)' }] },
      'md',
    );
    const cells = text
      .split('\n')
      .filter((line) => line.startsWith('| '))
      .map((line) => line.replaceAll('\\|', '').split('|').length);
    expect(new Set(cells.slice(0, 3)).size).toBe(1);
    expect(text).not.toContain('<img');
    expect(text).toContain('&lt;img src=x&gt;');
  });
});

describe('ndjson and eve', () => {
  it.each(DOCUMENTS)(
    'keep to the schema of Suricata, and their own fields under wiretally: %s',
    async (_, document) => {
      const schema = z.fromJSONSchema(EVE_SCHEMA);
      const events = parseLines(await render(document, 'eve'));
      expect(events.flatMap((event) => faultsOf(schema, event))).toEqual([]);
      for (const event of events) expect(['wiretally', 'alert', 'stats']).toContain(event.event_type);
    },
  );

  it('keep to the schema in corrections of live findings and in offers of hidden names', () => {
    const { findings: [finding] = [], policy } = sampleAudit();
    const [rule] = policy?.rules ?? [];
    if (finding === undefined || rule === undefined) throw new Error('the sample has no finding');
    const { id, host, tool, first: time, result: was } = finding;
    const schema = z.fromJSONSchema(EVE_SCHEMA);
    const corrections = [null, was, 'suspected' as const].map((result) =>
      renderEveCorrection({ id, rule, host, tool, toolName: 'Claude Code', was, result, time }),
    );
    const offer = renderEveEchOffer({
      id,
      name: 'example.org',
      resolver: '192.0.2.53',
      ttlSeconds: 300,
      time,
    });
    expect([...corrections, offer].flatMap((line) => faultsOf(schema, JSON.parse(line)))).toEqual([]);
  });

  it('raise one alert per finding, with a number of its own per rule', async () => {
    const alerts = parseLines(await render(sampleAudit(), 'ndjson')).filter(
      (event) => event.event_type === 'alert',
    );
    expect(alerts).toHaveLength(4);
    expect(signatureId('AI-0710')).toBeGreaterThanOrEqual(1_000_000);
    expect(signatureId('AI-0710')).not.toBe(signatureId('AI-0711'));
  });

  it('count the bytes of names once: they add up to those of the rows', async () => {
    const names = parseLines(await render(sampleDocument(), 'eve')).filter(
      (event) => event.flow !== undefined,
    );
    const sum = names.reduce(
      (total, event) => total + (event.flow as { bytes_toserver: number }).bytes_toserver,
      0,
    );
    const rows = sampleDocument().hosts.flatMap((host) => [
      ...host.tools.filter((use) => use.confidence !== 'possible'),
      ...host.providers,
    ]);
    expect(sum).toBe(rows.reduce((total, use) => total + use.bytesUp, 0));
  });

  it('name no source address where the host is a pseudonym', async () => {
    const [host] = sampleDocument().hosts;
    if (host === undefined) throw new Error('the sample has no host');
    const [event] = parseLines(
      await render({ ...sampleDocument(), hosts: [{ ...host, host: 'h-4XP8' }] }, 'eve'),
    );
    expect(event).not.toHaveProperty('src_ip');
    expect(event).toHaveProperty('wiretally.host', 'h-4XP8');
  });
});

/** The logs of one output: path, columns with types, and lines of values. */
function zeekLogs(text: string) {
  return text
    .split(/^(?=#separator)/m)
    .map((log) => log.trimEnd().split('\n'))
    .map((lines) => {
      const cells = (name: string): string[] =>
        lines
          .find((line) => line.startsWith(`#${name}\t`))
          ?.split('\t')
          .slice(1) ?? [];
      const types = cells('types');
      return {
        lines,
        path: cells('path')[0] ?? '',
        columns: cells('fields').map((field, i) => [field, types[i]] as const),
        rows: lines.filter((line) => !line.startsWith('#')).map((line) => line.split('\t')),
      };
    });
}

describe('zeek', () => {
  it.each(DOCUMENTS)(
    'has the header and footer of Zeek, and values that fit their types: %s',
    async (_, document) => {
      for (const { lines, columns, rows } of zeekLogs(await render(document, 'zeek'))) {
        for (const [i, pattern] of ZEEK_HEADER.entries()) expect(lines[i]).toMatch(pattern);
        expect(lines.at(-1)).toMatch(ZEEK_FOOTER);
        expect(lines.filter((line) => line.startsWith('#'))).toHaveLength(ZEEK_HEADER.length + 1);
        for (const values of rows) {
          expect(values).toHaveLength(columns.length);
          for (const [i, value] of values.entries()) checkZeek(columns[i]?.[1] ?? '', value);
        }
      }
    },
  );

  it('has the columns of notice.log, all in their order, and in its own logs those of Zeek where Zeek has them', async () => {
    const logs = zeekLogs(await render(sampleAudit(), 'zeek'));
    expect(logs.map(({ path }) => path)).toEqual([
      'wiretally_use',
      'wiretally_name',
      'wiretally_not_visible',
      'wiretally_verdict',
      'wiretally_gap',
      'notice',
    ]);
    expect(logs.at(-1)?.columns).toEqual(ZEEK_NOTICE);
    for (const [column, type] of logs.slice(0, -1).flatMap(({ columns }) => columns)) {
      expect([column, type]).toEqual([column, ZEEK_COLUMNS[column] ?? OWN_ZEEK_COLUMNS[column]]);
    }
  });

  it('writes unset, empty, reserved and separating text as Zeek does', async () => {
    const [host] = sampleDocument().hosts;
    const [use] = host?.tools ?? [];
    if (host === undefined || use === undefined) throw new Error('the sample has no use');
    const [print] = use.fingerprints;
    if (print === undefined) throw new Error('the sample has no fingerprint');
    const cell = async (name: string | null, ja3: readonly string[]): Promise<(string | undefined)[]> => {
      const fingerprints = ja3.map((each) => ({ ...print, ja3: each }));
      const hosts = [{ ...host, name, tools: [{ ...use, fingerprints }], providers: [] }];
      const [log] = zeekLogs(await render({ ...sampleDocument(), hosts }, 'zeek'));
      const at = (column: string): number => log?.columns.findIndex(([each]) => each === column) ?? -1;
      return [log?.rows[0]?.[at('host_name')], log?.rows[0]?.[at('ja3')]];
    };
    expect(await cell(null, [])).toEqual(['-', '(empty)']);
    expect(await cell('', ['a', 'b', 'a'])).toEqual(['(empty)', 'a,b']);
    expect(await cell('-', ['a,b', '-'])).toEqual(['\\x2d', 'a\\x2cb,\\x2d']);
    expect(await cell('(empty)', ['(empty)'])).toEqual(['\\x28empty)', '\\x28empty)']);
    expect(await cell('a\tb\\c\nd', ['x'])).toEqual(['a\\x09b\\x5cc\\x0ad', 'x']);
  });

  it('escapes what would end a field or hide text, byte by byte', async () => {
    expect(await render(sampleAudit(), 'zeek')).toContain('</script>\\xe2\\x80\\xae\\x1b[31m');
  });
});

function checkZeek(type: string, value: string): void {
  if (value === '-') return;
  if (type === 'time' || type === 'interval') expect(value).toMatch(/^\d+\.\d{6}$/);
  if (type === 'count') expect(value).toMatch(/^\d+$/);
  if (type === 'addr') expect(value).toMatch(/^[\da-f.:]+$/);
  if (type === 'double') expect(Number(value)).not.toBeNaN();
}

describe('ecs', () => {
  it.each(DOCUMENTS)(
    'keeps to the schema of Elastic, and its own fields under wiretally: %s',
    async (_, document) => {
      const schema = z.fromJSONSchema(ECS_SCHEMA);
      expect(parseLines(await render(document, 'ecs')).flatMap((event) => faultsOf(schema, event))).toEqual(
        [],
      );
    },
  );

  it('reports unobserved traffic, because an empty index is not a quiet network', async () => {
    const events = parseLines(await render(isEmpty, 'ecs'));
    expect(events.map((event) => (event.event as { dataset: string }).dataset)).toEqual(['wiretally.sensor']);
  });
});

describe('the sentence of a verdict', () => {
  const clear = { after: 0, grace: 0, suspected: 0, exempt: 0, reasons: [] };
  it.each([
    [
      'kept, and nothing like it seen',
      { ...clear, verdict: 'compliant' },
      'not seen on any of 7 hosts in scope in 38 hours of observation',
    ],
    [
      'kept, with suspicions',
      { ...clear, verdict: 'compliant', suspected: 2 },
      'no violation was found on 7 hosts in scope',
    ],
    [
      'kept, with exceptions',
      { ...clear, verdict: 'compliant', exempt: 1 },
      'no violation was found on 7 hosts in scope',
    ],
    [
      'most of it dark',
      { ...clear, verdict: 'inconclusive', reasons: [{ reason: 'notVisible', share: 0.83 }] },
      '83 % of the bytes of 7 hosts in scope could not be inspected',
    ],
    [
      'nobody there',
      { ...clear, verdict: 'inconclusive', reasons: [{ reason: 'noHosts' }] },
      'no connection of a host in scope was seen while the rule was in force and its grace period over, or only unknown protocols inside the network',
    ],
  ] as const)('is true of a rule that is %s', async (_, change, sentence) => {
    const audit = sampleAudit();
    const rules = (audit.summary?.rules ?? []).map((rule) => ({ ...rule, ...change }));
    const text = await renderReport({ ...audit, hosts: [], summary: { rules }, findings: [] }, 'terminal', {
      ...PLAIN,
      width: 200,
    });
    expect(text).toContain(sentence);
  });

  it('is not that a tool was not seen whose row the report has', async () => {
    const audit = sampleAudit();
    const rules = (audit.summary?.rules ?? []).map((rule) => ({
      ...rule,
      ...clear,
      verdict: 'compliant' as const,
    }));
    const shown = { ...audit, summary: { rules }, findings: [] };
    const [host] = shown.hosts.filter(({ tools }) => tools.length > 0);
    if (host === undefined) throw new TypeError('the sample has no tool');
    const ofRules = (ids: readonly string[]) => ({
      ...host,
      tools: host.tools.map((use) => ({
        ...use,
        days: use.days.map((day) => ({ ...day, rules: [...ids] })),
      })),
    });
    const sentences = (ids: readonly string[]) =>
      buildVerdicts({ ...shown, hosts: [ofRules(ids)] }).map(({ sentence }) => sentence);
    expect(sentences(['another'])[0]).toContain('not seen on any of 7 hosts');
    expect(sentences(rules.map(({ rule }) => rule))[0]).toContain('no violation was found on 7 hosts');
  });
});

describe('a kept verdict', () => {
  const kept = (truncated: boolean): Promise<string> => {
    const audit = sampleAudit();
    const rules = (audit.summary?.rules ?? []).map((rule) => ({ ...rule, verdict: 'compliant' as const }));
    const captures = audit.captures.map((capture) => ({ ...capture, truncated }));
    const stats = { ...audit.stats, kernelDrops: 0 };
    return renderReport({ ...audit, captures, stats, summary: { rules } }, 'terminal', PLAIN);
  };

  it('says that nothing was lost where nothing was, and not of a capture that was cut', async () => {
    expect(await kept(false)).toContain('none lost');
    const cut = await kept(true);
    expect(cut).not.toContain('none lost');
    expect(cut).toContain('1 capture not to the end');
  });
});

describe('a finding', () => {
  /** Of a few minutes, on a host that has used the tool all week. */
  const audit = sampleAudit();
  const [first, ...others] = audit.findings ?? [];
  if (first === undefined) throw new Error('the sample has no finding');
  const finding: Finding = {
    ...first,
    confidence: 'possible',
    first: '2026-07-14T02:03:00.000000Z',
    last: '2026-07-14T02:07:00.000000Z',
    activeMinutes: 4,
    requests: { min: 7, max: 7 },
    payloadUp: 123_456,
  };
  const document = { ...audit, findings: [finding, ...others] };
  const forPeople = [/10:03/, /10:07/, /\b7\b/, /123 kB/, /possible/];
  const exact = [/02:03:00|1783994580/, /02:07:00|1783994820/, /\b7\b/, /123456/, /possible/];
  it.each([
    { format: 'terminal', part: '\n', says: forPeople },
    { format: 'md', part: '\n', says: forPeople },
    { format: 'html', part: '<details', says: forPeople },
    { format: 'eve', part: '\n', says: exact },
    { format: 'ecs', part: '\n', says: exact },
    { format: 'zeek', part: '\n', says: exact },
    { format: 'junit', part: '<testcase', says: exact },
    { format: 'sarif', part: '"ruleId"', says: exact },
  ] as const)('has its own figures in $format, not those of its row', async ({ format, part, says }) => {
    const text = await renderReport(document, format, { ...PLAIN, width: 120 });
    const reported = text.split(part).filter((each) => says.every((sign) => sign.test(each)));
    expect(reported.join('')).toContain(finding.host);
  });

  it('has its own entry on the page, next to the others of its host and tool', async () => {
    const grace: Finding = { ...finding, id: 'other', result: 'grace', payloadUp: 654_321 };
    const page = await renderReport({ ...audit, findings: [finding, grace] }, 'html', PLAIN);
    expect(page).toContain('123 kB of payload sent');
    expect(page).toContain('654 kB of payload sent');
    expect(page).toContain('Findings <span class="cnt">2</span>');
  });
});

describe('sarif', () => {
  it.each(DOCUMENTS)(
    'keeps to the schema of OASIS, and gives a level to failures only: %s',
    async (_, document) => {
      const log = JSON.parse(await renderReport(document, 'sarif', PLAIN));
      expect(faultsOf(z.fromJSONSchema(SARIF_SCHEMA), log)).toEqual([]);
      // §3.27.10, which the schema cannot state.
      for (const { kind, level } of log.runs[0].results)
        expect(kind === 'fail' || level === 'none').toBe(true);
      const { findings = [], exposure = [] } = document;
      expect(log.runs[0].results).toHaveLength(findings.length + exposure.length);
    },
  );

  it('has a level that the schema knows', async () => {
    const log = JSON.parse(await renderReport(sampleAudit(), 'sarif', PLAIN));
    const schema = z.fromJSONSchema(SARIF_SCHEMA);
    expect(faultsOf(schema, log)).toEqual([]);
    log.runs[0].results[0].level = 'fatal';
    expect(faultsOf(schema, log)).toHaveLength(1);
  });

  it('places each result at a file, as code hosts demand', async () => {
    const audit = sampleAudit();
    const [capture] = audit.captures;
    if (capture === undefined) throw new Error('the sample has no capture');
    const captures = [{ ...capture, file: '/span/port #1.pcap' }];
    const log = JSON.parse(await renderReport({ ...audit, captures }, 'sarif', PLAIN));
    const uris = log.runs[0].results.map((result: { locations: [{ physicalLocation?: object }] }) =>
      JSON.stringify(result.locations[0].physicalLocation),
    );
    expect(new Set(uris)).toEqual(
      new Set([
        '{"artifactLocation":{"uri":"file:///span/port%20%231.pcap","index":0},"region":{"startLine":1}}',
      ]),
    );
  });
});

describe.each(['terminal', 'md', 'html', 'summary', 'junit', 'sarif'] as const)(
  'a verdict in %s',
  (format) => {
    it('names the selection that it is about', async () => {
      const selection = { hosts: ['10.77.0.2'], groups: [], tools: [], toolNames: [] };
      const text = await render({ ...sampleAudit(), selection }, format);
      expect(text).toMatch(/only host 10\.77\.0\.2/i);
      expect(await render(sampleAudit(), format)).not.toMatch(/only host 10/i);
    });
  },
);

describe('records of a store, as sarif', () => {
  it.each([
    [['office.usage'], 'office.usage'],
    [['clickhouse://name:secret@db/wiretally'], 'wiretally'],
    [[], 'wiretally'],
  ])('are at a line of a file too: %s', async (inputs, uri) => {
    const document = { ...sampleAudit(), captures: [], [REQUEST]: { inputs, options: [] } };
    const log = JSON.parse(await renderReport(document, 'sarif', PLAIN));
    expect(faultsOf(z.fromJSONSchema(SARIF_SCHEMA), log)).toEqual([]);
    expect(log.runs[0].results[0].locations[0].physicalLocation).toEqual({
      artifactLocation: { uri },
      region: { startLine: 1 },
    });
  });
});

describe('a terminal of 80 columns', () => {
  it('keeps first seen, days and telemetry over months too', async () => {
    const audit = sampleAudit();
    const period = { ...audit.period, since: '2026-03-31T16:00:00.000000Z' };
    const hosts = audit.hosts.filter(({ host }) => host.startsWith('10.'));
    const text = await renderReport({ ...audit, period, hosts }, 'terminal');
    expect(text).toMatch(/^HOST +TOOL +CONFIDENCE FIRST APR-JUL +.*TELEMETRY/m);
    expect(text.split('\n').filter((line) => line.length > 80 && !line.startsWith('  '))).toEqual([]);
  });
});
