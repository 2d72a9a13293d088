// Exports the names that a tool needs for its work, as entries that devices let pass. Each file lists the evidence and
// the omitted names.

import type { ALLOW_NEEDS, ListedName } from '../../model/profile.ts';
import { plural } from '../../text/quantity.ts';
import { CILIUM, podPolicy } from './cilium.ts';
import { type ListForm, type ListFormat, listEntries } from './lists.ts';
import { CLOUDFLARE, FORTIGATE, PALOALTO, UMBRELLA } from './name-lists.ts';
import { type BlockedName, comment, type ExportContext, type ExportFile, HOST_NAME } from './plan.ts';
import { listAllows } from './squid.ts';
import { passRules } from './suricata.ts';

export const INCLUDES = ['needed', 'optional', 'update', 'telemetry', 'gateway'] as const satisfies readonly (
  | (typeof ALLOW_NEEDS)[number]
  | 'gateway'
)[];
type Include = (typeof INCLUDES)[number];

export interface Allowing extends Pick<ExportContext, 'sha1' | 'catalogueVersion'> {
  readonly tool: string;
  readonly name: string;
  readonly names: readonly ListedName[];
  /** Kinds of names on the lists. Gateways are absent by default, because a gateway in use may not be approved. */
  readonly include: readonly Include[];
}

/** Files of one format. `sign` begins a comment; without it, the notes are a separate file. */
interface AllowFormat {
  readonly lets: string;
  readonly sign?: string;
  readonly hasGlobs?: true;
  readonly files: (
    names: readonly BlockedName[],
    request: Allowing,
  ) => readonly { ending: string; text: string }[];
}

const formatLines = (names: readonly BlockedName[], form: ListForm): string =>
  listEntries({ names }, form)
    .map(({ line }) => `${line}\n`)
    .join('');

/** Builds a list of names. The rule of the device that uses the list decides if they pass. */
const listFormat = ({ lists }: ListFormat, lets: string): AllowFormat => ({
  lets,
  files: (names) =>
    lists
      .map(({ ending, form, head = '' }) => ({ ending, head, lines: formatLines(names, form) }))
      .filter(({ lines }) => lines !== '')
      .map(({ ending, head, lines }) => ({ ending, text: head + lines })),
});

const buildFile =
  (
    ending: string,
    text: (names: readonly BlockedName[], request: Allowing) => string,
  ): AllowFormat['files'] =>
  (names, request) => [{ ending, text: text(names, request) }];

const inDnsmasq = (name: string): string[] => [`server=/${name}/#`];
const inRpz = (name: string): string => `${name} CNAME rpz-passthru.`;

export const ALLOW_FORMATS: Readonly<Record<string, AllowFormat>> = {
  suricata: {
    lets: 'TLS and QUIC handshakes and DNS queries, before rules that refuse all others',
    sign: '#',
    hasGlobs: true,
    files: buildFile('rules', (names, options) => `${passRules(options, options.tool, names).join('\n')}\n`),
  },
  rpz: {
    lets: 'DNS queries, where this zone stands before one that denies all names',
    sign: ';',
    files: buildFile('rpz', (names) => {
      const form = {
        exact: (name: string) => [inRpz(name)],
        suffix: (name: string) => [inRpz(name), inRpz(`*.${name}`)],
      };
      const head =
        '$TTL 300\n@ SOA localhost. hostmaster.localhost. 2026010101 3600 600 86400 300\n@ NS localhost.\n';
      return head + formatLines(names, { ...form, glob: null });
    }),
  },
  squid: {
    lets: 'CONNECT and plain requests, before a line "http_access deny all"',
    sign: '#',
    hasGlobs: true,
    files: buildFile('squid.conf', (names, { tool }) => `${listAllows(`allow_${tool}`, names).join('\n')}\n`),
  },
  paloalto: listFormat(PALOALTO, 'what a rule allows that uses the lists'),
  fortigate: listFormat(FORTIGATE, 'DNS queries that a DNS filter allows with this list'),
  umbrella: listFormat(UMBRELLA, 'DNS queries for these names and all names below them, as an allow list'),
  cloudflare: listFormat(CLOUDFLARE, 'what a policy allows that uses the lists'),
  adguard: {
    lets: 'DNS queries, as exceptions from other filters',
    sign: '!',
    hasGlobs: true,
    files: buildFile('adguard.txt', (names) =>
      formatLines(names, {
        exact: (name) => [`@@|${name}^`],
        suffix: (name) => [`@@||${name}^`],
        glob: (name) => [`@@|${name}^`],
      }),
    ),
  },
  dnsmasq: {
    lets: 'DNS queries for these names and all names below them, next to a line "address=/#/" for all others',
    sign: '#',
    files: buildFile('dnsmasq.conf', (names) =>
      formatLines(names, { exact: inDnsmasq, suffix: inDnsmasq, glob: null }),
    ),
  },
  cilium: {
    lets: 'these names, for pods with the label wiretally.io/ai=allowed, and nothing else',
    sign: '#',
    hasGlobs: true,
    files: buildFile('cilium.yaml', (names, { tool }) =>
      podPolicy(`wiretally-allow-${tool}`, formatLines(names, CILIUM).trimEnd().split('\n')),
    ),
  },
};

