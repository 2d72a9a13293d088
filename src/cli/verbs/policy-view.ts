// A policy, a hosts file or pseudonyms for the verbs that can do without; loaded only where one of them is asked for.

import type { PolicyOnDisk } from '../../library/policy-file.ts';
import type { ReportDocument } from '../../model/report.ts';
import { exitCodeOfFindings } from '../input/fail-on.ts';
import type { CatalogueOptions } from '../input/options.ts';
import { type PolicyOptions, readPolicyView } from '../input/policy-options.ts';
import type { SourceRead } from '../input/source.ts';
import type { ExitCode } from '../output/exit-code.ts';
import type { Reported, ReportOnOptions } from './report-run.ts';
import type { ReportedWithout } from './report-without.ts';

export interface View {
  readonly onDisk: PolicyOnDisk | null;
  /** Networks of the policy that are never recorded. */
  readonly excluded: readonly string[];
  /** Groups that the policy or the hosts file names. */
  readonly groups: readonly string[];
  /** A host as it is shown. */
  shownHost(host: string): string;
  apply(reported: Reported, source: SourceRead): ReportDocument;
  /** Without the hosts that are withheld, for what is made of windows beside the document. */
  reportWithout(source: SourceRead, options: ReportOnOptions): ReportedWithout;
  exitCode(document: ReportDocument, reading: ExitCode): ExitCode;
}

/** Null where nothing of it is asked: then nobody pays for it. Throws before captures are read for minutes. */
export async function readView(options: PolicyOptions & CatalogueOptions): Promise<View | null> {
  const { policy, advisory, hosts, pseudonymize } = options;
  if ([policy, advisory, hosts, pseudonymize].every((option) => option === undefined)) return null;
  const [{ loadCatalogue }, policyRun, { reportWithout }] = await Promise.all([
    import('../../files/catalogue-files.ts'),
    import('../../library/apply-policy.ts'),
    import('./report-without.ts'),
  ]);
  const view = await readPolicyView(options, await loadCatalogue(options.catalogue));
  return {
    onDisk: view.onDisk,
    excluded: policyRun.excludedNetworks(view.onDisk),
    groups: [...(view.onDisk?.policy.groups.map(({ id }) => id) ?? []), ...(view.hosts?.groups ?? [])],
    shownHost: (host) => view.pseudonymOf?.(host) ?? host,
    apply: ({ document, attributions }, source) =>
      policyRun.applyPolicy(document, source, attributions, view),
    reportWithout: (source, reporting) => reportWithout(source, view, reporting),
    exitCode: (document, reading) => exitCodeOfFindings(document, options.failOn ?? new Set(), reading),
  };
}
