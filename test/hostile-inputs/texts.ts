// Texts of at most 1 MB that are made to cost memory or time once they are read: policies, hosts files, keys, profiles,
// catalogues, filters, questions.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Kind, MEGABYTE, type Pretends } from './kind.ts';

/** Repeats a text until a megabyte is full, between a head and a tail. */
function filled(before: string, turn: (n: number) => string, after = '', most = MEGABYTE): string {
  const parts = [before];
  let room = most - Buffer.byteLength(before) - Buffer.byteLength(after);
  for (let n = 0; ; n++) {
    const part = turn(n);
    room -= Buffer.byteLength(part);
    if (room < 0) break;
    parts.push(part);
  }
  return parts.join('') + after;
}

const times = (count: number, turn: (n: number) => string): string =>
  Array.from({ length: count }, (_, n) => turn(n)).join('');

const address = (n: number): string => `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`;
const HEAD = 'version: 1\nname: x\ntimezone: UTC\n';
const RULE = '{ id: R, title: t, match: { tools: [claude-code] }, action: deny, effective: 2020-01-01 }';
const STARS = '*a'.repeat(120);

const POLICIES: Readonly<Record<string, () => string>> = {
  'keys of one map': () => filled('', (n) => `k${n}: 1\n`),
  'as many keys as are read': () => times(49_000, (n) => `k${n}: 1\n`),
  'lists in lists': () => '['.repeat(MEGABYTE),
  'maps in maps': () => filled('', (n) => `${' '.repeat(n)}a:\n`),
  'maps in maps of flow': () => '{a: '.repeat(MEGABYTE / 4),
  'aliases of aliases': () =>
    `a0: &a0 [x]\n${times(30, (n) => `a${n + 1}: &a${n + 1} [${`*a${n}, `.repeat(9)}*a${n}]\n`)}`,
  anchors: () => filled('a:\n', (n) => `- &a${n} x\n`),
  'anchors and aliases': () => filled('a:\n', (n) => `- &a${n} x\n- *a${n}\n`),
  comments: () => '#\n'.repeat(MEGABYTE / 2),
  'one long word': () => `name: ${'x'.repeat(MEGABYTE - 10)}`,
  'one long word in quotes': () => `name: "${'\\x41'.repeat((MEGABYTE - 10) / 4)}"`,
  'quotes not closed': () => `name: "${'a\n'.repeat(MEGABYTE / 2 - 10)}`,
  tags: () => filled('a:\n', () => '- !x y\n'),
  documents: () => '---\n'.repeat(MEGABYTE / 4),
  'unknown keys': () => filled(`${HEAD}rules:\n  - ${RULE}\n`, (n) => `tesst${n}: 1\n`),
  'wrong rules': () => filled(`${HEAD}rules:\n`, () => '- {}\n'),
  'a thousand rules': () =>
    `${HEAD}default: deny\nrules:\n${times(1000, (n) => `- { id: R${n}, title: t, match: { kind: [cli, ide, ide-extension, agent, chat, api] }, scope: { cidr: ["10.0.0.0/8"] }, action: deny, effective: 2020-01-01 }\n`)}`,
  'a thousand rules of many tests': () =>
    filled(
      `${HEAD}rules:\n${times(1000, (n) => `- { id: R${n}, title: t, match: { kind: [cli, ide] }, scope: { name: "${STARS}${n}b" }, action: deny, effective: 2020-01-01 }\n`)}tests:\n`,
      (n) =>
        `- { at: 2026-07-10T00:00:00Z, host: ${address(n)}, name: ${'a'.repeat(200)}, tool: claude-code, expect: none }\n`,
    ),
  'exceptions for one rule': () =>
    filled(
      `${HEAD}rules:\n  - ${RULE}\nexceptions:\n`,
      (n) => `- { id: E${n}, rule: R, scope: { cidr: ${address(n)} }, until: 2030-01-01, reason: r }\n`,
    ),
  'exceptions of many stars': () =>
    filled(
      `${HEAD}rules:\n  - ${RULE}\nexceptions:\n`,
      (n) => `- { id: E${n}, rule: R, scope: { name: "${STARS}b" }, until: 2030-01-01, reason: r }\n`,
    ),
  'groups of networks': () =>
    filled(`${HEAD}rules:\n  - ${RULE}\ngroups:\n`, (n) => `  g${n}: { cidr: ${address(n)} }\n`),
  'one group of networks': () =>
    filled(`${HEAD}rules:\n  - ${RULE}\ngroups:\n  g: { cidr: [`, (n) => `${address(n)},`, ' 10.0.0.1] }\n'),
  'one group of many networks, in every rule': () =>
    filled(
      `${HEAD}rules:\n${times(1000, (n) => `- { id: R${n}, title: t, match: { tools: [claude-code] }, scope: { groups: [g] }, action: deny, effective: 2020-01-01 }\n`)}groups:\n  g: { cidr: [`,
      (n) => (n < 9990 ? `${address(n)},` : `${' '.repeat(MEGABYTE)}`),
      ' 11.0.0.1] }\n',
    ),
  'tool sets': () =>
    filled(`${HEAD}rules:\n  - ${RULE}\ntoolSets:\n`, (n) => `  s${n}: { sets: [s${n + 1}] }\n`),
  'tool sets of all sets': () =>
    filled(
      `${HEAD}rules:\n  - { id: R, title: t, match: { toolSet: s0 }, action: deny, effective: 2020-01-01 }\ntoolSets:\n  end: { kind: [cli] }\n`,
      (n) =>
        n < 300
          ? `  s${n}: { sets: [${times(Math.min(30, 299 - n), (m) => `s${n + 1 + m}, `)}end] }\n`
          : ' '.repeat(MEGABYTE),
    ),
  'tools that are none': () =>
    filled(
      `${HEAD}rules:\n`,
      (n) => `- { id: R${n}, title: t, match: { tools: [claude-cod${n}] }, action: deny }\n`,
    ),
};

