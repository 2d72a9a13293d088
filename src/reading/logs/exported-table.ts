// Converts CSV exports of collectors: a header, and messages in one of its columns or the fields of a message in all of
// them. Each row becomes the JSON object that the same collector exports. Sources: RFC 4180; Splunk, "Export search
// results"; Amazon CloudWatch Logs Insights, Datadog, Graylog, Kibana, Azure Log Analytics, Google Cloud Logging and
// Sumo Logic: CSV files of search results.

const SEPARATORS = [',', ';', '\t'];
const MAX_COLUMNS = 1024;
/**
 * Log Analytics writes the zone after the name. Its web page writes times as browsers in English do, without a zone.
 */
const ZONE_BEHIND = / \[UTC\]$/;
const BROWSER_CLOCK = /[ap]m$/i;

/** Converts a row to a line of JSON; null for a header. */
export type TableRow = (line: string) => string | null;

/** `isKnown`: tests names of columns. Null for a first line that is not a header with a column of messages. */
export function openTable(
  header: string,
  isKnown: (name: string) => boolean,
  isMessage: (name: string) => boolean,
): TableRow | null {
  for (const separator of SEPARATORS) {
    if (!header.includes(separator)) continue;
    const columns = splitCells(header, separator);
    const names = columns.map((name) => name.replace(ZONE_BEHIND, ''));
    const zoned = (cell: string, i: number): string =>
      names[i] !== columns[i] && BROWSER_CLOCK.test(cell) ? `${cell} UTC` : cell;
    if (!names.some(isMessage) || names.some((name) => name === '' || name.length > 128)) continue;
    return (line) => {
      if (line === header) return null;
      const cells = splitCells(line, separator);
      const pairs = names.flatMap((name, i) =>
        isKnown(name) && cells[i] ? [[name, zoned(cells[i], i)]] : [],
      );
      return JSON.stringify(Object.fromEntries(pairs));
    };
  }
  return null;
}

function splitCells(line: string, separator: string): string[] {
  const cells: string[] = [];
  for (let at = 0; at <= line.length && cells.length < MAX_COLUMNS; ) {
    let cell = '';
    if (line[at] === '"') {
      // Quotes are doubled. A cell without its end extends to the end of the line.
      let end = line.indexOf('"', ++at);
      while (end >= 0 && line[end + 1] === '"') {
        cell += line.slice(at, end + 1);
        at = end + 2;
        end = line.indexOf('"', at);
      }
      cell += line.slice(at, end < 0 ? line.length : end);
      at = end < 0 ? line.length : end + 1;
    }
    const next = line.indexOf(separator, at);
    cells.push(cell + line.slice(at, next < 0 ? line.length : next));
    at = next < 0 ? line.length + 1 : next + 1;
  }
  return cells;
}
