// Own update channels: use by day, the reason for "may" of an advisory, and the table of docs/advisories.md.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { attribute } from '../../../../src/attribution/attribute.ts';
import { explainTool } from '../../../../src/attribution/explain-evidence.ts';
import { isProviderKind } from '../../../../src/catalogue/rules.ts';
import { listUpdateNames } from '../../../../src/catalogue/update-names.ts';
import { advisoryLines } from '../../../../src/cli/commands/explain.ts';
import { loadCatalogue } from '../../../../src/files/catalogue-files.ts';
import type { Advisory } from '../../../../src/model/report.ts';
import type { HostTool } from '../../../../src/model/tool.ts';
import type { UsageRow, UsageWindow } from '../../../../src/model/usage.ts';
import { listExposures } from '../../../../src/policy/advisory-exposure.ts';
import { getReason } from '../../../../src/report/text/exposure-words.ts';
import { SignTexts } from '../../../../src/store/sql/sign-texts.ts';
import { signsText } from '../../../../src/store/sql/tables.ts';
import type { VersionSpan } from '../../../../src/text/version.ts';
import { openZone } from '../../../../src/time/zone.ts';
import { CLAUDE_START, exchange, FORMS, later, row, START, window } from '../rows.ts';

const catalogue = await loadCatalogue();
const UTC = openZone('UTC');
const DAY = 86_400;
const MIB = 1 << 20;

const at = (seconds: number, rows: readonly UsageRow[]): UsageWindow =>
  window(later(rows, seconds), [], START + seconds);
const model = row('api.anthropic.com', FORMS.bun144Fetch, { exchanges: [exchange()] });
const started = [
  model,
  row('api.anthropic.com', FORMS.bun144Https, { exchanges: CLAUDE_START.https, communityIds: ['1:other'] }),
];
const fetched = (payloadDown: number): UsageRow =>
  row('downloads.claude.ai', FORMS.bun144Fetch, { payloadDown });
/** Use of a connection that the day before opened: no start. */
const used = { ...model, flows: 0, establishedFlows: 0, helloTimesUs: [] };

function toolOf(windows: readonly UsageWindow[], id: string): HostTool {
  const [host] = attribute(windows, catalogue, { zone: UTC });
  const tool = host?.tools.find(({ use }) => use.tool === id);
  if (tool === undefined) throw new Error(`${id} is not there`);
  return tool;
}

/** A download on 2 July, when no build after 2.1.199 existed, and use without a start on the next days. */
const claude = (payloadDown: number): HostTool =>
  toolOf(
    [
      at(0, [...started, fetched(payloadDown)]),
      at(DAY, [{ ...used, openSeconds: DAY }]),
      at(2 * DAY, [{ ...used, openSeconds: 2 * DAY }, fetched(2000)]),
    ],
    'claude-code',
  );

const advisory = (...affected: VersionSpan[]): Advisory => ({
  ...{ id: 'X-1', title: 'x', tool: 'claude-code', affected, possible: [], unmapped: [], severity: 'high' },
  ...{ score: null, vector: null, aliases: [], published: null, modified: null, sources: ['x'], action: 'x' },
  ...{ platforms: [], since: null, until: null },
});
const exposed = (tool: HostTool, one: Advisory) =>
  listExposures([{ host: '10.77.0.2', tools: [tool], providers: [] }], [one])[0];
const answers = (tool: HostTool, one: Advisory) =>
  exposed(tool, one)?.days.map(({ date, answer, downloaded }) => [date, answer, downloaded]);

