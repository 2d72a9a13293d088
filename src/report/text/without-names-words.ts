// What would be found without names, in words: the columns of the table, for every format.

import type { NamedPart, WithoutNames } from '../../model/report.ts';
import type { Head } from './heads.ts';
import { formatCount, formatRange, plural } from './quantity.ts';

export const WITHOUT_NAMES_TITLE = 'If every server name were hidden';

/** Kinds of evidence as a reader knows them. */
const EVIDENCE_WORDS: Readonly<Record<string, string>> = {
  name: 'server name',
  dns: 'DNS',
  proxy: 'proxy target',
  network: 'address',
  fingerprint: 'runtime and request sizes',
  pair: 'pairs of hellos',
  companion: 'companion names',
};

export const withoutNamesHeads: readonly Head<WithoutNames>[] = [
  { head: 'Tool', of: ({ name, isProvider }) => (isProvider ? `${name} (provider)` : name) },
  { head: 'With names', of: ({ named }) => named?.confidence ?? 'not found' },
  { head: 'Hosts', isNumber: true, of: ({ named }) => formatCount(named?.hosts ?? 0) },
  { head: 'Without names', of: ({ unnamed }) => unnamed?.confidence ?? 'not found' },
  { head: 'Hosts left', isNumber: true, of: ({ unnamed }) => formatCount(unnamed?.hosts ?? 0) },
  { head: 'Evidence left', of: ({ unnamed }) => evidenceText(unnamed) },
  { head: 'Any sign', of: (row) => anySign(row) },
  { head: 'Requests', isNumber: true, of: ({ named }) => requestsText(named) },
  { head: 'Requests left', isNumber: true, of: ({ unnamed }) => requestsText(unnamed) },
];

const evidenceText = (part: NamedPart | null): string =>
  part === null ? '–' : part.evidence.map((kind) => EVIDENCE_WORDS[kind] ?? kind).join(', ');

/** Of the hosts of a row, those with a row of any tool or provider that is left. */
const anySign = ({ named, traced }: WithoutNames): string =>
  named === null ? '–' : `${formatCount(traced)} of ${plural(named.hosts, 'host')}`;

const requestsText = (part: NamedPart | null): string =>
  part === null ? '–' : part.requests === null ? 'no estimate' : formatRange(part.requests, 'total');

/** Under the table. */
export function withoutNamesNote(rows: readonly WithoutNames[]): string {
  const tools = rows.filter(({ isProvider, named }) => !isProvider && named !== null);
  const left = tools.filter(({ unnamed }) => unnamed !== null).length;
  return `Without names in hellos, DNS, proxy requests and HTTP, ${left} of ${plural(tools.length, 'tool')} would be found by name. A row without names is possible at most, and its tool may be another. Traffic of names outside the catalogue is not in this table.`;
}
