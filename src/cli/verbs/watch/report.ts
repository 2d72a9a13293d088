// The report at the end of a watch that keeps nothing on disk.

import { applyPolicy } from '../../../library/apply-policy.ts';
import type { ReportDocument } from '../../../model/report.ts';
import type { InterfaceDown } from '../../../model/sensor.ts';
import type { UsageWindow } from '../../../model/usage.ts';
import { recordsFromOf, statsOfWindows } from '../../../report/document/window-totals.ts';
import { commandText } from '../../../report/text/command-text.ts';
import { openZone } from '../../../time/zone.ts';
import { coverageOf } from '../../../window/coverage.ts';
import type { SourceRead } from '../../input/source.ts';
import { within } from '../../input/source-part.ts';
import { zoneFor } from '../../input/zone-for.ts';
import { printReport, reportOn } from '../report-run.ts';
import type { WatchConfig } from './config.ts';
import type { WatchVerbOptions } from './options.ts';

type PseudonymOf = ((host: string) => string) | null;

export async function printMemory(
  windows: readonly UsageWindow[],
  config: WatchConfig,
  pseudonymOf: PseudonymOf,
  options: WatchVerbOptions,
): Promise<void> {
  await printReport(readMemory(windows, config, pseudonymOf, options, {}).apply(), options);
}

export interface MemoryRead {
  /** With hosts as they are, and without findings. */
  readonly document: ReportDocument;
  /** The document as it may be shown, by policy, hosts file and pseudonyms. */
  apply(): ReportDocument;
}

/** A span, half-open, and what is down while it is asked for. */
interface MemoryPart {
  readonly since?: number;
  readonly until?: number;
  readonly down?: readonly InterfaceDown[];
}

/** Windows in memory as a document, about a part of them where one is asked for. */
export function readMemory(
  windows: readonly UsageWindow[],
  config: WatchConfig,
  pseudonymOf: PseudonymOf,
  options: WatchVerbOptions,
  { since, until, down }: MemoryPart,
): MemoryRead {
  const timezone = zoneFor(options, config.onDisk?.policy.timezone);
  const all: SourceRead = {
    catalogue: config.catalogue,
    networks: config.networks,
    windows,
    captures: [],
    stats: statsOfWindows(windows),
    coverage: coverageOf(windows, openZone(timezone)),
    recordsFrom: recordsFromOf(windows),
    errors: [],
    notes: [],
    inputsRead: 1,
    interrupted: false,
    incomplete: [],
    firstUses: [],
    ...(down === undefined ? {} : { down }),
  };
  const source = within(all, since, until, timezone);
  const { interface: interfaces, policy, handout } = options;
  const by = config.handout === null ? { '--policy': policy } : { '--handout': handout };
  const command = commandText('watch', [], { '--interface': interfaces, ...by });
  const { document, attributions } = reportOn(source, {
    command,
    timezone,
    stamp: options.stamp === true,
    ...(since === undefined ? {} : { sinceSeconds: since }),
    ...(until === undefined ? {} : { untilSeconds: until }),
  });
  const view = { onDisk: config.onDisk, hosts: config.hosts, pseudonymOf };
  return { document, apply: () => applyPolicy(document, source, attributions, view) };
}
