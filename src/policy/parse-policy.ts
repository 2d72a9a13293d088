// Parses the text of a policy file into a Policy or a list of faults.

import { WiretallyError } from '../model/errors.ts';
import type { CatalogueFacts, Policy } from '../model/policy.ts';
import { type SchemaFault, schemaFaults } from '../text/schema-fault.ts';
import { formatProblem, type Problem, readTree } from '../text/text-tree.ts';
import { isTimeZone } from '../time/zone.ts';
import { PolicyErrors } from './policy-errors.ts';
import { resolvePolicy } from './resolve.ts';
import { type PolicyFile, policySchema } from './schema.ts';
import { selectSoundParts } from './sound-parts.ts';

export interface ParsedPolicy {
  readonly policy: Policy | null;
  readonly errors: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/** Parses and validates a policy. Any fault means no policy; all faults are reported together. */
export function parsePolicy(text: string, catalogue: CatalogueFacts): ParsedPolicy {
  const read = readTree(text);
  if ('problems' in read) return { policy: null, errors: read.problems, warnings: [] };
  const { tree } = read;
  const faults = listFaults(tree.value);
  if (faults.length === 0) {
    const errors = new PolicyErrors(tree);
    const policy = resolve(tree.value, catalogue, errors);
    return finish(errors.errors.length === 0 ? policy : null, errors);
  }
  const paths = faults.map(({ path }) => path);
  const errors = new PolicyErrors(tree, paths);
  const sound = selectSoundParts(tree.value, (value) => listFaults(value).map(({ path }) => path));
  if (sound !== null) resolve(sound, catalogue, errors);
  const own = new PolicyErrors(tree);
  for (const { path, message } of faults) own.error(path, message);
  errors.errors.push(...own.errors);
  return finish(null, errors);
}

/** Lists schema faults and unknown time zones. */
function listFaults(value: unknown): SchemaFault[] {
  const parsed = policySchema.safeParse(value);
  const faults = parsed.success ? [] : schemaFaults(parsed.error, policySchema, value);
  const zone = typeof value === 'object' && value !== null && 'timezone' in value ? value.timezone : null;
  if (typeof zone !== 'string' || isTimeZone(zone) || faults.some(({ path }) => path[0] === 'timezone'))
    return faults;
  const message = `the time zone "${zone}" does not exist; use an IANA name like "Europe/Berlin"`;
  return [...faults, { path: ['timezone'], message }];
}

/** Returns null if not even the remaining parts make a file. */
function resolve(value: unknown, catalogue: CatalogueFacts, errors: PolicyErrors): Policy | null {
  const parsed = policySchema.safeParse(value);
  if (!parsed.success || !isTimeZone(parsed.data.timezone)) return null;
  checkCatalogueVersion(parsed.data, catalogue, errors);
  return resolvePolicy(parsed.data, catalogue, errors);
}

/** Like parsePolicy, but throws POLICY_INVALID with one line per fault. */
export function loadPolicy(text: string, file: string, catalogue: CatalogueFacts): Policy {
  const parsed = parsePolicy(text, catalogue);
  if (parsed.policy !== null) return parsed.policy;
  const lines = parsed.errors.map((problem) => formatProblem(file, problem));
  throw new WiretallyError('POLICY_INVALID', lines.join('\n'));
}

function finish(policy: Policy | null, errors: PolicyErrors): ParsedPolicy {
  const order = (a: Problem, b: Problem): number => a.line - b.line || a.column - b.column;
  return {
    policy,
    errors: errors.errors.sort(order),
    warnings: errors.warnings.sort(order),
  };
}

function checkCatalogueVersion(file: PolicyFile, catalogue: CatalogueFacts, errors: PolicyErrors): void {
  if (file.catalogue === undefined) return;
  const parts = (text: string): number[] => text.replace('>=', '').split('.').map(Number);
  const requiredParts = parts(file.catalogue);
  const have = parts(catalogue.version);
  for (let i = 0; i < 3; i++) {
    const difference = (have[i] ?? 0) - (requiredParts[i] ?? 0);
    if (difference > 0) return;
    if (difference < 0) {
      errors.error(
        ['catalogue'],
        `the policy needs catalogue ${file.catalogue}, this one is ${catalogue.version}`,
      );
      return;
    }
  }
}
