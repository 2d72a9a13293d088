// What analyze and audit share: their options, the reading that a policy steers, and the command as the document repeats it.

import type { PolicyOnDisk } from '../../library/policy-file.ts';
import { commandText } from '../../report/text/command-text.ts';
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
