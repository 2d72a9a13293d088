// What analyze and audit share: their options, and reading by the rules of a policy.

import type { PolicyOnDisk } from '../../query/inputs/policy-file.ts';
import { excludedNetworks } from '../../query/policy-view.ts';
import { acceptedNames } from '../../query/sensor-rules.ts';
import type { ReadOutcome, Source } from '../../query/source.ts';
import type {
  CatalogueOptions,
  CommonOptions,
  ReadingOptions,
  ReportOptions,
  WindowOptions,
} from './options.ts';
import type { PolicyOptions } from './policy-options.ts';
import { openInputs } from './read-source.ts';
import { zoneFor } from './zone-for.ts';

export interface PolicyRunOptions
  extends CommonOptions,
    CatalogueOptions,
    ReadingOptions,
    WindowOptions,
    ReportOptions,
    PolicyOptions {}

/** Read in the zone of the policy, without what the policy never records. */
export async function openForPolicy(
  inputs: readonly string[],
  options: PolicyRunOptions,
  onDisk: PolicyOnDisk | null,
  onRead: (outcome: ReadOutcome) => void,
): Promise<Source> {
  const timezone = zoneFor(options, onDisk?.policy.timezone);
  const exclude = [...options.exclude, ...excludedNetworks(onDisk)];
  const lookedUp = acceptedNames(onDisk);
  return await openInputs(inputs, { ...options, timezone, exclude, lookedUp, onRead });
}
