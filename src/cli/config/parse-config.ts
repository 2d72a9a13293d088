// Parses a configuration into settings of commands. The schema is made from the definitions of the options, and the
// options check their values.

import { dirname, isAbsolute, join } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { WiretallyError } from '../../model/errors.ts';
import { schemaFaults } from '../../text/schema-fault.ts';
import { formatPath, formatProblem, type Problem, problemAt, readTree } from '../../text/text-tree.ts';
import { commandName } from '../command.ts';
import {
  findFault,
  listCommands,
  listSettables,
  type Settable,
  type Setting,
  type Value,
} from './settings.ts';

/** Section whose options apply to every command that has them. */
export const ALL = 'all';

/** Settings by the words of the command, then by the long name of the option. */
export type Settings = ReadonlyMap<string, ReadonlyMap<string, Setting>>;

export interface ParsedConfig {
  readonly settings: Settings;
  readonly problems: readonly Problem[];
}

/** Maximum number of values of one option. */
const MAX_LIST = 1000;
const scalar = z.union([z.string(), z.int()]);

function buildField({ refused, isFlag, isList }: Settable): z.ZodType {
  if (refused !== null) return z.unknown().refine(() => false, { error: refused });
  if (isFlag) return z.boolean();
  return isList ? z.union([scalar, z.array(scalar).max(MAX_LIST)]) : scalar;
}

export function buildConfigSchema(program: Command): z.ZodType {
  const commands = listCommands(program);
  const shape = new Map<string, Record<string, z.ZodType>>();
  const everywhere = new Map<string, Settable>();
  for (const command of commands) {
    const fields: Record<string, z.ZodType> = {};
    for (const settable of listSettables(command)) {
      fields[settable.name] = buildField(settable).optional();
      // An option that one command refuses cannot be set under "all".
      const existing = everywhere.get(settable.name);
      if (
        existing === undefined ||
        settable.refused !== null ||
        (existing.refused === null && settable.isList)
      )
        everywhere.set(settable.name, settable);
    }
    const [verb = '', sub] = commandName(command).split(' ');
    shape.set(
      verb,
      sub === undefined ? fields : { ...shape.get(verb), [sub]: z.strictObject(fields).optional() },
    );
  }
  shape.set(
    ALL,
    Object.fromEntries([...everywhere].map(([name, settable]) => [name, buildField(settable).optional()])),
  );
  return z.strictObject(
    Object.fromEntries([...shape].map(([verb, fields]) => [verb, z.strictObject(fields).optional()])),
  );
}

type Fields = Readonly<Record<string, unknown>>;

/** Returns every fault, and the valid settings. */
export function parseConfig(text: string, file: string, program: Command): ParsedConfig {
  // In an example file every line is a comment.
  if (text.split('\n').every((line) => /^\s*(?:#|$)/.test(line)))
    return { settings: new Map(), problems: [] };
  const read = readTree(text);
  if ('problems' in read) return { settings: new Map(), problems: read.problems };
  const { tree } = read;
  const schema = buildConfigSchema(program);
  const checked = schema.safeParse(tree.value);
  const faults = checked.success ? [] : schemaFaults(checked.error, schema, tree.value);
  const isFaulty = (at: readonly string[]): boolean =>
    faults.some(({ path }) => path.every((step, i) => i >= at.length || step === at[i]));
  const settings = new Map<string, Map<string, Setting>>();
  const problems = faults.map(({ path, message }) => problemAt(tree, path, message));
  for (const command of listCommands(program)) {
    const name = commandName(command);
    const own = new Map<string, Setting>();
    for (const path of [[ALL], name.split(' ')]) {
      const fields = findPart(tree.value, path);
      for (const settable of listSettables(command)) {
        const written = fields[settable.name];
        if (written === undefined) continue;
        const at = [...path, settable.name];
        if (isFaulty(at)) continue;
        const value = resolveValue(written, settable, file);
        const where = `${file}:${tree.locate(at).line}`;
        own.set(settable.name, { value, from: where, where: formatPath(at) });
        const fault = findFault(settable, value);
        if (fault !== null) problems.push(problemAt(tree, at, `${name}: ${fault}`));
      }
    }
    settings.set(name, own);
  }
  return { settings: faults.length === 0 ? settings : new Map(), problems: removeDuplicates(problems) };
}

/** Removes duplicates: values under "all" are checked for each command, and only the first fault is reported. */
function removeDuplicates(problems: readonly Problem[]): Problem[] {
  const byPath = new Map<string, Problem>();
  for (const problem of problems) if (!byPath.has(problem.path)) byPath.set(problem.path, problem);
  return [...byPath.values()].sort((a, b) => a.line - b.line || a.column - b.column);
}

function findPart(value: unknown, path: readonly string[]): Fields {
  let part: unknown = value;
  for (const step of path) part = isFields(part) && Object.hasOwn(part, step) ? part[step] : undefined;
  return isFields(part) ? part : {};
}

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null;

const ADDRESS = /^[a-z][a-z0-9+]*:\/\//;

/** Resolves paths relative to the file, because a command may run in any folder. A store may be an address. */
function resolveValue(written: unknown, { isPath }: Settable, file: string): Value {
  if (typeof written === 'boolean') return written;
  const words = [written].flat().map(String);
  const isWhole = (word: string): boolean => isAbsolute(word) || ADDRESS.test(word);
  return isPath ? words.map((word) => (isWhole(word) ? word : join(dirname(file), word))) : words;
}

/** Formats lines such as "wiretally.yaml:4:3: analyze.workrs: the key …". */
export const formatProblems = (file: string, problems: readonly Problem[]): string[] =>
  problems.map((problem) => formatProblem(file, problem));

/** Throws `CONFIG_INVALID` with one line per problem, if there are any. */
export function refuseProblems(file: string, problems: readonly Problem[]): void {
  if (problems.length > 0)
    throw new WiretallyError('CONFIG_INVALID', formatProblems(file, problems).join('\n'));
}
