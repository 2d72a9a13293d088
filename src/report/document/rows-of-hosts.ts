// Narrows and renames lists whose rows have a host and tools.

import type { ReportDocument } from '../../model/report.ts';
import { compareText } from '../../net/address.ts';

interface RowOfHost {
  readonly host: string;
  readonly tool?: string;
  readonly tools?: readonly string[] | null;
}

type Lists = Partial<Record<string, unknown>>;

/** These lists have their own functions, because their rows name hosts in several fields. */
const OWN: ReadonlySet<string> = new Set([
  'hosts',
  'services',
  'findings',
] satisfies (keyof ReportDocument)[]);
/** Its rows are in the order of hosts for each advisory, and an empty list remains. */
const EXPOSURE = 'exposure' satisfies keyof ReportDocument;

/**
 * Returns every list of the document whose rows have a host, so that a new list is narrowed and renamed without a
 * change here.
 */
const selectLists = (document: Partial<ReportDocument>): [name: string, rows: readonly RowOfHost[]][] =>
  Object.entries(document).flatMap(([name, value]) =>
    hasHosts(value) && !OWN.has(name) ? [[name, value]] : [],
  );

const hasHosts = (value: unknown): value is readonly RowOfHost[] =>
  Array.isArray(value) && typeof value[0]?.host === 'string';

/** Selects rows of wanted hosts with a wanted tool. `document` lacks the lists that may be absent. */
export function narrowRows<Document extends Partial<ReportDocument>>(
  document: Document,
  isWantedHost: (host: string) => boolean,
  isWantedTool: (tool: string) => boolean,
): Document {
  const left: Lists = { ...document };
  for (const [name, rows] of selectLists(document)) {
    if (name !== EXPOSURE) delete left[name];
    const matching = rows.filter(
      ({ host, tool, tools = tool === undefined ? null : [tool] }) =>
        isWantedHost(host) && (tools === null || tools.some(isWantedTool)),
    );
    if (matching.length > 0 || name === EXPOSURE) left[name] = matching;
  }
  return left as Document;
}

/** Sorts by the new names. */
export const renameRows = (document: ReportDocument, nameOf: (host: string) => string): Lists =>
  Object.fromEntries(
    selectLists(document).map(([name, rows]) => {
      const findGroup = (row: RowOfHost): unknown =>
        name === EXPOSURE ? Reflect.get(row, 'advisory') : null;
      const places = new Map<unknown, number>();
      for (const row of rows) if (!places.has(findGroup(row))) places.set(findGroup(row), places.size);
      const findPlace = (row: RowOfHost): number => places.get(findGroup(row)) ?? 0;
      const renamed = rows.map((row) => ({ ...row, host: nameOf(row.host) }));
      return [name, renamed.sort((a, b) => findPlace(a) - findPlace(b) || compareText(a.host, b.host))];
    }),
  );
