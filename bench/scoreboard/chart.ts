// The scoreboard as a picture: one row per program and list, one column of bars per measure.
import type { Entry } from './table.ts';

const ROW = 26;
const TOP = 64;
const LABEL_WIDTH = 250;
const COLUMN_WIDTH = 160;
const BAR_WIDTH = 84;

interface Column {
  readonly title: string;
  readonly color: string;
  /** Null: the program does not answer this. */
  readonly valueOf: (entry: Entry) => number | null;
  readonly textOf: (entry: Entry) => string;
  /** Value of a full bar. */
  readonly full: (entries: readonly Entry[]) => number;
}

const share = (part: number, whole: number): string => `${part} of ${whole}`;
const most =
  (measure: Column['valueOf']): Column['full'] =>
  (entries) =>
    Math.max(1, ...entries.map((entry) => measure(entry) ?? 0));

const wrong = ({ score }: Entry): number => score.wrong;
const cpu = ({ cost }: Entry): number | null => cost?.cpuSeconds ?? null;
const memory = ({ cost }: Entry): number | null => cost?.residentMiB ?? null;

const COLUMNS: readonly Column[] = [
  {
    title: 'tools named',
    color: '#1b7f5c',
    valueOf: ({ score }) => score.named,
    textOf: ({ score }) => share(score.named, score.uses),
    full: ([first]) => first?.score.uses ?? 1,
  },
  {
    title: 'wrong accusations',
    color: '#b3261e',
    valueOf: wrong,
    textOf: ({ score }) => `${score.wrong}`,
    full: most(wrong),
  },
  {
    title: 'requests right',
    color: '#2f5d9b',
    valueOf: ({ score: { requests } }) => (requests.answered > 0 ? requests.right : null),
    textOf: ({ score: { requests } }) => share(requests.right, requests.known),
    full: ([first]) => first?.score.requests.known ?? 1,
  },
  {
    title: 'server names printed',
    color: '#6b5b95',
    valueOf: ({ serverNames }) => serverNames?.printed ?? null,
    textOf: ({ serverNames }) => share(serverNames?.printed ?? 0, serverNames?.known ?? 0),
    full: (entries) => Math.max(1, ...entries.map(({ serverNames }) => serverNames?.known ?? 0)),
  },
  {
    title: 'CPU seconds',
    color: '#7a6a3a',
    valueOf: cpu,
    textOf: (entry) => (cpu(entry) ?? 0).toFixed(1),
    full: most(cpu),
  },
  {
    title: 'memory, MiB',
    color: '#7a6a3a',
    valueOf: memory,
    textOf: (entry) => (memory(entry) ?? 0).toFixed(0),
    full: most(memory),
  },
];

export function drawScoreboard(entries: readonly Entry[]): string {
  const width = LABEL_WIDTH + COLUMNS.length * COLUMN_WIDTH;
  const height = TOP + entries.length * ROW + 14;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12" fill="#222">`,
    '<title>Scoreboard: programs and measures</title>',
    `<rect width="${width}" height="${height}" fill="white"/>`,
    text(12, 24, 'Which tool ran on which host: programs and measures', 'font-size="15" font-weight="bold"'),
    ...COLUMNS.map(({ title }, i) =>
      text(LABEL_WIDTH + i * COLUMN_WIDTH, TOP - 14, title, 'font-weight="bold"'),
    ),
    `<path d="M12 ${TOP - 6}H${width - 12}" stroke="#bbb"/>`,
    ...entries.flatMap((entry, row) => drawRow(entry, TOP + row * ROW, entries)),
    '</svg>',
    '',
  ].join('\n');
}

function drawRow(entry: Entry, top: number, entries: readonly Entry[]): string[] {
  const label = text(12, top + 17, `${entry.program}, ${entry.list}`);
  const bars = COLUMNS.map((column, i) => {
    const left = LABEL_WIDTH + i * COLUMN_WIDTH;
    const value = column.valueOf(entry);
    if (value === null) return text(left, top + 17, '–', 'fill="#888"');
    const length = (BAR_WIDTH * value) / column.full(entries);
    const bar = `<rect x="${left}" y="${top + 6}" width="${length.toFixed(1)}" height="14" fill="${column.color}"/>`;
    return bar + text(left + length + 4, top + 17, column.textOf(entry));
  });
  return [label, ...bars];
}

const text = (x: number, y: number, words: string, style = ''): string =>
  `<text x="${x.toFixed(0)}" y="${y}"${style === '' ? '' : ` ${style}`}>${escapeXml(words)}</text>`;

const escapeXml = (words: string): string =>
  words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
