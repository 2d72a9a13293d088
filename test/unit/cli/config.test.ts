// The configuration: every option of every command, faults by line, and forbidden settings.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { commandName } from '../../../src/cli/command.ts';
import { findConfig, listDefaultPaths } from '../../../src/cli/config/find-config.ts';
import { formatProblems, parseConfig } from '../../../src/cli/config/parse-config.ts';
import {
  environmentSettings,
  listCommands,
  listSettables,
  unknownVariables,
} from '../../../src/cli/config/settings.ts';
import { buildProgram } from '../../../src/cli/program.ts';

const program = await buildProgram('all');
const parse = (text: string) => parseConfig(text, 'conf/w.yaml', program);
const faults = (text: string) => formatProblems('w.yaml', parse(text).problems);

describe('a configuration', () => {
  it('gives options by command, and to all that have them, with the line they come from', () => {
    const { settings, problems } = parse(
      'all:\n  timezone: UTC\n  workers: 2\nanalyze:\n  workers: 4\n  policy: p.yaml\n  exclude: [10.0.0.0/8, 10.9.0.1]\n',
    );
    expect(problems).toEqual([]);
    const analyze = settings.get('analyze');
    expect(analyze?.get('workers')).toMatchObject({ value: ['4'], from: 'conf/w.yaml:5' });
    expect(analyze?.get('policy')?.value).toEqual(['conf/p.yaml']);
    expect(analyze?.get('exclude')?.value).toEqual(['10.0.0.0/8', '10.9.0.1']);
    expect(settings.get('dump flows')?.get('workers')).toMatchObject({ value: ['2'], from: 'conf/w.yaml:3' });
    expect(settings.get('store merge')?.has('timezone')).toBe(false);
  });

  it.each([
    [
      'analyze: { workrs: 3 }',
      'w.yaml:1:12: analyze.workrs: the key "workrs" is not known (did you mean "workers"?)',
    ],
    ['analyse: {}', 'w.yaml:1:1: analyse: the key "analyse" is not known (did you mean "analyze"?)'],
    ['workers: 3', 'w.yaml:1:1: workers: the key "workers" is not known here: it belongs under "analyze"'],
    [
      'policy:\n  export:\n    formt: rpz',
      'w.yaml:3:5: policy.export.formt: the key "formt" is not known (did you mean "format"?)',
    ],
    ['analyze: { workers: 0 }', 'must be a whole number from 1 to 256, not "0"'],
    ['analyze: { stamp: yes }', 'analyze.stamp: must be true or false'],
    ['analyze: { workers: 1.5 }', 'must be text, or must be a whole number'],
    ['explain: { host: [a, b] }', 'explain.host: must be'],
    ['all: { format: html }', '--format must be'],
    ['analyze: { write: x.usage }', 'it replaces a file'],
    ['all: { write: folder }', 'it replaces a file'],
    ['all: { sandbox: false }', 'it removes a protection'],
    ['analyze: { read: a.pcap }', 'pass inputs on the command line'],
    ['analyze: { bundle: evidence }', 'it replaces a file'],
    ['report: {}', 'w.yaml:1:1: report: the key "report" is not known'],
    ['store: { prune: { before: 2026-01-01 } }', 'it deletes stored data'],
    ['a: &a [1]\nb: *a', 'anchors and aliases are not allowed'],
    ['__proto__: { x: 1 }', 'w.yaml:1:1: __proto__: the key "__proto__" is not known'],
    ['analyze: { workers: 1, workers: 2 }', 'the key "workers" appears twice'],
    ['[1, 2]', 'must be a map'],
    [`${'['.repeat(50_000)}`, 'values are nested too deeply'],
  ])('is refused with line and word: %.40s', (text, says) => {
    expect(faults(text).join('\n')).toContain(says);
  });

  it('may be an example whose every line is put aside', () => {
    expect(parse('# all:\n\n#   timezone: UTC\n')).toEqual({ settings: new Map(), problems: [] });
  });

  it('lets a sensor keep its windows, and no setting replace a file', () => {
    expect(faults('watch: { write: windows, store: h.duckdb, promiscuous: false }')).toEqual([]);
    const outputs = ['write', 'bundle', 'out', 'sandbox', 'read', 'before'];
    const allowed = listCommands(program).flatMap((command) =>
      listSettables(command)
        .filter(({ name, refused }) => outputs.includes(name) && refused === null)
        .map(({ name }) => `${commandName(command)} ${name}`),
    );
    expect(allowed).toEqual(['watch write']);
  });

  it('takes paths from its own folder, and addresses of stores as they are', () => {
    const { settings } = parse(
      'watch: { write: windows }\nfleet: { collect: { store: clickhouses://me@store.example/db } }\n',
    );
    const values = [...settings.values()].flatMap((each) => [...each.values()].map(({ value }) => value));
    expect(values).toEqual([['conf/windows'], ['clickhouses://me@store.example/db']]);
  });

  it('knows which values are paths', () => {
    const paths = listCommands(program).flatMap((command) =>
      listSettables(command).flatMap(({ isPath, name }) => (isPath ? [name] : [])),
    );
    expect([...new Set(paths)].sort()).toEqual([
      'access-tokens',
      'advisories',
      'against',
      'alerts-file',
      'baseline',
      'behind',
      'bundle',
      'catalogue',
      'client-ca',
      'compare',
      'config',
      'creds',
      'finding-key',
      'finding-log',
      'finding-sign-key',
      'hosts',
      'identity-log',
      'key',
      'list',
      'log',
      'log-columns',
      'out',
      'password-file',
      'policy',
      'profile',
      'proof',
      'proxy-token-file',
      'pseudonymize',
      'read',
      'receivers',
      'register',
      'report',
      'sensors',
      'set-aside',
      'sign-key',
      'signed-config',
      'state',
      'store',
      'tls-ca',
      'tls-cert',
      'tls-key',
      'trust',
      'users',
      'write',
    ]);
  });

  it('any content is refused or valid, and faults refer to existing lines', () => {
    const word = fc.constantFrom(
      'all',
      'analyze',
      'watch',
      'policy',
      'export',
      'workers',
      'exclude',
      'format',
      'x',
      '10.0.0.0/8',
      '3',
      '-',
      '*a',
      '!t',
      '? ',
      '"',
      '|',
      '\t',
      '\u0000',
      '\ud800',
    );
    const text = fc
      .array(fc.tuple(word, fc.constantFrom(': ', '\n', '\n  ', ', ', ' [', '] ', ' {', '}', ' # ')))
      .map((parts) => parts.flat().join(''));
    fc.assert(
      fc.property(text, (written) => {
        const { problems } = parse(written);
        const lines = written.split(/\r\n|\r|\n/).length;
        for (const { line, column } of problems) {
          expect(line).toBeGreaterThan(0);
          expect(line).toBeLessThanOrEqual(lines + 1);
          expect(column).toBeGreaterThan(0);
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe('the environment', () => {
  const analyze = listSettables(
    listCommands(program).find((command) => command.name() === 'analyze') ?? program,
  );

  it('gives options by their long names', () => {
    const settings = environmentSettings(analyze, {
      WIRETALLY_LOCAL_NET: '10.0.0.0/8,fd00::/8',
      WIRETALLY_STAMP: 'true',
      WIRETALLY_WORKERS: '',
      WIRETALLY_OTHER: 'x',
    });
    expect([...settings].map(([name, { value, from }]) => [name, value, from])).toEqual([
      ['local-net', ['10.0.0.0/8', 'fd00::/8'], 'WIRETALLY_LOCAL_NET'],
      ['stamp', true, 'WIRETALLY_STAMP'],
    ]);
  });

  it.each([
    [{ WIRETALLY_WORKERS: 'many' }, 'WIRETALLY_WORKERS: --workers must be a whole number'],
    [{ WIRETALLY_WRITE: 'x.usage' }, 'WIRETALLY_WRITE: it replaces a file'],
    [{ WIRETALLY_STAMP: 'maybe' }, 'must be true or false, not "maybe"'],
  ])('is refused: %j', (env, says) => {
    expect(() => environmentSettings(analyze, env)).toThrow(says);
  });

  it('is refused with all faults at once', () => {
    const env = { WIRETALLY_WORKERS: 'many', WIRETALLY_STAMP: 'maybe' };
    expect(() => environmentSettings(analyze, env)).toThrow(/WORKERS: .*\n.*STAMP: must be/);
  });

  it('has unknown variables reported with the nearest known name', () => {
    const env = { WIRETALLY_WORKRS: '1', WIRETALLY_WORKERS: '1', WIRETALLY_DEBUG: '1', OTHER: '1' };
    expect(unknownVariables(analyze, env)).toEqual([
      'WIRETALLY_WORKRS: unknown variable (did you mean "WIRETALLY_WORKERS"?)',
    ]);
  });
});

it('is looked for in the folder of the user and of the machine, never here', () => {
  const machine = '/etc/wiretally/wiretally.yaml';
  expect(listDefaultPaths({ HOME: '/h' })).toEqual(['/h/.config/wiretally/wiretally.yaml', machine]);
  expect(listDefaultPaths({ HOME: '/h', XDG_CONFIG_HOME: '/x' })).toEqual([
    '/x/wiretally/wiretally.yaml',
    machine,
  ]);
  expect(listDefaultPaths({ HOME: 'h', XDG_CONFIG_HOME: './x' })).toEqual([machine]);
  expect(listDefaultPaths({})).toEqual([machine]);
});

describe('that of the user', () => {
  const home = mkdtempSync(join(tmpdir(), 'wiretally-config-'));
  afterAll(() => rmSync(home, { recursive: true }));
  const file = join(home, '.config/wiretally/wiretally.yaml');
  mkdirSync(join(home, '.config/wiretally'), { recursive: true });
  writeFileSync(file, 'all: {}\n');

  it.each([0o600, 0o644, 0o664])('counts with the permissions %o', (mode) => {
    chmodSync(file, mode);
    expect(findConfig(undefined, { HOME: home })).toEqual({ file, text: 'all: {}\n' });
  });

  it('is refused where every user may write to it', () => {
    chmodSync(file, 0o666);
    expect(() => findConfig(undefined, { HOME: home })).toThrow('writable by every user');
  });
});
