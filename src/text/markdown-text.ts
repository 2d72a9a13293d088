// Text and tables of Markdown documents, in which nothing from a capture can be markup.

import { visibleText } from './visible-text.ts';

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** Hidden signs are named, and what Markdown or HTML would take for markup inside a line is escaped. */
export function md(text: string): string {
  return visibleText(text)
    .replace(/[\\`*_{}[\]#|~]/g, '\\$&')
    .replace(/[&<>]/g, (sign) => ENTITIES[sign] ?? sign);
}

export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line), ''];
}
