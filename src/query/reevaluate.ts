// Evaluates the windows of an evidence bundle again, by the files of the bundle, and compares the result with its report.

import { packageVersion } from '../files/package-version.ts';
import type { ReportDocument } from '../model/report.ts';
import type { Statement } from '../model/statement.ts';
import { words } from '../text/word-lists.ts';
import { applyPolicy } from './apply-policy.ts';
import { buildPeriod, statementAgain } from './attest.ts';
import { BUNDLE_FILES } from './inputs/bundle-files.ts';
import type { BundleReader } from './inputs/bundle-reader.ts';
import { reportOn } from './reported.ts';
import { readOfWindows } from './source.ts';
import { within } from './source-part.ts';

export interface Reevaluated {
  readonly document: ReportDocument;
  /** Parts of report.json and findings.json that are not what was evaluated now; empty when all of it is. */
  readonly differences: readonly string[];
  /** Made again, where the bundle holds one. */
  readonly statement: Statement | null;
  /** Set where another version evaluated: then a difference may be its own. */
  readonly otherVersion: string | null;
}

/** Parts of a report that follow from windows and policy. The others say how it was made. */
const EVALUATED_PARTS = words(
  'period sensor coverage outsideNetworks hosts tools notVisible policy summary findings',
  'advisories exposure',
) satisfies readonly (keyof ReportDocument)[];

export async function reevaluate(bundle: BundleReader): Promise<Reevaluated> {
  const { manifest } = bundle;
  const said = await bundle.report();
  const { timezone } = said.period;
  const catalogue = await bundle.catalogue();
  const windows = await bundle.windows();
  const by = { catalogue, networks: await bundle.networks() };
  const statement = await bundle.statement();
  const around = await bundle.around();
  const span = statement === null ? bundle.period() : {};
  const read = readOfWindows(windows, by, timezone, {
    ...(statement === null ? {} : { asked: buildPeriod(statement) }),
    ...(around.length === 0 ? {} : { around }),
    recordsFrom: said.recordsFrom,
    recordsUntil: said.recordsUntil,
    interrupted: manifest.interrupted,
    incomplete: said.incomplete ?? [],
  });
  const source = within(read, span.sinceSeconds, span.untilSeconds, timezone);
  const reported = reportOn(source, { command: said.command, timezone, span });
  const view = await bundle.view(catalogue);
  const document = applyPolicy(reported.document, source, reported.attributions, view);
  const policy = view.onDisk?.policy;
  const again =
    statement === null || policy === undefined
      ? null
      : statementAgain(source, reported.attributions, policy, statement);
  const isThisVersion = manifest.wiretally === packageVersion() && manifest.catalogue === catalogue.version;
  return {
    document,
    differences: [
      ...EVALUATED_PARTS.filter((part) => !isSame(document[part], said[part])).map(
        (part) => `${BUNDLE_FILES.report}: ${part}`,
      ),
      ...(isSame(document.findings, await bundle.findings()) ? [] : [BUNDLE_FILES.findings]),
      ...(document.interrupted === said.interrupted ? [] : [`${BUNDLE_FILES.report}: interrupted`]),
      ...(isSame(again, statement) ? [] : [BUNDLE_FILES.statement]),
      ...(view.onDisk?.sha256 === manifest.policySha256 ? [] : [`${BUNDLE_FILES.policy}: its SHA-256`]),
    ],
    statement: again,
    otherVersion: isThisVersion ? null : `wiretally ${packageVersion()}, catalogue ${catalogue.version}`,
  };
}

/** Entry by entry: the hosts of a large network are longer as one text than a string can be. */
function isSame(a: unknown, b: unknown): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return JSON.stringify(a) === JSON.stringify(b);
  return a.length === b.length && a.every((value, i) => JSON.stringify(value) === JSON.stringify(b[i]));
}
