// Windows of several sensors: a sensor that reports a host of another site is not sufficient evidence for its use.

import { describe, expect, it } from 'vitest';
import { attribute } from '../../../src/attribution/attribute.ts';
import { catalogueFacts } from '../../../src/catalogue/policy-facts.ts';
import { loadCatalogue } from '../../../src/files/catalogue-files.ts';
import type { HostTotals, UsageRow, UsageWindow } from '../../../src/model/usage.ts';
import { evaluate } from '../../../src/policy/evaluate.ts';
import { loadPolicy } from '../../../src/policy/parse-policy.ts';
import { listSubjects } from '../../../src/policy/subjects.ts';
import { openZone } from '../../../src/time/zone.ts';
import { removeOutsideHosts } from '../../../src/window/sensor-networks.ts';
import { parseSensorsFile } from '../../../src/window/sensors-file.ts';
import { BARE_HOST } from '../../bare-facts.ts';
import { asked, CLAUDE_START, exchange, FORMS, post, row, START, window } from './rows.ts';

const catalogue = await loadCatalogue();
const zone = openZone('UTC');
const HOST = '10.77.0.2';
const US = 1_000_000;
const ban = (confidence: string) =>
  loadPolicy(
    `version: 1
name: ban
timezone: UTC
rules:
  - id: no-claude
    title: No Claude Code
    match: { tools: [claude-code] }
    action: deny
    effective: 2026-01-01
    severity: high
    evidence: { confidence: ${confidence}, roles: [inference], minRequests: 1 }
`,
    'ban.yaml',
    catalogueFacts(catalogue),
  );

const starts = [...CLAUDE_START.fetch, post(100_000, 1600)];
const models = [5000, 12_000, 20_000].map((startMs) => exchange({ startMs }));

/** Use that is certain for a trusted sensor, in the minute that begins N seconds after START. */
const claude = (seconds = 0, parts: Partial<UsageRow> = {}): UsageRow =>
  row('api.anthropic.com', FORMS.bun1314, {
    exchanges: [...starts, ...models],
    communityIds: [`1:${seconds}`],
    firstUs: (START + seconds) * US,
    lastUs: (START + seconds + 20) * US,
    helloTimesUs: [(START + seconds) * US],
    payloadUp: 250_000,
    packetsUp: 300,
    ...parts,
  });

const totals = (bytes: number, host = HOST): HostTotals => ({
  ...{ host, ...BARE_HOST, flows: 1, packets: 100 },
  ...{ bytesUp: bytes, bytesDown: 0, firstUs: START * US, lastUs: (START + 50) * US },
});

/** Observations of the host by a sensor in a minute. */
const minute = (
  sensor: string,
  seconds: number,
  rows: readonly UsageRow[] = [],
  bytes = 400_000,
): UsageWindow => ({
  ...window(rows),
  startSeconds: START + seconds,
  sensor,
  hosts: bytes === 0 ? [] : [totals(bytes)],
});

const minutes = (sensor: string, from: number, count: number): UsageWindow[] =>
  Array.from({ length: count }, (_, i) => minute(sensor, from + 60 * i));

function useOf(windows: readonly UsageWindow[], networks = '') {
  const file = networks === '' ? null : parseSensorsFile(networks, 'sensors.yaml');
  const [host] = attribute(windows, catalogue, { zone, networks: file });
  const use = host?.tools.find(({ use }) => use.tool === 'claude-code')?.use;
  const against = use?.evidence.filter((item) => !item.for) ?? [];
  return {
    confidence: use?.confidence,
    sensors: use?.sensors,
    rules: against.map(({ rule }) => rule),
    details: against.map(({ detail }) => detail),
  };
}

function resultsOf(windows: readonly UsageWindow[], confidence: string, networks = '') {
  const file = networks === '' ? null : parseSensorsFile(networks, 'sensors.yaml');
  const attributions = attribute(windows, catalogue, { zone, networks: file });
  const subjects = listSubjects(removeOutsideHosts(file, windows), attributions);
  return evaluate(ban(confidence), subjects).findings.map(({ result, sensors }) => ({ result, sensors }));
}

const HOUR = 3600;
const home = minutes('paris', 0, 30);

describe('a sensor of another site', () => {
  it.each([
    { about: 'while the home sensor sees the host', seconds: 600, bytes: 400_000 },
    { about: 'without telling anything of the host as a whole', seconds: 600, bytes: 0 },
    { about: 'at a time when the host is not there', seconds: 3 * HOUR, bytes: 400_000 },
    { about: 'with more bytes than the home sensor ever saw', seconds: 600, bytes: 4_000_000_000 },
  ])('names no user $about', ({ seconds, bytes }) => {
    const later = minute('paris', 5 * HOUR, []);
    const rogue = minute('oslo', seconds, [claude(seconds)], bytes);
    const windows = [...home, later, rogue, minute('oslo', -HOUR, [], 0)];
    const use = useOf(windows);
    expect(use).toMatchObject({ confidence: 'possible', sensors: ['oslo'] });
    expect(use.rules).toContain('unusual-sensor');
    expect(use.details.join()).toContain(
      'reported only by sensor oslo, but this host is usually seen by sensor paris',
    );
    for (const confidence of ['likely', 'possible'])
      expect(resultsOf(windows, confidence)).toEqual([{ result: 'suspected', sensors: ['oslo'] }]);
  });

  it('adds nothing to a use that the home sensor saw, and takes nothing away', () => {
    const honest = [...home, minute('paris', 1800, [claude(1800)])];
    const rogue = minute('oslo', 1860, [
      claude(1860),
      ...['api.openai.com', 'api.mistral.ai', 'codeium.com'].map((name) => row(name, FORMS.bun1314)),
    ]);
    const windows = [...honest, rogue, minute('oslo', -HOUR, [], 0)];
    const seen = attribute(honest, catalogue, { zone })[0]?.tools[0]?.use;
    const use = attribute(windows, catalogue, { zone })[0]?.tools[0]?.use;
    expect(seen).toMatchObject({ confidence: 'likely', sensors: ['paris'] });
    expect(use).toMatchObject({ confidence: 'likely', requests: seen?.requests, bytesUp: seen?.bytesUp });
    expect(resultsOf(windows, 'likely').map(({ result }) => result)).toEqual(['violation']);
  });

  it('names no user by names that were asked for either', () => {
    const windows = [
      ...home,
      { ...minute('oslo', 600), queriedNames: [asked('otel.cline.bot')] },
      minute('oslo', -HOUR, [], 0),
    ];
    const tools = attribute(windows, catalogue, { zone }).flatMap((host) => host.tools);
    expect(tools.map(({ use }) => use.confidence)).toEqual(tools.map(() => 'possible'));
    expect(tools.flatMap(({ use }) => use.evidence).map(({ rule }) => rule)).toContain('unusual-sensor');
  });
});

