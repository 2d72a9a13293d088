// Reads flow logs of Azure for network security groups and virtual networks from storage accounts: JSON documents whose
// "flowTuples" are texts of columns. Each tuple counts the traffic since the previous one. Source: Microsoft, "Flow
// logging for network security groups: log format" and "Virtual network flow logs: log format"
// (learn.microsoft.com/azure/network-watcher/nsg-flow-logs-overview, vnet-flow-logs-overview); read on 2026-11-27. The
// logs have no names: an address of a vendor's network makes a tool possible.

import { gatewayFormat } from '../gateways/format.ts';
import { type LineReader, type LineResult, type LogFormat, type LogSample, NO_ROW } from '../records.ts';

const TUPLE =
  /\d{10,13},[\da-fA-F:.]{2,45},[\da-fA-F:.]{2,45},\d{1,5},\d{1,5},(?:[TU]|\d{1,3}),[IO],[^"\s]{1,80}/;
/** Matches a tuple with its quotes, in a document of one line or many. */
const QUOTED = new RegExp(`"(${TUPLE.source})"`, 'g');

const TUPLES = gatewayFormat({
  id: 'azure-flow',
  title: 'Azure flow log',
  shows: 'addresses and bytes of flows',
  pattern: new RegExp(`^${TUPLE.source}`),
  text: 'columns',
  fixed: [
    {
      names: {
        0: 'time',
        1: 'source',
        2: 'destination',
        3: 'sourcePort',
        4: 'destinationPort',
        5: 'protocol',
        7: 'decision',
        9: 'packetsSent',
        10: 'bytesSent',
        11: 'packetsReceived',
        12: 'bytesReceived',
      },
    },
  ],
  fields: {
    time: ['time'],
    client: ['source'],
    clientPort: ['sourcePort'],
    server: ['destination'],
    serverPort: ['destinationPort'],
    protocol: ['protocol'],
    action: ['decision'],
    packetsUp: ['packetsSent'],
    bytesUp: ['bytesSent'],
    packetsDown: ['packetsReceived'],
    bytesDown: ['bytesReceived'],
  },
  kindOf: () => 'session',
  blocked: new Set(['d']),
  isJoined: true,
  parts: 'times',
  bytes: 'packets',
  isProxy: false,
  wanted: [
    [
      'name',
      {
        what: 'names of servers',
        next: 'pass the query log of the resolver together with the flow logs',
      },
    ],
    [
      'bytesUp',
      { what: 'bytes of flows', next: 'use version 2 of the flow logs, or those of the virtual network' },
    ],
  ],
});

const listTuples = (line: string): string[] => Array.from(line.matchAll(QUOTED), ([, tuple = '']) => tuple);

const withTuples = (sample: LogSample): LogSample => ({ ...sample, lines: sample.lines.flatMap(listTuples) });

const [QUOTE, COMMA, NEWLINE] = [0x22, 0x2c, 0x0a];
const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;

/** Passes the texts that may be tuples to the reader of rows. The document of an hour may be one line of any length. */
const readQuotedRows = (rows: LineReader): LineReader => ({
  ending: QUOTE,
  line(bytes, start, end) {
    // Texts in quotes have no ends of lines.
    let result: LineResult = isBetweenTexts(bytes, start, end) ? NO_ROW : 'a line of another form';
    for (let from = start; from < end; ) {
      let to = from;
      while (to < end && bytes[to] !== QUOTE) to++;
      const given = isTuple(bytes, from, to) ? rows.line(bytes, from, to) : NO_ROW;
      if (result === NO_ROW || result === null) result = given === NO_ROW ? result : given;
      from = to + 1;
    }
    return result;
  },
});

/** False for lines of another log. Only numbers and these words are outside of quotes. */
const isBetweenTexts = (bytes: Buffer, start: number, end: number): boolean => {
  if (!bytes.subarray(start, end).includes(NEWLINE)) return true;
  return !/[A-Za-z]/.test(bytes.toString('latin1', start, end).replace(/\b(?:true|false|null)\b/g, ''));
};

/** True for a text that begins with ten digits and a comma. No other text of a flow log does. */
function isTuple(bytes: Buffer, start: number, end: number): boolean {
  let at = start;
  while (at < end && isDigit(bytes[at] ?? 0)) at++;
  return at - start >= 10 && at - start <= 13 && bytes[at] === COMMA;
}

export const AZURE_FLOW: LogFormat = {
  ...TUPLES,
  // Its "records" are not messages, and those of an hour may be longer than any line.
  readsDocuments: true,
  recognizes: (sample, definitions) =>
    sample.lines.some((line) => line.includes('"flowTuples"')) &&
    TUPLES.recognizes(withTuples(sample), definitions),
  reader(records, options) {
    const reader = TUPLES.reader(records, options);
    return {
      ...(reader.tables === undefined ? {} : { tables: reader.tables }),
      describe: (sample) => reader.describe(withTuples(sample)),
      open: (sample) => readQuotedRows(reader.open(withTuples(sample))),
      finish: () => reader.finish(),
    };
  },
  review: (samples, definitions) => TUPLES.review(samples.map(withTuples), definitions),
};
