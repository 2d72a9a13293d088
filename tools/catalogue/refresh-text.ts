// The comparison with the registry as text: one row for each package, then versions to record and names to check.

import { plural } from '../../src/text/quantity.ts';
import { type Column, painter, renderTable } from '../../src/text/text-layout.ts';
import { visibleText } from '../../src/text/visible-text.ts';
import type { PublishedVersion, RefreshedPackage } from './compare.ts';

/** `isVerbose`: with all releases and all unlisted names. */
export function refreshText(packages: readonly RefreshedPackage[], isVerbose: boolean): string {
  const column = (head: string, text: (one: RefreshedPackage) => string): Column => ({
    head,
    align: 'left',
    cells: packages.map((one) => ({ text: visibleText(text(one)) })),
  });
  const table = [
    column('ID', ({ tool }) => tool),
    column('PACKAGE', ({ npm }) => npm),
    column('RECORDED', ({ recorded }) => recorded ?? 'never'),
    column('KNOWN', ({ known }) => known),
    column('REGISTRY', ({ registry }) => registry ?? 'not there'),
    column('NEW NAMES', ({ newNames }) => (newNames === null ? '-' : String(newNames.length))),
  ];
  const newer = packages.filter(({ state }) => state === 'newer');
  const lines = [
    ...renderTable(table, painter(false)),
    '',
    newer.length === 0
      ? 'Nothing to record: every package is at the version that was recorded.'
      : `To record (captures/lab): ${plural(newer.length, 'package')}`,
    ...newer.flatMap((one) =>
      [toRecord(one), ...enginesLine(one), ...(isVerbose ? otherNames(one) : [])].map((text) => `- ${text}`),
    ),
    ...packages.flatMap((one) => releaseLine(one, isVerbose)),
  ];
  return lines.map((line) => `${visibleText(line)}\n`).join('');
}

function toRecord({ npm, tool, registry, recorded, newNames, otherNames: others }: RefreshedPackage): string {
  const what = `${tool} ${registry} (${npm}), recorded: ${recorded ?? 'never'}`;
  if (newNames === null) return what;
  const fresh = newNames.length === 0 ? 'no new name' : `new names: ${newNames.join(', ')}`;
  return `${what}; ${fresh}; ${plural(others?.length ?? 0, 'further name')} that no entry lists (-v shows them)`;
}

const enginesLine = ({ tool, engines }: RefreshedPackage): string[] =>
  engines === null
    ? []
    : [
        `${tool} asks for another runtime: ${engines.from || 'none given'} before, ${engines.to || 'none given'} now`,
      ];

/** Older releases are counted only. */
const MAX_RELEASES = 10;

/** Empty without a release after the newest recorded build. */
function releaseLine({ tool, npm, since, published }: RefreshedPackage, isVerbose: boolean): string[] {
  if (published.length === 0) return [];
  const shown = isVerbose ? published : published.slice(-MAX_RELEASES);
  const left = published.length - shown.length;
  const before = left === 0 ? '' : `${plural(left, 'earlier one')} (-v shows them), `;
  return [`Published after ${since} (${tool}, ${npm}): ${before}${shown.map(releaseText).join(', ')}.`];
}

const releaseText = ({ version, date }: PublishedVersion): string =>
  date === null ? version : `${version} (${date})`;

const otherNames = ({ otherNames: names }: RefreshedPackage): string[] =>
  names === null || names.length === 0 ? [] : [`further names: ${names.join(', ')}`];
