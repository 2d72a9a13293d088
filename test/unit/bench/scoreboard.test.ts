// The scorer of the scoreboard, the readers of other programs' output, and the lists of tools.
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Answer, parseAnswers } from '../../../bench/scoreboard/answer.ts';
import { drawScoreboard } from '../../../bench/scoreboard/chart.ts';
import {
  answersBy,
  ownLabels,
  ownNames,
  publishedFingerprints,
  recordedFingerprints,
  type Sighting,
  vendorNames,
} from '../../../bench/scoreboard/lists.ts';
import { type Job, PROGRAMS, type Reading, readReport } from '../../../bench/scoreboard/programs.ts';
import { score } from '../../../bench/scoreboard/score.ts';
import { describeScoreboard, type Entry } from '../../../bench/scoreboard/table.ts';
import type { CaptureTruth } from '../../../captures/truth.ts';
import { loadCatalogue } from '../../../src/files/catalogue-files.ts';
import type { ReportDocument } from '../../../src/model/report.ts';

const catalogue = await loadCatalogue();
const use = (tool: string, date: string | null, requests: number | null = null) => ({
  tool,
  version: null,
  date,
  requests,
  telemetryBytes: null,
});
const one: CaptureTruth = {
  capture: 'recordings/one.pcap.gz',
  set: 'recordings',
  since: '2026-11-20T23:59:00.000Z',
  until: '2026-11-21T00:02:00.000Z',
  timezone: 'UTC',
  hosts: [{ addresses: ['10.77.0.2', 'fd77::2'], uses: [use('claude-code', null, 5)] }],
  serverNames: ['api.anthropic.com'],
};
const week: CaptureTruth = {
  capture: 'demo.pcap.gz',
  set: 'demo',
  since: '2026-07-07T17:00:00.000Z',
  until: '2026-07-14T10:00:00.000Z',
  timezone: 'Asia/Shanghai',
  hosts: [
    {
      addresses: ['10.20.1.11'],
      uses: [
        use('claude-code', '2026-07-08', 2),
        use('claude-code', '2026-07-08', 1),
        use('claude-code', '2026-07-09', 4),
      ],
    },
    { addresses: ['10.20.3.34'], uses: [] },
  ],
  serverNames: null,
};
const ofOne = (more: Partial<Answer> = {}): Answer => ({
  capture: one.capture,
  host: '10.77.0.2',
  tool: 'claude-code',
  time: '2026-11-21T00:01:00Z',
  ...more,
});
const ofWeek = (more: Partial<Answer> = {}): Answer => ({
  capture: week.capture,
  host: '10.20.1.11',
  tool: 'claude-code',
  time: '2026-07-08',
  ...more,
});