describe('an own update channel', () => {
  it('is listed by day, with what was received', () => {
    expect(claude(200 * MIB).use.updates).toEqual([
      {
        ...{ date: '2026-07-02', name: 'downloads.claude.ai', payloadDown: 200 * MIB, isRelease: true },
        ...{ first: '2026-07-02T14:00:00.000000Z', last: '2026-07-02T14:00:20.000000Z' },
      },
      {
        ...{ date: '2026-07-04', name: 'downloads.claude.ai', payloadDown: 2000, isRelease: false },
        ...{ first: '2026-07-04T14:00:00.000000Z', last: '2026-07-04T14:00:20.000000Z' },
      },
    ]);
  });

  it('adds up the forms of one name, and is kept in a store', () => {
    const both = [fetched(MIB), row('downloads.claude.ai', FORMS.bun144Https, { payloadDown: 5 })];
    const { use } = toolOf([at(0, [...started, ...both]), at(900, [fetched(1)])], 'claude-code');
    expect(use.updates).toMatchObject([{ payloadDown: MIB + 6, last: '2026-07-02T14:15:20.000000Z' }]);
    const updates = [{ name: 'downloads.claude.ai', firstUs: 1, lastUs: 2, payloadDown: 3 }];
    const kept = new SignTexts(UTC).keep(signsText([], updates));
    expect(kept).toMatchObject({ updates, signs: [] });
  });

  it('counts no answer that did not come', () => {
    const unanswered = { ...fetched(MIB), answeredSlices: 0, payloadDown: 0, packetsDown: 0, bytesDown: 0 };
    expect(toolOf([at(0, [...started, unanswered])], 'claude-code').use.updates).toEqual([]);
  });

  it('is absent where the catalogue lists none', () => {
    const codex = row('chatgpt.com', FORMS.rustls, { exchanges: [exchange()] });
    const { tools } = attribute([at(0, [codex])], catalogue, { zone: UTC })[0] ?? { tools: [] };
    expect(tools.length).toBeGreaterThan(0);
    for (const { use } of tools.filter((one) => one.use.tool === 'openai-codex'))
      expect(use).not.toHaveProperty('updates');
  });
});

