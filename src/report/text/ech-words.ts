// Encrypted ClientHello in words: the columns of its tables, for every format.

import type { EchDay, EchName, ReportDocument } from '../../model/report.ts';
import type { Head } from './heads.ts';
import { readerZone, shortTime } from './instant.ts';
import { formatCount, plural } from './quantity.ts';

export const ECH_TITLE = 'Encrypted ClientHello';

/** Days with a hidden name. GREASE hides nothing: those days are in JSON and on pages. */
export const hiddenDays = ({ ech }: ReportDocument): readonly EchDay[] =>
  (ech?.hosts ?? []).filter(({ real }) => real > 0);

export const echNameHeads = (document: ReportDocument): readonly Head<EchName>[] => {
  const zone = readerZone(document);
  return [
    { head: 'Name that offers it', of: ({ name }) => name },
    { head: 'Since', of: ({ since }) => shortTime(since, zone) },
    { head: 'Resolver', of: ({ resolver }) => resolver },
    { head: 'TTL', isNumber: true, of: ({ ttlSeconds }) => `${formatCount(ttlSeconds)} s` },
    { head: 'Hosts', isNumber: true, of: ({ hosts }) => formatCount(hosts.length) },
  ];
};

export const ECH_DAY_HEADS: readonly Head<EchDay>[] = [
  { head: 'Host', of: ({ host }) => host },
  { head: 'Day', of: ({ date }) => date },
  { head: 'Name hidden', isNumber: true, of: ({ real }) => formatCount(real) },
  { head: 'GREASE', isNumber: true, of: ({ grease }) => formatCount(grease) },
  { head: 'Without', isNumber: true, of: ({ without }) => formatCount(without) },
  { head: 'Configurations', of: configsText },
];

/** "cloudflare-ech.com: 12 (3 hellos), 209 (1 hello)". */
function configsText({ configs }: EchDay): string {
  const outers = [...new Set(configs.map(({ outer }) => outer))];
  return outers
    .map((outer) => {
      const ids = configs.filter((one) => one.outer === outer);
      return `${outer === '' ? 'unknown' : outer}: ${ids.map(({ id, hellos }) => `${id} (${plural(hellos, 'hello')})`).join(', ')}`;
    })
    .join('; ');
}

/** Sums, and what is not visible. */
export function echNote({ ech }: ReportDocument): string {
  const days = ech?.hosts ?? [];
  const sum = (of: (day: EchDay) => number): number => days.reduce((all, day) => all + of(day), 0);
  const sums =
    days.length === 0
      ? ''
      : `${plural(
          sum(({ real }) => real),
          'hello',
        )} with a known public name, ${formatCount(sum(({ grease }) => grease))} with GREASE or an unknown public name. `;
  return `${sums}Whether a server accepted Encrypted ClientHello is not visible.`;
}
