// Lists of rows about a host and its tools, narrowed and renamed alike.

import type { ReportDocument } from '../../model/report.ts';
import { compareText } from '../../net/address.ts';

/**
 * Lists of rows about a host and its tools. Narrowing and pseudonyms handle every list of this table, which is not next to the
 * schema, because every command would load zod with it. `within`: the rows are in the order of their hosts for each value of this
 * field. A list that is empty is absent, unless `isKeptEmpty`.
 */
const ROWS_OF_HOSTS = {
  attempts: { within: null, isKeptEmpty: false },
  exposure: { within: 'advisory', isKeptEmpty: true },
} as const satisfies Partial<
  Record<keyof ReportDocument, { readonly within: string | null; readonly isKeptEmpty: boolean }>
>;

interface RowOfHost {
  readonly host: string;
  readonly tool?: string;
  readonly tools?: readonly string[];
}

type Lists = Pick<ReportDocument, keyof typeof ROWS_OF_HOSTS>;

/** The lists of a document as `change` leaves them; `groupOf`: rows of another group are not ordered among each other. */
function changeLists(
  document: Lists,
  change: (rows: readonly RowOfHost[], groupOf: (row: RowOfHost) => unknown) => readonly RowOfHost[],
): Lists {
  const changed = Object.entries(ROWS_OF_HOSTS).flatMap(([name, { within, isKeptEmpty }]) => {
    const rows: readonly RowOfHost[] | undefined = document[name as keyof Lists];
    if (rows === undefined) return [];
    const left = change(rows, (row) => (within === null ? null : Reflect.get(row, within)));
    return left.length === 0 && !isKeptEmpty ? [] : [[name, left]];
  });
  return Object.fromEntries(changed);
}

/** Rows of wanted hosts with a wanted tool, in the document that is left without the lists that may be absent. */
export function narrowRows<Document extends Lists>(
  document: Document,
  isWantedHost: (host: string) => boolean,
  isWantedTool: (tool: string) => boolean,
): Document {
  const rest: Partial<Record<string, unknown>> = { ...document };
  for (const [name, { isKeptEmpty }] of Object.entries(ROWS_OF_HOSTS)) if (!isKeptEmpty) delete rest[name];
  const left = changeLists(document, (rows) =>
    rows.filter(
      ({ host, tool, tools = tool === undefined ? [] : [tool] }) =>
        isWantedHost(host) && tools.some(isWantedTool),
    ),
  );
  return { ...rest, ...left } as Document;
}

/** In the order of the new names. */
export const renameRows = (document: Lists, nameOf: (host: string) => string): Lists =>
  changeLists(document, (rows, groupOf) => {
    const places = new Map<unknown, number>();
    for (const row of rows) if (!places.has(groupOf(row))) places.set(groupOf(row), places.size);
    const placeOf = (row: RowOfHost): number => places.get(groupOf(row)) ?? 0;
    return rows
      .map((row) => ({ ...row, host: nameOf(row.host) }))
      .sort((a, b) => placeOf(a) - placeOf(b) || compareText(a.host, b.host));
  });
