// Published advisories in both formats become advisories about catalogued tools; damaged ones are refused.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { Advisory } from '../../../../src/model/report.ts';
import { computeCvssScore } from '../../../../src/policy/advisories/cvss.ts';
import { AdvisoryImport, type AdvisoryImportResult } from '../../../../src/policy/advisories/import.ts';
import { AdvisoryFault } from '../../../../src/policy/advisories/published.ts';
import { readPublished } from '../../../../src/policy/advisories/published-formats.ts';
import { advisoryFile, parseAdvisory } from '../../../../src/policy/parse-advisory.ts';

const PACKAGES = [
  { tool: 'codex', ecosystem: 'npm', name: '@openai/codex', hasOtherVersions: false, tagPrefix: '' },
  { tool: 'codex', ecosystem: 'VSCode', name: 'openai.chatgpt', hasOtherVersions: true, tagPrefix: '' },
  {
    tool: 'codex',
    ecosystem: 'GIT',
    name: 'https://github.com/openai/codex',
    hasOtherVersions: false,
    tagPrefix: 'rust-v',
  },
  { tool: 'aider', ecosystem: 'PyPI', name: 'aider-chat', hasOtherVersions: false, tagPrefix: '' },
  { tool: 'cursor', ecosystem: '', name: 'cursor', hasOtherVersions: false, tagPrefix: '' },
];

