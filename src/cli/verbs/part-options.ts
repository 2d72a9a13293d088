// Options that ask for a part of a history, and for an evidence bundle.

import { BREAKDOWNS } from '../../model/grouped-by.ts';
import { catalogueOptions, OF_TOOLS, REPLACES_A_FILE } from '../input/options.ts';
import { flag, list, longOf, type OptionValues, oneOf, option } from '../options/declare.ts';

export const partOptions = {
  since: option('--since <time>', 'Input', 'Report from this date or time on', {
    isCommon: true,
    changesResult: true,
  }),
  until: option('--until <time>', 'Input', 'Report up to this date or time, exclusive', {
    isCommon: true,
    changesResult: true,
  }),
  host: list('--host <host>', 'Input', 'Report this address, name or MAC only', {
    isCommon: true,
    changesResult: true,
    stored: 'host',
  }),
  group: list('--group <group>', 'Input', 'Report hosts of this group only', { changesResult: true }),
  tool: list('--tool <id>', 'Input', 'Report this tool or provider only, by id or name', {
    isCommon: true,
    changesResult: true,
    ...OF_TOOLS,
  }),
  by: oneOf('--by <key>', 'Output', 'Add a breakdown', BREAKDOWNS, { isCommon: true, changesResult: true }),
  againstSince: option(
    '--against-since <time>',
    'Input',
    'Compare with the period from this date or time on',
    { changesResult: true },
  ),
  againstUntil: option(
    '--against-until <time>',
    'Input',
    'End of that period, exclusive (default: --since)',
    { changesResult: true },
  ),
  withoutNames: flag(
    '--without-names',
    'Output',
    'Add a table of what would be found if every server name were hidden',
    { changesResult: true },
  ),
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
  bundle: option(
    '--bundle <dir>',
    'Output',
    'Write an evidence bundle: findings, windows, policy, versions, checksums',
    { isCommon: true, notInConfig: REPLACES_A_FILE },
  ),
  signKey: option('--sign-key <key.pem>', 'Output', 'Sign the bundle with this Ed25519 private key'),
  ...catalogueOptions,
};
export type BundleOptions = OptionValues<typeof bundleOptions>;
