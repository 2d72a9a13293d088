// An entry as its file holds it: indented JSON, but each mark of a build on one line, so that people can read a change of it.

import type { ToolEntry } from './schema.ts';

/** Of builds, lists and facts that are short. */
const SHORT = new Set(['platforms', 'runtimes', 'recorded', 'names']);

type Path = readonly (string | number)[];

export function entryText(entry: ToolEntry): string {
  return `${write(entry, [])}\n`;
}

function write(value: unknown, path: Path): string {
  const pad = '  '.repeat(path.length);
  if (typeof value !== 'object' || value === null || isOneLine(path)) return onOneLine(value);
  const parts = Array.isArray(value)
    ? value.map((one, i) => write(one, [...path, i]))
    : Object.entries(value).flatMap(([key, one]) =>
        one === undefined ? [] : [`${JSON.stringify(key)}: ${write(one, [...path, key])}`],
      );
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  if (parts.length === 0) return `${open}${close}`;
  return `${open}\n${parts.map((part) => `${pad}  ${part}`).join(',\n')}\n${pad}${close}`;
}

function isOneLine(path: Path): boolean {
  if (path[0] !== 'builds') return false;
  return (path[3] === 'marks' && path.length > 4) || SHORT.has(String(path.at(-1)));
}

function onOneLine(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(onOneLine).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const parts = Object.entries(value).map(([key, one]) => `${JSON.stringify(key)}: ${onOneLine(one)}`);
  return `{${parts.join(', ')}}`;
}