describe('the scorer', () => {
  it.each<[string, readonly Answer[], Partial<ReturnType<typeof score>>]>([
    ['counts no answer as missed', [], { named: 0, possible: 0, wrong: 0 }],
    ['names a use once', [ofOne(), ofOne(), ofOne({ host: 'fd77::2' })], { named: 1, wrong: 0 }],
    ['accepts the day of a use', [ofOne({ time: '2026-11-20' })], { named: 1 }],
    ['keeps a possible answer apart', [ofOne({ confidence: 'possible' })], { named: 0, possible: 1 }],
    [
      'counts a possible answer next to a sure one once',
      [ofOne(), ofOne({ confidence: 'possible' })],
      { named: 1, possible: 0 },
    ],
    ['accuses with another tool', [ofOne({ tool: 'cline' })], { named: 0, wrong: 1 }],
    ['accuses with another host', [ofOne({ host: '10.77.0.1' })], { wrong: 1 }],
    ['accuses with a time outside of the capture', [ofOne({ time: '2026-11-21T00:05:00Z' })], { wrong: 1 }],
    ['accuses with a day outside of the capture', [ofOne({ time: '2026-11-22' })], { wrong: 1 }],
    ['accuses with a day without use', [ofWeek({ time: '2026-07-10' })], { wrong: 1 }],
    [
      'counts one accusation per host, tool and day',
      [ofWeek({ time: '2026-07-10' }), ofWeek({ time: '2026-07-10T03:00:00Z' })],
      { wrong: 1 },
    ],
    [
      'counts a wrong possible answer apart',
      [ofOne({ tool: 'cline', confidence: 'possible' })],
      { wrong: 0, wrongPossible: 1 },
    ],
    [
      'takes days of the time zone of the capture',
      [ofWeek({ time: '2026-07-08T17:00:00Z' })],
      { named: 1, wrong: 0 },
    ],
    [
      'knows that the same instant is another day',
      [ofWeek({ time: '2026-07-09T17:00:00Z' })],
      { named: 0, wrong: 1 },
    ],
  ])('%s', (_, answers, expected) => {
    expect(score([one, week], answers, 'test')).toMatchObject({ uses: 3, ...expected });
  });

  it.each<[string, readonly Answer[], { answered: number; right: number; exact: number }]>([
    ['none without requests', [ofOne()], { answered: 0, right: 0, exact: 0 }],
    ['exact', [ofOne({ requests: 5 })], { answered: 1, right: 1, exact: 1 }],
    ['in the range', [ofOne({ requests: { min: 1, max: 9 } })], { answered: 1, right: 1, exact: 0 }],
    ['outside of the range', [ofOne({ requests: { min: 6, max: 9 } })], { answered: 1, right: 0, exact: 0 }],
    [
      'sums over the addresses of a host',
      [ofOne({ requests: 2 }), ofOne({ host: 'fd77::2', requests: 3 })],
      { answered: 1, right: 1, exact: 1 },
    ],
    [
      'once per host and tool',
      [ofWeek({ requests: 7 }), ofWeek({ time: '2026-07-09', requests: 7 })],
      { answered: 1, right: 1, exact: 1 },
    ],
  ])('compares requests: %s', (_, answers, expected) => {
    expect(score([one, week], answers, 'test').requests).toEqual({ known: 2, ...expected });
  });

  it('refuses a capture that is not in the truth', () => {
    expect(() => score([one], [ofWeek()], 'mine.jsonl')).toThrow(
      'mine.jsonl: demo.pcap.gz is not in truth.jsonl',
    );
  });

  it('lists what is missed and what is wrong', () => {
    const { missed, accused } = score([one], [ofOne({ tool: 'cline' })], 'test');
    expect(missed).toEqual(['recordings/one.pcap.gz 10.77.0.2 claude-code']);
    expect(accused).toEqual(['recordings/one.pcap.gz 10.77.0.2 cline 2026-11-21']);
  });
});

describe('answers of a file', () => {
  const isTool = (id: string): boolean => id === 'claude-code';
  const line = (more: object = {}): string => JSON.stringify({ ...ofOne(), ...more });

  it('reads lines and skips empty ones', () => {
    expect(
      parseAnswers(`${line()}\n\n${line({ requests: { min: 1, max: 2 } })}\n`, 'a', isTool),
    ).toHaveLength(2);
  });

  it.each([
    ['no JSON', '{"capture":', 'a:1: not JSON'],
    ['no object', '[]', 'a:1: '],
    ['an unknown field', line({ user: 'x' }), 'a:1: '],
    ['a missing field', '{"capture":"a"}', 'a:1: host'],
    ['negative requests', line({ requests: -1 }), 'a:1: requests'],
    ['an unknown confidence', line({ confidence: 'sure' }), 'a:1: confidence'],
    ['an unknown tool', line({ tool: 'anthropic-api' }), 'a:1: "anthropic-api" is not the id of a tool'],
    ['no time', line({ time: 'noon' }), 'a:1: "noon" is not a time'],
    ['a time without a date', line({ time: '12:00' }), 'a:1: "12:00" is not a time'],
    ['a fault in the second line', `${line()}\n{}`, 'a:2: '],
  ])('refuses %s', (_, text, message) => {
    expect(() => parseAnswers(text, 'a', isTool)).toThrow(message);
  });
});

const job: Job = { capture: one.capture, file: '/tmp/one.pcap', timezone: 'UTC', folder: '/tmp' };
function read(program: string, files: Readonly<Record<string, string>>): Reading {
  const found = PROGRAMS.find(({ name }) => name === program);
  if (found === undefined) throw new Error(`no program ${program}`);
  return found.read((name) => files[name] ?? '', job);
}
const seen = ({ host, name, ja3, label }: Sighting): string[] => [host, name, ja3, label];
const log = (path: string): string => readFileSync(join('captures/logs', path), 'utf8');

