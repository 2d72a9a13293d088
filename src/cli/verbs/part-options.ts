// Options that ask for a part of a history, and for an evidence bundle.

import { BREAKDOWNS } from '../../model/words.ts';
import { OF_TOOLS, REPLACES_A_FILE } from '../input/options.ts';
import { flag, list, longOf, type OptionValues, oneOf, option } from '../options/declare.ts';

export const partOptions = {
  since: option('--since <time>', {
    group: 'Input',
    description: 'Report from this date or time on',
    isCommon: true,
    changesResult: true,
  }),
  until: option('--until <time>', {
    group: 'Input',
    description: 'Report up to this date or time, exclusive',
    isCommon: true,
    changesResult: true,
  }),
  host: list('--host <host>', {
    group: 'Input',
    description: 'Report this address, name or MAC only',
    isCommon: true,
    changesResult: true,
    stored: 'host',
  }),
  group: list('--group <group>', {
    group: 'Input',
    description: 'Report hosts of this group only',
    changesResult: true,
  }),
  tool: list('--tool <id>', {
    group: 'Input',
    description: 'Report this tool or provider only, by id or name',
    isCommon: true,
    changesResult: true,
    ...OF_TOOLS,
  }),
  by: oneOf('--by <key>', BREAKDOWNS, {
    group: 'Output',
    description: 'Add a breakdown',
    isCommon: true,
    changesResult: true,
  }),
  againstSince: option('--against-since <time>', {
    group: 'Input',
    description: 'Compare with the period from this date or time on',
    changesResult: true,
  }),
  againstUntil: option('--against-until <time>', {
    group: 'Input',
    description: 'End of that period, exclusive (default: --since)',
    changesResult: true,
  }),
  withoutNames: flag('--without-names', {
    group: 'Output',
    description: 'Add a table of what would be found if every server name were hidden',
    changesResult: true,
  }),
};
export type PartOptions = OptionValues<typeof partOptions>;

/** Long names of what was asked for. */
export function partAsked(options: PartOptions): string[] {
  const values: Readonly<Record<string, string | boolean | readonly string[] | undefined>> = options;
  return Object.entries(partOptions).flatMap(([key, { flags }]) => {
    const value = values[key];
    const isAsked = typeof value === 'boolean' ? value : (value?.length ?? 0) > 0;
    return isAsked ? [longOf(flags)] : [];
  });
}

export const bundleOptions = {
  bundle: option('--bundle <dir>', {
    group: 'Output',
    description: 'Write an evidence bundle: findings, windows, policy, versions, checksums',
    isCommon: true,
    notInConfig: REPLACES_A_FILE,
  }),
  signKey: option('--sign-key <key.pem>', {
    group: 'Output',
    description: 'Sign the bundle with this Ed25519 private key',
  }),
};
export type BundleOptions = OptionValues<typeof bundleOptions>;
