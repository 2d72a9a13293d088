// TerminalScreen: controls the terminal of the screen: reads single keys, draws changed lines, and restores the terminal
// at the end.

import { emitKeypressEvents } from 'node:readline';
import type { Key } from '../../../report/screen/focus.ts';
import type { Size } from '../../../report/screen/screen-frame.ts';
import { escapeUnsafe } from '../../output/stdout.ts';

interface Keypress {
  readonly name?: string;
  readonly ctrl?: boolean;
}

interface Hooks {
  readonly onKey: (key: Key) => void;
  readonly onResize: () => void;
}

/** Control sequences of xterm (ctlseqs): private modes by their number, CUP, ED and EL. */
const ESC = '\u001b[';
const ANSI = {
  alternativeScreen: `${ESC}?1049h`,
  mainScreen: `${ESC}?1049l`,
  hideCursor: `${ESC}?25l`,
  showCursor: `${ESC}?25h`,
  clear: `${ESC}2J${ESC}H`,
  clearLineEnd: `${ESC}K`,
  /** Synchronized update: terminals that support the mode show the frame at once; others ignore it. */
  beginUpdate: `${ESC}?2026h`,
  endUpdate: `${ESC}?2026l`,
} as const;
const toLine = (line: number): string => `${ESC}${line + 1};1H`;

const LEAST: Size = { columns: 20, lines: 6 };

export class TerminalScreen {
  #drawn: readonly string[] = [];
  #isOpen = false;
  #isWaiting = false;

  get size(): Size {
    const { columns = 80, rows = 24 } = process.stdout;
    return { columns: Math.max(LEAST.columns, columns), lines: Math.max(LEAST.lines, rows) };
  }

  open({ onKey, onResize }: Hooks): void {
    this.#isOpen = true;
    emitKeypressEvents(process.stdin);
    process.stdin.setRawMode(true);
    process.stdin.on('keypress', (text: string | undefined, { name = '', ctrl = false }: Keypress) =>
      onKey({ name, text: text ?? '', isControl: ctrl }),
    );
    process.stdin.resume();
    process.stdout.on('resize', () => {
      this.#drawn = [];
      onResize();
    });
    process.stdout.on('error', () => undefined); // the end of the sensor shows that the terminal is gone
    process.stdout.write(ANSI.alternativeScreen + ANSI.hideCursor + ANSI.clear);
  }

  /** Writes the changed lines. Skips a terminal that does not accept output. */
  draw(lines: readonly string[]): void {
    if (!this.#isOpen || this.#isWaiting) return;
    const mustRedraw = this.#drawn.length !== lines.length;
    const changed = lines.flatMap((line, i) =>
      !mustRedraw && this.#drawn[i] === line ? [] : [toLine(i) + escapeUnsafe(line) + ANSI.clearLineEnd],
    );
    this.#drawn = lines;
    if (changed.length === 0) return;
    this.#isWaiting = !process.stdout.write(ANSI.beginUpdate + changed.join('') + ANSI.endUpdate, () => {
      this.#isWaiting = false;
    });
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    process.stdin.setRawMode(false);
    process.stdin.pause();
    process.stdout.write(ANSI.showCursor + ANSI.mainScreen);
  }
}
