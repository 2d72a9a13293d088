// Published advisories in both formats become advisories about catalogued tools; damaged ones are refused.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cvssScore } from '../../../../src/policy/advisories/cvss.ts';
import { readPublished } from '../../../../src/policy/advisories/formats.ts';
import { AdvisoryImport, type Imported } from '../../../../src/policy/advisories/import.ts';
import { AdvisoryFault } from '../../../../src/policy/advisories/published.ts';

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

function imported(...values: readonly unknown[]): Imported {
  const into = new AdvisoryImport(PACKAGES);
  for (const value of values) for (const one of readPublished(value)) into.add(one);
  return into.finish();
}

describe('an import', () => {
  it('keeps what OSV says', () => {
    expect(imported(OSV).advisories).toEqual([
      {
        id: 'GHSA-xxxx-1111',
        title: 'Codex runs commands',
        tool: 'codex',
        affected: [['0.2.0', '0.38.999']],
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
        affected: [[null, '2.2.999']],
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
      possible: [[null, '0.38.999']],
      severity: 'critical',
      aliases: ['CVE-2026-1111'],
      published: '2026-02-20',
    });
    expect(imported(OSV, cve)).toEqual(imported(cve, OSV));
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
      ['GHSA-xxxx-1111.aider', 'aider', [[null, '0.85.999']]],
      ['GHSA-xxxx-1111.codex', 'codex', [['0.2.0', '0.38.999']]],
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
    const junk = fc.oneof(fc.jsonValue(), fc.string({ maxLength: 40 }), fc.constant(undefined));
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
            for (const { id, title } of advisories) expect([id, title]).not.toContain('');
          } catch (error) {
            expect(error).toBeInstanceOf(AdvisoryFault);
          }
        },
      ),
      { numRuns: 500 },
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
    expect(cvssScore(vector)).toBe(score);
  });
});
