// Pseudonyms whose group or exception would say who they are: in no output is one next to the other.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ReportDocument } from '../../src/model/report.ts';
import { readPseudonyms } from '../../src/query/inputs/pseudonyms.ts';
import { temporaryFolder } from '../temporary.ts';
import { keepHosts } from './part-of-demo.ts';
import { wiretally } from './run.ts';

const DEMO = 'captures/demo.pcap.gz';
const POLICY = 'captures/demo-policy.yaml';
/** The only host of the group "lab", which EX-17 exempts; "build" has one host as well. */
const LAB = '10.40.0.31';
/** Hosts of the group "developers", of which the demo has more than twenty. */
const VIOLATOR = '10.20.1.13';

const folder = temporaryFolder('small');
const at = (name: string): string => join(folder, name);
const key = at('names.key');
let lab = '';
let violator = '';
beforeAll(async () => {
  writeFileSync(key, Buffer.alloc(32, 0x99));
  const nameOf = readPseudonyms(key);
  [lab, violator] = [nameOf(LAB), nameOf(VIOLATOR)];
  await wiretally(['analyze', DEMO, '--write', at('demo.usage'), '-q']);
  // Groups of one host, and seven developers.
  keepHosts(at('demo.usage'), at('demo.usage'), /^10\.(20\.1|30|40|99)\./);
});

const withPolicy = (name: string, change: (text: string) => string): string => {
  const text = readFileSync(POLICY, 'utf8');
  expect(change(text)).not.toBe(text);
  writeFileSync(at(name), change(text));
  return at(name);
};

const audited = async (policy: string, ...more: string[]): Promise<ReportDocument> => {
  const words = ['analyze', at('demo.usage'), '--policy', policy, '--format', 'json', ...more];
  return JSON.parse((await wiretally(words)).out);
};

describe('an exempted host that is alone in its group', () => {
  const formats = ['terminal', 'json', 'ndjson', 'csv', 'md', 'html', 'eve', 'zeek', 'ecs', 'sarif', 'junit'];
  it.each(formats)('is withheld from %s, and so are small groups', async (format) => {
    const words = [
      'analyze',
      at('demo.usage'),
      '--policy',
      POLICY,
      '--pseudonymize',
      key,
      '--format',
      format,
    ];
    const { out, code } = await wiretally(words);
    expect(code).toBe(1);
    expect(out).toContain(violator);
    for (const word of [lab, 'EX-17', LAB]) expect(out).not.toContain(word);
    // "Grok Build" is a tool.
    expect(out.replaceAll(/grok build/gi, '')).not.toMatch(/\b(lab|build)\b/);
  });

  it.each([
    { source: DEMO, words: [] },
    { source: at('demo.usage'), words: ['--by', 'host'] },
    { source: at('demo.usage'), words: ['--since', '2026-07-13'] },
  ])('is withheld from $source $words too', async ({ source, words }) => {
    const asked = ['analyze', source, '--policy', POLICY, ...words];
    const { out } = await wiretally([...asked, '--pseudonymize', key, '--format', 'json']);
    expect(out).toContain(violator);
    for (const word of [lab, 'EX-17', '"lab"', '"build"']) expect(out).not.toContain(word);
  });

  it('is in no part of a bundle, which can be verified all the same', async () => {
    const words = ['--pseudonymize', key, '--bundle', at('bundle')];
    await audited(POLICY, ...words);
    for (const name of readdirSync(at('bundle')).filter((each) => each !== 'policy.yaml')) {
      const text = readFileSync(join(at('bundle'), name)).toString('latin1');
      for (const word of [lab, 'EX-17', '"lab"', '"build"', '"guests"'])
        expect(text, name).not.toContain(word);
    }
    const { out, code } = await wiretally(['verify', at('bundle'), '--unsigned']);
    expect(out).toContain('evaluated again: the same verdict and findings');
    expect(code).toBe(0);
  });

  it('is counted, so that nobody takes the rest for all', async () => {
    expect((await audited(POLICY, '--pseudonymize', key)).withheld).toEqual({ hosts: 1, leastHosts: 5 });
    const { out } = await wiretally(['analyze', at('demo.usage'), '--policy', POLICY, '--pseudonymize', key]);
    expect(out).toContain('1 host is withheld: fewer than 5 hosts share the exception');
  });

  it('is told where hosts are shown as they are, or where the policy allows it', async () => {
    const named = await audited(POLICY);
    expect(named.withheld).toBeUndefined();
    expect(named.findings?.find(({ host }) => host === LAB)).toMatchObject({ exception: 'EX-17' });
    const one = withPolicy('one.yaml', (text) =>
      text.replace('groups:', 'privacy: { minGroup: 1 }\n\ngroups:'),
    );
    const allowed = await audited(one, '--pseudonymize', key);
    expect(allowed.findings?.find(({ host }) => host === lab)).toMatchObject({ exception: 'EX-17' });
    expect(allowed.hosts.find(({ host }) => host === lab)?.groups).toEqual(['lab']);
  });
});

describe('an exempted host that is not alone', () => {
  it('is shown with its exception', async () => {
    const wide = withPolicy('wide.yaml', (text) =>
      text.replace('scope: { groups: [lab] }, from', 'scope: { groups: [developers] }, from'),
    );
    const { findings, withheld } = await audited(wide, '--pseudonymize', key);
    expect(withheld).toBeUndefined();
    expect(findings?.find(({ host }) => host === violator)).toMatchObject({ exception: 'EX-17' });
  });
});

describe('a host that was exempt for a time', () => {
  it('keeps its violation, without its exception', async () => {
    const brief = withPolicy('brief.yaml', (text) =>
      text.replace(
        '{ groups: [lab] }, from: 2026-07-10, until: 2026-09-30',
        `{ cidr: [${VIOLATOR}/32] }, from: 2026-07-10, until: 2026-07-14`,
      ),
    );
    const named = await audited(brief);
    const results = (document: ReportDocument, host: string) =>
      document.findings?.filter((each) => each.host === host).map(({ result }) => result);
    expect(results(named, VIOLATOR)).toEqual(['exempt', 'violation']);
    const words = ['--pseudonymize', key, '--bundle', at('brief')];
    const hidden = await audited(brief, ...words);
    expect(results(hidden, violator)).toEqual(['violation']);
    expect(JSON.stringify(hidden)).not.toContain('EX-17');
    expect((await wiretally(['verify', at('brief')])).out).toContain('the same verdict and findings');
  });
});
