// The advisory of the example over a generated office of 60 days, in which hosts update, lag behind, use proxies and relays:
// results compared with the ground truth. The tables are in office-exposure-results.md and are compared with it.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { attribute } from '../../src/attribution/attribute.ts';
import type { ExposureAnswer } from '../../src/model/exposure-answers.ts';
import type { Exposure } from '../../src/model/report.ts';
import { listExposures } from '../../src/policy/advisory-exposure.ts';
import { loadAdvisory } from '../../src/policy/parse-advisory.ts';
import { liesWithin } from '../../src/text/version.ts';
import { openZone } from '../../src/time/zone.ts';
import { catalogue, recorded, recordings, shifted } from './judged-recordings.ts';
import { hostAddress, type MadeOffice, makeOffice } from './made-office/office.ts';
import { HOSTS } from './made-office/plan.ts';

const FILE = 'captures/advisories/claude-code-prompt-marking.yaml';
const PAGE = fileURLToPath(new URL('./office-exposure-results.md', import.meta.url));
const advisory = loadAdvisory(readFileSync(FILE, 'utf8'), FILE, [{ id: 'claude-code', name: 'Claude Code' }]);
const ANSWERS: readonly ExposureAnswer[] = ['ran', 'may', 'notSeen', 'cannotSay'];

const isAffected = (build: string): boolean => liesWithin([[build, build]], advisory.affected);

interface HostDay {
  readonly about: string;
  readonly ran: 'affected' | 'others' | 'both';
  readonly answer: ExposureAnswer | 'none';
}

const exposureOf = (windows: MadeOffice['windows']): Exposure[] =>
  listExposures(attribute(windows, catalogue, { zone: openZone('UTC') }), [advisory]);

function judgedDays({ windows, truth }: MadeOffice): HostDay[] {
  const answers = new Map(exposureOf(windows).map(({ host, days }) => [host, days]));
  return HOSTS.flatMap(({ about }, index) => {
    const host = hostAddress(index);
    return [...(truth.get(host) ?? [])].map(([date, builds]): HostDay => {
      const affected = [...builds].filter(isAffected).length;
      const ran = affected === 0 ? 'others' : affected === builds.size ? 'affected' : 'both';
      return { about, ran, answer: answers.get(host)?.find((day) => day.date === date)?.answer ?? 'none' };
    });
  });
}

/** Recordings of other tools than Claude Code, on one day each. */
const CONTROLS = [
  'opencode-1.18.33-anthropic',
  'kilocode-7.0.33-anthropic',
  'agent-sdk-0.3.329-rt-relay',
  'base-node24-fetch-api.anthropic.com',
  'base-curl-api.anthropic.com',
  'openclaw-2026.9.6-rt-session',
];

const office = makeOffice(1);
const days = judgedDays(office);

const HEADS = ['ran', 'may', 'not seen', 'cannot say'];
const countOf = (list: readonly HostDay[], answer: ExposureAnswer): string =>
  String(list.filter((day) => day.answer === answer).length);

function table(first: string, rows: readonly (readonly [string, readonly HostDay[]])[]): string[] {
  return [
    `| ${[first, 'days', ...HEADS].join(' | ')} |`,
    `|${'---|'.repeat(HEADS.length + 2)}`,
    ...rows
      .filter(([, list]) => list.length > 0)
      .map(
        ([name, list]) =>
          `| ${[name, String(list.length), ...ANSWERS.map((answer) => countOf(list, answer))].join(' | ')} |`,
      ),
  ];
}

function tables(): string {
  const ran = (wanted: HostDay['ran']): HostDay[] => days.filter((day) => day.ran === wanted);
  const byHost = HOSTS.flatMap(({ about }) => {
    const mine = days.filter((day) => day.about === about);
    return [
      [`${about}: affected`, mine.filter(({ ran: one }) => one !== 'others')],
      [`${about}: others`, mine.filter(({ ran: one }) => one === 'others')],
    ] as const;
  });
  return [
    ...table('what ran on the day', [
      ['affected builds alone', ran('affected')],
      ['affected builds and others', ran('both')],
      ['other builds alone', ran('others')],
    ]),
    '',
    ...table('host: what ran', byHost),
  ].join('\n');
}

const BEGIN = '<!-- exposure: begin -->';
const END = '<!-- exposure: end -->';

describe('the advisory of the seed story in a made office of 60 days', () => {
  it.each([
    { seed: 1, judged: days },
    { seed: 2, judged: judgedDays(makeOffice(2)) },
  ])('has no wrong accusation and no wrong clearance (seed $seed)', ({ judged }) => {
    expect(judged.length).toBeGreaterThan(1000);
    expect(judged.filter(({ ran, answer }) => ran === 'others' && answer === 'ran')).toEqual([]);
    expect(judged.filter(({ ran, answer }) => ran !== 'others' && answer === 'notSeen')).toEqual([]);
    expect(judged.filter(({ answer }) => answer === 'none')).toEqual([]);
  });

  it('tells of most days on which affected builds were started directly that they ran', () => {
    const direct = days.filter(({ about, ran }) => ran !== 'others' && /newest build|behind$/.test(about));
    const reported = direct.filter(({ answer }) => answer === 'ran');
    expect(reported.length / direct.length).toBeGreaterThan(0.8);
  });

  it('says nothing of builds where another program asks the same API', async () => {
    for (const [index, name] of CONTROLS.entries()) {
      const recording = recordings.find((one) => one.name === name);
      if (recording === undefined) throw new Error(`no recording ${name}`);
      const found = exposureOf(shifted(await recorded(recording), `10.51.0.${index + 1}`, 0, 'control'));
      const answers = found.flatMap((one) => one.days.map(({ answer }) => answer));
      expect(
        answers.filter((answer) => answer !== 'cannotSay'),
        name,
      ).toEqual([]);
    }
  });

  it('stands in the results as measured', async () => {
    const page = readFileSync(PAGE, 'utf8');
    const begin = page.indexOf(BEGIN) + BEGIN.length;
    await expect(
      `${page.slice(0, begin)}\n\n${tables()}\n\n${page.slice(page.indexOf(END))}`,
    ).toMatchFileSnapshot(PAGE);
  });
});
