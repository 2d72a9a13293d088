// Lays out text for a terminal by display width: tables with optional columns, wrapped prose, colors.

/** Roles by meaning instead of color; only the 16 colors of the terminal theme are used. */
export type Role = 'bad' | 'warn' | 'note' | 'good' | 'head' | 'quiet' | 'mark' | 'plain';

const CODES: Readonly<Record<Role, string>> = {
  bad: '1;31',
  warn: '33',
  note: '34',
  good: '32',
  head: '1',
  quiet: '2',
  mark: '31',
  plain: '',
};

export type Painter = (role: Role, text: string) => string;

export function painter(color: boolean): Painter {
  return (role, text) =>
    color && CODES[role] !== '' && text !== '' ? `\u001b[${CODES[role]}m${text}\u001b[0m` : text;
}

export interface Cell {
  readonly text: string;
  readonly role?: Role;
  /** Painted parts of a text with mixed roles; then `text` only determines the width. */
  readonly parts?: readonly { readonly text: string; readonly role: Role }[];
}

export interface Column {
  readonly head: string;
  readonly align: 'left' | 'right';
  readonly cells: readonly Cell[];
  /** The column is dropped if the table is too wide; other formats contain it. */
  readonly isOptional?: true;
  /** Cells may be cut to this width if the table is still too wide. */
  readonly leastWidth?: number;
}

const GAP = 1;

/** Matches ASCII, and the characters of tables: computing the width of others is slow. */
const NARROW = /^[\x20-\x7e–“”…·│▁-█]*$/;

export const displayWidth = (text: string): number => (NARROW.test(text) ? text.length : widthOfWide(text));

type WidthOf = (text: string) => number;
let widthOfWide: WidthOf = (text) => [...text].length;

/**
 * Sets the function for the width of other texts in columns; by default characters are counted. Pure code cannot load the
 * package.
 */
export function setWidthOfWide(measure: WidthOf): void {
  widthOfWide = measure;
}

function columnWidth(column: Column): number {
  return column.cells.reduce(
    (widest, cell) => Math.max(widest, displayWidth(cell.text)),
    displayWidth(column.head),
  );
}

export function tableWidth(columns: readonly Column[]): number {
  return columns.reduce((sum, column) => sum + columnWidth(column) + GAP, -GAP);
}

export function renderTable(columns: readonly Column[], paint: Painter): string[] {
  const widths = columns.map(columnWidth);
  const line = (cells: readonly Cell[]): string => {
    const last = cells.length - 1;
    const texts = cells.map((cell, i) => {
      const padding = ' '.repeat(Math.max(0, (widths[i] ?? 0) - displayWidth(cell.text)));
      const painted = paintCell(cell, paint);
      if (columns[i]?.align === 'right') return padding + painted;
      return i === last ? painted : painted + padding;
    });
    return texts.join(' '.repeat(GAP)).trimEnd();
  };
  const rows = columns[0]?.cells.length ?? 0;
  const lines = [line(columns.map((column) => ({ text: column.head, role: 'head' as const })))];
  for (let row = 0; row < rows; row++)
    lines.push(line(columns.map((column) => column.cells[row] ?? { text: '' })));
  return lines;
}

/**
 * Fits a table into `width`: drops optional columns, the last first; then truncates long texts; if that is not enough, prints
 * each row as a block of lines with all fields.
 */
export function fitTable(
  columns: readonly Column[],
  paint: Painter,
  width: number,
  ellipsis: string,
): string[] {
  let fitting = columns;
  for (;;) {
    const at = fitting.findLastIndex((column) => column.isOptional);
    if (at < 0 || tableWidth(fitting) <= width) break;
    fitting = fitting.filter((_, i) => i !== at);
  }
  fitting = cutColumns(fitting, width, ellipsis);
  return tableWidth(fitting) <= width ? renderTable(fitting, paint) : blocks(columns, paint, width);
}

/** Shortens the widest shrinkable column until the table fits or none is left. */
function cutColumns(columns: readonly Column[], width: number, ellipsis: string): readonly Column[] {
  const widths = columns.map(columnWidth);
  let excess = widths.reduce((sum, columnWidth) => sum + columnWidth + GAP, -GAP) - width;
  while (excess > 0) {
    let widest = -1;
    for (const [i, { leastWidth }] of columns.entries()) {
      const own = widths[i] ?? 0;
      if (leastWidth !== undefined && own > leastWidth && own > (widths[widest] ?? 0)) widest = i;
    }
    if (widest < 0) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
    excess--;
  }
  return columns.map((column, i) =>
    column.leastWidth === undefined
      ? column
      : {
          ...column,
          cells: column.cells.map((cell) => ({ ...cell, text: cut(cell.text, widths[i] ?? 0, ellipsis) })),
        },
  );
}

function cut(text: string, width: number, ellipsis: string): string {
  if (displayWidth(text) <= width) return text;
  const signs = [...text];
  while (signs.length > 0 && displayWidth(signs.join('')) + displayWidth(ellipsis) > width) signs.pop();
  return signs.join('') + ellipsis;
}

function blocks(columns: readonly Column[], paint: Painter, width: number): string[] {
  const [first, ...rest] = columns;
  return (first?.cells ?? []).flatMap((title, row) => {
    const facts = rest.flatMap(({ head, cells }) => {
      const text = cells[row]?.text ?? '';
      return text === '' ? [] : [`${head.toLowerCase()} ${text}`];
    });
    const lines = wrap(facts.join('; '), width - 2).map((line) => `  ${line}`);
    return [paintCell({ ...title, role: 'head' }, paint), ...lines];
  });
}

function paintCell(cell: Cell, paint: Painter): string {
  if (cell.parts === undefined) return paint(cell.role ?? 'plain', cell.text);
  return cell.parts.map((part) => paint(part.role, part.text)).join('');
}

/** Wraps prose at blanks; a word longer than the line has its own line. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const next = line === '' ? word : `${line} ${word}`;
    if (line !== '' && displayWidth(next) > width) {
      lines.push(line);
      line = word;
    } else line = next;
  }
  if (line !== '') lines.push(line);
  return lines;
}

/**
 * Wraps one command for a POSIX shell: each line but the last ends with a backslash, and no quoted word, option or comment
 * is broken.
 */
export function wrapCommand(command: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of command.match(/#.*|(?:(?:--[\w-]+|>) (?!-))?(?:'[^']*'|"[^"]*"|\\.|[^\s'\\])+/g) ?? []) {
    const next = line === '' ? word : `${line} ${word}`;
    if (line !== '' && displayWidth(next) > width - 2) {
      lines.push(`${line} \\`);
      line = `  ${word}`;
    } else line = next;
  }
  return [...lines, line];
}

/** Wraps text, with all lines but the first indented by two columns. */
export function wrapIndented(text: string, width: number): string[] {
  const indent = /^ */.exec(text)?.[0] ?? '';
  const [first = '', ...rest] = wrap(text.trimStart(), Math.max(20, width - indent.length - 2));
  return [indent + first, ...rest.map((line) => `${indent}  ${line}`)];
}

/** Formats "label   text", with the text wrapped in its column. */
export function wrapLabelled(label: string, text: string, width: number, column: number): string[] {
  const indent = ' '.repeat(column);
  const [first = '', ...rest] = wrap(text, Math.max(20, width - column));
  return [`${label.padEnd(column)}${first}`, ...rest.map((line) => indent + line)];
}