const codex = { package: { ecosystem: 'npm', name: '@openai/codex' } };
const semver = (...events: object[]): object => ({ type: 'SEMVER', events });
const OSV = {
  schema_version: '1.7.0',
  id: 'GHSA-xxxx-1111',
  modified: '2026-03-02T10:00:00Z',
  published: '2026-03-01T10:00:00Z',
  aliases: ['CVE-2026-1111'],
  summary: 'Codex runs commands',
  details: 'More.',
  severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H' }],
  affected: [
    {
      ...codex,
      ranges: [semver({ introduced: '0.2.0' }, { fixed: '0.39.0' })],
      versions: [],
      database_specific: { source: 'https://example.com/GHSA-xxxx-1111.json' },
    },
  ],
  references: [
    { type: 'WEB', url: 'https://example.com/a' },
    { type: 'WEB', url: 'javascript:alert(1)' },
  ],
  database_specific: { severity: 'HIGH', cwe_ids: ['CWE-78'], github_reviewed: true },
};
const GITHUB = {
  ghsa_id: 'GHSA-xxxx-2222',
  cve_id: 'CVE-2026-2222',
  html_url: 'https://github.com/advisories/GHSA-xxxx-2222',
  summary: 'Cursor runs commands',
  severity: 'critical',
  published_at: '2026-04-01T00:00:00Z',
  updated_at: '2026-04-02T00:00:00Z',
  withdrawn_at: null,
  references: ['https://example.com/b'],
  vulnerabilities: [
    {
      package: { ecosystem: 'other', name: 'Cursor' },
      vulnerable_version_range: '< 2.3',
      first_patched_version: '2.3',
    },
  ],
  cvss: { vector_string: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H', score: 10 },
};

function imported(...values: readonly unknown[]): AdvisoryImportResult {
  const into = new AdvisoryImport(PACKAGES);
  for (const value of values) for (const one of readPublished(value)) into.add(one);
  return into.finish();
}

const TOOLS = ['codex', 'aider', 'cursor'].map((id) => ({ id, name: id }));

/** Written to a file and read again. */
const reread = (advisory: Advisory): unknown => parseAdvisory(stringify(advisoryFile(advisory)), TOOLS);

describe('an import', () => {
  it('keeps what OSV says', () => {
    expect(imported(OSV).advisories).toEqual([
      {
        id: 'GHSA-xxxx-1111',
        title: 'Codex runs commands',
        tool: 'codex',
        affected: [['0.2.0', '0.38.9999999999']],
        possible: [],
        unmapped: [],
        severity: 'high',
        score: 8.8,
        vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H',
        aliases: ['CVE-2026-1111'],
        published: '2026-03-01',
        modified: '2026-03-02',
        sources: ['https://osv.dev/vulnerability/GHSA-xxxx-1111', 'https://example.com/a'],
        action: 'Update: fixed in 0.39.0.',
        platforms: [],
        since: null,
        until: null,
      },
    ]);
  });

  it("keeps what GitHub's API says, also of a page of advisories", () => {
    expect(imported([GITHUB]).advisories).toMatchObject([
      {
        id: 'GHSA-xxxx-2222',
        tool: 'cursor',
        affected: [[null, '2.2.9999999999']],
        severity: 'critical',
        score: 10,
        aliases: ['CVE-2026-2222'],
        sources: ['https://github.com/advisories/GHSA-xxxx-2222', 'https://example.com/b'],
        action: 'Update: fixed in 2.3.',
      },
    ]);
  });

  it('drops other packages and withdrawn advisories', () => {
    const other = {
      ...OSV,
      affected: [{ ...OSV.affected[0], package: { ecosystem: 'npm', name: 'left-pad' } }],
    };
    const into = new AdvisoryImport(PACKAGES);
    const added = [other, { ...OSV, withdrawn: '2026-05-01T00:00:00Z' }].map((value) =>
      readPublished(value).map((one) => into.add(one)),
    );
    expect(added).toEqual([[false], [true]]);
    expect(into.finish()).toEqual({ advisories: [], withdrawn: 1, joined: 0 });
  });

  it('joins aliases: affected where all agree, possible where one says so', () => {
    const cve = {
      ...OSV,
      id: 'CVE-2026-1111',
      aliases: [],
      published: '2026-02-20T00:00:00Z',
      affected: [{ ...codex, ranges: [semver({ introduced: '0' }, { last_affected: '0.23.0' })] }],
      database_specific: { severity: 'CRITICAL' },
    };
    const [joined, ...others] = imported(cve, OSV).advisories;
    expect(others).toEqual([]);
    expect(joined).toMatchObject({
      id: 'GHSA-xxxx-1111',
      affected: [['0.2.0', '0.23.0']],
      possible: [[null, '0.38.9999999999']],
      severity: 'critical',
      aliases: ['CVE-2026-1111'],
      published: '2026-02-20',
    });
    expect(imported(OSV, cve)).toEqual(imported(cve, OSV));
  });

  it('gives each of several holes an ID of its own, however its ID is shortened', () => {
    const long = 'A'.repeat(70);
    const ids = ['RHSA:1', 'RHSA-1', `${long}1`, `${long}2`, `${long}3`];
    const { advisories } = imported(...ids.map((id) => ({ ...OSV, id, aliases: [] })));
    expect(advisories.map(({ id }) => id)).toEqual([
      `${'A'.repeat(62)}.2`,
      `${'A'.repeat(62)}.3`,
      'A'.repeat(64),
      'RHSA-1',
      'RHSA-1.2',
    ]);
    expect(advisories.map(({ sources }) => sources[0])).not.toContain('https://osv.dev/vulnerability/RHSA-1');
  });

  it('leaves out one that was withdrawn later, in either order of the files', () => {
    const withdrawn = { ...OSV, modified: '2026-03-02T10:00:01Z', withdrawn: '2026-03-02T10:00:01Z' };
    expect(imported(OSV, withdrawn)).toEqual({ advisories: [], withdrawn: 1, joined: 0 });
    expect(imported(withdrawn, OSV)).toEqual({ advisories: [], withdrawn: 1, joined: 0 });
    const again = { ...OSV, modified: '2026-03-03T10:00:00Z' };
    expect(imported(withdrawn, again).advisories).toHaveLength(1);
  });

  it('does not depend on the order of two files with the same ID and time', () => {
    const other = { ...OSV, summary: 'Another text' };
    expect(imported(OSV, other)).toEqual(imported(other, OSV));
  });

  it('joins a chain of aliases as long as the largest import', () => {
    const ids = Array.from({ length: 50_000 }, (_, i) => `A${String(i).padStart(6, '0')}`);
    const { advisories, joined } = imported(
      ...ids.map((id, i) => ({ ...OSV, id, aliases: i === 0 ? [] : [ids[i - 1]] })),
    );
    expect([advisories.length, joined]).toEqual([1, 49_999]);
  });

  it.each([
    { about: 'an empty vector', change: { severity: [{ type: 'CVSS_V3', score: '' }] } },
    { about: 'a day that does not exist', change: { published: '2026-13-45T00:00:00Z' } },
    {
      about: 'a long ecosystem',
      change: {
        affected: [
          {
            package: { ecosystem: `npm:${'x'.repeat(990)}`, name: '@openai/codex' },
            ranges: [{ type: 'X', events: [] }],
          },
        ],
      },
    },
    {
      about: 'many ranges of several packages',
      change: {
        affected: [0, 1, 2].map((minor) => ({
          ...codex,
          ranges: [
            semver(
              ...Array.from({ length: 400 }, (_, i) => [
                { introduced: `0.${minor}.${i * 4}` },
                { fixed: `0.${minor}.${i * 4 + 2}` },
              ]).flat(),
            ),
          ],
        })),
      },
    },
    { about: 'control characters', change: { summary: '\u001b]0;x\u0007 \u202e: # \u0085 \u2028 -' } },
  ])('gives an advisory that can be written and read again: $about', ({ change }) => {
    const { advisories } = imported({ ...OSV, ...change });
    expect(advisories).toHaveLength(1);
    for (const one of advisories) expect(reread(one)).toEqual({ advisory: one, errors: [] });
  });

  it.each([
    { about: 'a score out of its range', change: { cvss: { score: 1e9 } } },
    { about: 'no link', change: { html_url: 'x', references: [] } },
  ])('gives an advisory of GitHub that can be written and read again: $about', ({ change }) => {
    const { advisories } = imported({ ...GITHUB, ...change });
    expect(advisories).toHaveLength(1);
    for (const one of advisories) expect(reread(one)).toEqual({ advisory: one, errors: [] });
  });

  it('takes the newest of two files with one ID', () => {
    const newer = { ...OSV, modified: '2026-06-01T00:00:00Z', summary: 'newer' };
    for (const order of [
      [OSV, newer],
      [newer, OSV],
    ])
      expect(imported(...order).advisories).toMatchObject([{ title: 'newer' }]);
  });

  it('makes one advisory for each tool', () => {
    const both = {
      ...OSV,
      affected: [
        ...OSV.affected,
        {
          package: { ecosystem: 'PyPI', name: 'Aider_Chat' },
          ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: '0.86.0' }] }],
        },
      ],
    };
    expect(imported(both).advisories.map(({ id, tool, affected }) => [id, tool, affected])).toEqual([
      ['GHSA-xxxx-1111.aider', 'aider', [[null, '0.85.9999999999']]],
      ['GHSA-xxxx-1111.codex', 'codex', [['0.2.0', '0.38.9999999999']]],
    ]);
  });

  it('finds a repository, and reports a package whose versions are others', () => {
    const repository = {
      ...OSV,
      affected: [
        {
          ranges: [
            { type: 'GIT', repo: 'https://github.com/OpenAI/codex.git', events: [{ introduced: '0' }] },
          ],
          versions: ['rust-v0.22.0'],
        },
        { package: { ecosystem: 'VSCode', name: 'OpenAI.ChatGPT' }, ranges: [semver({ introduced: '0' })] },
      ],
    };
    expect(imported(repository).advisories).toMatchObject([
      {
        affected: [['0.22.0', '0.22.0']],
        unmapped: ['VSCode OpenAI.ChatGPT: its versions are not those of the recorded builds'],
      },
    ]);
  });

  it('does not guess the end of a range with an event that it does not know', () => {
    for (const event of [{ repaired: '0.39.0' }, { fixed: 39 }, {}]) {
      const value = { ...OSV, affected: [{ ...codex, ranges: [semver({ introduced: '0' }, event)] }] };
      expect(imported(value).advisories).toMatchObject([
        { affected: [], unmapped: ['npm @openai/codex: a range of the type "SEMVER" has unknown parts'] },
      ]);
    }
  });

  it('rates what has no level by its vector, and what has neither as unrated', () => {
    const { database_specific: _, ...bare } = OSV;
    expect(imported(bare).advisories).toMatchObject([{ severity: 'high' }]);
    const four = [
      { type: 'CVSS_V4', score: 'CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N' },
    ];
    expect(imported({ ...bare, severity: four }).advisories).toMatchObject([
      { severity: 'unrated', score: null, vector: four[0]?.score },
    ]);
  });

  it.each([
    { about: 'a number', value: 7 },
    { about: 'an object of another kind', value: { name: 'package', version: '1.0.0' } },
    { about: 'no ID', value: { ...OSV, id: '' } },
    { about: 'an ID with a path', value: { ...OSV, id: '../../x' } },
    { about: 'packages that are no list', value: { ...OSV, affected: 'all' } },
    { about: 'an endless list', value: { ...OSV, affected: Array.from({ length: 3000 }, () => codex) } },
  ])('refuses $about', ({ value }) => {
    expect(() => readPublished(value)).toThrow(AdvisoryFault);
  });

  it('reads or refuses every prefix and every changed value', () => {
    const tries = [OSV, [GITHUB]].flatMap((value) => {
      const text = JSON.stringify(value);
      return Array.from({ length: text.length }, (_, i) => text.slice(0, i));
    });
    for (const text of tries) expect(() => JSON.parse(text)).toThrow();
    const junk = fc.oneof(
      fc.jsonValue(),
      fc.string({ maxLength: 40, unit: 'grapheme' }),
      fc.string({ maxLength: 40, unit: 'binary' }),
      fc.constant(undefined),
    );
    const version = fc.stringMatching(/^[v0-9.a-z+*-]{0,12}$/);
    const event = fc.dictionary(
      fc.constantFrom('introduced', 'fixed', 'last_affected', 'limit', 'x'),
      version,
      { maxKeys: 2 },
    );
    const range = fc.record({
      type: fc.constantFrom('SEMVER', 'ECOSYSTEM', 'GIT', 'X'),
      events: fc.array(event, { maxLength: 8 }),
    });
    const one = fc.record({
      ...{
        package: fc.constantFrom(codex.package, null, undefined),
        versions: fc.array(version, { maxLength: 8 }),
      },
      ranges: fc.array(range, { maxLength: 4 }),
    });
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.keys(OSV)),
        junk,
        fc.array(one, { maxLength: 4 }),
        (key, value, affected) => {
          try {
            const { advisories } = imported({ ...OSV, affected, [key]: value }, { ...GITHUB, [key]: value });
            for (const one of advisories) expect(reread(one)).toEqual({ advisory: one, errors: [] });
          } catch (error) {
            expect(error).toBeInstanceOf(AdvisoryFault);
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('scores of CVSS', () => {
  // Examples of the specifications and of the National Vulnerability Database.
  it.each([
    ['CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H', 9.8],
    ['CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H', 10],
    ['CVSS:3.0/AV:N/AC:L/PR:L/UI:N/S:C/C:L/I:L/A:N', 6.4],
    ['CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H', 7.8],
    ['CVSS:3.1/AV:P/AC:H/PR:H/UI:R/S:U/C:N/I:N/A:N', 0],
    ['AV:N/AC:L/Au:N/C:N/I:N/A:C', 7.8],
    ['AV:L/AC:H/Au:N/C:C/I:C/A:C', 6.2],
    ['CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N', null],
    ['CVSS:3.1/AV:N/AC:L', null],
    ['CVSS:3.1/AV:toString/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H', null],
    ['', null],
  ])('%s: %s', (vector, score) => {
    expect(computeCvssScore(vector)).toBe(score);
  });
});
