import { describe, expect, it } from 'vitest';
import { attribute } from '../../../src/attribution/attribute.ts';
import { learnTool } from '../../../src/attribution/learning/learn-tool.ts';
import { buildRecorded } from '../../../src/attribution/learning/recorded.ts';
import { unknownToolProfile } from '../../../src/attribution/profile/unknown-tool.ts';
import { Catalogue } from '../../../src/catalogue/catalogue.ts';
import { DRAFT, draftEntry } from '../../../src/catalogue/draft-entry.ts';
import { formatEntry } from '../../../src/catalogue/entry-text.ts';
import { lintCatalogue } from '../../../src/catalogue/lint-catalogue.ts';
import { parseCatalogue } from '../../../src/catalogue/parse.ts';
import { loadCatalogue, readBuiltIn } from '../../../src/files/catalogue-files.ts';
import type { UsageRow } from '../../../src/model/usage.ts';
import { openZone } from '../../../src/time/zone.ts';
import { asked, exchange, FORMS, post, row, smallCall, window } from '../attribution/rows.ts';

const catalogue = await loadCatalogue();
const OPTIONS = { tool: 'newtool', version: '1.0', date: '2026-11-20', source: 'recording new.pcap' };

function recorded(fingerprint: (typeof FORMS)[keyof typeof FORMS]): UsageRow[] {
  return [
    row('api.newtool.example', fingerprint, {
      exchanges: [12_000, 31_000, 48_000].map((bytesUp, i) => exchange({ bytesUp, startMs: i * 5000 })),
    }),
    row('telemetry.newtool.example', fingerprint, { exchanges: [post(4000)] }),
    row('auth.newtool.example', fingerprint, { exchanges: [smallCall(900)] }),
    row('files.example.net', fingerprint, { exchanges: [smallCall(400)] }),
    row('api.openai.com', fingerprint, { exchanges: [exchange()] }),
    row('github.com', FORMS.curl, { exchanges: [smallCall(300)] }),
  ];
}

describe('the draft of a new tool’s entry', () => {
  it('has roles by shape and name, and says whose the names are', () => {
    const entry = draftEntry(
      [window(recorded(FORMS.node22Fetch), [asked('cdn.newtool.example')])],
      catalogue,
      OPTIONS,
    );
    expect(entry.endpoints.map(({ host, role, specificity }) => `${host} ${role} ${specificity}`)).toEqual([
      'api.newtool.example inference tool',
      'api.openai.com inference vendor',
      'auth.newtool.example auth tool',
      'files.example.net web shared',
      'github.com web shared',
      'telemetry.newtool.example telemetry tool',
    ]);
    expect(entry.runtimes).toEqual(['node']);
    expect(entry.endpoints.find(({ host }) => host === 'api.openai.com')?.alsoUsedBy).toContain('openai-api');
    expect(entry.notes).toContain('asked for in DNS only: cdn.newtool.example');
  });

  it.each([
    ['Node', FORMS.node22Fetch],
    ['rustls', FORMS.rustls],
    ['Bun', FORMS.bun144Fetch],
    ['a hello of no known runtime, such as a new Go', FORMS.unknown],
  ])('names the tool again in the recording that it was made from: %s', (_, fingerprint) => {
    const rows = recorded(fingerprint);
    const recording = buildRecorded('new.pcap', [window(rows)], catalogue);
    const { entry } = learnTool([recording], [], catalogue, OPTIONS);
    const text = JSON.stringify(entry, null, 2);
    const data = parseCatalogue(readBuiltIn(), [{ file: 'newtool.json', text }]);
    expect(lintCatalogue(data).map(({ tool, path }) => `${tool} ${path}`)).toEqual(['newtool notes']);
    const signed = parseCatalogue(readBuiltIn(), [{ file: 'newtool.json', text: text.replace(DRAFT, '') }]);
    expect(lintCatalogue(signed)).toEqual([]);
    const [host] = attribute([window(rows)], new Catalogue(signed), { zone: openZone('UTC') });
    const named = host?.tools.find(({ use }) => use.tool === 'newtool')?.use.confidence;
    expect(['likely', 'certain']).toContain(named);
  });

  it('gives a profile of all that the capture holds, and says so', () => {
    const profile = unknownToolProfile([window(recorded(FORMS.node22Fetch))], catalogue, 'newtool');
    const { min = 0, max = 0, share } = profile?.telemetry ?? {};
    expect({ isRange: max > min, share }).toEqual({ isRange: true, share: null });
    expect(profile?.name).toBe('newtool (not in the catalogue: every name of 10.77.0.2)');
    expect(profile?.confidence).toBeNull();
    expect(profile?.names.map(({ name }) => name)).toContain('files.example.net');
    expect(profile?.requests).toEqual({ min: 4, max: 4 });
    expect(unknownToolProfile([window([])], catalogue, 'newtool')).toBeNull();
  });
});

describe('telemetry of a tool that no catalogue has', () => {
  const posts = [4000, 9000].map((bytesUp) => post(bytesUp));
  const small = [200, 300, 400].map((bytesUp) => smallCall(bytesUp));
  const telemetryOf = (rows: readonly UsageRow[]) =>
    unknownToolProfile([window([...rows])], catalogue, 'newtool')?.telemetry;

  it.each([
    { says: 'a name that only takes posts', name: 'x1.example.net', calls: posts, isSure: true },
    {
      says: 'an API that is asked as well',
      name: 'x1.example.net',
      calls: [...small, ...posts],
      isSure: false,
    },
    { says: 'a name that says so', name: 'telemetry.example.net', calls: [...small, ...posts], isSure: true },
  ])('has a least and a most, as headers are not known: $says', ({ name, calls, isSure }) => {
    const {
      min = 0,
      max = 0,
      payloadUp = 0,
    } = telemetryOf([row(name, FORMS.bun144Fetch, { exchanges: calls })]) ?? {};
    expect(max).toBeGreaterThan(12_000);
    if (isSure) expect([min < 13_000 - 300, min > 11_000, payloadUp >= min]).toEqual([true, true, true]);
    else expect([min, payloadUp]).toEqual([0, 0]);
  });
});

describe('the files of the catalogue', () => {
  it('stand as learning writes them, so that its diff fits them', () => {
    for (const text of readBuiltIn().tools)
      expect(formatEntry(JSON.parse(text.text)), text.file).toBe(text.text);
  });
});
