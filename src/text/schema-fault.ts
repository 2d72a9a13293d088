// Formats messages for schema errors in policies and catalogue files.

import { z } from 'zod';
import { didYouMean } from './near-word.ts';

export type FaultPath = readonly (string | number)[];

export interface SchemaFault {
  readonly path: FaultPath;
  readonly message: string;
}

type Shape = Readonly<Record<string, unknown>>;

/** Maximum number of faults reported in one run. */
export const MAX_FAULTS = 200;

/** Lists the schema faults of `root`; above the maximum the last line has the number of the others. */
export function schemaFaults(error: z.ZodError, schema: z.ZodType, root: unknown): SchemaFault[] {
  const reported: SchemaFault[] = [];
  let found = 0;
  for (const issue of error.issues) {
    const keys = issue.code === 'unrecognized_keys' ? issue.keys.length : 1;
    const room = MAX_FAULTS - reported.length;
    found += keys;
    if (room <= 0) continue;
    const first = issue.code === 'unrecognized_keys' ? { ...issue, keys: issue.keys.slice(0, room) } : issue;
    reported.push(...listFaults(first, schema, root));
  }
  const more = found - MAX_FAULTS;
  if (more > 0)
    reported.push({
      path: reported.at(-1)?.path ?? [],
      message: `and ${more} ${more === 1 ? 'fault' : 'faults'} more`,
    });
  return reported;
}

function listFaults(issue: z.core.$ZodIssue, schema: z.ZodType, root: unknown): SchemaFault[] {
  const path = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step));
  const fault = (message: string): SchemaFault[] => [{ path, message }];
  const value = valueAt(root, path);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({ path: [...path, key], message: unknownKey(key, path, schema) }));
    case 'invalid_union':
      return unionFaults(issue, path, schema, root);
    case 'invalid_key':
    case 'invalid_element':
      return fault(issue.issues.map(describe).join('; '));
    case 'invalid_value':
      if (typeof value === 'string') return fault(formatNotAllowed(value, issue.values.map(String)));
      return fault(value === undefined ? `is missing: ${describe(issue)}` : describe(issue));
    default:
      if (path.length === 0 && value !== null && typeof value !== 'object')
        return fault('contains no "key: value" lines');
      if (value === undefined && issue.code === 'invalid_type') return fault('is missing');
      return fault(`${describe(issue)}${exampleAt(schema, path)}`);
  }
}

/** Reports the branch of a union that the author probably meant, or all of them if that is unclear. */
function unionFaults(
  issue: z.core.$ZodIssueInvalidUnion,
  path: FaultPath,
  schema: z.ZodType,
  root: unknown,
): SchemaFault[] {
  const key = path.at(-1);
  if (issue.errors.length === 0 && key !== undefined) {
    const values = shapesAt(schema, path.slice(0, -1)).flatMap((shape) => listLiterals(shape[key]));
    const value = valueAt(root, path);
    const allowed = `must be one of ${values.join(', ')}`;
    return [{ path, message: typeof value === 'string' ? formatNotAllowed(value, values) : allowed }];
  }
  const nearest = issue.errors
    .map((branch) => branch[0])
    .find((branch) => branch !== undefined && branch.path.length > 0);
  if (nearest !== undefined) {
    return listFaults({ ...nearest, path: [...issue.path, ...nearest.path] }, schema, root);
  }
  const descriptions = new Set(issue.errors.flatMap((branch) => branch.map(describe)));
  return [{ path, message: [...descriptions].join(', or ') }];
}

/** Returns the example of the schema at the path, such as ", as { until: 2026-07-13 }"; empty without one. */
function exampleAt(schema: z.ZodType, path: FaultPath): string {
  const examples = schemasAt(schema, path).flatMap((branch) =>
    branch instanceof z.ZodType ? (z.globalRegistry.get(branch)?.examples ?? []) : [],
  );
  return examples.length === 0 ? '' : `, as ${formatInline(examples[0])}`;
}

/** Writes a value as YAML does. */
function formatInline(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(formatInline).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  return `{ ${Object.entries(value)
    .map(([key, part]) => `${key}: ${formatInline(part)}`)
    .join(', ')} }`;
}

function formatNotAllowed(value: string, values: readonly string[]): string {
  return `"${value}" is not allowed here: use ${values.join(', ')}${didYouMean(value, values)}`;
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  array: 'a list',
  tuple: 'a list',
  object: 'a map',
  record: 'a map',
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
};