describe('sensors that see one host without a sensors file', () => {
  it('both count where they see it as much, each with what the other did not see', () => {
    const windows = [...home, ...minutes('paris-2', 0, 20), minute('paris-2', 1200, [claude(1200)])];
    const use = useOf(windows);
    expect(use).toMatchObject({ confidence: 'likely', sensors: ['paris-2'] });
    expect(use.rules).toContain('not-seen-by-sensor');
    expect(use.details.join()).toContain(
      'sensor paris saw this host in the same quarter hour, and none of these flows',
    );
  });

  it('count where one of them begins when the other ends', () => {
    const windows = [...minutes('run-1', 0, 200), minute('run-2', 200 * 60, [claude(200 * 60)])];
    expect(useOf(windows)).toMatchObject({ confidence: 'likely', sensors: ['run-2'] });
  });

  it('count where both report the same flow, whichever sees more of the host', () => {
    const windows = [
      ...home,
      minute('paris', 1800, [claude(1800, { packetsUp: 20 })]),
      minute('oslo', 1800, [claude(1800)], 1000),
      minute('oslo', -HOUR, [], 0),
    ];
    expect(useOf(windows)).toMatchObject({ confidence: 'likely', sensors: ['oslo', 'paris'] });
  });

  it('do not count by a flow of which the home sensor saw no hello', () => {
    const middle = claude(1800, { fingerprint: null, nameFrom: 'dns', exchanges: [], packetsUp: 20 });
    const windows = [
      ...home,
      minute('paris', 1800, [middle]),
      minute('oslo', 1800, [claude(1800)], 1000),
      minute('oslo', -HOUR, [], 0),
    ];
    expect(useOf(windows)).toMatchObject({ confidence: 'possible' });
  });

  it('are not named where one capture without a name is all there is', () => {
    const windows = [minute('capture-0123456789abcdef', 0, [claude()])];
    expect(useOf(windows)).toMatchObject({ confidence: 'likely', sensors: undefined });
    expect(useOf([minute('office', 0, [claude()])]).sensors).toEqual(['office']);
  });
});

describe('a sensors file', () => {
  const file = `sensors:
  - name: paris-*
    site: Paris
    networks: [10.77.0.0/16, "2001:db8::/48"]
  - name: oslo
    networks: [10.78.0.0/16]
`;

  it('takes a sensor at its word inside its networks, however seldom it sees the host', () => {
    const windows = [...minutes('paris-1', 0, 30), minute('paris-2', 600, [claude(600)], 10)];
    expect(useOf(windows)).toMatchObject({ confidence: 'possible' });
    const use = useOf(windows, file);
    expect(use).toMatchObject({ confidence: 'likely', sensors: ['paris-2'] });
    expect(use.rules).toContain('not-seen-by-sensor');
  });

  it.each(['oslo', 'unlisted', 'paris-1+oslo'])('believes %s nothing outside of them', (sensor) => {
    const windows = [minute(sensor, 0, [claude()], 4_000_000)];
    const use = useOf(windows, file);
    expect(use).toMatchObject({
      confidence: 'possible',
      rules: expect.arrayContaining(['outside-networks']),
    });
    for (const confidence of ['likely', 'possible'])
      expect(resultsOf(windows, confidence, file).map(({ result }) => result)).toEqual(['suspected']);
  });

  it('lets no sensor replace or weaken a row of the one that may report the host', () => {
    const honest = [minute('paris-1', 0, [claude()])];
    const rogue = minute('oslo', 0, [claude(0, { packetsUp: 9000, exchanges: [] })]);
    const seen = attribute(honest, catalogue, { zone })[0]?.tools[0]?.use;
    const networks = parseSensorsFile(file, 'sensors.yaml');
    const use = attribute([...honest, rogue], catalogue, { zone, networks })[0]?.tools[0]?.use;
    expect(use).toMatchObject({ confidence: 'likely', requests: seen?.requests, bytesUp: seen?.bytesUp });
  });

  it('says nothing of pseudonyms', () => {
    const host = 'host-0123456789abcdef';
    const windows = [{ ...minute('oslo', 0, [claude(0, { host })]), hosts: [totals(1000, host)] }];
    expect(useOf(windows, file)).toMatchObject({ confidence: 'likely' });
  });
});
