// Splits lines with several messages, which collectors export together. Each message becomes a line of its own, in a
// known envelope. Sources: OpenTelemetry, "OTLP File Exporter" and opentelemetry-proto logs.proto; Loki HTTP API,
// "Query logs within a range of time" and "Ingest logs"; Amazon CloudWatch, "Subscription filters" and GetLogEvents;
// Graylog, search API; Elasticsearch, "Search API"; Splunk, "Format events for HTTP Event Collector", batches; Azure
// Monitor, "Stream to an event hub"; Fluent Bit, option "format json" of its outputs.

import { parseJson } from '../../text/json-text.ts';

const [QUOTE, BACKSLASH, COLON] = [0x22, 0x5c, 0x3a];
const [OPEN, CLOSE, OPEN_LIST, CLOSE_LIST] = [0x7b, 0x7d, 0x5b, 0x5d];
/** Maximum depth. Deeper parts of documents are not read. */
const MAX_DEPTH = 32;
/** Maximum messages of one line, which may have 16 MiB; the rest of the line is not read. */
export const MAX_MESSAGES = 262_144;

/** Converts an item to a line; null for an item that is not a message. */
type AsLine = (item: string) => string | null;

/** Items by their path: keys from the outermost one, "[]" for a list. */
const ITEMS: ReadonlyMap<string, AsLine> = new Map([
  ['resourceLogs [] scopeLogs [] logRecords []', otlpLine],
  ['resourceLogs [] instrumentationLibraryLogs [] logRecords []', otlpLine],
  ['streams [] values []', lokiLine],
  ['data result [] values []', lokiLine],
  ['logEvents []', keepItem],
  ['events []', keepItem],
  ['messages []', keepItem],
  ['records []', keepItem],
  ['Records []', keepItem],
  ['hits hits []', keepItem],
  ['entries []', keepItem],
  ['result []', keepItem],
  ['data []', keepItem],
  ['[]', keepItem],
]);
/** Maximum length of their keys. */
const MAX_KEY = 32;
/** Matches a line that may be a batch. Most lines of logs are not, so this test must be fast. */
const MAY_BE_BATCH =
  /^\s*(?:\[\s*\{|\{\s*"(?:resourceLogs|streams|status|data|logEvents|events|messages|[rR]ecords|hits|took|entries|customer_id|result|ok|meta|messageType|owner|logGroup|logStream|subscriptionFilters|next(?:Forward|Backward)Token)"\s*:)/;

/**
 * Yields the messages of a line, at most one more than MAX_MESSAGES; null for a line that is itself one message. A
 * truncated line ends in a truncated message.
 */
export function findBatch(line: string): Iterable<string> | null {
  if (MAY_BE_BATCH.test(line)) {
    const [first] = items(line);
    return first === undefined ? null : items(line);
  }
  return line.startsWith('{') && CONCATENATED.test(line) ? objects(line) : null;
}

/** Matches consecutive objects without a newline between them. */
const CONCATENATED = /\}\s*\{\s*"/;

function* objects(line: string): Generator<string> {
  let count = 0;
  for (let at = 0; at < line.length && count <= MAX_MESSAGES; count++) {
    const end = line[at] === '{' ? skipValue(line, at) : -1;
    // The rest is not an object, or is truncated: its reader reports the fault.
    yield line.slice(at, end < 0 ? line.length : end);
    if (end < 0) return;
    at = skipSpace(line, end);
  }
}

interface Frame {
  readonly path: string;
  readonly isList: boolean;
}

/** Yields items in one pass over the text, whatever its content. */
function* items(line: string): Generator<string> {
  const frames: Frame[] = [];
  let key = '';
  let count = 0;
  for (let at = 0; at < line.length; ) {
    const unit = line.charCodeAt(at);
    if (unit === QUOTE) {
      const end = skipString(line, at);
      if (end < 0) break;
      if (line.charCodeAt(skipSpace(line, end)) === COLON) key = line.slice(at + 1, end - 1);
      at = end;
    } else if (unit === OPEN || unit === OPEN_LIST) {
      const path = pathBelow(frames.at(-1), key);
      const asLine = ITEMS.get(path);
      if (asLine === undefined) {
        if (frames.length >= MAX_DEPTH) return;
        frames.push({ path, isList: unit === OPEN_LIST });
        at++;
        continue;
      }
      const end = skipValue(line, at);
      if (count++ > MAX_MESSAGES) return;
      if (end < 0) break;
      const message = asLine(line.slice(at, end));
      if (message !== null) yield message;
      at = end;
    } else {
      if (unit === CLOSE || unit === CLOSE_LIST) frames.pop();
      at++;
    }
  }
  if (frames.length > 0) yield CUT;
}

/** Replaces the missing part of a truncated line and is read as a truncated message. */
const CUT = '{';

function pathBelow(frame: Frame | undefined, key: string): string {
  if (frame === undefined) return '';
  const step = frame.isList ? '[]' : key.length > MAX_KEY ? '' : key;
  return frame.path === '' ? step : `${frame.path} ${step}`;
}

/** Returns the position after the string that begins at `start`; -1 for a truncated one. */
function skipString(line: string, start: number): number {
  for (let at = start + 1; at < line.length; at++) {
    const unit = line.charCodeAt(at);
    if (unit === BACKSLASH) at++;
    else if (unit === QUOTE) return at + 1;
  }
  return -1;
}

/** Returns the position after the object or list that begins at `start`; -1 for a truncated one. */
function skipValue(line: string, start: number): number {
  let depth = 0;
  for (let at = start; at < line.length; ) {
    const unit = line.charCodeAt(at);
    if (unit === QUOTE) {
      at = skipString(line, at);
      if (at < 0) return -1;
      continue;
    }
    at++;
    if (unit === OPEN || unit === OPEN_LIST) depth++;
    else if ((unit === CLOSE || unit === CLOSE_LIST) && --depth === 0) return at;
  }
  return -1;
}

function skipSpace(line: string, start: number): number {
  let at = start;
  while (at < line.length && line.charCodeAt(at) <= 0x20) at++;
  return at;
}

function keepItem(item: string): string {
  return item;
}

/** Converts ["1795000000000000000", "message", {}]. */
function lokiLine(item: string): string | null {
  const value = parseJson(item);
  return Array.isArray(value) ? JSON.stringify({ ts: value[0], line: value[1] }) : null;
}

/** Converts a log record, with its body and attributes as plain JSON. */
function otlpLine(item: string): string | null {
  const { timeUnixNano, observedTimeUnixNano, body, attributes } = propertiesIn(parseJson(item));
  const value = plainValue(body, 0);
  // A parsed message is an object with a time of its own.
  if (typeof value === 'object') return value === null ? null : JSON.stringify(value);
  const isTimed = timeUnixNano !== undefined && timeUnixNano !== '0';
  const { appname, proc_id: pid } = propertiesIn(plainPairs(attributes, 0));
  return JSON.stringify({ appname, pid, ts: isTimed ? timeUnixNano : observedTimeUnixNano, line: value });
}

const propertiesIn = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? { ...value } : {};

/** Converts AnyValue of opentelemetry-proto. */
function plainValue(value: unknown, depth: number): unknown {
  const { stringValue, intValue, doubleValue, boolValue, arrayValue, kvlistValue } = propertiesIn(value);
  if (depth > MAX_DEPTH) return null;
  if (kvlistValue !== undefined) return plainPairs(propertiesIn(kvlistValue).values, depth + 1);
  if (arrayValue !== undefined) {
    const { values } = propertiesIn(arrayValue);
    return Array.isArray(values) ? values.map((item) => plainValue(item, depth + 1)) : [];
  }
  return stringValue ?? intValue ?? doubleValue ?? boolValue ?? null;
}

function plainPairs(pairs: unknown, depth: number): Readonly<Record<string, unknown>> {
  if (!Array.isArray(pairs)) return {};
  return Object.fromEntries(
    pairs.map(propertiesIn).map(({ key, value }) => [String(key), plainValue(value, depth)]),
  );
}
