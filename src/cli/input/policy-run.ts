// What analyze and audit share: their options, the reading that a policy steers, and the command as the document repeats it.

import type { PolicyOnDisk } from '../../query/inputs/policy-file.ts';
import { excludedNetworks } from '../../query/policy-view.ts';
import type { ReadOutcome, Source } from '../../query/source.ts';
import { commandText } from '../../report/text/command-text.ts';
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
  return await openInputs(inputs, { ...options, timezone, exclude, onRead });
}

/** `window` is undefined where it cannot change the result. */
export function policyRunCommand(
  verb: 'analyze' | 'audit',
  inputs: readonly string[],
  options: PolicyRunOptions,
  window?: number,
): string {
  return commandText(verb, inputs, {
    '--policy': options.policy,
    '--advisory': options.advisory,
    '--hosts': options.hosts,
    '--sensors': options.sensors,
    '--pseudonymize': options.pseudonymize,
    '--filter': options.filter,
    '--flow-table': options.flowTable?.toString(),
    '--exclude': options.exclude,
    '--local-net': options.localNet,
    '--window': window,
    '--catalogue': options.catalogue,
    '--timezone': options.timezone,
  });
}
