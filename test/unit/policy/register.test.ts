// A register of approved tools: what is read, every fault at once, hostile files, and hosts that pseudonyms hide.
import { beforeAll, describe, expect, it } from 'vitest';
import type { RegisterReport } from '../../../src/model/report.ts';
import type { UsageWindow } from '../../../src/model/usage.ts';
import { parseHostsFile } from '../../../src/policy/hosts-file.ts';
import { parseRegister, registerJsonSchema } from '../../../src/policy/register-file.ts';
import { applyPolicy } from '../../../src/query/apply-policy.ts';
import { bundleContent } from '../../../src/query/bundle-content.ts';
import { reportOn } from '../../../src/query/reported.ts';
import { sourceFromWindows } from '../../../src/query/source.ts';
import { narrow } from '../../../src/report/document/narrow.ts';
import { renderCsv } from '../../../src/report/format/csv.ts';
import { pseudonymizeWindows } from '../../../src/window/pseudonymize-windows.ts';
import { catalogue, recorded, recordings } from '../../property/judged-recordings.ts';

const names = { tools: catalogue.tools, groups: ['rnd', 'sales'] };
const read = (text: string, file = 'r.csv') => parseRegister(text, file, names);

function faultsOf(text: string, file = 'r.csv'): string[] {
  try {
    read(text, file);
    return [];
  } catch (error) {
    return (error as Error).message.split('\n');
  }
}

describe('a register', () => {
  it.each([
    [
      'commas',
      'tool,owner,group,host,from,until,purpose\nClaude Code,"A, ""B""",rnd,,2026-01-01,,"two\nlines"\n',
    ],
    [
      'semicolons, CRLF and a byte order mark',
      '\uFEFFTool;Owner;approved from;Group\r\nclaude_code;"A, ""B""";2026-01-01;rnd\r\n',
    ],
    [
      'a line of Excel that names the separator',
      '\uFEFFsep=;\r\ntool;owner;from;group\r\nClaude Code;"A, ""B""";2026-01-01;rnd\r\n',
    ],
    [
      'tabs, and lines without content',
      '# of 2026\ntool\towner\tfrom\tgroup\n\nCLAUDE-CODE\t"A, ""B"""\t2026-01-01\trnd',
    ],
  ])('is read with %s', (_name, text) => {
    const [entry, ...more] = read(text);
    expect(more).toEqual([]);
    expect(entry).toMatchObject({
      owner: 'A, "B"',
      from: '2026-01-01',
      until: null,
      tool: { id: 'claude-code' },
    });
    expect(entry?.scope.groups).toEqual(['rnd']);
  });

  it('is read as YAML and as JSON, with the lines of its entries', () => {
    const yaml =
      'version: 1\nentries:\n  - tool: aider\n  - { tool: cline, host: [10.0.0.1, 10.2.0.0/16, "*.lab.example"] }\n';
    expect(read(yaml, 'r.yml').map(({ line, tool }) => `${line} ${tool.id}`)).toEqual(['3 aider', '4 cline']);
    expect(read('{"version":1,"entries":[{"tool":"aider"}]}', 'r.json')).toHaveLength(1);
    const [, { scope } = { scope: null }] = read(yaml, 'r.yml');
    expect(scope).toMatchObject({ hosts: ['10.0.0.1'], names: ['*.lab.example'], groups: [] });
  });

  it('has every fault at once, with its line and the nearest words', () => {
    const text = [
      'tool,ownr,group,host,from,until',
      'claude-cod,,salse,,,',
      'cline',
      'aider,,,10.0.0.1/8 a!b,2026-02-30,2026-01-01T10:07:00Z',
      'aider,,,,2026-03-01,2026-02-01',
      '"aider,,,,,',
      ',,rnd,,,',
    ].join('\n');
    expect(faultsOf(text)).toEqual([
      'r.csv:1: the column "ownr" is not known (did you mean "owner"?); the columns are tool, owner, group, host, from, until, purpose',
      'r.csv:2: no tool "claude-cod" in the catalogue (did you mean "claude-code"?)',
      'r.csv:2: no group "salse" in the policy or the hosts file (did you mean "sales"?)',
      'r.csv:3: has 1 column, the header has 6',
      'r.csv:4: 2026-02-30 does not exist in the calendar',
      'r.csv:4: "2026-01-01T10:07:00Z" does not fall on a quarter hour of UTC; rules begin and end on quarter hours',
      'r.csv:4: "10.0.0.1/8" is neither an address, nor a network without host bits, nor a MAC, nor a host name',
      'r.csv:4: "a!b" is neither an address, nor a network without host bits, nor a MAC, nor a host name',
      'r.csv:5: the time from 2026-03-01 until 2026-02-01 is empty or reversed',
      'r.csv:6: a quote is not closed',
      'r.csv:7: tool: is missing',
    ]);
    const yaml = 'version: 1\nentries:\n  - { tool: aidr }\n  - { tol: aider }\n';
    expect(faultsOf(yaml, 'r.yaml')).toEqual([
      expect.stringContaining('r.yaml:3: no tool "aidr"'),
      expect.stringContaining('r.yaml:4: entries[1].tool: is missing'),
      expect.stringContaining('r.yaml:4: entries[1].tol: the key "tol" is not known (did you mean "tool"?)'),
    ]);
    expect(faultsOf('owner\nx\n')[0]).toContain('the column "tool" is missing');
    expect(faultsOf('')).toEqual(['r.csv:1: there is no entry']);
  });

  it('is read to a limit', () => {
    const started = performance.now();
    const big = 10 << 20;
    for (const text of [
      `tool\n${'aider\n'.repeat(big / 6)}`,
      `tool\n${'adier x\n'.repeat(big / 8)}`,
      `tool\n${'"\n'.repeat(big / 2)}`,
      `tool\n"${'x'.repeat(big)}`,
      `tool\n${','.repeat(big)}`,
      'x'.repeat(big),
    ]) {
      const faults = faultsOf(text);
      expect(faults.length).toBeGreaterThan(0);
      expect(faults.join().length).toBeLessThan(60_000);
      expect(faults.length).toBeLessThanOrEqual(201);
    }
    const bomb = `version: 1\na: &a [x, x]\nb: &b [*a, *a]\nentries: [*b, *b]\n`;
    expect(faultsOf(bomb, 'r.yaml')[0]).toContain('anchors and aliases are not allowed');
    expect(faultsOf(`entries: ${'['.repeat(100_000)}`, 'r.yaml')).toHaveLength(1);
    expect(faultsOf('x'.repeat(big), 'r.yaml')[0]).toContain('larger than');
    expect(performance.now() - started).toBeLessThan(20_000);
  });

  it('counts the line that names the separator, and has a header to copy where it is refused', () => {
    expect(faultsOf('sep=,\ntool\nclaude-cod\n')[0]).toContain('r.csv:3: ');
    expect(() => read('a,b\n')).toThrow(
      expect.objectContaining({
        next: expect.stringContaining('"tool,owner,group,host,from,until,purpose"'),
      }),
    );
    expect(() => read('a: b\n', 'r.yaml')).toThrow(
      expect.objectContaining({ next: expect.stringContaining('--of register') }),
    );
  });

  it('is read or refused at every prefix', () => {
    const text =
      '\uFEFFsep=;\r\ntool;owner;group;host\r\n"Claude Code";"a ""b""\r\nc";rnd;10.0.0.1 10.0.0.0/8\r\n';
    for (let end = 0; end <= text.length; end++)
      for (const file of ['r.csv', 'r.yaml'])
        expect(faultsOf(text.slice(0, end), file).every((fault) => fault.startsWith(`${file}:`))).toBe(true);
  });

  it('has a schema', () => {
    expect(registerJsonSchema()).toMatchObject({
      title: 'Wiretally register',
      required: ['version', 'entries'],
    });
  });
});

