// Options as variables of the environment: WIRETALLY_ and the long name, WIRETALLY_LOCAL_NET for --local-net.

import { WiretallyError } from '../../model/errors.ts';
import type { Settable } from './settable.ts';
import { faultOf, type Setting, type Value } from './setting.ts';

const PREFIX = 'WIRETALLY_';
const FLAGS: Readonly<Record<string, boolean>> = { true: true, 1: true, false: false, 0: false };

export const variableOf = (name: string): string => PREFIX + name.toUpperCase().replaceAll('-', '_');

/** Throws USAGE for a value that the option does not take, or an option that the environment may not set. */
export function environmentSettings(
  settables: readonly Settable[],
  env: NodeJS.ProcessEnv,
): ReadonlyMap<string, Setting> {
  const settings = new Map<string, Setting>();
  for (const settable of settables) {
    const from = variableOf(settable.name);
    const text = env[from];
    if (text === undefined || text === '' || settable.name === 'config') continue;
    if (settable.refused !== null) throw faulty(from, settable.refused);
    const value = valueIn(text, settable, from);
    const fault = faultOf(settable, value);
    if (fault !== null) throw faulty(from, fault);
    settings.set(settable.name, { value, from, where: from });
  }
  return settings;
}

function valueIn(text: string, { isFlag, isList }: Settable, from: string): Value {
  if (!isFlag) return isList ? text.split(',') : [text];
  const value = FLAGS[text.toLowerCase()];
  if (value === undefined) throw faulty(from, `must be true or false, not "${text}"`);
  return value;
}

const faulty = (from: string, message: string): WiretallyError =>
  new WiretallyError('CONFIG_INVALID', `${from}: ${message}`, { next: `unset or correct ${from}` });
