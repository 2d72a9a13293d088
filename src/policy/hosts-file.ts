// The hosts file: which group owns a network, a MAC or a host name, as CSV (RFC 4180) with the columns match and group.

import { WiretallyError } from '../model/errors.ts';
import type { Group, HostIdentity } from '../model/policy.ts';
import { canonicalAddress, parseNetwork } from '../net/address.ts';
import { didYouMean } from '../text/near-word.ts';
import { groupLists } from './scope.ts';

/** Maximum number of lines; an address plan of a large company has fewer. */
const MAX_LINES = 200_000;
const COLUMNS = ['match', 'group'] as const;

/** Groups by the known facts of a host. */
export interface HostsFile {
  /** Ids of all its groups, in the order of the file. */
  readonly groups: readonly string[];
  groupsOf(host: HostIdentity): string[];
}

/** Throws HOSTS_INVALID with file and line for the first fault. */
export function parseHostsFile(text: string, file: string): HostsFile {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  if (lines.length > MAX_LINES) throw invalid(file, 1, `the file has more than ${MAX_LINES} lines`);
  const header = splitLine(lines[0] ?? '', file, 1).map((name) => name.trim().toLowerCase());
  for (const [i, column] of COLUMNS.entries()) {
    const found = header[i] ?? '';
    if (found !== column) {
      throw invalid(
        file,
        1,
        `column ${i + 1} must be "${column}", found "${found}"${didYouMean(found, COLUMNS)}`,
      );
    }
  }
  const extra = header[COLUMNS.length];
  if (extra !== undefined)
    throw invalid(file, 1, `the column "${extra}" is not known; the columns are ${COLUMNS.join(', ')}`);

  const seen = new Map<string, { group: string; line: number }>();
  const groups = new Map<
    string,
    { networks: Group['networks'][number][]; macs: string[]; names: string[] }
  >();
  lines.slice(1).forEach((line, i) => {
    const number = i + 2;
    if (line.trim() === '' || line.startsWith('#')) return;
    const cells = splitLine(line, file, number).map((cell) => cell.trim());
    const [match = '', group = ''] = cells;
    if (cells.length !== COLUMNS.length)
      throw invalid(file, number, `needs ${COLUMNS.length} columns, has ${cells.length}`);
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(group))
      throw invalid(file, number, `"${group}" is no group id`);
    const key = canonicalAddress(match.toLowerCase());
    const before = seen.get(key);
    if (before !== undefined) {
      const fault =
        before.group === group
          ? 'appears twice'
          : `contradicts line ${before.line}, which says ${before.group}`;
      throw invalid(file, number, `"${match}" ${fault}`);
    }
    seen.set(key, { group, line: number });
    const entry = groups.get(group) ?? { networks: [], macs: [], names: [] };
    groups.set(group, entry);
    addMatch(entry, key, file, number);
  });
  return fromGroups(groups);
}

function addMatch(
  entry: { networks: Group['networks'][number][]; macs: string[]; names: string[] },
  match: string,
  file: string,
  line: number,
): void {
  const network = parseNetwork(match);
  if (network !== null) entry.networks.push(network);
  else if (/^([0-9a-f]{2}[:-]){5}[0-9a-f]{2}$/.test(match)) entry.macs.push(match.replaceAll('-', ':'));
  else if (/^[a-z0-9*]([a-z0-9*._-]{0,251}[a-z0-9*])?$/.test(match) && !/^[\d./]+$/.test(match))
    entry.names.push(match);
  else
    throw invalid(file, line, `"${match}" is neither a network (10.20.0.0/16), nor a MAC, nor a host name`);
}

function fromGroups(
  groups: ReadonlyMap<string, { networks: Group['networks'][number][]; macs: string[]; names: string[] }>,
): HostsFile {
  const list: Group[] = [...groups].map(([id, entry]) => ({
    id,
    exclude: false,
    groups: [],
    vlans: [],
    hosts: [],
    ...entry,
  }));
  return {
    groups: list.map(({ id }) => id),
    groupsOf(host) {
      return list
        .filter((group) => groupLists(group, host))
        .map((group) => group.id)
        .sort();
    },
  };
}

/** Cells of one CSV line; quoted cells may hold commas and doubled quotes, not line breaks. */
function splitLine(line: string, file: string, number: number): string[] {
  const cells: string[] = [];
  let rest = line;
  for (;;) {
    const cell = /^\s*"((?:[^"]|"")*)"\s*(,|$)/.exec(rest) ?? /^([^",]*)(,|$)/.exec(rest);
    if (cell === null) throw invalid(file, number, 'a quote is not closed');
    cells.push((cell[1] ?? '').replaceAll('""', '"'));
    if (cell[2] === '') return cells;
    rest = rest.slice(cell[0].length);
  }
}

function invalid(file: string, line: number, message: string): WiretallyError {
  return new WiretallyError('HOSTS_INVALID', `${file}:${line}: ${message}`);
}
