// The report document as the commands make it, findings included.

import { attribute } from '../attribution/attribute.ts';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { packageVersion } from '../files/version.ts';
import type { WiretallyError } from '../model/errors.ts';
import type { CaptureSummary, ReportDocument, ReportStats } from '../model/report.ts';
import type { UsageWindow } from '../model/usage.ts';
import type { HostsFile } from '../policy/hosts-file.ts';
import { buildReport } from '../report/document/document.ts';
import { recordsFromOf, statsOfWindows } from '../report/document/window-totals.ts';
import { commandText } from '../report/text/command-text.ts';
import { formatInstant } from '../time/instant.ts';
import { openZone } from '../time/zone.ts';
import { coverageOf } from '../window/coverage.ts';
import { hostsReported, outsideHosts, type SensorNetworks } from '../window/sensor-networks.ts';
import { applyPolicy } from './apply-policy.ts';
import { incompleteInputs } from './incomplete.ts';
import type { PolicyOnDisk } from './policy-file.ts';

/** What `analyze` gives, or windows of a store with the catalogue and the policy that they are evaluated by. */
export interface ReportSubject {
  /** Merged, as stores and `analyze` give them. */
  readonly windows: readonly UsageWindow[];
  readonly catalogue: Catalogue;
  readonly policy?: PolicyOnDisk | null;
  readonly files?: readonly string[];
  readonly captures?: readonly CaptureSummary[];
  readonly stats?: ReportStats;
  readonly recordsFrom?: string | null;
  readonly errors?: readonly WiretallyError[];
  readonly interrupted?: boolean;
  /** Which hosts each sensor may report: see readSensorsFile. */
  readonly networks?: SensorNetworks | null;
}

export interface LibraryReportOptions {
  /** Groups by network, MAC or name: see readHostsFile. */
  readonly hosts?: HostsFile;
  /** Shown instead of a host. A policy may demand it. */
  readonly pseudonymOf?: (host: string) => string;
  /** Zone of the days. Default: the policy's, else UTC. */
  readonly timeZone?: string;
  /** As the document repeats it; default: "analyze" and the files. */
  readonly command?: string;
  /** When it was made; absent: the same input gives the same bytes. */
  readonly generated?: Date;
}

/** Findings and verdicts stand in it where there is a policy. */
export function reportOf(subject: ReportSubject, options: LibraryReportOptions = {}): ReportDocument {
  const { windows, catalogue, policy = null, files = [], captures = [], errors = [] } = subject;
  const { interrupted = false, networks = null } = subject;
  const timezone = options.timeZone ?? policy?.policy.timezone ?? 'UTC';
  const zone = openZone(timezone);
  const attributions = attribute(windows, catalogue, { zone, networks });
  const incomplete = incompleteInputs(errors, captures, files);
  const document = buildReport({
    attributions,
    windows,
    captures,
    stats: subject.stats ?? statsOfWindows(windows),
    coverage: coverageOf(windows, zone),
    ...(networks === null ? {} : { outsideNetworks: outsideHosts(networks, hostsReported(windows)) }),
    recordsFrom: subject.recordsFrom ?? recordsFromOf(windows),
    interrupted,
    incomplete,
    wiretally: packageVersion(),
    catalogue: catalogue.version,
    command: options.command ?? commandText('analyze', files, { '--policy': policy?.file }),
    timezone,
    generated: options.generated === undefined ? null : formatInstant(options.generated.getTime() * 1000),
  });
  const reading = { windows, catalogue, networks, interrupted, incomplete };
  return applyPolicy(document, reading, attributions, {
    onDisk: policy,
    hosts: options.hosts ?? null,
    pseudonymOf: options.pseudonymOf ?? null,
  });
}
