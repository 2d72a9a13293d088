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
  spanText,
} from '../comparison/words.ts';
import { leftOutSentence, MAX_TABLE_HOSTS } from '../document/use-rows.ts';
import type { ReportWords } from '../text/english-words.ts';

const GLYPHS = { none: '–', dash: '–' } as const;

export function comparisonParts(comparison: Comparison, zone: Zone, messages: ReportWords): string[] {
  const { heads, page, markdown } = messages;
  const words = page.comparison;
  const { before, after, tools } = comparison;
  const columns = changeColumns(comparison.all.violations !== null, GLYPHS, messages);
  const figures = (row: ComparedTool | ComparedHost): string[] =>
    columns.map(({ of }) => {
      const change = of(row);
      return change === null ? '' : cellText(change, messages);
    });
  const hosts = comparison.hosts.slice(0, MAX_TABLE_HOSTS);
  const more = leftOutSentence(comparison.hosts.length - hosts.length, messages);
  return [
    `## ${words.heading(spanText(after, zone, '–', messages), spanText(before, zone, '–', messages))}`,
    '',
    `- ${markdown.comparison.before(coverageText(before, messages))}`,
    `- ${markdown.comparison.after(coverageText(after, messages))}`,
    ...limitSentences(comparison, zone, '–', messages).map(
      (sentence) => `- ${markdown.comparison.limit(md(sentence))}`,
    ),
    '',
    ...table(
      [
        heads.tool,
        heads.hosts,
        words.fresh,
        heads.notSeen,
        words.notThere,
        ...columns.map(({ head }) => head),
      ],
      tools.map((tool) => {
        const { fresh, gone, absent } = movedHosts(tool, GLYPHS.none);
        const name = tool.isProvider ? messages.provider(md(tool.name)) : md(tool.name);
        return [
          name,
          cellText(hostsText(tool.hosts, GLYPHS.none, messages), messages),
          fresh,
          gone,
          absent,
          ...figures(tool),
        ];
      }),
    ),
    ...table(
      [heads.host, heads.name, words.before, words.after, ...columns.map(({ head }) => head)],
      hosts.map((host) => [
        md(host.host),
        md(host.name ?? ''),
        messages.comparison.states[host.before],
        messages.comparison.states[host.after],
        ...figures(host),
      ]),
    ),
    ...(more === '' ? [] : [more, '']),
  ];
}

/** "12 to 15 (+3)". */
function cellText(change: ChangeText, messages: ReportWords): string {
  const more = [change.difference, change.perDay === '' ? '' : messages.comparison.perDay(change.perDay)];
  const inside = more.filter((text) => text !== '').join(messages.clauseSeparator);
  return inside === '' ? both(change, messages) : `${both(change, messages)} (${inside})`;
}
