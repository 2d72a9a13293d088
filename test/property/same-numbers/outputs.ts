// The figures of each output, parsed from its text as a reader would, and the figures expected from the findings.

import type { FindingResult } from '../../../src/model/findings.ts';
import type { ReportDocument, RuleSummary } from '../../../src/model/report.ts';

/** Hosts by result; in the order of the tallies. */
export const COUNTED = ['violation', 'suspected', 'grace', 'exempt', 'aside', 'notSince'] as const;
export type Counts = Readonly<Record<(typeof COUNTED)[number], number>>;

/** Hosts with findings by day: violations, and suspicions. */
export type DaysTold = ReadonlyMap<string, { readonly violation: number; readonly suspected: number }>;

const isAside = (result: FindingResult): boolean => result === 'telemetryOnly' || result === 'updateOnly';
const size = (hosts: Iterable<string>): number => new Set(hosts).size;

/** Derived from findings, and from the hosts that stopped. */
export function expectedCounts({ findings = [] }: ReportDocument, summary: RuleSummary): Counts {
  const own = findings.filter(({ rule }) => rule === summary.rule);
  const hosts = (isMeant: (result: FindingResult) => boolean): string[] =>
    own.filter(({ result }) => isMeant(result)).map(({ host }) => host);
  const violators = hosts((result) => result === 'violation');
  const others = hosts((result) => !isAside(result));
  const all = hosts(() => true);
  return {
    violation: size(violators),
    suspected: size(hosts((result) => result === 'suspected').filter((host) => !violators.includes(host))),
    grace: size(hosts((result) => result === 'grace').filter((host) => !violators.includes(host))),
    exempt: size(hosts((result) => result === 'exempt')),
    aside: size(hosts(isAside).filter((host) => !others.includes(host))),
    notSince:
      summary.hostsSeen === 0
        ? 0
        : (summary.changes?.stopped ?? []).filter((host) => !all.includes(host)).length,
  };
}

export function expectedDays({ findings = [] }: ReportDocument, rule: string): DaysTold {
  const days = new Map<string, { violation: Set<string>; suspected: Set<string> }>();
  for (const { rule: own, result, host, days: seen = [] } of findings) {
    if (own !== rule || (result !== 'violation' && result !== 'suspected')) continue;
    for (const day of seen) {
      const sets = days.get(day) ?? { violation: new Set(), suspected: new Set() };
      days.set(day, sets);
      sets[result].add(host);
    }
  }
  return new Map(
    [...days].map(([day, { violation, suspected }]) => [
      day,
      {
        violation: violation.size,
        suspected: [...suspected].filter((host) => !violation.has(host)).length,
      },
    ]),
  );
}

/** "3 hosts suspected", "1 only in the grace period", …, of a verdict in words. */
const WORDS: Readonly<Record<Exclude<(typeof COUNTED)[number], 'violation'>, RegExp>> = {
  suspected: /(\d+)(?: hosts?)? suspected/,
  grace: /(\d+) only in the grace period/,
  exempt: /(\d+) exempt/,
  aside: /(\d+) only telemetry or updates/,
  notSince: /(\d+) not seen since/,
};

const numberIn = (text: string, pattern: RegExp): number => Number(pattern.exec(text)?.[1] ?? 0);

/** Of one verdict, its words in one line. */
export function toldInWords(text: string): Counts {
  return {
    violation: numberIn(text, /(\d+) of \d+ hosts? in scope used/),
    suspected: numberIn(text, WORDS.suspected),
    grace: numberIn(text, WORDS.grace),
    exempt: numberIn(text, WORDS.exempt),
    aside: numberIn(text, WORDS.aside),
    notSince: numberIn(text, WORDS.notSince),
  };
}

/** Verdicts at the head of a terminal report, each in one line. */
export function terminalVerdicts(text: string): string[] {
  const [head = ''] = text.split(/^(?:FINDINGS|HOST|NOT VISIBLE)\b/m);
  return head
    .split('\n\n')
    .filter((part) => /^(?:VIOLATED|COMPLIANT|INCONCLUSIVE) /.test(part))
    .map((part) => part.replaceAll(/\s+/g, ' '));
}

/** Lines of the table of findings under each heading. */
export function terminalFindings(text: string): Map<string, number> {
  const [, table = ''] = /^FINDINGS\n([\s\S]*?)\n\n/m.exec(text) ?? [];
  const counts = new Map<string, number>();
  let heading = '';
  for (const line of table.split('\n').slice(1)) {
    if (!line.startsWith(' ')) heading = line;
    else counts.set(heading, (counts.get(heading) ?? 0) + 1);
  }
  return counts;
}

