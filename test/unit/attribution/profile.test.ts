import { describe, expect, it } from 'vitest';
import { attribute } from '../../../src/attribution/attribute.ts';
import { explainTool } from '../../../src/attribution/explain-evidence.ts';
import { compareProfiles } from '../../../src/attribution/profile/compare-profiles.ts';
import { findProfile } from '../../../src/attribution/profile/tool-profile.ts';
import { findMissingNames } from '../../../src/catalogue/learn-entry.ts';
import { loadCatalogue } from '../../../src/files/catalogue-files.ts';
import type { ToolProfile } from '../../../src/model/profile.ts';
import { openZone } from '../../../src/time/zone.ts';
import { CLAUDE_START, exchange, FORMS, post, row, smallCall, window } from './rows.ts';

const catalogue = await loadCatalogue();
const exchanges = [
  smallCall(200, 500),
  smallCall(300, 600),
  smallCall(400, 700),
  exchange({ startMs: 20_000 }),
  post(200_000, 30_000),
];
const claude = [
  row('api.anthropic.com', FORMS.bun144Fetch, { exchanges }),
  row('api.anthropic.com', FORMS.bun144Https, { exchanges: CLAUDE_START.https }),
  row('downloads.claude.ai', FORMS.bun144Https, { exchanges: [smallCall(500, 400)] }),
];

function profiled(rows = claude): ToolProfile {
  const profile = findProfile([window(rows)], catalogue, 'claude-code');
  if (profile === null) throw new Error('no profile');
  return profile;
}

describe('profile', () => {
  it('tells names, roles, cadence and the share of telemetry', () => {
    const profile = profiled();
    expect(profile.names.map(({ name, role }) => [name, role])).toEqual([
      ['api.anthropic.com', 'inference'],
      ['downloads.claude.ai', 'update'],
    ]);
    expect(profile.names[0]?.cadence).toEqual({
      start: { exchanges: 6, bytesUp: 1906 },
      activity: { exchanges: 2, bytesUp: 248_000 },
      idle: { exchanges: 0, bytesUp: 0 },
      exit: { exchanges: 0, bytesUp: 0 },
    });
    expect(profile.telemetry.share).toBeCloseTo(199_580 / (199_580 + 47_580), 3);
    expect(profile.relay).toEqual({ inUse: false, visible: ['api.anthropic.com', 'downloads.claude.ai'] });
  });

  it('is null without evidence for the tool', () => {
    expect(findProfile([window([])], catalogue, 'claude-code')).toBeNull();
    expect(findProfile([window(claude)], catalogue, 'no-such-tool')).toBeNull();
  });

  it('tells the phases of exchanges that come in any order', () => {
    const quiet = [
      { ...smallCall(300, 500), startMs: 21_000_000 },
      { ...smallCall(300, 400), startMs: 3_000_000 },
      exchange({ startMs: 20_000 }),
      smallCall(300, 300),
    ];
    const [name] = profiled([row('api.anthropic.com', FORMS.bun144Fetch, { exchanges: quiet })]).names;
    const { start, activity, idle, exit } = name?.cadence ?? {};
    expect([start, activity, idle, exit].map((phase) => phase?.exchanges)).toEqual([1, 1, 1, 1]);
  });

  it('and attribution stand more exchanges than a call has room for arguments, without comparing each with all', () => {
    const many = Array.from({ length: 130_000 }, (_, n) => smallCall(n, 300 + (n % 8)));
    const rows = [row('api.anthropic.com', FORMS.bun144Fetch, { exchanges: many })];
    expect(profiled(rows).names[0]?.cadence.start.exchanges).toBeGreaterThan(0);
    expect(attribute([window(rows)], catalogue, { zone: openZone('UTC') })).toHaveLength(1);
  });

  it('compared with an older one names what is new, gone and grown', () => {
    const before = profiled();
    const after = profiled([
      row('api.anthropic.com', FORMS.bun144Fetch, { exchanges, payloadUp: 500_000 }),
      row('api.anthropic.com', FORMS.bun144Https, { exchanges: CLAUDE_START.https }),
      row('mcp-proxy.anthropic.com', FORMS.bun144Https),
    ]);
    const changes = compareProfiles(before, after);
    expect(changes.newNames.map(({ name }) => name)).toEqual(['mcp-proxy.anthropic.com']);
    expect(changes.goneNames.map(({ name }) => name)).toEqual(['downloads.claude.ai']);
    expect(changes.grown.map(({ name }) => name)).toEqual(['api.anthropic.com']);
    expect(changes.shrunk).toEqual([]);
  });
});

describe('explain', () => {
  const wording = {
    bytes: (count: number) => `${count} bytes`,
    count: String,
    time: (instant: string) => instant,
    timezone: 'UTC',
  };
  const attributions = attribute([window(claude)], catalogue, { zone: openZone('UTC') });

  it('prints evidence for and against', () => {
    const text = explainTool(attributions, '10.77.0.2', 'claude-code', wording).join('\n');
    expect(text).toContain('is likely');
    expect(text).toContain('two forms of ClientHello');
    expect(text).toContain('other programs also run on');
    expect(text).toContain('accuracy of these estimates: requests exact in');
  });

  it('states each reason why figures are withheld once', () => {
    const withheld = ['requests', 'prompts'].map((field) => ({ field, reason: 'packets are missing' }));
    const lossy = attributions.map(({ host, tools, providers }) => ({
      ...{ host, providers },
      tools: tools.map(({ use, quarters }) => ({
        quarters,
        use: Object.assign(Object.create(use), { withheld }),
      })),
    }));
    const text = explainTool(lossy, '10.77.0.2', 'claude-code', wording).join('\n');
    expect(text).toContain('not known: requests, prompts; packets are missing');
    expect(text.split('packets are missing')).toHaveLength(2);
  });

  it('reports missing evidence for the tool and unknown hosts', () => {
    expect(explainTool(attributions, '10.77.0.2', 'cline', wording).join('\n')).toContain(
      'no evidence for cline',
    );
    expect(explainTool(attributions, '10.0.0.1', 'cline', wording)).toEqual([
      '10.0.0.1: no AI traffic was seen on this host.',
    ]);
  });
});

describe('learn', () => {
  it('drafts endpoints and builds from a recording, and leaves specificity to a person', () => {
    const entry = findMissingNames(
      [window([row('api.new.example', FORMS.unknown, { exchanges }), ...claude])],
      catalogue,
      { tool: 'claude-code', version: '9.9', date: '2026-11-20', source: 'a test' },
    );
    expect(entry.alreadyListed).toEqual(['api.anthropic.com', 'downloads.claude.ai']);
    expect(entry.endpoints).toMatchObject([
      { host: 'api.new.example', role: 'inference', specificity: 'shared' },
    ]);
    expect(entry.builds).toContainEqual(expect.objectContaining({ runtime: 'unknown' }));
  });
});