export function exportAllowed(request: Allowing, { lets, sign, hasGlobs, files }: AllowFormat): ExportFile[] {
  const isIn = (listed: ListedName): boolean =>
    request.include.includes(classify(listed)) && HOST_NAME.test(listed.name);
  const kindsLeft = INCLUDES.filter(
    (kind) => !request.include.includes(kind) && request.names.some((listed) => classify(listed) === kind),
  );
  const names = request.names.filter(isIn).map(buildName);
  const notes = comment(sign ?? '#', [
    `Names that ${request.name} needs; catalogue ${request.catalogueVersion}`,
    `Lets pass: ${lets}`,
    ...warnEmptyList(request.name, request.names),
    ...request.names.map((name) => `${isIn(name) ? 'In' : 'Left out'}: ${evidenceText(name)}`),
    ...(kindsLeft.length === 0
      ? []
      : [`Add names that are left out: ${kindsLeft.map((kind) => `--include ${kind}`).join(', ')}`]),
    ...(hasGlobs === true ? [] : names.filter(({ match }) => match === 'glob')).map(
      ({ name }) => `Not carried over: ${name}: check the list for a wildcard inside a name`,
    ),
  ]);
  const base = `wiretally-allow-${request.tool}`;
  const written = files(names, request).map(({ ending, text }) => ({ name: `${base}.${ending}`, text }));
  if (sign !== undefined) return written.map((file) => ({ ...file, text: notes + file.text }));
  return [...written, { name: `${base}.notes.txt`, text: notes, isNotes: true }];
}

/** True for a catalogued name that no recording and no host here used. */
export const isUnproven = ({ need, recordings, hosts }: ListedName): boolean =>
  need === 'needed' && recordings === 0 && (hosts ?? 0) === 0;

/** Warns that an empty list looks complete: a device that refuses all other names would stop the tool. */
export const warnEmptyList = (tool: string, names: readonly ListedName[]): string[] =>
  names.some(({ need }) => need === 'needed')
    ? []
    : [
        `The catalogue lists no name that ${tool} needs: allow the names of the API that it is used with as well`,
      ];

function buildName({ name, need }: ListedName): BlockedName {
  const isSuffix = name.startsWith('*.') && !name.slice(2).includes('*');
  return {
    name: isSuffix ? name.slice(2) : name,
    match: isSuffix ? 'suffix' : name.includes('*') ? 'glob' : 'exact',
    isVendorWide: false,
    isTelemetry: need === 'telemetry',
    tools: [],
  };
}

/** A relay is added on request only, because other programs may be behind it. */
const classify = ({ need, role }: ListedName): Include => (role === 'relay' ? 'gateway' : need);

const evidenceText = (listed: ListedName): string => {
  const { name, role, recordings, stopped, hosts, lastSeen } = listed;
  const kind =
    role !== 'relay' && isUnproven(listed) ? 'may be needed for another login or account' : classify(listed);
  return [
    `${name}: ${kind}${role === kind ? '' : ` (${role})`}, contacted in ${plural(recordings, 'recording')}`,
    ...(stopped === 0 ? [] : [`no work without it in ${plural(stopped, 'recording')}`]),
    ...(hosts === null || lastSeen === null
      ? []
      : [`${plural(hosts, 'host')} here, last ${lastSeen.slice(0, 10)}`]),
  ].join(', ');
};
