// Encrypted ClientHello in words: the columns of its tables, for every format.

import type { EchDay, EchName, ReportDocument } from '../../model/report.ts';
import type { Head } from './heads.ts';
import { readerZone } from './instant.ts';
import { formatCount } from './quantity.ts';
import type { ReportWords } from './report-words.ts';

/** Days with a hidden name. GREASE hides nothing: those days are in JSON and on pages. */
export const hiddenDays = ({ ech }: ReportDocument): readonly EchDay[] =>
  (ech?.hosts ?? []).filter(({ real }) => real > 0);

export const echNameHeads = (document: ReportDocument, words: ReportWords): readonly Head<EchName>[] => {
  const zone = readerZone(document);
  const { heads } = words;
  return [
    { head: heads.nameThatOffersIt, of: ({ name }) => name },
    { head: heads.since, of: ({ since }) => words.shortTime(since, zone) },
    { head: heads.resolver, of: ({ resolver }) => resolver },
    { head: heads.timeToLive, isNumber: true, of: ({ ttlSeconds }) => `${formatCount(ttlSeconds)} s` },
    { head: heads.hosts, isNumber: true, of: ({ hosts }) => formatCount(hosts.length) },
  ];
};

export const echDayHeads = (words: ReportWords): readonly Head<EchDay>[] => [
  { head: words.heads.host, of: ({ host }) => host },
  { head: words.heads.day, of: ({ date }) => date },
  { head: words.heads.nameHidden, isNumber: true, of: ({ real }) => formatCount(real) },
  { head: words.heads.grease, isNumber: true, of: ({ grease }) => formatCount(grease) },
  { head: words.heads.without, isNumber: true, of: ({ without }) => formatCount(without) },
  { head: words.heads.configurations, of: (day) => configsText(day, words) },
];

/** "cloudflare-ech.com: 12 (3 hellos), 209 (1 hello)". */
function configsText({ configs }: EchDay, { ech, clauseSeparator }: ReportWords): string {
  const outers = [...new Set(configs.map(({ outer }) => outer))];
  return outers
    .map((outer) => {
      const ids = configs.filter((one) => one.outer === outer);
      return `${outer === '' ? ech.unknownName : outer}: ${ids.map(({ id, hellos }) => `${id} (${ech.hellos(hellos)})`).join(', ')}`;
    })
    .join(clauseSeparator);
}

/** Sums, and what is not visible. */
export function echNote({ ech }: ReportDocument, words: ReportWords): string {
  const days = ech?.hosts ?? [];
  const sum = (of: (day: EchDay) => number): number => days.reduce((all, day) => all + of(day), 0);
  return words.ech.note(
    days.length === 0 ? null : { real: sum(({ real }) => real), others: sum(({ grease }) => grease) },
  );
}
