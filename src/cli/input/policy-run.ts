// What analyze and audit share: their options, and reading by the rules of a policy.

import type { PolicyOnDisk } from '../../library/policy-file.ts';
import type {
  CatalogueOptions,
  CommonOptions,
  ReadingOptions,
  ReportOptions,
  WindowOptions,
} from './options.ts';
import type { PolicyOptions } from './policy-options.ts';
import { readSource, type SourceRead } from './source.ts';
import { zoneFor } from './zone-for.ts';

export interface PolicyRunOptions
  extends CommonOptions,
    CatalogueOptions,
    ReadingOptions,
    WindowOptions,
    ReportOptions,
    PolicyOptions {}

/** Reads in the zone of the policy, and leaves out what the policy never records. */
export async function readForPolicy(
  inputs: readonly string[],
  options: PolicyRunOptions,
  onDisk: PolicyOnDisk | null,
  excluded: readonly string[],
): Promise<{ readonly source: SourceRead; readonly timezone: string }> {
  const timezone = zoneFor(options, onDisk?.policy.timezone);
  const exclude = [...options.exclude, ...excluded];
  return { source: await readSource(inputs, { ...options, timezone, exclude }), timezone };
}
