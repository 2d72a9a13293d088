// Allow lists for devices: each has the needed names and no others, and is read back as the list that it is.
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { buildAllowList, listEntries } from '../../../src/attribution/profile/allow-list.ts';
import type { ListedName } from '../../../src/model/profile.ts';
import { ALLOW_FORMATS, exportAllowed, INCLUDES } from '../../../src/policy/export/allow.ts';
import { sha1 } from '../../../src/query/inputs/policy-file.ts';
import { catalogue } from '../../property/judged-recordings.ts';

const name = (
  text: string,
  need: ListedName['need'],
  role: ListedName['role'] = 'inference',
): ListedName => ({
  ...{ name: text, need, role, recordings: 3, stopped: 2, hosts: 4, lastSeen: '2026-07-10T00:00:00.000000Z' },
});
const NAMES = [
  name('api.one.test', 'needed'),
  name('*.wide.test', 'needed'),
  name('deep.wide.test', 'needed'),
  name('model.*.regions.test', 'needed'),
  name('gateway.corp.test', 'needed', 'relay'),
  name('x.test"; pass ip any', 'needed'),
  name('events.one.test', 'telemetry', 'telemetry'),
];

function filesOf(format: string, include = INCLUDES.slice(0, 1), names: readonly ListedName[] = NAMES) {
  const asked = { tool: 'a-tool', name: 'A Tool\n`x`', names, include, catalogueVersion: '2026.11', sha1 };
  const known = ALLOW_FORMATS[format];
  if (known === undefined) throw new Error(format);
  return exportAllowed(asked, known);
}

describe.each(Object.keys(ALLOW_FORMATS))('an allow list for %s', (format) => {
  const written = filesOf(format);
  const lists = written.filter(({ isNotes }) => isNotes !== true);
  const all = written.map(({ text }) => text).join('');

  it('has the needed names, and says what it leaves out and why', () => {
    const entries = lists.flatMap(({ text }) => listEntries(text));
    const covers = (wanted: string): boolean =>
      entries.some((one) => one.name === wanted || (one.isBelow && wanted.endsWith(`.${one.name}`)));
    expect(covers('api.one.test')).toBe(true);
    expect(entries.some((one) => one.name === 'wide.test' || one.name === '*.wide.test')).toBe(true);
    for (const one of entries)
      expect(one.name).toMatch(/^(api\.one|(\*\.|deep\.)?wide|model\.\*\.regions)\.test$/);
    const hasGlob = entries.some((one) => one.name === 'model.*.regions.test');
    expect(hasGlob || format === 'suricata' || all.includes('Not carried over: model.*.regions.test')).toBe(
      true,
    );
    expect(all).toContain(
      'In: api.one.test: needed (inference), contacted in 3 recordings, no work without it in 2',
    );
    expect(all).toContain('Left out: events.one.test: telemetry, contacted');
    expect(all).toContain('Left out: gateway.corp.test: gateway (relay)');
    expect(all).toContain('Add names that are left out: --include telemetry, --include gateway');
  });

  it('names no API of a tool without one, and says so', () => {
    const hint = 'allow the names of the API that it is used with';
    expect(all).not.toContain(hint);
    const unseen = { ...name('b.test', 'needed'), recordings: 0, stopped: 0, hosts: 0 };
    const notes = filesOf(format, ['needed'], [unseen]).map(({ text }) => text);
    expect(notes.join('')).toContain('In: b.test: may be needed for another login or account (');
    const without = filesOf(format, ['needed'], [name('a.test', 'optional', 'docs')]);
    expect(without.map(({ text }) => text).join('')).toContain(hint);
  });

  it('is not left by a text of the wire', () => {
    for (const { text } of lists)
      for (const line of text.split('\n'))
        if (!/^[#;!]/.test(line)) expect(line).not.toMatch(/x\.test|`|pass ip/);
  });

  it('lets more pass where that is asked for', () => {
    const more = filesOf(format, [...INCLUDES]).filter(({ isNotes }) => isNotes !== true);
    const names = more.flatMap(({ text }) => listEntries(text)).map((one) => one.name);
    expect(names).toContain('events.one.test');
    expect(names).toContain('gateway.corp.test');
  });

  it('is the list that a profile would give of a real tool', () => {
    const tool = catalogue.tool('claude-code');
    if (tool === undefined) throw new Error('no tool');
    const { names } = buildAllowList([], catalogue, tool, null, null, null);
    const text = filesOf(format, ['needed'], names)
      .map((file) => file.text)
      .join('');
    const judged = buildAllowList([], catalogue, tool, null, listEntries(text), null);
    expect(judged.missing).toEqual([]);
    expect(judged.entries?.filter(({ need }) => need !== 'needed')).toEqual([]);
  });
});

it('is a policy that Cilium reads, and one rule number for each Suricata rule', () => {
  const policy: unknown = parse(filesOf('cilium')[0]?.text ?? '');
  expect(policy).toMatchObject({ metadata: { name: 'wiretally-allow-a-tool' } });
  const rules = (filesOf('suricata')[0]?.text ?? '').split('\n').filter((line) => line.startsWith('pass '));
  const numbers = rules.map((line) => /sid:(\d+)/.exec(line)?.[1]);
  expect(new Set(numbers).size).toBe(rules.length);
  expect(rules.length).toBe(3 * 5);
});

describe('an existing list', () => {
  it.each([
    [
      'a hosts file',
      '127.0.0.1 localhost\n0.0.0.0 a.test b.test # why c.test\n::1 d.test',
      ['a.test', 'b.test', 'd.test'],
    ],
    [
      'a line of several names',
      'server=/a.test/b.test/#\nacl x dstdomain .c.test d.test',
      ['a.test', 'b.test', 'c.test', 'd.test'],
    ],
    [
      'a zone',
      '$TTL 300\n@ SOA localhost. hostmaster.localhost. 1 2 3 4 5\na.test CNAME rpz-passthru.\n*.b.test IN CNAME c.test.',
      ['a.test', '*.b.test'],
    ],
    [
      'rules of Suricata',
      'alert tls any any -> any any (msg:"ET foo.bar"; tls.sni; content:"a.test"; startswith; sid:1;)\ndrop dns any any -> any any (dns.query; content:".b.test"; endswith; sid:2;)',
      ['a.test', 'b.test'],
    ],
    [
      'a pattern of Squid',
      'acl g dstdom_regex -i ^model\\.[^.]+\\.regions\\.test$',
      ['model.*.regions.test'],
    ],
  ])('is read from %s', (_name, text, names) => {
    expect(listEntries(text).map((one) => one.name)).toEqual(names);
  });
});
