// Every verb and option that takes a file or a long text: the command line that hands it over.
import { join } from 'node:path';
import type { Kind, Pretends } from './kind.ts';
import { FILTERS, QUESTIONS } from './texts.ts';

/** Harmless files that a command line needs in addition to the hostile one; $OUT is a missing path. */
export interface Harmless {
  readonly capture: string;
  readonly usage: string;
  readonly store: string;
  readonly policy: string;
  readonly key: string;
  readonly pem: string;
  readonly out: (ending: string) => string;
}

export interface Door {
  readonly verb: string;
  readonly words: (file: string, by: Harmless) => readonly string[];
  readonly takes: readonly Pretends[];
}

const SOURCES: readonly Pretends[] = ['capture', 'windows', 'folder', 'store', 'bundle'];
const FORMATS = [
  'terminal',
  'json',
  'ndjson',
  'eve',
  'zeek',
  'ecs',
  'csv',
  'md',
  'html',
  'summary',
  'junit',
  'sarif',
];
const BY = ['hour', 'day', 'week', 'tool', 'host', 'role'];
const EXPORTS = ['suricata', 'rpz', 'squid', 'nftables', 'sigma', 'misp', 'stix'];

export const DOORS: readonly Door[] = [
  { verb: 'analyze', takes: ['capture'], words: (file) => ['analyze', file] },
  ...FORMATS.map(
    (format): Door => ({
      verb: `analyze --format ${format}`,
      takes: SOURCES,
      words: (file) => ['analyze', file, '--format', format],
    }),
  ),
  ...BY.map(
    (by): Door => ({
      verb: `analyze --by ${by}`,
      takes: SOURCES,
      words: (file) => ['analyze', file, '--by', by],
    }),
  ),
  {
    verb: 'analyze --policy, store or windows',
    takes: SOURCES,
    words: (file, { policy }) => ['analyze', file, '--policy', policy],
  },
  {
    verb: 'analyze --pseudonymize',
    takes: SOURCES,
    words: (file, { key }) => ['analyze', file, '--pseudonymize', key],
  },
  {
    verb: 'analyze --write',
    takes: ['capture'],
    words: (file, { out }) => ['analyze', file, '--write', out('usage')],
  },
  {
    verb: 'analyze --store',
    takes: ['capture'],
    words: (file, { out }) => ['analyze', file, '--store', out('duckdb')],
  },
  { verb: 'dump hellos', takes: ['capture'], words: (file) => ['dump', 'hellos', file] },
  { verb: 'dump flows', takes: ['capture'], words: (file) => ['dump', 'flows', file] },
  {
    verb: 'catalogue learn',
    takes: ['capture'],
    words: (file) => ['catalogue', 'learn', file, '--tool', 'aider'],
  },
  {
    verb: 'explain',
    takes: SOURCES,
    words: (file) => ['explain', file, '--host', '10.0.0.1', '--tool', 'claude-code'],
  },
  {
    verb: 'explain without a tool',
    takes: SOURCES,
    words: (file) => ['explain', file, '--host', '10.0.0.1'],
  },
  { verb: 'profile', takes: SOURCES, words: (file) => ['profile', file, '--tool', 'claude-code'] },
  {
    verb: 'analyze --bundle',
    takes: SOURCES,
    words: (file, { policy, out }) => ['analyze', file, '--policy', policy, '--bundle', out('bundle')],
  },
  {
    verb: 'store merge',
    takes: ['windows', 'folder'],
    words: (file, { out }) => ['store', 'merge', file, '--write', out('usage')],
  },
  { verb: 'verify', takes: ['bundle'], words: (file) => ['verify', file] },
  {
    verb: 'verify --key',
    takes: ['text'],
    words: (file, { out }) => ['verify', out('bundle'), '--key', file],
  },
  { verb: 'store info', takes: ['windows', 'folder', 'store'], words: (file) => ['store', 'info', file] },
  {
    verb: 'store prune',
    takes: ['windows', 'folder', 'store'],
    words: (file) => ['store', 'prune', file, '--before', '1980-01-01'],
  },
  {
    verb: 'store compact',
    takes: ['windows', 'folder', 'store'],
    words: (file) => ['store', 'compact', file],
  },
  {
    verb: 'store sql',
    takes: ['store', 'windows'],
    words: (file) => ['store', 'sql', file, 'SELECT count(*) FROM windows'],
  },
  ...(['check', 'test'] as const).map(
    (verb): Door => ({
      verb: `policy ${verb}`,
      takes: ['policy', 'text'],
      words: (file) => ['policy', verb, file],
    }),
  ),
  {
    verb: 'policy explain',
    takes: ['policy'],
    words: (file) => {
      const asked = [
        '--host',
        '10.0.0.1',
        '--tool',
        'claude-code',
        '--at',
        '2026-07-14',
        '--name',
        'a'.repeat(200),
      ];
      return ['policy', 'explain', file, ...asked];
    },
  },
  ...EXPORTS.map(
    (format): Door => ({
      verb: `policy export --format ${format}`,
      takes: ['policy'],
      words: (file) => ['policy', 'export', file, '--format', format],
    }),
  ),
  {
    verb: '--policy',
    takes: ['policy', 'text'],
    words: (file, { usage }) => ['analyze', usage, '--policy', file],
  },
  {
    verb: '--policy with --bundle',
    takes: ['policy'],
    words: (file, { usage, out }) => ['analyze', usage, '--policy', file, '--bundle', out('bundle')],
  },
  {
    verb: '--hosts',
    takes: ['hosts', 'text'],
    words: (file, { usage }) => ['analyze', usage, '--hosts', file],
  },
  {
    verb: '--pseudonymize',
    takes: ['text'],
    words: (file, { usage }) => ['analyze', usage, '--pseudonymize', file],
  },
  {
    verb: 'analyze --sign-key',
    takes: ['text'],
    words: (file, { usage, policy, out }) => {
      return ['analyze', usage, '--policy', policy, '--bundle', out('bundle'), '--sign-key', file];
    },
  },
  {
    verb: 'profile --baseline',
    takes: ['profile', 'text'],
    words: (file, { usage }) => ['profile', usage, '--tool', 'claude-code', '--baseline', file],
  },
  {
    verb: '--catalogue',
    takes: ['catalogue'],
    words: (file, { usage }) => ['analyze', usage, '--catalogue', file],
  },
  {
    verb: 'catalogue lint',
    takes: ['catalogue'],
    words: (file) => ['catalogue', 'lint', '--catalogue', file],
  },
  {
    verb: 'catalogue list',
    takes: ['catalogue'],
    words: (file) => ['catalogue', 'list', '--catalogue', file],
  },
  {
    verb: 'catalogue test',
    takes: ['catalogue'],
    words: (file) => ['catalogue', 'test', 'a'.repeat(250), '--catalogue', file],
  },
  {
    verb: 'reidentify --list',
    takes: ['text'],
    words: (file, { key, out }) => {
      return ['reidentify', 'h-4XP8K2MN', '--key', key, '--log', out('log'), '--reason', 'x', '--list', file];
    },
  },
  ...Object.entries(FILTERS).map(
    ([name, filter]): Door => ({
      verb: `analyze -f, ${name}`,
      takes: [],
      words: (_file, { capture }) => ['analyze', capture, '-f', filter],
    }),
  ),
  ...Object.entries(QUESTIONS).map(
    ([name, question]): Door => ({
      verb: `store sql, ${name}`,
      takes: [],
      words: (_file, { store }) => ['store', 'sql', store, question],
    }),
  ),
];

/** Readers detect types by content before the name: these accept any kind. */
export const CURIOUS: ReadonlySet<string> = new Set([
  ...['analyze --format json', 'explain', 'dump hellos', 'dump flows', 'store merge', 'verify'],
  ...['store info', 'store sql'],
  ...['policy check', '--hosts', '--pseudonymize', 'profile --baseline', 'analyze --sign-key', '--catalogue'],
]);

export const fileOf = (folder: string, kind: Kind): string => join(folder, kind.file);
