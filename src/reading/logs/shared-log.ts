// A log that several products write, as the file of a syslog server: each line is read by the first product that owns it, else by
// the first of all.

import { type LineReader, type LogFormat, type LogSample, NO_ROW } from './records.ts';

/** A product, and all that write the log where they are several. */
export interface Shared {
  readonly format: LogFormat;
  readonly products?: readonly LogFormat[];
}

const isShared = ({ products = [] }: Shared): boolean => products.length > 1;

/** True for a line that another product of the log reads. */
function isForeignLine({ format, products = [] }: Shared, line: string): boolean {
  const owner = products.find((product) => product.owns?.(line) === true) ?? products[0];
  return owner !== format;
}

/** The beginning of the log, as far as it is of this product. */
export const ownSample = (shared: Shared, sample: LogSample): LogSample =>
  isShared(shared)
    ? { ...sample, lines: sample.lines.filter((line) => !isForeignLine(shared, line)) }
    : sample;

/** Lines that another product reads are of no use to this one. */
export function ownLines(shared: Shared, reader: LineReader): LineReader {
  if (!isShared(shared)) return reader;
  return {
    others: () => reader.others?.() ?? [],
    line: (bytes, start, end) =>
      isForeignLine(shared, bytes.toString('utf8', start, end)) ? NO_ROW : reader.line(bytes, start, end),
    get context() {
      return reader.context ?? [];
    },
  };
}
