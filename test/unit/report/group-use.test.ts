// Since when groups use AI tools: counts by week, and no group that would point at people.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { HostReport } from '../../../src/model/report.ts';
import { readReportPeriod } from '../../../src/query/inputs/report-period.ts';
import { listGroupUse } from '../../../src/report/document/group-use.ts';
import { narrow } from '../../../src/report/document/narrow.ts';
import { renderReport } from '../../../src/report/render.ts';
import { listClients } from '../../../src/report/text/client-hosts.ts';
import { openZone } from '../../../src/time/zone.ts';
import { temporaryFolder } from '../../temporary.ts';
import { sampleAudit } from './sample-document.ts';

const ZONE = openZone('Asia/Shanghai');
const [like] = sampleAudit().hosts;
if (like === undefined) throw new Error('the sample has no host');

/** `first`: null without use; a question mark for a possible one. */
function host(number: number, groups: readonly string[], first: string | null): HostReport {
  const [use] = like?.tools ?? [];
  if (like === undefined || use === undefined) throw new Error('the sample has no use');
  const confidence = first?.endsWith('?') === true ? 'possible' : 'likely';
  const firstSeenEver = `${(first ?? '').replace('?', '')}T17:00:00.000000Z`;
  return {
    ...like,
    ...{ host: `10.0.0.${number}`, groups: [...groups], providers: [] },
    tools: first === null ? [] : [{ ...use, confidence, firstSeenEver }],
  };
}

const team = (group: string, firsts: readonly (string | null)[], from = 0, more: readonly string[] = []) =>
  firsts.map((first, i) => host(from + i, [group, ...more], first));

describe('first use by group', () => {
  it('does not count a router, which uses nothing', () => {
    const router = { ...host(9, ['rnd'], null), flows: 0, mac: '02:00:00:00:00:01' };
    const hosts = listClients({ hosts: [...team('rnd', ['2026-07-07', '2026-07-12']), router] });
    expect(listGroupUse(hosts, 1, ZONE)?.groups).toMatchObject([{ group: 'rnd', hosts: 2 }]);
  });

  it('adds hosts up by the week of their first use, in the zone of the report', () => {
    // Sunday 12 July 17:00 UTC is Monday in Shanghai.
    const hosts = team('rnd', ['2026-07-07', '2026-07-12', '2026-07-26', null, '2026-07-01?']);
    expect(listGroupUse(hosts, 5, ZONE)).toEqual({
      ...{ leastHosts: 5, withheld: 0 },
      groups: [
        {
          ...{ group: 'rnd', hosts: 5 },
          weeks: [
            { week: '2026-07-06', hosts: 1 },
            { week: '2026-07-13', hosts: 2 },
            { week: '2026-07-20', hosts: 2 },
            { week: '2026-07-27', hosts: 3 },
          ],
        },
      ],
    });
  });

  it('leaves out small groups, and those by which a small rest could be computed', () => {
    const day = '2026-07-07';
    const small = team('small', [day, day], 0, ['all']);
    const large = team('large', [day, day, day, day, day], 10, ['all']);
    const found = listGroupUse([...small, ...large], 5, ZONE);
    expect(found?.groups.map(({ group }) => group)).toEqual(['large']);
    expect(found?.withheld).toBe(2);
    const others = team('others', [day, day, day, day, day], 20, ['all']);
    expect(listGroupUse([...large, ...others], 5, ZONE)?.groups.map(({ group }) => group)).toEqual([
      ...['all', 'large', 'others'],
    ]);
    // Two groups that together leave two hosts of the whole.
    expect(listGroupUse([...small, ...large, ...others], 5, ZONE)?.groups.map(({ group }) => group)).toEqual([
      ...['large', 'others'],
    ]);
  });

  it('is nothing without groups, and in no part of a report', () => {
    expect(listGroupUse([host(1, [], '2026-07-07')], 1, ZONE)).toBeUndefined();
    const groupUse = listGroupUse(team('rnd', ['2026-07-07']), 1, ZONE);
    if (groupUse === undefined) throw new Error('there is a group');
    const audit = { ...sampleAudit(), groupUse };
    expect(narrow(audit, { hosts: [like.host], groups: [], tools: [] }).groupUse).toBeUndefined();
  });

  it('is a curve in each format for people', async () => {
    const firsts = ['2026-07-06', '2026-07-13', '2026-07-20', '2026-07-27'];
    const groupUse = listGroupUse(team('rnd', firsts), 1, ZONE);
    if (groupUse === undefined) throw new Error('there is a group');
    const audit = { ...sampleAudit(), groupUse };
    expect(await renderReport(audit, 'terminal')).toContain('▂▄▆█');
    expect(await renderReport(audit, 'md')).toContain('▂▄▆█');
    const page = await renderReport(audit, 'html');
    expect(/<section id="group-use"[\s\S]*?<\/section>/.exec(page)?.[0].match(/<rect/g)).toHaveLength(4);
  });
});

describe('an earlier report', () => {
  const folder = temporaryFolder('report-period');
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };

  it('has a period to compare with', () => {
    const report = file('report.json', JSON.stringify(sampleAudit()));
    expect(readReportPeriod(report)).toEqual({
      since: sampleAudit().period.since,
      until: sampleAudit().period.until,
    });
  });

  it.each([
    ['no JSON', '# nothing'],
    ['no report', '{}'],
    ['a report without data', '{"period":{"since":null,"until":null}}'],
  ])('is refused: %s', (name, text) => {
    expect(() => readReportPeriod(file(name, text))).toThrow('is not a report with a period');
  });
});
