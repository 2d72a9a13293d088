// `wiretally catalogue refresh` as text: one row a package, then what to record and which names to look into.

import type { RefreshedPackage } from '../../catalogue/refresh.ts';
import { plural } from '../../report/text/quantity.ts';
import {
  ASCII_GLYPHS,
  type RenderOptions,
  tableWidthOf,
  UNICODE_GLYPHS,
} from '../../report/text/render-options.ts';
import { type Column, fitTable, painter, wrap } from '../../text/text-layout.ts';
import { visibleText } from '../../text/visible-text.ts';

export function refreshText(
  packages: readonly RefreshedPackage[],
  withOthers: boolean,
  terminal: RenderOptions,
): string {
  const dash = terminal.unicode ? '–' : '-';
  const column = (head: string, text: (one: RefreshedPackage) => string, leastWidth?: number): Column => ({
    head,
    align: 'left',
    cells: packages.map((one) => ({ text: visibleText(text(one)) })),
    ...(leastWidth === undefined ? {} : { leastWidth }),
  });
  const table = [
    column('ID', ({ tool }) => tool),
    column('PACKAGE', ({ npm }) => npm, 10),
    column('RECORDED', ({ recorded }) => recorded ?? 'never', 8),
    column('KNOWN', ({ known }) => known, 8),
    column('REGISTRY', ({ registry }) => registry ?? 'not there', 8),
    column('NEW NAMES', ({ newNames }) => (newNames === null ? dash : String(newNames.length))),
  ];
  const { ellipsis } = terminal.unicode ? UNICODE_GLYPHS : ASCII_GLYPHS;
  const newer = packages.filter(({ state }) => state === 'newer');
  const lines = [
    ...fitTable(table, painter(terminal.color), tableWidthOf(terminal), ellipsis),
    '',
    newer.length === 0
      ? 'Nothing to record: every package is at the version that was recorded.'
      : `To record (captures/lab): ${plural(newer.length, 'package')}`,
    ...newer.flatMap((one) =>
      [toRecord(one), ...(withOthers ? otherNames(one) : [])].flatMap((text) =>
        wrap(`- ${visibleText(text)}`, terminal.width),
      ),
    ),
  ];
  return `${lines.join('\n')}\n`;
}

function toRecord({ npm, tool, registry, recorded, newNames, otherNames: others }: RefreshedPackage): string {
  const what = `${tool} ${registry} (${npm}), recorded: ${recorded ?? 'never'}`;
  if (newNames === null) return what;
  const fresh = newNames.length === 0 ? 'no new name' : `new names: ${newNames.join(', ')}`;
  return `${what}; ${fresh}; ${plural(others?.length ?? 0, 'further name')} that no entry lists (-v shows them)`;
}

const otherNames = ({ otherNames: names }: RefreshedPackage): string[] =>
  names === null || names.length === 0 ? [] : [`further names: ${names.join(', ')}`];
