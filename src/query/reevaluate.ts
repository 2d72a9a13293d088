// Evaluates the windows of an evidence bundle again, by the files of the bundle, and compares the result with its report.

import { packageVersion } from '../files/package-version.ts';
import type { ReportDocument } from '../model/report.ts';
import type { Statement } from '../model/statement.ts';
import { splitWords } from '../text/word-lists.ts';
import { applyPolicy } from './apply-policy.ts';
import { buildPeriod, repeatStatement } from './attest.ts';
import { BUNDLE_FILES } from './inputs/bundle-files.ts';
import type { BundleReader } from './inputs/bundle-reader.ts';
import { reportOn } from './reported.ts';
import { sourceFromWindows } from './source.ts';
import { cutToSpan } from './source-part.ts';

export interface Reevaluated {
  readonly document: ReportDocument;
  /** Parts of report.json and findings.json that differ from the new evaluation; empty if all are equal. */
  readonly differences: readonly string[];
  /** The statement, made again; only if the bundle holds one. */
  readonly statement: Statement | null;
  /** Set if another version made the bundle: then the version may explain a difference. */
  readonly otherVersion: string | null;
}

/** Parts of a report that follow from windows and policy. The other parts describe how it was made. */
const EVALUATED_PARTS = splitWords(
  'period sensor coverage outsideNetworks hosts tools notVisible policy summary findings',
  'advisories exposure',
) satisfies readonly (keyof ReportDocument)[];

export async function reevaluate(bundle: BundleReader): Promise<Reevaluated> {
  const { manifest } = bundle;
  const stored = await bundle.report();
  const { timezone } = stored.period;
  const catalogue = await bundle.catalogue();
  const windows = await bundle.windows();
  const by = { catalogue, networks: await bundle.networks() };
  const statement = await bundle.statement();
  const around = await bundle.around();
  const span = statement === null ? bundle.period() : {};
  const read = sourceFromWindows(windows, by, timezone, {
    ...(statement === null ? {} : { requestedSpan: buildPeriod(statement) }),
    ...(around.length === 0 ? {} : { around }),
    recordsFrom: stored.recordsFrom,
    recordsUntil: stored.recordsUntil,
    interrupted: manifest.interrupted,
    incomplete: stored.incomplete ?? [],
  });
  const source = cutToSpan(read, span.sinceSeconds, span.untilSeconds, timezone);
  const reported = reportOn(source, { command: stored.command, timezone, span });
  const view = await bundle.view(catalogue);
  const document = applyPolicy(reported.document, source, reported.attributions, view);
  const policy = view.onDisk?.policy;
  const again =
    statement === null || policy === undefined
      ? null
      : repeatStatement(source, reported.attributions, policy, statement);
  const isThisVersion = manifest.wiretally === packageVersion() && manifest.catalogue === catalogue.version;
  return {
    document,
    differences: [
      ...EVALUATED_PARTS.filter((part) => !isSame(document[part], stored[part])).map(
        (part) => `${BUNDLE_FILES.report}: ${part}`,
      ),
      ...(isSame(document.findings, await bundle.findings()) ? [] : [BUNDLE_FILES.findings]),
      ...(document.interrupted === stored.interrupted ? [] : [`${BUNDLE_FILES.report}: interrupted`]),
      ...(isSame(again, statement) ? [] : [BUNDLE_FILES.statement]),
      ...(view.onDisk?.sha256 === manifest.policySha256 ? [] : [`${BUNDLE_FILES.policy}: its SHA-256`]),
    ],
    statement: again,
    otherVersion: isThisVersion ? null : `wiretally ${packageVersion()}, catalogue ${catalogue.version}`,
  };
}

/** Compares entry by entry: the hosts of a large network, as one text, exceed the maximum length of a string. */
function isSame(a: unknown, b: unknown): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return JSON.stringify(a) === JSON.stringify(b);
  return a.length === b.length && a.every((value, i) => JSON.stringify(value) === JSON.stringify(b[i]));
}
