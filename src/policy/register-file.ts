// Parses a register of approved tools: the owner of an approval, its hosts and its dates, as CSV or YAML.

import { z } from 'zod';
import { WiretallyError } from '../model/errors.ts';
import type { Scope } from '../model/policy.ts';
import { canonicalAddress, parseAddress, parseNetwork } from '../net/address.ts';
import { csvRecords } from '../text/csv-records.ts';
import { didYouMean } from '../text/near-word.ts';
import { isPseudonym } from '../text/pseudonym.ts';
import { plural } from '../text/quantity.ts';
import { MAX_FAULTS, schemaFaults } from '../text/schema-fault.ts';
import { formatPath, readTree } from '../text/text-tree.ts';
import { type Named, WrittenNames } from '../text/written-name.ts';
import { openZone } from '../time/zone.ts';
import { parseDateTime } from './policy-time.ts';
import { dateTime, id, oneOrMany, text, tool } from './schema.ts';
import { NO_LISTS } from './scope.ts';

/** Maximum number of entries. Registers that people maintain have hundreds. */
const MAX_ENTRIES = 10_000;
/** Maximum number of lines, including empty ones. */
const MAX_LINES = 100_000;

const entrySchema = z.strictObject({
  tool: tool.describe('ID or name in the catalogue'),
  owner: text.optional().describe('person or team that answers for it'),
  group: oneOrMany(id).optional().describe('groups of the policy or the hosts file'),
  host: oneOrMany(z.string().min(1).max(253))
    .optional()
    .describe('addresses, networks, MACs, host names or pseudonyms; without group and host: every host'),
  from: dateTime.optional().describe('begin of the approval; absent: always'),
  until: dateTime.optional().describe('its end, exclusive: the day of the removal; absent: none'),
  purpose: text.optional(),
});
type Entry = z.infer<typeof entrySchema>;

const registerSchema = z.strictObject({
  version: z.literal(1),
  entries: z.array(entrySchema).min(1).max(MAX_ENTRIES),
});

/**
 * Returns the JSON Schema (draft 2020-12) of a register in YAML. A register in CSV has the fields of an entry as
 * columns.
 */
export const registerJsonSchema = (): object => ({
  $id: 'https://wiretally.example/register.schema.json',
  title: 'Wiretally register',
  ...z.toJSONSchema(registerSchema),
});

export interface RegisterEntry {
  readonly line: number;
  readonly tool: Named;
  readonly owner: string | null;
  readonly scope: Scope;
  /** Dates as written, because they begin in the time zone of the report. */
  readonly from: string | null;
  readonly until: string | null;
}

export interface Register {
  readonly sha256: string;
  readonly entries: readonly RegisterEntry[];
}

/** Names that a register may contain. */
export interface RegisterNames {
  readonly tools: readonly Named[];
  /** Groups of the policy and the hosts file. */
  readonly groups: readonly string[];
}

interface Fault {
  readonly line: number;
  readonly message: string;
}

interface Written {
  readonly line: number;
  readonly entry: Entry;
}

/** Parses YAML or CSV by the extension of the file. Throws REGISTER_INVALID with one line per fault. */
export function parseRegister(source: string, file: string, names: RegisterNames): RegisterEntry[] {
  const faults: Fault[] = [];
  const isYaml = /\.(ya?ml|json)$/i.test(file);
  const written = isYaml ? parseYaml(source, faults) : parseCsv(source, faults);
  const tools = new WrittenNames(names.tools);
  const entries = written.map(({ line, entry }) => resolve(line, entry, { ...names, known: tools }, faults));
  if (faults.length === 0 && entries.length === 0) faults.push({ line: 1, message: 'there is no entry' });
  if (faults.length === 0) return entries;
  const lines = faults
    .sort((a, b) => a.line - b.line)
    .slice(0, MAX_FAULTS)
    .map(({ line, message }) => `${file}:${line}: ${message}`);
  const more = faults.length - lines.length;
  if (more > 0) lines.push(`and ${more} ${more === 1 ? 'fault' : 'faults'} more`);
  throw new WiretallyError('REGISTER_INVALID', lines.join('\n'), {
    next: isYaml
      ? 'wiretally policy schema --of register prints the fields of an entry'
      : `write the header "tool,owner,group,host,from,until,purpose" (only tool is required), then for example "claude-code,ops,,,2026-07-01,,"`,
  });
}

/** Returns the entries without a fault. */
function parseYaml(source: string, faults: Fault[]): Written[] {
  const read = readTree(source);
  if ('problems' in read) {
    faults.push(...read.problems);
    return [];
  }
  const { tree } = read;
  const lineOf = (path: readonly (string | number)[]): number => tree.locate(path).line;
  const parsed = registerSchema.safeParse(tree.value);
  if (parsed.success) return parsed.data.entries.map((entry, i) => ({ line: lineOf(['entries', i]), entry }));
  for (const { path, message } of schemaFaults(parsed.error, registerSchema, tree.value))
    faults.push({ line: lineOf(path), message: `${formatPath(path)}: ${message}` });
  const parts = z.object({ entries: z.array(z.unknown()).max(MAX_ENTRIES) }).safeParse(tree.value);
  return (parts.data?.entries ?? []).flatMap((part, i) => {
    const entry = entrySchema.safeParse(part);
    return entry.success ? [{ line: lineOf(['entries', i]), entry: entry.data }] : [];
  });
}

