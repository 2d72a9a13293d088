// A comparison of two spans as Markdown.

import type { ComparedHost, ComparedTool, Comparison } from '../../model/report.ts';
import { md, table } from '../../text/markdown-text.ts';
import type { Zone } from '../../time/zone.ts';
import {
  both,
  type ChangeText,
  changeColumns,
  coverageText,
  hostsText,
  limitSentences,
  movedHosts,
  STATE_WORDS,
  spanText,
} from '../comparison/words.ts';
import { leftOutSentence, MAX_TABLE_HOSTS } from '../document/use-rows.ts';

const GLYPHS = { none: '–', dash: '–' } as const;

export function comparisonParts(comparison: Comparison, zone: Zone): string[] {
  const { before, after, tools } = comparison;
  const columns = changeColumns(comparison.all.violations !== null, GLYPHS);
  const figures = (row: ComparedTool | ComparedHost): string[] =>
    columns.map(({ of }) => {
      const change = of(row);
      return change === null ? '' : cellText(change);
    });
  const hosts = comparison.hosts.slice(0, MAX_TABLE_HOSTS);
  const more = leftOutSentence(comparison.hosts.length - hosts.length);
  return [
    `## ${spanText(after, zone)} against ${spanText(before, zone)}`,
    '',
    `- before: ${coverageText(before)}`,
    `- after: ${coverageText(after)}`,
    ...limitSentences(comparison, zone).map((sentence) => `- limit: ${md(sentence)}`),
    '',
    ...table(
      ['Tool', 'Hosts', 'New', 'Not seen', 'Not there', ...columns.map(({ head }) => head)],
      tools.map((tool) => {
        const { fresh, gone, absent } = movedHosts(tool, GLYPHS.none);
        const name = `${md(tool.name)}${tool.isProvider ? ' (provider)' : ''}`;
        return [name, cellText(hostsText(tool.hosts, GLYPHS.none)), fresh, gone, absent, ...figures(tool)];
      }),
    ),
    ...table(
      ['Host', 'Name', 'Before', 'After', ...columns.map(({ head }) => head)],
      hosts.map((host) => [
        md(host.host),
        md(host.name ?? ''),
        STATE_WORDS[host.before],
        STATE_WORDS[host.after],
        ...figures(host),
      ]),
    ),
    ...(more === '' ? [] : [more, '']),
  ];
}

/** "12 to 15 (+3)". */
function cellText(change: ChangeText): string {
  const more = [change.difference, change.perDay === '' ? '' : `a day ${change.perDay}`];
  const inside = more.filter((text) => text !== '').join('; ');
  return inside === '' ? both(change) : `${both(change)} (${inside})`;
}