describe('use under a register', () => {
  let windows: readonly UsageWindow[];
  let host = '';
  beforeAll(async () => {
    const recording = recordings.find(({ name }) => name === 'claude-code-2.1.328-prompt');
    if (recording === undefined) throw new Error('no recording');
    windows = await recorded(recording);
    host = windows[0]?.rows[0]?.host ?? '';
  });

  interface Asked {
    readonly of?: readonly UsageWindow[];
    readonly pseudonymOf?: (host: string) => string;
  }

  function reportWith(text: string, { of = windows, pseudonymOf }: Asked = {}) {
    const hosts = parseHostsFile('match,group\n10.0.0.0/8,rnd\n192.168.0.0/16,sales\n', 'h.csv');
    const register = {
      sha256: 'ab'.repeat(32),
      entries: read(`tool,owner,group,host,from,until\n${text}\n`),
    };
    const source = sourceFromWindows(of, { catalogue, networks: null }, 'UTC');
    const { document, attributions } = reportOn(source, { command: 'test', timezone: 'UTC' });
    const view = { onDisk: null, hosts, pseudonymOf: pseudonymOf ?? null, register };
    return { document: applyPolicy(document, source, attributions, view), source, attributions, view };
  }
  const compared = (text: string, asked: Asked = {}): RegisterReport => {
    const { register } = reportWith(text, asked).document;
    if (register === undefined) throw new Error('no register');
    return register;
  };
  const said = (text: string, asked: Asked = {}): string => {
    const { entries, uses } = compared(text, asked);
    return [
      ...entries.map((one) => `${one.answer}/${one.removed?.answer}`),
      ...uses.map(({ result }) => result),
    ].join();
  };

  it('is approved by host, group, network and for all', () => {
    for (const scope of [`,${host}`, 'rnd,', ',10.0.0.0/8', ','])
      expect(said(`claude-code,x,${scope},,`)).toBe('used/undefined');
  });

  it('has no entry, is outside of the scope, or outside of the time', () => {
    expect(said('aider,x,,,,')).toBe('unused/undefined,noEntry');
    expect(said('claude-code,x,sales,,,')).toBe('cannotSay/undefined,outsideScope');
    expect(said('claude-code,x,,,,2026-01-01')).toBe('cannotSay/used,outsideTime');
    expect(said('claude-code,x,,,2099-01-01,')).toBe('cannotSay/undefined,outsideTime');
    expect(said('aider,x,,,,2026-01-01\nclaude-code,x,,,,')).toBe('cannotSay/unused,used/undefined');
  });

  it('proves nothing by a name that the host announces, and nothing by a MAC that was not seen', () => {
    const named = windows.map((window) => ({
      ...window,
      hosts: window.hosts.map((one) => ({
        ...one,
        names: ['dev-1.example'],
        claims: [{ name: 'dev-1.example', mac: one.mac, from: 'dhcp' as const, isOwn: true }],
      })),
    })) as readonly UsageWindow[];
    expect(said('claude-code,x,,dev-1.example,,', { of: named })).toContain('unclear');
  });

  it('is silent only where a host of the scope was seen', () => {
    expect(said(`aider,x,,10.99.0.1,,2026-01-01\nclaude-code,x,,,,`)).toBe(
      'cannotSay/cannotSay,used/undefined',
    );
    const dark = windows.map((window) => ({
      ...window,
      account: undefined,
      hosts: window.hosts.map((one) => ({
        ...one,
        notVisible: [
          {
            ...{ kind: 'vpn', hint: 'none', flows: 1, bytes: one.bytesUp + one.bytesDown },
            ...{ firstUs: window.startSeconds * 1e6, lastUs: window.startSeconds * 1e6 },
          },
        ],
      })),
    })) as unknown as readonly UsageWindow[];
    expect(said('aider,x,,,,2026-01-01\nclaude-code,x,,,,', { of: dark })).toMatch(/^cannotSay\/cannotSay,/);
  });

  it('reveals no pseudonym, and finds addresses by the key', () => {
    const pseudonymOf = (name: string): string =>
      name.startsWith('h-') ? name : `h-${name === host ? '22222222' : '33333333'}`;
    const text = `claude-code,Anna,,${host},,2026-01-01\naider,Ben,,,,`;
    const register = compared(text, { pseudonymOf });
    expect(register.withheld).toEqual({ entries: 1, uses: 1, leastHosts: 5 });
    expect(register.entries.map(({ tool, owner }) => `${tool} ${owner}`)).toEqual(['aider undefined']);
    expect(register.uses).toEqual([]);
    const whole = compared('aider,Ben,,,,', { pseudonymOf });
    expect(whole.uses.map((use) => `${use.host} ${use.result}`)).toEqual(['h-22222222 noEntry']);
    const of = pseudonymizeWindows(windows, pseudonymOf);
    expect(compared(`claude-code,x,,${host},,`, { of, pseudonymOf }).withheld).toMatchObject({ uses: 0 });
    expect(compared('claude-code,x,,10.99.0.1,,', { of, pseudonymOf }).withheld).toMatchObject({ uses: 1 });
  });

  it('is narrowed with its report, and safe in a spreadsheet', () => {
    const { document } = reportWith('aider,=cmd(),,,,');
    const other = narrow(document, { hosts: ['10.99.0.1'] });
    expect(other.register).toMatchObject({ entries: [], uses: [] });
    expect(narrow(document, { tools: ['claude-code'] }).register?.uses).toHaveLength(1);
    const csv = [...renderCsv(document)].join('');
    expect(csv).toMatch(/^10\.[\d.]+,,,,register,claude-code,.*noEntry/m);
    expect(csv).not.toMatch(/(^|,)=/m);
  });

  it('leaves its owners out of bundles', () => {
    const { document, source, attributions, view } = reportWith('claude-code,Anna Smith,,,,');
    expect(document.register?.entries[0]?.owner).toBe('Anna Smith');
    const content = bundleContent(
      { document, source, attributions, view, hostsText: null, sensorsText: null },
      [],
      [],
      [],
    );
    const texts = content.files.flatMap(({ bytes }) =>
      [...(bytes as Iterable<string | Uint8Array>)].map(String),
    );
    expect(texts.join('')).toContain('ab'.repeat(32));
    expect(texts.join('')).not.toContain('Anna');
  });
});
