// Holds the selected part of the screen, and applies the effect of each key.

export const VIEWS = ['hosts', 'tools', 'connections', 'sensor'] as const;
export type ViewName = (typeof VIEWS)[number];

export const ORDERS = {
  hosts: ['policy', 'last seen', 'sent', 'host', 'tool'],
  tools: ['hosts', 'sent', 'name'],
  connections: ['stopped', 'tried', 'name'],
  sensor: ['host'],
} as const satisfies Readonly<Record<ViewName, readonly string[]>>;

export interface Focus {
  readonly view: ViewName;
  /** Index of the sort order for each view. */
  readonly order: Readonly<Record<ViewName, number>>;
  readonly filter: string;
  readonly isTyping: boolean;
  readonly isHelp: boolean;
  /** Key of the selected row; null: the first. */
  readonly marked: string | null;
  /** The opened host, and the scroll position in its evidence. */
  readonly opened: { readonly host: string; readonly from: number } | null;
}

export const FIRST_FOCUS: Focus = {
  view: 'hosts',
  order: { hosts: 0, tools: 0, connections: 0, sensor: 0 },
  filter: '',
  isTyping: false,
  isHelp: false,
  marked: null,
  opened: null,
};

/** A key press: its name, or the character that was typed. */
export interface Key {
  readonly name: string;
  readonly text: string;
  readonly isControl: boolean;
}

export interface ScreenRows {
  /** Keys of the rows in order, and the host of each; null for rows of tools. */
  readonly rows: readonly { readonly key: string; readonly host: string | null; readonly word: string }[];
  /** Number of rows, or lines of evidence, that fit on the screen. */
  readonly room: number;
  /** Number of evidence lines of the opened host. */
  readonly lines: number;
}

const MAX_FILTER = 64;

/** Returns the next focus, or `end` if the user quits. */
export function applyKey(focus: Focus, key: Key, shown: ScreenRows): Focus | 'end' {
  if (key.isControl && (key.name === 'c' || key.name === 'd')) return 'end';
  if (focus.isHelp) return { ...focus, isHelp: false };
  if (focus.isTyping) return editFilter(focus, key);
  if (focus.opened !== null) return applyInHost(focus, focus.opened, key, shown);
  const step = findStep(key, shown.room);
  if (step !== null) return { ...focus, marked: moveMark(focus.marked, step, shown) };
  switch (key.name) {
    case 'return':
    case 'enter':
    case 'right':
      return openRow(focus, shown);
    case 'tab':
      return { ...focus, view: findNextView(focus.view), marked: null };
    case 'escape':
      return { ...focus, filter: '', marked: null };
    default:
      return applySign(focus, key);
  }
}

function applySign(focus: Focus, { text }: Key): Focus | 'end' {
  const { view, order } = focus;
  switch (text) {
    case 'q':
      return 'end';
    case '?':
      return { ...focus, isHelp: true };
    case '/':
      return { ...focus, isTyping: true };
    case 's':
      return { ...focus, order: { ...order, [view]: (order[view] + 1) % ORDERS[view].length } };
    case 'h':
      return { ...focus, view: 'hosts', marked: null };
    case 't':
      return { ...focus, view: 'tools', marked: null };
    case 'c':
      return { ...focus, view: 'connections', marked: null };
    case 'n':
      return { ...focus, view: 'sensor', marked: null };
    default:
      return focus;
  }
}

function editFilter(focus: Focus, { name, text, isControl }: Key): Focus {
  if (name === 'return' || name === 'enter') return { ...focus, isTyping: false };
  if (name === 'escape') return { ...focus, isTyping: false, filter: '' };
  if (name === 'backspace')
    return { ...focus, filter: [...focus.filter].slice(0, -1).join(''), marked: null };
  if (isControl || !/^[\p{L}\p{N}\p{P}\p{S} ]+$/u.test(text)) return focus;
  return { ...focus, filter: (focus.filter + text).slice(0, MAX_FILTER), marked: null };
}

function applyInHost(
  focus: Focus,
  open: NonNullable<Focus['opened']>,
  key: Key,
  shown: ScreenRows,
): Focus | 'end' {
  const step = findStep(key, shown.room);
  if (step !== null) {
    const last = Math.max(0, shown.lines - shown.room);
    return { ...focus, opened: { ...open, from: Math.min(last, Math.max(0, open.from + step)) } };
  }
  if (key.text === 'q' || ['escape', 'left', 'backspace', 'return', 'enter'].includes(key.name))
    return { ...focus, opened: null };
  return key.text === '?' ? { ...focus, isHelp: true } : focus;
}

/** Returns the number of rows that a key moves; null for other keys. */
function findStep({ name, text }: Key, room: number): number | null {
  if (name === 'down' || text === 'j') return 1;
  if (name === 'up' || text === 'k') return -1;
  if (name === 'pagedown' || text === ' ') return Math.max(1, room - 1);
  if (name === 'pageup') return -Math.max(1, room - 1);
  if (name === 'home' || text === 'g') return Number.NEGATIVE_INFINITY;
  if (name === 'end' || text === 'G') return Number.POSITIVE_INFINITY;
  return null;
}

function moveMark(marked: string | null, step: number, { rows }: ScreenRows): string | null {
  const at = Math.max(
    0,
    rows.findIndex(({ key }) => key === marked),
  );
  const to = Math.min(rows.length - 1, Math.max(0, at + step));
  return rows[to]?.key ?? null;
}

/** Opens a row: for a host its evidence, for a tool the hosts with it. */
function openRow(focus: Focus, { rows }: ScreenRows): Focus {
  const row = rows.find(({ key }) => key === focus.marked) ?? rows[0];
  if (row === undefined) return focus;
  if (row.host !== null) return { ...focus, opened: { host: row.host, from: 0 } };
  return { ...focus, view: 'hosts', filter: row.word, marked: null };
}

const findNextView = (view: ViewName): ViewName => VIEWS[VIEWS.indexOf(view) + 1] ?? VIEWS[0];