const COLUMNS = Object.keys(entrySchema.shape);
/** Columns whose cells contain several values, separated by blanks. */
const LISTS: ReadonlySet<string> = new Set(['group', 'host']);

function parseCsv(source: string, faults: Fault[]): Written[] {
  const written: Written[] = [];
  let records = 0;
  let columns: readonly string[] | null = null;
  for (const { line, cells: raw, fault } of csvRecords(source)) {
    if (faults.length > MAX_FAULTS) break;
    if (++records > MAX_LINES) {
      faults.push({ line, message: `the register has more than ${MAX_LINES} lines` });
      break;
    }
    const cells = raw.map((cell) => cell.trim());
    if (fault !== null) faults.push({ line, message: fault });
    else if (cells.join('') === '') continue;
    else if (columns === null) {
      columns = cells.map((name) => name.toLowerCase().replace(/^approved[ _-]/, ''));
      faults.push(...findColumnFaults(columns).map((message) => ({ line, message })));
      if (!columns.includes('tool')) return [];
    } else if (cells.length !== columns.length)
      faults.push({
        line,
        message: `has ${plural(cells.length, 'column')}, the header has ${columns.length}`,
      });
    else if (written.length === MAX_ENTRIES) {
      faults.push({ line, message: `the register has more than ${MAX_ENTRIES} entries` });
      break;
    } else {
      const fields = columns
        .map((name, i): [string, string | string[]] => [name, parseCell(name, cells[i] ?? '')])
        .filter(([name, value]) => value.length > 0 && COLUMNS.includes(name));
      const value = Object.fromEntries(fields);
      const entry = entrySchema.safeParse(value);
      if (entry.success) written.push({ line, entry: entry.data });
      else
        for (const { path, message } of schemaFaults(entry.error, entrySchema, value))
          faults.push({ line, message: `${formatPath(path)}: ${message}` });
    }
  }
  return written;
}

const parseCell = (column: string, cell: string): string | string[] =>
  LISTS.has(column) ? cell.split(/\s+/).filter((word) => word !== '') : cell;

function findColumnFaults(columns: readonly string[]): string[] {
  const columnsText = `the columns are ${COLUMNS.join(', ')}`;
  return [
    ...columns
      .filter((name) => !COLUMNS.includes(name))
      .map((name) => `the column "${name}" is not known${didYouMean(name, COLUMNS)}; ${columnsText}`),
    ...columns
      .filter((name, i) => columns.indexOf(name) !== i)
      .map((name) => `the column "${name}" appears twice`),
    ...(columns.includes('tool') ? [] : [`the column "tool" is missing; ${columnsText}`]),
  ];
}

type Known = RegisterNames & { readonly known: WrittenNames<Named> };

function resolve(line: number, entry: Entry, names: Known, faults: Fault[]): RegisterEntry {
  // The message is computed on demand, because suggestions cost time and only the first faults are listed.
  const addFault = (message: () => string): void => {
    faults.push({ line, message: faults.length > MAX_FAULTS ? '' : message() });
  };
  const found = names.known.find(entry.tool);
  if (found === undefined)
    addFault(() => `no tool "${entry.tool}" in the catalogue${names.known.didYouMean(entry.tool)}`);
  const groups = toList(entry.group);
  for (const group of groups)
    if (!names.groups.includes(group)) addFault(() => unknownGroup(group, names.groups));
  const { from = null, until = null } = entry;
  const [begin, end] = [from, until].map((date) =>
    date === null ? null : parseDateTime(date, UTC, 'quarter'),
  );
  for (const date of [begin, end]) if (typeof date === 'string') addFault(() => date);
  if (typeof begin === 'number' && typeof end === 'number' && begin >= end)
    addFault(() => `the time from ${from} until ${until} is empty or reversed`);
  const scope = { ...parseScope(toList(entry.host), (host) => addFault(() => hostFault(host))), groups };
  return {
    line,
    tool: found ?? { id: entry.tool, name: entry.tool },
    owner: entry.owner ?? null,
    scope,
    from,
    until,
  };
}

const UTC = openZone('UTC');

const toList = (value: string | string[] | undefined): readonly string[] =>
  value === undefined ? [] : typeof value === 'string' ? [value] : value;

const unknownGroup = (group: string, groups: readonly string[]): string =>
  groups.length === 0
    ? `the group "${group}" is not known: pass --hosts FILE or --policy FILE with its hosts`
    : `no group "${group}" in the policy or the hosts file${didYouMean(group, groups)}`;

const hostFault = (host: string): string =>
  `"${host}" is neither an address, nor a network without host bits, nor a MAC, nor a host name`;

function parseScope(hosts: readonly string[], refuse: (host: string) => void): Scope {
  const lists = {
    hosts: [] as string[],
    networks: [...NO_LISTS.networks],
    macs: [] as string[],
    names: [] as string[],
  };
  for (const host of hosts) {
    const word = host.toLowerCase();
    const network = parseNetwork(word);
    if (isPseudonym(host) || parseAddress(word) !== null) lists.hosts.push(canonicalAddress(host));
    else if (network !== null) lists.networks.push(network);
    else if (/^([0-9a-f]{2}[:-]){5}[0-9a-f]{2}$/.test(word)) lists.macs.push(word.replaceAll('-', ':'));
    else if (/^[a-z0-9*]([a-z0-9*._-]{0,251}[a-z0-9*])?$/.test(word) && !/^[\d./]+$/.test(word))
      lists.names.push(word);
    else refuse(host);
  }
  return { ...NO_LISTS, ...lists };
}
