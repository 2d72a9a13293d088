// Parses the hosts file: the group of a network, MAC or host name, as CSV (RFC 4180) with the columns match and group.

import { WiretallyError } from '../model/errors.ts';
import type { Group, HostIdentity } from '../model/policy.ts';
import { canonicalAddress, parseNetwork } from '../net/address.ts';
import { type CsvRecord, csvRecords } from '../text/csv-records.ts';
import { didYouMean } from '../text/near-word.ts';
import { groupLists } from './scope.ts';

/** Maximum number of lines. The address plan of a large company has fewer. */
const MAX_LINES = 200_000;
const COLUMNS = ['match', 'group'] as const;

export interface HostsFile {
  /** Ids of all its groups, in the order of the file. */
  readonly groups: readonly string[];
  groupsOf(host: HostIdentity): string[];
}

/** Throws HOSTS_INVALID with file and line of the first fault. */
export function parseHostsFile(text: string, file: string): HostsFile {
  const [first, ...records] = listRecords(text, file);
  const header = (first?.cells ?? []).map((name) => name.trim().toLowerCase());
  for (const [i, column] of COLUMNS.entries()) {
    const found = header[i] ?? '';
    if (found !== column) {
      throw hostsError(
        file,
        1,
        `column ${i + 1} must be "${column}", found "${found}"${didYouMean(found, COLUMNS)}`,
      );
    }
  }
  const extra = header[COLUMNS.length];
  if (extra !== undefined)
    throw hostsError(file, 1, `the column "${extra}" is not known; the columns are ${COLUMNS.join(', ')}`);

  const seen = new Map<string, { group: string; line: number }>();
  const groups = new Map<
    string,
    { networks: Group['networks'][number][]; macs: string[]; names: string[] }
  >();
  for (const { line: number, cells: written } of records) {
    const cells = written.map((cell) => cell.trim());
    if (cells.join('') === '') continue;
    const [match = '', group = ''] = cells;
    if (cells.length !== COLUMNS.length)
      throw hostsError(file, number, `needs ${COLUMNS.length} columns, has ${cells.length}`);
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(group))
      throw hostsError(file, number, `"${group}" is not a group id`);
    const key = canonicalAddress(match.toLowerCase());
    const before = seen.get(key);
    if (before !== undefined) {
      const fault =
        before.group === group
          ? 'appears twice'
          : `contradicts line ${before.line}, which says ${before.group}`;
      throw hostsError(file, number, `"${match}" ${fault}`);
    }
    seen.set(key, { group, line: number });
    const entry = groups.get(group) ?? { networks: [], macs: [], names: [] };
    groups.set(group, entry);
    addMatch(entry, key, file, number);
  }
  return buildHostsFile(groups);
}

function listRecords(text: string, file: string): CsvRecord[] {
  const records: CsvRecord[] = [];
  for (const record of csvRecords(text)) {
    if (records.length === MAX_LINES) throw hostsError(file, 1, `the file has more than ${MAX_LINES} lines`);
    if (record.fault !== null) throw hostsError(file, record.line, record.fault);
    records.push(record);
  }
  return records;
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
    throw hostsError(
      file,
      line,
      `"${match}" is neither a network (10.20.0.0/16), nor a MAC, nor a host name`,
    );
}

function buildHostsFile(
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

function hostsError(file: string, line: number, message: string): WiretallyError {
  return new WiretallyError('HOSTS_INVALID', `${file}:${line}: ${message}`);
}
