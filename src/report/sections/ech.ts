// Declares the section on Encrypted ClientHello: names that offer it, and hellos by host and day.

import type { EchDay, EchName, ReportDocument } from '../../model/report.ts';
import type { ReportWords } from '../text/english-words.ts';
import type { Section, SectionTable } from './section.ts';

/** Maximum rows of each table; JSON has all of them. */
const MOST = { terminal: 20, page: 60 };

const names: SectionTable<EchName> = {
  texts: ({ ech }) => ech.names,
  rows: ({ ech }) => ech?.names ?? [],
  columns: ({ words: { heads } }) => [
    { head: heads.nameThatOffersIt, kind: 'text', of: ({ name }) => name },
    { head: heads.since, kind: 'instant', of: ({ since }) => since },
    { head: heads.resolver, kind: 'text', of: ({ resolver }) => resolver },
    { head: heads.timeToLive, kind: 'seconds', of: ({ ttlSeconds }) => ttlSeconds },
    { head: heads.hosts, kind: 'number', of: ({ hosts }) => hosts.length },
  ],
  noun: 'name',
  most: MOST,
};

const days: SectionTable<EchDay> = {
  texts: ({ ech }) => ech.days,
  // GREASE hides nothing, so its days are only on pages, and below hidden names, because the table is truncated at its
  // end.
  rows: (document, { place }) =>
    place === 'page'
      ? [...(document.ech?.hosts ?? [])].sort((a, b) => Math.sign(b.real) - Math.sign(a.real))
      : hiddenDays(document),
  columns: ({ words }) => [
    { head: words.heads.host, kind: 'text', of: ({ host }) => host },
    { head: words.heads.day, kind: 'text', of: ({ date }) => date },
    { head: words.heads.nameHidden, kind: 'number', of: ({ real }) => real },
    { head: words.heads.grease, kind: 'number', of: ({ grease }) => grease },
    { head: words.heads.without, kind: 'number', of: ({ without }) => without },
    { head: words.heads.configurations, kind: 'text', of: (day) => formatConfigs(day, words) },
  ],
  noun: 'line',
  most: MOST,
};

/** Lists days with a hidden name. */
const hiddenDays = ({ ech }: ReportDocument): readonly EchDay[] =>
  (ech?.hosts ?? []).filter(({ real }) => real > 0);

/** Returns "cloudflare-ech.com: 12 (3 hellos), 209 (1 hello)". */
function formatConfigs(
  { configs }: EchDay,
  { sections: { ech }, clauseSeparator, listSeparator }: ReportWords,
): string {
  const outers = [...new Set(configs.map(({ outer }) => outer))];
  return outers
    .map((outer) => {
      const ids = configs.filter((config) => config.outer === outer);
      return `${outer === '' ? ech.unknownName : outer}: ${ids.map(({ id, hellos }) => `${id} (${ech.hellos(hellos)})`).join(listSeparator)}`;
    })
    .join(clauseSeparator);
}

/** Returns sums, and the part that is not visible. */
function formatSums({ ech }: ReportDocument, { sections }: ReportWords): string {
  const all = ech?.hosts ?? [];
  const sum = (amount: (day: EchDay) => number): number => all.reduce((sums, day) => sums + amount(day), 0);
  return sections.ech.note(
    all.length === 0 ? null : { real: sum(({ real }) => real), others: sum(({ grease }) => grease) },
  );
}

export const ECH: Section = {
  id: 'ech',
  tables: [names, days],
  notes: ({ document, words, place }, more) => [
    formatSums(document, words),
    place === 'page' ? words.sections.ech.greaseNote : more,
  ],
  pages: ['notVisible'],
  isInFullOnly: true,
};
