// A table of the screen: one line a row, columns given up from the last on where the line is too long, one row marked.

import { displayWidth, type Role } from '../../text/text-layout.ts';
import { type Line, padText } from './line.ts';

export interface ScreenColumn<T> {
  readonly head: string;
  readonly align?: 'right';
  /** Absent: never given up. The highest goes first. */
  readonly givenUp?: number;
  readonly cell: (row: T) => { readonly text: string; readonly role?: Role };
}

const MARK = '>';
const GAP = ' ';

/** Head and rows; the widths are those of the rows that are shown. */
export function tableLines<T>(
  columns: readonly ScreenColumn<T>[],
  rows: readonly T[],
  marked: number,
  width: number,
): Line[] {
  const all = columns.map((column) => {
    const cells = rows.map(column.cell);
    const own = cells.reduce((most, { text }) => Math.max(most, displayWidth(text)), column.head.length);
    return { column, cells, width: own };
  });
  let fitting = all;
  for (;;) {
    const total = fitting.reduce((sum, each) => sum + each.width + GAP.length, MARK.length);
    const order = fitting.flatMap(({ column: { givenUp } }) => (givenUp === undefined ? [] : [givenUp]));
    if (total <= width || order.length === 0) break;
    const gone = Math.max(...order);
    fitting = fitting.filter(({ column }) => column.givenUp !== gone);
  }
  const line = (sign: string, cell: (at: (typeof all)[number]) => { text: string; role?: Role }): Line => [
    { text: sign, role: 'head' },
    ...fitting.flatMap((each) => {
      const { text, role = 'plain' } = cell(each);
      const padded = padText(text, each.width, each.column.align);
      return [{ text: padded, role }, { text: GAP }];
    }),
  ];
  return [
    line(' ', ({ column }) => ({ text: column.head, role: 'head' })),
    ...rows.map((_, i) =>
      line(i === marked ? MARK : ' ', ({ cells }) => {
        const { text = '', role } = cells[i] ?? {};
        return i === marked
          ? { text, role: role === undefined || role === 'quiet' ? 'head' : role }
          : { text, ...(role === undefined ? {} : { role }) };
      }),
    ),
  ];
}