const HOSTS: Readonly<Record<string, () => string>> = {
  networks: () => filled('match,group\n', (n) => `${address(n)},g\n`),
  'a group each': () => filled('match,group\n', (n) => `${address(n)},g${n}\n`),
  'names of stars': () => filled('match,group\n', (n) => `*${'a*'.repeat(100)}${n},g\n`),
  commas: () => `match,group\n${','.repeat(MEGABYTE - 20)}`,
  quotes: () => `match,group\n${'"'.repeat(MEGABYTE - 20)}`,
  'spaces and a quote': () => `match,group\n${' '.repeat(MEGABYTE - 20)}"`,
  'cells of spaces': () => filled('match,group\n', () => `${' '.repeat(1000)},`),
  'empty lines': () => `match,group\n${'\n'.repeat(MEGABYTE - 20)}`,
};

const profile = (names: string): string =>
  `{"schema":1,"tool":"claude-code","names":[${names}],"forms":[],"evidence":[]}`;
const PROFILES: Readonly<Record<string, () => string>> = {
  'lists in lists': () => '['.repeat(MEGABYTE),
  'many names': () =>
    profile(filled('1', (n) => `,{"name":"n${n}.example","role":"inference","flows":1}`, '', MEGABYTE - 100)),
  'names that are none': () => profile(`0${',0'.repeat(MEGABYTE / 2 - 100)}`),
  'a long name': () => `{"schema":1,"tool":"${'x'.repeat(MEGABYTE - 100)}","names":[]}`,
};

const endpoint = (host: string): string =>
  `{"host":"${host}","match":"glob","role":"inference","specificity":"tool","protocol":"https","confidence":"high","sources":["abc"],"firstSeen":"2026-01-01"}`;
const entry = (endpoints: string): string =>
  `{"id":"own","name":"Own","vendor":"V","kind":"cli","homepage":"https://x","endpoints":[${endpoints}]}`;
const CATALOGUES: Readonly<Record<string, () => string>> = {
  'many names': () =>
    entry(filled(endpoint('a.example'), (n) => `,${endpoint(`n${n}.example`)}`, '', MEGABYTE - 200)),
  'names of stars': () =>
    entry(
      filled(
        endpoint('a.example'),
        (n) => `,${endpoint(`${'*a'.repeat(30)}${n}.example`)}`,
        '',
        MEGABYTE - 200,
      ),
    ),
  'names in long chains': () => entry(endpoint('a.'.repeat(400_000))),
  'lists in lists': () => '['.repeat(MEGABYTE),
  'keys of one map': () => `{${filled('"a":1', (n) => `,"k${n}":1`, '', MEGABYTE - 2)}}`,
};

const TEXTS: Readonly<Record<string, () => string>> = {
  'a million hosts': () => filled('', (n) => `${n}\n`),
  'one long line': () => 'x'.repeat(MEGABYTE),
  'begins of keys': () => '-----BEGIN PRIVATE KEY-----\n'.repeat(MEGABYTE / 28),
  'a key of one long line': () =>
    `-----BEGIN PRIVATE KEY-----\n${'A'.repeat(MEGABYTE - 60)}\n-----END PRIVATE KEY-----\n`,
};

function texts(of: Pretends, ending: string, made: Readonly<Record<string, () => string>>): Kind[] {
  return Object.entries(made).map(([name, make]) => ({
    name,
    of,
    file: `${of}-${name.replaceAll(/[ ,]+/g, '-')}.${ending}`,
    write: (path) => writeFileSync(path, make()),
  }));
}

export function textKinds(): Kind[] {
  const catalogues = texts('catalogue', 'd', CATALOGUES).map(
    ({ write, ...kind }): Kind => ({
      ...kind,
      async write(path) {
        mkdirSync(path);
        await write(join(path, 'own.json'));
      },
    }),
  );
  return [
    ...texts('policy', 'yaml', POLICIES),
    ...texts('hosts', 'csv', HOSTS),
    ...texts('profile', 'json', PROFILES),
    ...texts('text', 'txt', TEXTS),
    ...catalogues,
  ];
}