describe('readers of output', () => {
  it('read fields of tshark', () => {
    const { sightings, serverNames } = read('tshark', {
      stdout:
        '1795159932.347401000\t10.77.0.2\t\t\t\tapi.anthropic.com\n1795159932.45\t\tfd77::2\tapi.anthropic.com\t1523504b38f0fae0d881d4b6554aac1b\t\n',
    });
    expect(sightings.map(seen)).toEqual([
      ['fd77::2', 'api.anthropic.com', '1523504b38f0fae0d881d4b6554aac1b', ''],
      ['10.77.0.2', 'api.anthropic.com', '', ''],
    ]);
    expect(serverNames).toEqual(['api.anthropic.com']);
  });

  it('find columns of ndpiReader by name', () => {
    const { sightings, serverNames } = read('ndpiReader', {
      'flows.csv':
        '#flow_id,first_seen,src_ip,ndpi_proto_num,ndpi_proto,server_name_sni,ja3c\n1,1795.5,10.77.0.2,91,TLS,api.anthropic.com,1523504b38f0fae0d881d4b6554aac1b\n2,1795.2,10.77.0.2,5,DNS,claude.ai,\n',
    });
    expect(sightings.map(seen)).toEqual([
      ['10.77.0.2', 'api.anthropic.com', '1523504b38f0fae0d881d4b6554aac1b', 'TLS'],
      ['10.77.0.2', 'claude.ai', '', 'DNS'],
    ]);
    expect(serverNames).toEqual(['api.anthropic.com']);
  });

  it.each(['eve7-proxy', 'eve8-noflow'])('read events of Suricata: %s', (folder) => {
    const { sightings, serverNames } = read('suricata', { 'eve.json': log(`${folder}/eve.json`) });
    expect(serverNames.length).toBeGreaterThan(0);
    expect(sightings.some(({ name, ja3 }) => name !== '' && ja3 === '')).toBe(true);
    expect(sightings.every(({ host, seconds }) => host !== '' && seconds > 1.7e9)).toBe(true);
  });

  it('read JSON logs of Zeek', () => {
    const { sightings, serverNames } = read('zeek', {
      'ssl.log': log('zeek-json/ssl.log'),
      'dns.log': log('zeek-json/dns.log'),
    });
    expect(serverNames).toContain('api.anthropic.com');
    expect(sightings.every(({ host, seconds }) => host !== '' && seconds > 1.7e9)).toBe(true);
  });

  it('read fingerprints and processes of mercury', () => {
    const { sightings } = read('mercury', {
      'out.json': `${JSON.stringify({
        fingerprints: { tls: 'tls/1/(0303)' },
        tls: { client: { server_name: 'api.anthropic.com' } },
        analysis: { process: 'claude', score: 0.9 },
        src_ip: '10.77.0.2',
        event_start: 1795156417.3,
      })}\n${JSON.stringify({ fingerprints: { tcp: 'tcp/1' }, src_ip: '10.77.0.2', event_start: 1 })}\n`,
    });
    expect(sightings.map(seen)).toEqual([['10.77.0.2', 'api.anthropic.com', '', 'claude']]);
  });

  it('answer the days of a report, requests once, and attempts as possible', () => {
    const day = { date: '2026-11-20', confidence: 'likely' };
    const tool = {
      tool: 'cline',
      confidence: 'likely',
      firstSeen: '2026-11-20T01:00:00Z',
      names: [{ name: 'a.b' }],
    };
    const document = {
      hosts: [
        {
          host: '10.0.0.1',
          tools: [
            { ...tool, requests: { min: 1, max: 2 }, days: [day, { ...day, date: '2026-11-21' }] },
            { ...tool, tool: 'amp', requests: null, days: [] },
          ],
          providers: [],
        },
      ],
      attempts: [{ host: '10.0.0.2', tools: ['openai-codex'], firstSeen: '2026-11-20T02:00:00Z' }],
    };
    const { answers, serverNames } = readReport(document as unknown as ReportDocument, 'c');
    expect(
      answers.map(({ host, tool: id, time, confidence, requests }) => [host, id, time, confidence, requests]),
    ).toEqual([
      ['10.0.0.1', 'cline', '2026-11-20', 'likely', { min: 1, max: 2 }],
      ['10.0.0.1', 'cline', '2026-11-21', 'likely', undefined],
      ['10.0.0.1', 'amp', '2026-11-20T01:00:00Z', 'likely', undefined],
      ['10.0.0.2', 'openai-codex', '2026-11-20T02:00:00Z', 'possible', undefined],
    ]);
    expect(serverNames).toEqual(['a.b']);
  });
});

