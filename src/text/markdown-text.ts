// Writes text and tables of Markdown documents, in which no text of a capture can become markup.

import { visibleText } from './visible-text.ts';

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** Names hidden characters, and escapes inline markup of Markdown and HTML. */
export function md(text: string): string {
  return visibleText(text)
    .replace(/[\\`*_{}[\]#|~]/g, '\\$&')
    .replace(/[&<>]/g, (sign) => ENTITIES[sign] ?? sign);
}

export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line), ''];
}