function describe(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${TYPE_WORDS[issue.expected] ?? issue.expected}`;
    case 'invalid_format':
      return issue.message.startsWith('Invalid')
        ? `must look like ${issue.pattern ?? issue.format}`
        : `must be ${issue.message}`;
    case 'invalid_value':
      return `must be ${issue.values.map(String).join(' or ')}`;
    case 'too_small':
      if (issue.minimum === 1 && issue.origin !== 'number' && issue.origin !== 'int')
        return 'must not be empty';
      return `must be ${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}${originUnit(issue.origin)}`;
    case 'too_big':
      return `must be at most ${issue.maximum}${originUnit(issue.origin)}`;
    default:
      return issue.message;
  }
}

function originUnit(origin: string): string {
  if (origin === 'array') return ' entries';
  return origin === 'string' ? ' characters' : '';
}

/** Returns the location where an unknown key is valid, or the key that was probably meant. */
function unknownKey(key: string, path: FaultPath, schema: z.ZodType): string {
  const says = `the key "${key}" is not known`;
  const here = shapesAt(schema, path);
  const above = findEnclosingMap(schema, path);
  const around = above === null ? [] : shapesAt(schema, above);
  const home =
    mapWith(key, here) ??
    findOuterKey(key, above, around) ??
    nearestInside(key, here) ??
    mapWith(key, around);
  if (home !== null) return `${says} here: it belongs ${home}`;
  const near = didYouMean(key, listKeys(here));
  return `${says}${near === '' ? didYouMean(key, listKeys([...here, ...nestedShapes(here), ...around, ...nestedShapes(around)])) : near}`;
}

/** Finds the nested map with a key that differs in one letter, such as "hosts" for "host" of "scope". */
function nearestInside(key: string, shapes: readonly Shape[]): string | null {
  const isNear = (other: string): boolean => other === `${key}s` || key === `${other}s`;
  const near = listKeys(nestedShapes(shapes)).find(isNear);
  const place = near === undefined || listKeys(shapes).some(isNear) ? null : mapWith(near, shapes);
  return place === null ? null : `${place} as "${near}"`;
}

function findOuterKey(key: string, above: FaultPath | null, around: readonly Shape[]): string | null {
  if (above === null || !listKeys(around).includes(key)) return null;
  return above.length === 0 ? 'at the top of the file' : 'one level up';
}

/** Finds the nested map whose schema has the key. */
function mapWith(key: string, shapes: readonly Shape[]): string | null {
  for (const shape of shapes) {
    for (const [name, field] of Object.entries(shape)) {
      if (listKeys(listShapes(field)).includes(key)) return `under "${name}"`;
    }
  }
  return null;
}

const listKeys = (shapes: readonly Shape[]): string[] => [...new Set(shapes.flatMap(Object.keys))];

const nestedShapes = (shapes: readonly Shape[]): Shape[] =>
  shapes.flatMap((shape) => Object.values(shape).flatMap(listShapes));

/** Returns the path of the map around `path`; list entries and named entries are not levels. */
function findEnclosingMap(schema: z.ZodType, path: FaultPath): FaultPath | null {
  for (let length = path.length - 1; length >= 0; length--) {
    const step = path[length];
    const outer = path.slice(0, length);
    if (
      step !== undefined &&
      schemasAt(schema, outer).some((branch) => getField(branch, step) !== undefined)
    ) {
      return outer;
    }
  }
  return null;
}

function shapesAt(schema: z.ZodType, path: FaultPath): Shape[] {
  return schemasAt(schema, path).flatMap(listShapes);
}

/** Lists the schemas of the value at `path`: several for a union. */
function schemasAt(schema: z.ZodType, path: FaultPath): unknown[] {
  let at: unknown[] = choices(schema);
  for (const step of path) {
    at = at.flatMap((branch) => {
      const field = getField(branch, step);
      if (field !== undefined) return choices(field);
      if (branch instanceof z.ZodArray) return choices(branch.element);
      if (branch instanceof z.ZodRecord) return choices(branch.valueType);
      return [];
    });
  }
  return at;
}

function getField(schema: unknown, step: string | number): unknown {
  return schema instanceof z.ZodObject && Object.hasOwn(schema.shape, step) ? schema.shape[step] : undefined;
}

/** Lists the schema itself without "optional", or each branch of a union. */
function choices(schema: unknown): unknown[] {
  if (schema instanceof z.ZodOptional) return choices(schema.unwrap());
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(choices);
  return [schema];
}

/** Lists the map schemas of a value, directly or as entries of a list or record. */
function listShapes(schema: unknown): Shape[] {
  return choices(schema).flatMap((choice) => {
    if (choice instanceof z.ZodObject) return [choice.shape];
    if (choice instanceof z.ZodArray) return listShapes(choice.element);
    if (choice instanceof z.ZodRecord) return listShapes(choice.valueType);
    return [];
  });
}

function listLiterals(schema: unknown): string[] {
  return choices(schema).flatMap((choice) =>
    choice instanceof z.ZodLiteral ? [...choice.values].map(String) : [],
  );
}

function valueAt(root: unknown, path: FaultPath): unknown {
  let value = root;
  for (const step of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Object.entries(value).find(([key]) => key === String(step))?.[1];
  }
  return value;
}
