// Reads query logs of the Route 53 Resolver: one JSON object per line, as in S3 or wrapped in events of CloudWatch.
// Answers from its cache are not logged.

import { jsonQueryLog, parseRcode } from '../dns-row.ts';
import { numberFields } from '../fields.ts';
import {
  type LineReader,
  type LineResult,
  type LogFormat,
  type LogSample,
  NO_ROW,
  OF_QUESTIONS,
} from '../records.ts';

const { numbers: F, fields: FIELDS } = numberFields({
  time: ['query_timestamp'],
  name: ['query_name'],
  type: ['query_type'],
  rcode: ['rcode'],
  client: ['srcaddr'],
  answers: ['answers'],
  action: ['firewall_rule_action'],
});

/**
 * Maximum wrapped bytes. An event of CloudWatch has at most 1 MB, but a subscription sends many of them in one line.
 */
const MAX_WRAPPED = 8 << 20;
const OPEN = 0x7b;
const PLAIN = /"query_timestamp"\s*:/;
const ANY = /\\?"query_timestamp\\?"\s*:/;

/**
 * Returns the rows of a line: the line itself, the part after the time of an export, or the messages of events. Null:
 * none.
 */
function listRows(line: string): readonly string[] | null {
  const from = line.indexOf('{');
  if (from < 0) return null;
  const text = line.slice(from);
  if (PLAIN.test(text)) return [text];
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof parsed !== 'object' || parsed === null) return null;
  const { logEvents, events } = parsed as Readonly<Record<string, unknown>>;
  const list: readonly unknown[] = ([logEvents, events].find((candidate) =>
    Array.isArray(candidate),
  ) as unknown[]) ?? [parsed];
  return list.flatMap((event) =>
    typeof event === 'object' && event !== null && 'message' in event && typeof event.message === 'string'
      ? [event.message]
      : [],
  );
}

/** Passes the rows of each line to the reader of rows. */
const unwrapRows = (rows: LineReader): LineReader => ({
  line(bytes, start, end) {
    if (bytes[start] === OPEN && PLAIN.test(bytes.toString('latin1', start, Math.min(end, start + 4096))))
      return rows.line(bytes, start, end);
    if (start === end) return NO_ROW;
    if (end - start > MAX_WRAPPED) return 'line too long';
    const messages = listRows(bytes.toString('utf8', start, end));
    if (messages === null) return 'no JSON object';
    let result: LineResult = messages.length === 0 ? NO_ROW : null;
    for (const message of messages) {
      const row = Buffer.from(message);
      result ??= rows.line(row, 0, row.length);
    }
    return result;
  },
});

const withRows = (sample: LogSample): LogSample => ({
  ...sample,
  lines: sample.lines.flatMap((line) => listRows(line) ?? []),
});

export const ROUTE53: LogFormat = {
  id: 'route53',
  title: 'Route 53 Resolver query log',
  recognizes: ({ lines }) =>
    lines.some((line) => /^[\d{]/.test(line) && ANY.test(line) && /\\?"srcaddr\\?"\s*:/.test(line)),
  reader: (records) => {
    const reader = jsonQueryLog(records, FIELDS, F, (fields) => {
      const isBlocked = fields.is(F.action, 'BLOCK');
      const answers = isBlocked ? [] : fields.json(F.answers);
      const addresses = (Array.isArray(answers) ? answers : []).flatMap((answer: unknown) =>
        typeof answer === 'object' && answer !== null && 'Rdata' in answer && typeof answer.Rdata === 'string'
          ? [answer.Rdata]
          : [],
      );
      return { addresses, isBlocked, rcode: parseRcode(fields.text(F.rcode) ?? '') };
    });
    return {
      ...reader,
      describe: (sample) => reader.describe(withRows(sample)),
      open: (sample) => unwrapRows(reader.open(sample)),
    };
  },
  ...OF_QUESTIONS,
};
