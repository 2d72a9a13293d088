// Builds a line of the screen: parts with roles, truncated to the width in cells, not characters, and then colored.

import { displayWidth, type Painter, type Role } from '../../text/text-layout.ts';
import type { Glyphs } from '../text/render-options.ts';
import { toAscii } from '../text/to-ascii.ts';

export interface Part {
  readonly text: string;
  readonly role?: Role;
}
export type Line = readonly Part[];

/** The capabilities of the terminal: glyphs and colors. */
export interface Brush {
  readonly glyphs: Glyphs;
  readonly paint: Painter;
  /** False: ASCII only. */
  readonly unicode: boolean;
}

export const textLine = (text: string, role: Role = 'plain'): Line => [{ text, role }];

export function paintLine(line: Line, width: number, { paint, unicode }: Brush): string {
  let room = width;
  let painted = '';
  for (const { text, role = 'plain' } of line) {
    if (room <= 0) break;
    const shown = cutText(unicode ? text : toAscii(text), room);
    painted += paint(role, shown);
    room -= displayWidth(shown);
  }
  return painted;
}

/** Truncates a text to this number of cells. */
export function cutText(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let shown = '';
  let room = width;
  for (const sign of text) {
    room -= displayWidth(sign);
    if (room < 0) break;
    shown += sign;
  }
  return shown;
}

export function padText(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const shown = cutText(text, width);
  const padding = ' '.repeat(width - displayWidth(shown));
  return align === 'left' ? shown + padding : padding + shown;
}

/** Draws one character for each value: the lowest step for values above zero, the highest for `most`. */
export function rateLine(values: readonly number[], most: number, { steps, dot }: Glyphs): string {
  return values
    .map((value) =>
      value <= 0 ? dot : getStep(steps, Math.ceil((value / Math.max(1, most)) * steps.length)),
    )
    .join('');
}

/** Bytes of the lowest step. Each further step has four times as many. */
export const FIRST_STEP_BYTES = 4_096;
const FACTOR = 4;

export function byteLine(values: readonly number[], { steps, dot }: Glyphs): string {
  return values
    .map((bytes) => {
      if (bytes <= 0) return dot;
      const above = Math.log(Math.max(1, bytes / FIRST_STEP_BYTES)) / Math.log(FACTOR);
      return getStep(steps, bytes < FIRST_STEP_BYTES ? 1 : 2 + Math.floor(above));
    })
    .join('');
}

const getStep = (steps: string, step: number): string =>
  steps[Math.min(steps.length, Math.max(1, step)) - 1] ?? '';
