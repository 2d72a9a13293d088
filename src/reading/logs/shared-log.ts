// Reads a log that several products write, such as the file of a syslog server. The first product that owns a line
// reads it, or else the first of all products.

import { type LineReader, type LogFormat, type LogSample, NO_ROW } from './records.ts';

/** A product, and all products of the log if there are several. */
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

/** Returns the lines of the beginning of the log that belong to this product. */
export const ownSample = (shared: Shared, sample: LogSample): LogSample =>
  isShared(shared)
    ? { ...sample, lines: sample.lines.filter((line) => !isForeignLine(shared, line)) }
    : sample;

/** Ignores lines that another product reads. */
export function ownLines(shared: Shared, reader: LineReader): LineReader {
  if (!isShared(shared)) return reader;
  return {
    others: () => reader.others?.() ?? [],
    line: (bytes, start, end, mayContinue) =>
      isForeignLine(shared, bytes.toString('utf8', start, end))
        ? NO_ROW
        : reader.line(bytes, start, end, mayContinue),
    get context() {
      return reader.context ?? [];
    },
  };
}
