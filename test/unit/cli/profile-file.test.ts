// A profile that is read back as a baseline is whole, or refused with the option that named it.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatModelBytes, formatTelemetry } from '../../../src/cli/commands/profile.ts';
import { readProfile } from '../../../src/cli/input/profile-file.ts';
import type { ToolProfile } from '../../../src/model/profile.ts';
import { wiretallyHere } from '../../cli/in-process.ts';
import { temporaryFolder } from '../../temporary.ts';

const folder = temporaryFolder('profile');

const PHASE = { exchanges: 0, bytesUp: 0 };
const PROFILE: ToolProfile = {
  schema: 1,
  tool: 'claude-code',
  name: 'Claude Code',
  vendor: 'Anthropic',
  catalogue: '2026.11.1',
  confidence: 'certain',
  hosts: 1,
  periods: 1,
  requests: { min: 1, max: 2 },
  modelPayloadUp: 1000,
  telemetry: { payloadUp: 10, share: 0.01, min: 5, max: 20 },
  idle: { bytesUp: 0, exchanges: 0, names: [] },
  runtimes: ['bun'],
  names: [
    {
      name: 'api.anthropic.com',
      role: 'inference',
      specificity: 'vendor',
      protocols: ['h2'],
      flows: 1,
      bytesUp: 1,
      bytesDown: 1,
      payloadUp: 1,
      payloadDown: 1,
      requests: { min: 1, max: 2 },
      telemetryPayloadUp: null,
      cadence: { start: PHASE, activity: PHASE, idle: PHASE, exit: PHASE },
    },
  ],
  relay: { inUse: false, visible: [] },
};

function read(content: string): ToolProfile {
  const file = join(folder, 'old.json');
  writeFileSync(file, content);
  return readProfile(file, '--baseline');
}

describe('a profile of an earlier analysis', () => {
  it('is read as it was written', () => {
    expect(read(JSON.stringify(PROFILE))).toEqual(PROFILE);
  });

  it('may have fields of a later version', () => {
    expect(read(JSON.stringify({ ...PROFILE, later: 1 }))).toEqual(PROFILE);
  });

  it.each([
    ['text', 'no JSON', /is not readable as a profile: is not JSON/],
    ['another document', '{}', /is not a profile: schema/],
    ['another schema', JSON.stringify({ ...PROFILE, schema: 2 }), /is not a profile: schema/],
    [
      'names without fields',
      JSON.stringify({ ...PROFILE, names: [{}] }),
      /is not a profile: names\[0\]\.name/,
    ],
    ['a number as text', JSON.stringify({ ...PROFILE, periods: '1' }), /is not a profile: periods/],
  ])('is refused if it is %s', (_, content, message) => {
    expect(() => read(content)).toThrow(message);
  });
});

describe('figures that are not sure', () => {
  const sums = { requests: { min: 3, max: 3 }, modelPayloadUp: 60_000 };
  const exact = { payloadUp: 40_000, share: 0.4, min: 40_000, max: 40_000 };

  it.each([
    ['exact', { ...sums, telemetry: exact }, '60 kB', '40 kB, 40 % of model requests and telemetry'],
    [
      'of an unknown number of requests',
      { ...sums, requests: { min: 2, max: 4 }, telemetry: exact },
      'about 60 kB',
      '40 kB, about 40 % of model requests and telemetry',
    ],
    [
      'of posts that may be requests',
      { ...sums, requests: { min: 0, max: 3 }, telemetry: { ...exact, share: null, min: 10_000 } },
      '60 kB to 90 kB',
      '10 kB to 40 kB, 10 % to 40 % of model requests and telemetry: posts to the name of the model are indistinguishable from requests',
    ],
  ] as const)('are no exact numbers: %s', (_, profile, model, telemetry) => {
    expect(formatModelBytes(profile)).toBe(model);
    expect(formatTelemetry(profile)).toBe(telemetry);
  });
});

describe('telemetry of a tool that compresses it is a lower bound', () => {
  const capture = 'captures/recordings/codex-0.169.0-multiturn.pcap.gz';
  const LIMIT = /bytes are counted as sent: version 0\.170\.0 and later may compress them/i;
  const file = join(folder, 'codex.json');
  const printed = async (...words: readonly string[]): Promise<string> => {
    const { code, out } = await wiretallyHere(words);
    expect(code).toBe(0);
    return out.replaceAll(/\s+/g, ' ');
  };

  it.each([
    ['profile', ['profile', capture, '--tool', 'openai-codex']],
    ['profile as Markdown', ['profile', capture, '--tool', 'openai-codex', '--format', 'md']],
    ['a report in Markdown', ['analyze', capture, '--format', 'md']],
  ])('in %s', async (_, words) => {
    expect(await printed(...words)).toMatch(LIMIT);
  });

  it('on the page of the tool', async () => {
    writeFileSync(file, await printed('profile', capture, '--tool', 'openai-codex', '--format', 'json'));
    expect(await printed('catalogue', 'page', 'openai-codex', '--profile', file)).toMatch(LIMIT);
    expect(await printed('catalogue', 'page', 'openai-codex')).not.toMatch(LIMIT);
  });
});
