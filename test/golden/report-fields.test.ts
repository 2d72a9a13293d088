// The tables of docs/report-json.md have every field of the document: they are made from its schema (`-u` writes them).
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { report } from '../../src/model/report.ts';

const PAGE = 'docs/report-json.md';
const BEGIN = '<!-- fields: generated from src/model/report.ts -->\n';
const END = '<!-- end of fields -->';

interface Named {
  readonly title: string;
  readonly shape: z.ZodObject;
}

/** The field without "or null", "or absent" and lists, and what these add to its name and type. */
function unwrap(
  field: z.ZodType,
  name: string,
  notes: readonly string[] = [],
): [z.ZodType, string, string[]] {
  if (field instanceof z.ZodNullable) return unwrap(field.unwrap() as z.ZodType, name, [...notes, 'or null']);
  if (field instanceof z.ZodExactOptional) return unwrap(field.unwrap() as z.ZodType, name, notes);
  if (field instanceof z.ZodArray) return unwrap(field.element as z.ZodType, `${name}[]`, notes);
  return [field, name, [...notes]];
}

const titleOf = (field: z.ZodType): string | undefined => field.meta()?.title;

/** As GitHub makes it of a heading. */
const anchorOf = (title: string): string =>
  title
    .toLowerCase()
    .replaceAll(/[^a-z0-9 -]/g, '')
    .replaceAll(' ', '-');

function typeOf(field: z.ZodType): string {
  const title = titleOf(field);
  if (title !== undefined) return `[${title[0]?.toLowerCase()}${title.slice(1)}](#${anchorOf(title)})`;
  if (field instanceof z.ZodEnum) return field.options.map((word) => `\`${word}\``).join(', ');
  if (field instanceof z.ZodLiteral) return [...field.values].map((value) => `\`${value}\``).join(', ');
  if (field instanceof z.ZodTuple) return 'pair';
  if (field instanceof z.ZodRecord) return 'number by word';
  if (field instanceof z.ZodBoolean) return 'boolean';
  if (field instanceof z.ZodString) return 'text';
  if (field instanceof z.ZodNumber) {
    if (field.maxValue === 1) return 'share (0 to 1)';
    return field.isInt ? 'integer' : 'number';
  }
  if (field instanceof z.ZodObject) return 'object';
  throw new Error(`no words for a ${field.type}`);
}

/** The general rules of the page state these. */
const COMMON = new Set([
  'bytes on the wire',
  'ID of the catalogue',
  'ID of the rule',
  'first of its flows',
  'first observation',
  'kind in the catalogue',
  'last of its flows',
  'last observation',
  'name in the catalogue',
  'null: not known',
  'null: unknown',
  'per day',
  'server name',
  'vendor in the catalogue',
  'flows that start in the period',
  'whole frames from client to server',
  'whole frames from server to client',
  'TCP or UDP payload from client to server',
  'TCP or UDP payload from server to client',
]);

const ABSENT = /(?:; otherwise absent|; absent without any|\. Absent without (?:any|one))$/;

interface Row {
  readonly name: string;
  readonly type: string;
  readonly about: string;
}

const parentOf = (name: string): string => name.slice(0, name.lastIndexOf('.') + 1);

/** The lines of a table: neighbours in one object that differ in their name only share a line. */
function joined(rows: readonly Row[]): string[] {
  const groups: { names: string[]; type: string; about: string }[] = [];
  for (const { name, type, about } of rows) {
    const last = groups.at(-1);
    const isAlike =
      last?.type === type && last.about === about && parentOf(last.names[0] ?? '') === parentOf(name);
    if (isAlike) last.names.push(name);
    else groups.push({ names: [name], type, about });
  }
  return groups.map(
    ({ names, type, about }) => `| ${names.map((name) => `\`${name}\``).join(', ')} | ${type} | ${about} |`,
  );
}

/** Rows of a table, with those of objects that have no section of their own. */
function rowsOf(shape: z.ZodObject, parent: string, sections: Named[]): Row[] {
  return Object.entries(shape.shape).flatMap(([key, field]) => {
    const [inner, name, notes] = unwrap(field as z.ZodType, `${parent}${key}`);
    const title = titleOf(inner);
    if (
      title !== undefined &&
      inner instanceof z.ZodObject &&
      !sections.some((known) => known.title === title)
    )
      sections.push({ title, shape: inner });
    const described = (field as z.ZodType).description ?? inner.description ?? '';
    const about = COMMON.has(described) ? '' : described.replace(ABSENT, '');
    const row = { name, type: [typeOf(inner), ...notes].join(' '), about };
    const isOpen = inner instanceof z.ZodObject && title === undefined;
    return [row, ...(isOpen ? rowsOf(inner, `${name}.`, sections) : [])];
  });
}

it('lists every field with its type and meaning', async () => {
  const sections: Named[] = [{ title: 'Report document', shape: report }];
  const texts: string[] = [];
  for (const { title, shape } of sections) {
    const rows = rowsOf(shape, '', sections);
    texts.push(`## ${title}\n\n| field | type | meaning |\n|---|---|---|\n${joined(rows).join('\n')}\n`);
  }
  const page = readFileSync(PAGE, 'utf8');
  const begin = page.indexOf(BEGIN) + BEGIN.length;
  const fields = `\n${texts.join('\n')}\n`;
  await expect(page.slice(0, begin) + fields + page.slice(page.indexOf(END))).toMatchFileSnapshot(
    `../../${PAGE}`,
  );
});