/** Paragraphs of a Markdown report that are verdicts. */
export const markdownVerdicts = (text: string): string[] =>
  text.split('\n').filter((line) => /^\*\*(?:VIOLATED|COMPLIANT|INCONCLUSIVE)\*\*: /.test(line));

export function markdownFindings(text: string): Map<string, number> {
  const [, table = ''] = /## Findings\n\n([\s\S]*?)\n\n/.exec(text) ?? [];
  const counts = new Map<string, number>();
  for (const line of table.split('\n').slice(2)) {
    const [, result = ''] = line.split(' | ').map((cell) => cell.replaceAll('|', '').trim());
    const first = line.split('|')[1]?.trim() ?? result;
    counts.set(first, (counts.get(first) ?? 0) + 1);
  }
  return counts;
}

/** The block of a rule; without a verdict, of all tools. */
export interface BlockTold {
  /** Empty where it is of none. */
  readonly rule: string;
  readonly headline: string;
  /** From the list of numbers. */
  readonly tallies: Counts;
  /** From the icons, or the bar that represents them. */
  readonly icons: readonly number[];
  /** From the description of the chart, by day and month. */
  readonly chart: ReadonlyMap<string, { readonly count: number; readonly suspected: number }> | null;
}

export interface PageTold {
  readonly blocks: readonly BlockTold[];
  /** Verdicts of further rules, in words. */
  readonly others: readonly string[];
}

const TALLIES: Readonly<Record<(typeof COUNTED)[number], RegExp>> = {
  violation: /<b>(\d+)<\/b> <span>used it /,
  suspected: /<b>(\d+)<\/b> <span>suspected</,
  grace: /<b>(\d+)<\/b> <span>last seen in the grace period</,
  exempt: /<b>(\d+)<\/b> <span>exempt</,
  aside: /<b>(\d+)<\/b> <span>only telemetry or updates</,
  notSince: /<b>(\d+)<\/b> <span>not seen since/,
};

/** The first section of the page, in a file or served. */
export function pageTold(page: string): PageTold {
  const section = /<section id="verdict"[\s\S]*?<\/section>/.exec(page)?.[0] ?? '';
  return {
    blocks: section.split('<div class="vrule">').slice(1).map(blockTold),
    others: [
      ...(/<ul class="more">([\s\S]*?)<\/ul>/.exec(section)?.[1] ?? '').matchAll(/<li>([\s\S]*?)<\/li>/g),
    ].map(([, text = '']) => text.replaceAll(/<[^>]+>/g, '')),
  };
}

function blockTold(block: string): BlockTold {
  const tallies = Object.fromEntries(COUNTED.map((name) => [name, numberIn(block, TALLIES[name])]));
  const icons = (tone: string): number =>
    [...block.matchAll(new RegExp(`<li class="u-${tone}">`, 'g'))].length;
  const description = /<desc id="[^"]+">([^<]*)\.<\/desc>/.exec(block)?.[1];
  return {
    rule: /: rule (\S+), revision /.exec(block)?.[1] ?? '',
    headline: /<h[12](?: id="vh")?>([^<]*)<\/h[12]>/.exec(block)?.[1] ?? '',
    tallies: tallies as Counts,
    icons: ['viol', 'susp', 'info', 'exempt', 'ok'].map(icons),
    chart: description === undefined ? null : chartTold(description),
  };
}

function chartTold(description: string): BlockTold['chart'] {
  return new Map(
    description.split(', ').map((part) => {
      const [, day = '', count = '0', , suspected = '0'] =
        /^\S+ (\d+ \w+) (\d+)( and (\d+) suspected)?$/.exec(part) ?? [];
      return [day, { count: Number(count), suspected: Number(suspected) }];
    }),
  );
}

/** Hosts whose cell of a day has the color of a violation, by column, in the strip of the page. */
export function stripViolations(page: string, days: number): number[] {
  const section = /<section id="hosts"[\s\S]*?<\/section>/.exec(page)?.[0] ?? '';
  const counts = Array.from({ length: days }, () => 0);
  for (const [row] of section.matchAll(/<tr data-q=[\s\S]*?<\/tr>/g)) {
    const cells = [...row.matchAll(/<td class="c ([^"]*)"/g)].map(([, classes = '']) =>
      /^o[1-4]\b/.test(classes),
    );
    counts.forEach((count, day) => {
      if (cells.some((isViolation, at) => isViolation && at % days === day)) counts[day] = count + 1;
    });
  }
  return counts;
}