describe('lists of tools', () => {
  const sighting = (more: Partial<Sighting>): Sighting => ({
    host: '10.77.0.2',
    seconds: 1795156417,
    name: '',
    ja3: '',
    label: '',
    ...more,
  });

  it('take a name of a vendor for the one tool that lists it', () => {
    const hello = sighting({ name: 'api.anthropic.com' });
    expect(ownNames(catalogue).toolsOf(hello)).toEqual([]);
    expect(vendorNames(catalogue).toolsOf(hello)).toEqual(['claude-code']);
    // Browser and command line share it.
    expect(vendorNames(catalogue).toolsOf(sighting({ name: 'chatgpt.com' }))).toEqual([]);
    expect(vendorNames(catalogue).toolsOf(sighting({}))).toEqual([]);
  });

  it('keep only fingerprints of one tool and no other program', () => {
    const recording = (file: string, ...ja3: string[]) => ({ file, sni: { 'a.example': { ja3 } } });
    const truth = (capture: string, ...tools: string[]): CaptureTruth => ({
      ...one,
      capture,
      hosts: [{ addresses: ['10.77.0.2'], uses: tools.map((tool) => use(tool, null)) }],
    });
    const list = recordedFingerprints(
      [
        recording('a', 'only', 'shared', 'ordinary'),
        recording('b', 'shared'),
        recording('c', 'ordinary'),
        recording('d', 'mixed'),
      ],
      [truth('a', 'amp'), truth('b', 'cline'), truth('c'), truth('d', 'amp', 'cline')],
    );
    const found = ['only', 'shared', 'ordinary', 'mixed'].map((ja3) => list.toolsOf(sighting({ ja3 })));
    expect(found).toEqual([['amp'], [], [], []]);
  });

  it('read published lists, whose names are free text', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'wiretally-scoreboard-'));
    const path = join(folder, 'list.csv');
    writeFileSync(
      path,
      '"Copyright"\n61d50e7771aee7f2f4b89a7200b4d45e,"AcroCEF"\nf753495f2eab5155c61b760c838018f8,"java,Claude Code"\n',
    );
    const list = publishedFingerprints(catalogue, path);
    expect(list.about).toContain('2 fingerprints, 1 of them');
    expect(list.toolsOf(sighting({ ja3: 'f753495f2eab5155c61b760c838018f8' }))).toEqual(['claude-code']);
    expect(list.toolsOf(sighting({ ja3: '61d50e7771aee7f2f4b89a7200b4d45e' }))).toEqual([]);
    writeFileSync(path, 'hash,name\n');
    expect(() => publishedFingerprints(catalogue, path)).toThrow('no line "HASH,NAME"');
    await rm(folder, { recursive: true });
  });

  it('accept what a program names itself', () => {
    const list = ownLabels(catalogue);
    expect(list.toolsOf(sighting({ label: 'TLS.ChatGPT' }))).toEqual(['chatgpt']);
    expect(list.toolsOf(sighting({ label: 'TLS.Google' }))).toEqual([]);
    expect(answersBy(list, 'c', [sighting({ label: 'claude_code' })])).toEqual([
      { capture: 'c', host: '10.77.0.2', tool: 'claude-code', time: '2026-11-20T06:33:37.000Z' },
    ]);
  });
});

describe('the printed scoreboard', () => {
  const entry: Entry = {
    program: 'a<b',
    list: 'own answers',
    about: '',
    score: score([one], [ofOne({ requests: 5 }), ofOne({ tool: 'cline' })], 'test'),
    bySet: new Map([['recordings', score([one], [], 'test')]]),
    serverNames: { printed: 1, known: 2 },
    cost: { cpuSeconds: 1.25, wallSeconds: 2.5, residentMiB: 64.2 },
    failures: ['recordings/two.pcap.gz (exit code 3)'],
  };
  const elsewhere: Entry = { ...entry, program: 'b', serverNames: null, cost: null, failures: [] };

  it('has one line per program and lists what is wrong, failed and absent', () => {
    const text = describeScoreboard([entry, elsewhere], ['zeek (install)'], 1);
    expect(text).toContain(
      '| a<b | own answers | 1 of 1 | 0 | 1 | 0 | 1 of 1 | 1 | 1 of 2 | 2.5 | 1.3 | 64 |',
    );
    expect(text).toContain('| b | own answers | 1 of 1 | 0 | 1 | 0 | 1 of 1 | 1 | – | – | – | – |');
    expect(text).toContain('- recordings/one.pcap.gz 10.77.0.2 cline 2026-11-21');
    expect(text).toContain('- recordings/two.pcap.gz (exit code 3)');
    expect(text).toContain('- zeek (install)');
  });

  it('draws well-formed bars', () => {
    const svg = drawScoreboard([entry, elsewhere]);
    expect(svg).toContain('a&lt;b, own answers');
    expect(svg).not.toMatch(/NaN|Infinity|undefined/u);
  });
});