describe('a download before the fixed version', () => {
  const DOWNLOAD = '2026-07-02';

  it('is a reason for "may have run" on later days without a matched start', () => {
    const found = answers(claude(200 * MIB), advisory(['2.1.150', '2.1.300']));
    expect(found?.slice(1)).toEqual([
      ['2026-07-03', 'may', DOWNLOAD],
      ['2026-07-04', 'may', DOWNLOAD],
    ]);
    expect(found?.[0]?.[2]).toBeUndefined();
  });

  it.each<[string, VersionSpan[]]>([
    ['the fixed version was out', [['2.1.150', '2.1.160']]],
    ['the affected versions came later', [['2.1.290', '2.1.300']]],
    ['no version is fixed', [['2.1.150', null]]],
    [
      'it was fixed, and broke again later',
      [
        ['2.1.100', '2.1.150'],
        ['2.1.290', '2.1.300'],
      ],
    ],
  ])('is a fact alone if %s', (_, affected) => {
    expect(answers(claude(200 * MIB), advisory(...affected))?.slice(1)).toEqual([
      ['2026-07-03', 'cannotSay', DOWNLOAD],
      ['2026-07-04', 'cannotSay', DOWNLOAD],
    ]);
  });

  it('is no check for a new release', () => {
    expect(answers(claude(2000), advisory(['2.1.150', '2.1.300']))?.slice(1)).toEqual([
      ['2026-07-03', 'cannotSay', undefined],
      ['2026-07-04', 'cannotSay', undefined],
    ]);
  });

  it('changes no result of a matched start, and is never "ran" or "not seen"', () => {
    const [with_, without] = [claude(200 * MIB), claude(2000)];
    for (const affected of [
      [['2.1.150', '2.1.300']],
      [['2.1.290', null]],
      [[null, '2.1.100']],
    ] as VersionSpan[][]) {
      const [a = [], b = []] = [
        answers(with_, advisory(...affected)),
        answers(without, advisory(...affected)),
      ];
      for (const [i, [date, answer]] of a.entries()) {
        const before = b[i]?.[1];
        expect([
          date,
          before === 'cannotSay' ? ['may', 'cannotSay'].includes(String(answer)) : answer === before,
        ]).toEqual([date, true]);
      }
    }
  });

  it('of a tool without recorded builds is a fact alone', () => {
    const use = {
      ...{ tool: 'cursor', days: [{ date: '2026-07-02' }, { date: '2026-07-03' }] },
      updates: [{ date: DOWNLOAD, isRelease: true }],
    };
    const one = { ...advisory(['2.0.0', '2.3.0']), tool: 'cursor' };
    const tool = { use, quarters: [] } as unknown as HostTool;
    expect(answers(tool, one)).toEqual([
      ['2026-07-02', 'cannotSay', undefined],
      ['2026-07-03', 'cannotSay', DOWNLOAD],
    ]);
  });

  it('bounds a tool without recorded builds by dates of releases', () => {
    // Before 3.0.4 of 2 April 2026, which is 91 days before the start of these windows.
    const days = (download: number): readonly UsageWindow[] => [
      at(download * DAY, [
        row('api2.cursor.sh', FORMS.chromium, { exchanges: [exchange()] }),
        row('downloads.cursor.com', FORMS.chromium, { payloadDown: 200 * MIB }),
      ]),
      at((download + 1) * DAY, [row('api2.cursor.sh', FORMS.chromium, { exchanges: [exchange()] })]),
    ];
    const before = (first: string): Advisory => ({ ...advisory([null, first]), tool: 'cursor' });
    const answersOf = (download: number, first: string) =>
      answers(toolOf(days(download), 'cursor'), before(first))?.map(([, answer]) => answer);
    expect(answersOf(-95, '3.0.3')).toEqual(['cannotSay', 'may']);
    expect(answersOf(-80, '3.0.3')).toEqual(['cannotSay', 'cannotSay']);
    expect(answersOf(-95, '2.2.9999999999')).toEqual(['cannotSay', 'cannotSay']);
  });

  it('is named in the matrix and by explain', () => {
    const tool = claude(200 * MIB);
    const one = advisory(['2.1.150', '2.1.300']);
    const found = exposed(tool, one);
    expect(found === undefined ? '' : getReason(found)).toBe('downloaded a release on 2026-07-02');
    expect(advisoryLines('10.77.0.2', tool, [one], (time) => time).join('\n')).toContain(
      '? downloaded a release on 2026-07-02',
    );
    const wording = { bytes: String, count: String, time: (instant: string) => instant, timezone: 'UTC' };
    const host = { host: '10.77.0.2', tools: [tool], providers: [] };
    const text = explainTool([host], host.host, 'claude-code', wording).join('\n');
    expect(text).toContain('downloads.claude.ai, 209715200 received (large enough for a release)');
    expect(text).toContain('downloads.claude.ai, 2000 received (too small for a release)');
    const { updates: _, ...hidden } = tool.use;
    const other = { ...host, tools: [{ use: hidden, quarters: [] }] };
    expect(explainTool([other], host.host, 'claude-code', wording).join('\n')).toContain(
      'not visible: no known name',
    );
  });
});

it('are listed in the docs', async () => {
  const page = fileURLToPath(new URL('../../../../docs/advisories.md', import.meta.url));
  const rows = catalogue.tools
    .filter((tool) => !isProviderKind(tool) && (tool.packages ?? tool.published ?? tool.builds) !== undefined)
    .map((tool) => ({ name: tool.name, names: listUpdateNames(tool), dates: tool.builds?.dates }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .filter(({ names }) => names.length > 0)
    .map(({ name, names, dates }) => {
      const channel = names.map((each) => `\`${each}\``).join(', ');
      return `| ${name} | ${channel} | ${dates === undefined ? 'no' : 'yes'} |`;
    });
  const table = `\n\n| tool | own update channel | release dates |\n|---|---|---|\n${rows.join('\n')}\n\n`;
  const [before, after] = ['<!-- updates: begin -->', '<!-- updates: end -->'];
  const text = readFileSync(page, 'utf8');
  expect(text).toContain(before);
  const made = text.slice(0, text.indexOf(before) + before.length) + table + text.slice(text.indexOf(after));
  await expect(made).toMatchFileSnapshot(page);
});
