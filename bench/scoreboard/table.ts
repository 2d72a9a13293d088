// The scoreboard as text: programs, measures, sets, and what is not named.
import type { Cost } from '../contender.ts';
import { OWN_ANSWERS } from './lists.ts';
import type { Score } from './score.ts';

/** One line of the scoreboard: a program with a list of tools. */
export interface Entry {
  readonly program: string;
  readonly list: string;
  readonly about: string;
  readonly score: Score;
  readonly bySet: ReadonlyMap<string, Score>;
  /** Pairs of capture and server name that the program printed, of those in the truth; null: prints none. */
  readonly serverNames: { readonly printed: number; readonly known: number } | null;
  /** Null: the program ran elsewhere. */
  readonly cost: Cost | null;
  readonly failures: readonly string[];
}

const MAX_LISTED = 60;

export function describeScoreboard(
  entries: readonly Entry[],
  absent: readonly string[],
  captures: number,
): string {
  const sets = [...new Set(entries.flatMap(({ bySet }) => [...bySet.keys()]))];
  const abouts = new Map(entries.filter(({ about }) => about !== '').map(({ list, about }) => [list, about]));
  return [
    `${captures} captures, ${entries[0]?.score.uses ?? 0} uses of tools (a tool on a host on a day). Times are sums over all captures, one process each; memory is the maximum.`,
    '',
    '| program | list of tools | tools named | only possible | wrong accusations | wrong, possible | requests right | of these exact | server names | wall s | CPU s | MiB |',
    '|---|---|---|---|---|---|---|---|---|---|---|---|',
    ...entries.map(lineOf),
    '',
    ...(abouts.size === 0 ? [] : ['**Lists of tools**', '']),
    ...[...abouts].map(([list, about]) => `- *${list}*: ${about}`),
    ...(abouts.size === 0 ? [] : ['']),
    '**By set** (tools named of uses; wrong accusations)',
    '',
    `| program | list of tools | ${sets.join(' | ')} |`,
    `|---|---|${sets.map(() => '---|').join('')}`,
    ...entries.map(({ program, list, bySet }) => {
      const cells = sets.map((set) => {
        const part = bySet.get(set);
        return part === undefined ? '–' : `${part.named} of ${part.uses}; ${part.wrong}`;
      });
      return `| ${[program, list, ...cells].join(' | ')} |`;
    }),
    '',
    ...absentLines(absent),
    ...entries.flatMap(detailLines),
  ].join('\n');
}

function lineOf({ program, list, score, serverNames, cost }: Entry): string {
  const { requests } = score;
  const hasRequests = requests.answered > 0;
  const cells = [
    program,
    list,
    `${score.named} of ${score.uses}`,
    `${score.possible}`,
    `${score.wrong}`,
    `${score.wrongPossible}`,
    hasRequests ? `${requests.right} of ${requests.known}` : '–',
    hasRequests ? `${requests.exact}` : '–',
    serverNames === null ? '–' : `${serverNames.printed} of ${serverNames.known}`,
    cost === null ? '–' : cost.wallSeconds.toFixed(1),
    cost === null ? '–' : cost.cpuSeconds.toFixed(1),
    cost === null ? '–' : cost.residentMiB.toFixed(0),
  ];
  return `| ${cells.join(' | ')} |`;
}

function absentLines(absent: readonly string[]): string[] {
  if (absent.length === 0) return [];
  return ['**Not installed, therefore not measured**', '', ...absent.map((text) => `- ${text}`), ''];
}

/** Programs that name tools by themselves; for the others, see details.json. */
function detailLines({ program, list, score, failures }: Entry): string[] {
  const sections: [string, readonly string[]][] = [
    ['captures on which the program failed', failures],
    ...(list === OWN_ANSWERS && score.named + score.possible > 0
      ? ([
          ['uses not named as certain or likely', score.missed],
          ['wrong accusations', score.accused],
        ] satisfies [string, readonly string[]][])
      : []),
  ];
  return sections.flatMap(([title, items]) => {
    if (items.length === 0) return [];
    const rest = items.length - MAX_LISTED;
    return [
      `**${program}: ${title}** (${items.length})`,
      '',
      ...items.slice(0, MAX_LISTED).map((item) => `- ${item}`),
      ...(rest > 0 ? [`- and ${rest} more`] : []),
      '',
    ];
  });
}

/** Every missed use and wrong accusation of every entry, so that each figure can be checked. */
export function detailsOf(entries: readonly Entry[]): string {
  const details = entries.map(({ program, list, score, failures }) => ({
    program,
    list,
    missed: score.missed,
    wrong: score.accused,
    failures,
  }));
  return `${JSON.stringify(details, null, 1)}\n`;
}
