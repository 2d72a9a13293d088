// The report at the end of a watch that keeps nothing on disk.

import { formatInstant } from '../model/instant.ts';
import type { UsageWindow } from '../model/usage.ts';
import { openZone } from '../model/zone.ts';
import { statsOfWindows } from '../report/window-totals.ts';
import { coverageOf } from '../usage/coverage.ts';
import { commandText } from './command-text.ts';
import { applyPolicy } from './judge-policy.ts';
import { judgeSource, printReport } from './report-run.ts';
import type { SourceRead } from './source.ts';
import type { WatchVerbOptions } from './watch.ts';
import type { Law } from './watch-law.ts';

export async function printMemory(
  windows: readonly UsageWindow[],
  law: Law,
  pseudonymOf: ((host: string) => string) | null,
  options: WatchVerbOptions,
): Promise<void> {
  const timezone = options.timezone ?? law.onDisk?.policy.timezone ?? 'UTC';
  const [first] = windows;
  const source: SourceRead = {
    catalogue: law.catalogue,
    windows,
    captures: [],
    stats: statsOfWindows(windows),
    coverage: coverageOf(windows, openZone(timezone)),
    recordsFrom: first === undefined ? null : formatInstant(first.startSeconds * 1_000_000),
    errors: [],
    notes: [],
    inputsRead: 1,
    interrupted: false,
    incomplete: [],
    firstUses: [],
  };
  const command = commandText('watch', [], { '--interface': options.interface, '--policy': options.policy });
  const { document, attributions } = judgeSource(source, {
    command,
    timezone,
    stamp: options.stamp === true,
  });
  const judged = applyPolicy(document, source, attributions, {
    onDisk: law.onDisk,
    hosts: law.hosts,
    pseudonymOf,
  });
  await printReport(judged, options);
}
