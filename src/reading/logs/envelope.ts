// Removes the envelopes that collectors add to messages: headers of syslog and of the journal, lines of container
// runtimes, and JSON objects that contain a message. Only this file removes them; formats see the messages. Sources:
// RFC 3164 §4.1, RFC 5424 §6, RFC 6587 §3.4.1; journalctl(1), --output; OpenWrt logread(1); Docker, "JSON File logging
// driver"; `docker compose logs`, `kubectl logs --prefix` and stern, README, "output"; Kubernetes, KEP "CRI: log
// format"; CEE 1.0 profile; Elasticsearch "_source"; AWS Network Firewall, "Logs: contents"; Splunk, "Format events for
// HTTP Event Collector"; Filebeat, Vector, Fluentd, rsyslog, syslog-ng, NXLog and GELF: fields of an exported event;
// Azure Monitor, table "Syslog"; Wazuh, archives.log; Papertrail, "Permanent log archives"; Kiwi Syslog, "Log to file";
// runit svlogd(8); Loki, logcli; OpenTelemetry, Datadog, LogScale and Telegraf, fields of a log; Fluent Bit, outputs
// "stdout" and "file" (fluent/fluent-bit#247); kcat, option -J, and Kafka Connect, JsonConverter with schemas;
// SeisoLLC/zeek-kafka, tag_json.

import { splitWords } from '../../text/word-lists.ts';
import { findBatch, MAX_MESSAGES } from './batches.ts';
import { parseMonth } from './dns-row.ts';
import { openTable, type TableRow } from './exported-table.ts';
import { Fields, numberFields, WRITTEN } from './fields.ts';
import { MAX_LINE_BYTES } from './lines.ts';
import { OPEN_QUOTE, recordState } from './quoted-lines.ts';
import { type LineReader, type LineResult, type LogFormat, type LogSample, NO_ROW } from './records.ts';
import { isJson, JsonLine } from './split-line.ts';

/** Maximum nesting: a header of syslog in a message of a container, and JSON in that. */
const MAX_DEPTH = 4;
const MAX_OBJECTS = 2;
/** Maximum length of a header. A pattern that tries longer texts could exhaust the stack. */
const MAX_HEADER = 4096;
/** journalctl(1) truncates longer fields to 4096 bytes unless --all is passed. */
const MAX_BYTE_LIST = 64 << 10;
/** Docker splits longer lines at this length. */
const DOCKER_PART = 16 << 10;

/** A message, and the facts in its envelope. */
interface Message {
  readonly text: string;
  /** A time for `syslogLine`; null: the envelope has none. */
  readonly time: string | null;
  /** The program as syslog writes it: "dnsmasq[12]:". */
  readonly tag: string | null;
  /** Few formats accept such a line as their own, so the message is tried first. */
  readonly isForeign: boolean;
  /** The message continues in the next line of this stream. */
  readonly partOf?: string;
  /** The stream that this message completes. */
  readonly endsPart?: string;
}

const MONTH = '(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)';
const CLOCK = '\\d\\d:\\d\\d:\\d\\d';
const DAY = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)';
const PRIORITY = /^(?:\d{1,8} )?<\d{1,3}>/;
const PROTOCOL_23 =
  /^1 (\S+) (\S+) (\S+) (\S+) (\S+) (?:-|(?:\[(?:[^\]\\"]|"(?:[^"\\]|\\.)*")*\])+)(?: \ufeff?|$)/;
/** A header without priority and version, in files of FreeBSD's syslogd -O rfc5424 and pfSense. */
const PROTOCOL_23_FILE =
  /^(\d{4}-\d\d-\d\dT[\d:.]{8,18}(?:Z|[+-]\d\d:\d\d)) (\S+) ([^\s:[\]]+) (\d{1,10}|-) (\S+) (?:-|(?:\[(?:[^\]\\"]|"(?:[^"\\]|\\.)*")*\])+)(?: \ufeff?|$)/;
/** Times at the start of headers. The first group of each is the offset to the rest. */
const TIMES: readonly (readonly [
  pattern: RegExp,
  text: (parts: readonly string[]) => string,
  isForeign: boolean,
])[] = [
  [
    new RegExp(`^(${MONTH}) {1,2}(\\d{1,2}) (${CLOCK}) `),
    ([, m, d = '', c]) => `${m} ${d.padStart(2)} ${c}`,
    false,
  ],
  [
    new RegExp(`^(${MONTH}) {1,2}(\\d{1,2}) (${CLOCK})[.,]\\d{1,9} `),
    ([, m, d = '', c]) => `${m} ${d.padStart(2)} ${c}`,
    true,
  ],
  [
    new RegExp(`^(${MONTH}) {1,2}(\\d{1,2}) (\\d{4}) (${CLOCK})(?:[.,]\\d{1,9})?:? `),
    ([, m, d, y, c]) => formatIso(y, m, d, c),
    true,
  ],
  [
    new RegExp(`^(\\d{4}-\\d\\d-\\d\\dT${CLOCK}(?:\\.\\d{1,9})?(?:Z|[+-]\\d\\d:?\\d\\d)) `),
    ([, t = '']) => t,
    false,
  ],
  [
    // This form has "_" as svlogd writes it, and the facility and the sender as Kiwi Syslog does.
    new RegExp(
      `^(\\d{4}-\\d\\d-\\d\\d)[T _](${CLOCK})(?:[.,]\\d{1,9})? ?(Z|[+-]\\d\\d:?\\d\\d)?(?: |\\t[A-Z]\\w{1,9}\\.[A-Z]\\w{1,9}\\t\\S{1,256}\\t)`,
    ),
    ([, d, c, zone = '']) => `${d}T${c}${zone}`,
    true,
  ],
  // logread; with "-t", also the time since 1970.
  [
    new RegExp(`^${DAY} (${MONTH}) {1,2}(\\d{1,2}) (${CLOCK}) (\\d{4}) (?:\\[(\\d{9,11}\\.\\d{1,9})\\] )?`),
    ([, m, d, c, y, seconds]) => (seconds === undefined ? formatIso(y, m, d, c) : secondInstant(seconds)),
    true,
  ],
  // journalctl -o short-full. Abbreviations of other zones are those of the host.
  [
    new RegExp(
      `^${DAY} (\\d{4}-\\d\\d-\\d\\d) (${CLOCK})(?:\\.\\d{1,9})? (?:(UTC|GMT)|[+-]\\d\\d(?:\\d\\d)?|[A-Z]{2,5}) `,
    ),
    ([, d, c, utc]) => `${d}T${c}${utc === undefined ? '' : 'Z'}`,
    true,
  ],
  // journalctl -o short-unix. Squid and Zeek have fewer digits, or no program after the time.
  [/^(\d{9,10}\.\d{6}) (?=\S+ [^\s:[\]]+(?:\[\d+\])?: )/, ([, seconds = '']) => secondInstant(seconds), true],
];
/** Host, which UniFi gateways write twice, facility and severity, as some daemons write them, and the program. */
const TAG =
  /^(?:<[\w.]+> )?(?:(?!\S+:(?: |$))\S+ ){0,2}?(?:[a-z]+\d?\.[a-z]+ )?([^\s:[\]{"]+(?:\[[^\]\s]{0,64}\])?:)(?: +|$)/;
/** journalctl -o with-unit writes the unit instead of the program. */
const UNIT = /\.service(?=[[:])/;
/** The header of a relay before the header that it received. */
const RELAY = new RegExp(
  `^\\S{1,256} (?=<\\d{1,3}>(?:1 )?(?:${MONTH}|\\d{4}-)|${MONTH} [ \\d]?\\d ${CLOCK} |\\d{4}-\\d\\d-\\d\\d[T ]${CLOCK})`,
);
/** A message with a time of its own, or JSON, after a header without a program. */
const MESSAGE_BEHIND = /^(?:\S+ ){0,2}(?=\{|@cee:|\d{9,10}\.\d{3} |\[\d{9,10}\] )/;
const CEE = /^@cee: ?/;
const CONTAINER =
  /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)) (stdout|stderr) ([PF])(?::\S{1,32})? /;
/** Other prefixes of a message. */
const HEADS: readonly RegExp[] = [
  CEE,
  // Fluentd, out_file
  /^(?<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d))\t[^\t]{0,256}\t(?=\{)/,
  // Loki, logcli: time and labels
  /^(?<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)) \{(?:\w+="[^"]{0,512}",? ?){1,64}\} {1,64}/,
  // containers and pods
  /^(?:[\w.@-]{1,128} *\| |\[(?:pod|container)\/[^\]\s]{1,300}\] )/,
  // stern: the namespace, with -A, the pod and the container
  new RegExp(
    `^(?:[a-z0-9-]{1,63} )?[a-z0-9][a-z0-9.-]{0,252}-[a-z0-9]{1,10} [a-z0-9-]{1,63} (?=[{<\\d]|${MONTH} )`,
  ),
  // Wazuh
  new RegExp(`^\\d{4} ${MONTH} \\d\\d ${CLOCK} (?:\\([^)\\s]{1,128}\\) )?\\S{1,256}->\\S{1,256} `),
  // Papertrail: times, source, facility and severity
  new RegExp(
    `^\\d{1,20}\\t(?<time>\\d{4}-\\d\\d-\\d\\dT${CLOCK}(?:Z|[+-]\\d\\d:?\\d\\d))(?:\\t[^\\t]{0,256}){6}\\t(?<program>[^\\t]{0,256})\\t`,
  ),
  // Grafana, "Download logs" as text: nanoseconds, and the same time
  new RegExp(`^\\d{19}\\t(?<time>\\d{4}-\\d\\d-\\d\\dT${CLOCK}(?:\\.\\d{1,9})?Z)\\t`),
  // Kafka, kafka-console-consumer: time, and the key
  /^(?:Create|LogAppend)Time:(?<ms>\d{13})\t(?:[^\t]{0,256}\t(?=[^\t]*$))?/,
  // a program without a time, in a message of a container
  /^(?<program>[^\s:[\]{"]{1,64}(?:\[\d{1,10}\])?): (?=\{|@cee:|\d{9,10}\.\d{3} )/,
];
/** Matches a message that has a time of its own, or needs none. */
const OWN_TIME = new RegExp(
  `^(?:[{#]|\\[?\\d{9,11}\\b|\\d{4}-\\d\\d-\\d\\d|\\d\\d-${MONTH}-\\d{4} |${MONTH} [ \\d]?\\d ${CLOCK} |\\d\\d?[/.]\\d\\d?[/.]\\d{4} )`,
);

const { numbers: F, fields: FIELDS } = numberFields({
  original: ['event.original'],
  raw: ['_raw', 'result._raw', 'full_message', '@rawstring', 'rawstring', 'raw'],
  message: [
    'message',
    '@message',
    'SyslogMessage',
    'msg',
    'content.message',
    'fields.message',
    'properties.message',
    'properties.SyslogMessage',
  ],
  log: ['log', 'LogMessage', 'LogEntry', 'properties.log'],
  line: ['line'],
  payload: ['textPayload', 'log_text', 'short_message', 'full_log', 'body', 'stringValue', 'payload'],
  source: ['_source'],
  json: ['jsonPayload', 'json'],
  event: ['event', 'properties', 'data', 'suricata.eve'],
  time: splitWords(
    'time timeUnixNano content.timestamp @timestamp timestamp __REALTIME_TIMESTAMP _time',
    'result._time ISODATE date ts EventTime TimeGenerated _messagetime dt fields.timestamp',
  ),
  program: splitWords(
    'SYSLOG_IDENTIFIER ident appname program process.name ProcessName SourceName',
    '_application_name tags.appname properties.ProcessName',
  ),
  pid: ['_PID', 'pid', 'procid', 'process.pid', 'ProcessID', '_process_id', 'fields.procid'],
  tag: ['syslogtag', 'syslog-tag', 'tag'],
  stream: ['stream'],
});
/** Fields that contain the message, by preference: the original text before a processed one. */
const HOLDERS = [F.original, F.raw, F.message, F.log, F.line, F.payload, F.source, F.json, F.event];
const isEnvelopeField = (name: string): boolean => FIELDS.find(name) >= 0;
const isHolder = (name: string): boolean => HOLDERS.includes(FIELDS.find(name));

const formatIso = (year = '', month = '', day = '', clock = ''): string =>
  `${year}-${String(parseMonth(month)).padStart(2, '0')}-${day.padStart(2, '0')}T${clock}`;

const secondInstant = (seconds: string): string => new Date(Number(seconds) * 1000).toISOString();

class Unwrapper {
  readonly #fields = new Fields(FIELDS.count);
  readonly #json = new JsonLine(FIELDS, this.#fields);

  /** Returns the message in a text; null if the text is in no known envelope. */
  unwrap(text: string): Message | null {
    if (text.startsWith(SEPARATED)) return this.#inObject(text.slice(1));
    const tagged = TAGGED.exec(text);
    if (tagged !== null)
      return { text: text.slice(tagged[0].length, -1), time: null, tag: null, isForeign: true };
    return text.startsWith('{') ? this.#inObject(text) : parseHeader(text);
  }

  #inObject(text: string): Message | null {
    const bytes = Buffer.from(text);
    if (this.#json.read(bytes, 0, bytes.length) !== null) return null;
    const fields = this.#fields;
    const holder = HOLDERS.find((field) => fields.has(field) && fields.end(field) > fields.start(field));
    if (holder === undefined) return null;
    const written = bytes.toString('utf8', fields.start(holder), fields.end(holder));
    const form = fields.written(holder);
    const inside =
      form === WRITTEN.list
        ? decodeByteList(written)
        : form === WRITTEN.escaped
          ? parseString(written)
          : written;
    if (inside === null) return null;
    const us = fields.time(F.time);
    const isDated = Math.abs(us) < MAX_DATE_US;
    const isPart =
      holder === F.log && fields.has(F.stream) && inside.length >= DOCKER_PART && !inside.endsWith('\n');
    const stream = holder === F.log ? fields.text(F.stream) : null;
    return {
      // rsyslog keeps the space after the program.
      text: inside
        .replace(/\r?\n$/, '')
        .replace(/^ /, '')
        .replace(CEE, ''),
      time: isDated ? new Date(us / 1000).toISOString() : this.#undated(),
      tag: this.#tag(),
      isForeign: true,
      ...(stream === null ? {} : isPart ? { partOf: stream } : { endsPart: stream }),
    };
  }

  /** Reads a time as RFC 3164 writes it, or as Splunk and Kibana export it. */
  #undated(): string | null {
    const written = this.#fields.text(F.time) ?? '';
    const [, date, clock] = EXPORTED.exec(written) ?? [];
    if (clock !== undefined) return `${date}T${clock}Z`;
    const [, month, day, year, local] = SHOWN.exec(written) ?? [];
    if (local !== undefined) return formatIso(year, month, day, local);
    return halfDayTime(written) ?? UNDATED.exec(written)?.[0] ?? null;
  }

  #tag(): string | null {
    const written = this.#fields.text(F.tag);
    const program = this.#fields.text(F.program);
    // If the event has a program, a tag without a colon is the one by which Fluentd sorts records.
    if (written?.endsWith(':') === true) return written;
    if (written !== null && program === null) return `${written}:`;
    if (program === null || !/^[^\s:[\]]{1,64}$/.test(program)) return null;
    const pid = this.#fields.text(F.pid) ?? '';
    return /^\d{1,10}$/.test(pid) ? `${program}[${pid}]:` : `${program}:`;
  }
}

/** The Kafka plugin of Zeek with tag_json writes the row of a log in an object with its name. */
const TAGGED = /^\{"(?:conn|ssl|quic|dns|http|dhcp)": ?(?=\{"ts":.*\}\}$)/;
/** RFC 7464, written by journalctl -o json-seq. */
const SEPARATED = '\u001e{';
const UNDATED = new RegExp(`^${MONTH} [ \\d]\\d ${CLOCK}$`);
const EXPORTED = new RegExp(`^(\\d{4}-\\d\\d-\\d\\d) (${CLOCK})(?:\\.\\d{1,9})? (?:UTC|GMT)$`);
/** A time in the zone of the browser. */
const SHOWN = new RegExp(`^(${MONTH}) (\\d{1,2}), (\\d{4}) @ (${CLOCK})(?:\\.\\d{1,9})?$`);
/** A time as browsers in English write it: "11/18/2026, 3:04:05.678 PM". */
const HALF_DAY = /^(\d\d?)\/(\d\d?)\/(\d{4}), (\d\d?):(\d\d:\d\d)(?:\.\d{1,9})?[ \u202f](?:(AM)|PM)( UTC)?$/;
const MAX_DATE_US = 8.64e18;

function halfDayTime(written: string): string | null {
  const [, month = '', day = '', year, hour, rest, am, utc] = HALF_DAY.exec(written) ?? [];
  if (rest === undefined) return null;
  const hours = (Number(hour) % 12) + (am === undefined ? 12 : 0);
  const [m, d, h] = [month, day, String(hours)].map((part) => part.padStart(2, '0'));
  return `${year}-${m}-${d}T${h}:${rest}${utc === undefined ? '' : 'Z'}`;
}

/** Decodes a message that is not completely printable, which journalctl -o json writes as a list of bytes. */
function decodeByteList(written: string): string | null {
  if (written.length > MAX_BYTE_LIST || !/^\[[\d,\s]+\]$/.test(written)) return null;
  const bytes = written.slice(1, -1).split(',').map(Number);
  return bytes.every((byte) => byte < 256) ? Buffer.from(bytes).toString('utf8') : null;
}

function parseString(written: string): string | null {
  try {
    const text: unknown = JSON.parse(`"${written}"`);
    return typeof text === 'string' ? text : null;
  } catch {
    return null;
  }
}

/** Fluent Bit, outputs "stdout" and "file": position, tag, time, metadata. */
const FLUENT_BIT =
  /^(?:\[\d{1,10}\] )?[\w.*-]{1,256}: \[\[?(\d{9,10}\.\d{1,9})(?:, \{[^\]]{0,2048}\}\])?, (?=\{")/;
const RUBY_KEY = /^\{"[^"]{1,256}"=>/;
const RUBY_MESSAGE = /[{ ]"(?:log|message|MESSAGE)"=>"/;
const RUBY_NEXT_KEY = /", "[\w.@-]{1,256}"=>/;
const RUBY_IDENT = /[{ ]"(?:ident|SYSLOG_IDENTIFIER)"=>"([^"]{1,64})"/;

/** Converts a record in the notation of Ruby, whose texts Fluent Bit writes without escapes, to JSON. */
function recordJson(record: string): string {
  if (!RUBY_KEY.test(record)) return record;
  const start = RUBY_MESSAGE.exec(record);
  if (start === null || !record.endsWith('}')) return record.replaceAll('"=>', '":');
  const rest = record.slice(start.index + start[0].length, -1);
  const end = RUBY_NEXT_KEY.exec(rest)?.index ?? rest.length - 1;
  if (rest[end] !== '"') return record.replaceAll('"=>', '":');
  const log = rest.slice(0, end);
  const message = log.startsWith('{\\"') ? parseString(log) : log;
  return JSON.stringify({ ident: RUBY_IDENT.exec(record)?.[1], log: message });
}

function parseHeader(text: string): Message | null {
  const head = text.slice(0, MAX_HEADER);
  const container = CONTAINER.exec(head);
  if (container !== null) {
    const [whole, time = '', stream = '', mark] = container;
    const message = { text: text.slice(whole.length), time, tag: null, isForeign: true };
    return mark === 'P' ? { ...message, partOf: stream } : { ...message, endsPart: stream };
  }
  const fluent = FLUENT_BIT.exec(head);
  if (fluent !== null) {
    const [whole, seconds = ''] = fluent;
    const record = text.slice(whole.length).replace(/\}\]$/, '}');
    return { text: recordJson(record), time: secondInstant(seconds), tag: null, isForeign: true };
  }
  const found = HEADS.map((pattern) => pattern.exec(head)).find((parts) => parts !== null);
  if (found !== undefined) {
    const { ms, program = null } = found.groups ?? {};
    const time = ms === undefined ? (found.groups?.time ?? null) : secondInstant(`${Number(ms) / 1000}`);
    const message = text.slice(found[0].length).replace(CEE, '');
    return { text: message, time, tag: program === null ? null : `${program}:`, isForeign: true };
  }
  const priority = PRIORITY.exec(head)?.[0] ?? '';
  const rest = head.slice(priority.length);
  const modern = PROTOCOL_23.exec(rest) ?? PROTOCOL_23_FILE.exec(rest);
  if (modern !== null) {
    const [whole, time = '', , program = '', pid = ''] = modern;
    const tag = program === '-' ? null : pid === '-' ? `${program}:` : `${program}[${pid}]:`;
    const message = text.slice(priority.length + whole.length).replace(CEE, '');
    return { text: message, time: time === '-' ? null : time, tag, isForeign: true };
  }
  return withTime(text, rest, priority.length);
}

/** `rest`: the text from the position `from`. */
function withTime(text: string, rest: string, from: number): Message | null {
  for (const [pattern, textOf, isForeign] of TIMES) {
    const parts = pattern.exec(rest);
    if (parts === null) continue;
    const behind = rest.slice(parts[0].length);
    const relay = RELAY.exec(behind);
    const tag = relay === null ? TAG.exec(behind) : null;
    const length = (relay ?? tag ?? MESSAGE_BEHIND.exec(behind))?.[0].length ?? 0;
    const message = text.slice(from + parts[0].length + length).replace(CEE, '');
    return {
      text: message,
      time: textOf(parts),
      tag: tag?.[1]?.replace(UNIT, '') ?? null,
      isForeign: isForeign || from > 0,
    };
  }
  return from === 0 ? null : { text: text.slice(from), time: null, tag: null, isForeign: true };
}

/**
 * Writes the message as its program would have written it to a file: with time and program, if the message has none.
 */
const formatMessage = ({ text, time, tag }: Message): string =>
  time === null || OWN_TIME.test(text) ? text : [time, ...(tag === null ? [] : [tag]), text].join(' ');

/** Extracts the messages of a file. */
interface Envelope {
  /** Lines may hold several messages. */
  readonly isBatched: boolean;
  /** Set if lines are rows of a table. */
  readonly row?: TableRow;
  readonly depth: number;
  readonly isDated: boolean;
  /** Programs whose messages belong to the format. Messages of others do not belong to this log. */
  readonly programs: ReadonlySet<string>;
}

const tagProgram = (tag: string): string => tag.replace(/(?:\[[^\]]*\])?:$/, '');

/** Returns the innermost message of a line, through at most `depth` envelopes, with its time and program. */
function unwrapLine(unwrapper: Unwrapper, line: string, depth: number): Message {
  let message: Message = { text: line, time: null, tag: null, isForeign: false };
  let objects = 0;
  for (let i = 0; i < depth; i++) {
    if (message.text.startsWith('{') && ++objects > MAX_OBJECTS) break;
    const inside = unwrapper.unwrap(message.text);
    if (inside === null) break;
    message = { ...message, ...inside, time: inside.time ?? message.time, tag: inside.tag ?? message.tag };
  }
  return message;
}

interface FoundMessages {
  readonly sample: LogSample;
  readonly envelope: Envelope | null;
}

/** Returns null if no line of the file is a message of the format. Plain lines have an envelope of null. */
function findMessages(
  sample: LogSample,
  isMessage: (sample: LogSample) => boolean,
  { hasPrefixes = false, readsDocuments = false }: Pick<LogFormat, 'hasPrefixes' | 'readsDocuments'>,
): FoundMessages | null {
  // A row of a table contains the text of its message, and must not be read as the message.
  const inTable = findInTable(sample, isMessage, hasPrefixes);
  if (inTable !== null) return inTable;
  const batches = readsDocuments ? [] : sample.lines.map(findBatch);
  if (batches.some((batch) => batch !== null)) {
    const lines = batches.flatMap((batch, i) => sampleBatch(batch ?? [sample.lines[i] ?? '']));
    const inside = findSingle({ ...sample, lines }, isMessage, hasPrefixes);
    if (inside !== null) return { ...inside, envelope: { ...(inside.envelope ?? PLAIN), isBatched: true } };
  }
  return findSingle(sample, isMessage, hasPrefixes) ?? (hasPrefixes ? null : findInRows(sample, isMessage));
}

/**
 * Finds a table with a field of the messages in each column, whose rows are the messages. Gateways read their columns
 * themselves.
 */
function findInRows(sample: LogSample, isMessage: (sample: LogSample) => boolean): FoundMessages | null {
  const [header = '', ...rest] = sample.lines;
  const row = COLUMNS.test(header)
    ? openTable(
        header,
        () => true,
        () => true,
      )
    : null;
  if (row === null) return null;
  const inside = { ...sample, lines: rest.flatMap((line) => row(line) ?? []) };
  return inside.lines.length > 0 && isMessage(inside)
    ? { sample: inside, envelope: { ...PLAIN, row } }
    : null;
}

function findInTable(
  sample: LogSample,
  isMessage: (sample: LogSample) => boolean,
  hasPrefixes: boolean,
): FoundMessages | null {
  const [header = '', ...rest] = sample.lines;
  const row = openTable(header, isEnvelopeField, isHolder);
  if (row === null) return null;
  const rows = { ...sample, lines: rest.flatMap((line) => row(line) ?? []) };
  const inside = findSingle(rows, isMessage, hasPrefixes, 1);
  return inside?.envelope == null ? null : { ...inside, envelope: { ...inside.envelope, row } };
}

/** Matches a header with names of fields. */
const COLUMNS = /^"?[A-Za-z_@][\w.@ -]*"?(?:[,;\t]"?[A-Za-z_@][\w.@ -]*"?)+$/;
const PLAIN: Envelope = { isBatched: false, depth: 0, isDated: false, programs: new Set() };
/** Maximum messages of a batch for recognition. */
const MAX_SAMPLE = 50;

function sampleBatch(batch: Iterable<string>): string[] {
  const lines: string[] = [];
  for (const line of batch) if (lines.push(line) === MAX_SAMPLE) break;
  return lines;
}

/** Finds the envelope of lines with one message each, within at least `least` envelopes. */
function findSingle(
  sample: LogSample,
  isMessage: (sample: LogSample) => boolean,
  hasPrefixes: boolean,
  least = 0,
): FoundMessages | null {
  const unwrapper = new Unwrapper();
  const { lines } = sample;
  const plain = { sample, envelope: null };
  let before = lines;
  for (let depth = least; depth <= MAX_DEPTH; depth++) {
    const messages = lines.map((line) => unwrapLine(unwrapper, line, depth));
    const texts = messages.map(({ text }) => text);
    if (depth > 0 && texts.every((text, i) => text === before[i])) break;
    before = texts;
    const foreign = texts.filter((text) => unwrapper.unwrap(text)?.isForeign === true).length;
    if (!hasPrefixes && foreign * 2 >= lines.length) continue;
    for (const isDated of depth === 0 ? [false] : [true, false]) {
      const inside = { ...sample, lines: isDated ? messages.map(formatMessage) : texts };
      if (!isMessage(inside)) continue;
      if (depth === 0) return findInObjects(sample, isMessage, hasPrefixes) ?? plain;
      const writeMessage = (message: Message): string => (isDated ? formatMessage(message) : message.text);
      const own = messages.filter((message) => isMessage({ ...sample, lines: [writeMessage(message)] }));
      const programs = new Set(own.flatMap(({ tag }) => (tag === null ? [] : [tagProgram(tag)])));
      const needsDate = own.some((message) => writeMessage(message) !== message.text);
      return { sample: inside, envelope: { isBatched: false, depth, isDated: needsDate, programs } };
    }
  }
  return least === 0 && isMessage(sample) ? plain : null;
}

/**
 * Finds the texts of messages in objects. Other fields of the object may have the names of a row: "date" of Fluent Bit
 * is a field of FortiGate.
 */
function findInObjects(
  sample: LogSample,
  isMessage: (sample: LogSample) => boolean,
  hasPrefixes: boolean,
): FoundMessages | null {
  if (!hasPrefixes || !sample.lines.every(isJson)) return null;
  const inside = findSingle(sample, isMessage, hasPrefixes, 1);
  return inside?.envelope == null || inside.sample.lines.some(isJson) ? null : inside;
}

class UnwrappingReader implements LineReader {
  readonly #lines: LineReader;
  readonly #envelope: Envelope;
  readonly #unwrapper = new Unwrapper();
  /** Incomplete messages by their stream: their lines, and the texts so far. */
  readonly #parts = new Map<string, { readonly lines: string[]; readonly texts: string[]; bytes: number }>();
  readonly end?: () => readonly LineResult[];
  readonly late?: NonNullable<LineReader['late']>;
  readonly others?: () => readonly LineResult[];
  #others: readonly LineResult[] = [];

  constructor(lines: LineReader, envelope: Envelope) {
    this.#lines = lines;
    this.#envelope = envelope;
    if (envelope.isBatched)
      this.others = () => {
        const others = this.#others;
        this.#others = [];
        return others;
      };
    const { end } = lines;
    if (end !== undefined) this.end = () => end.call(lines);
    const { late } = lines;
    if (late !== undefined) this.late = () => late.call(lines);
  }

  get context(): readonly string[] {
    return [...(this.#lines.context ?? []), ...[...this.#parts.values()].flatMap(({ lines }) => lines)];
  }

  line(bytes: Buffer, start: number, end: number, mayContinue = false): LineResult {
    if (start === end) return NO_ROW;
    const text = bytes.toString('utf8', start, end);
    const { row } = this.#envelope;
    if (row !== undefined && mayContinue && recordState(text) === 'open') return OPEN_QUOTE;
    const line = row === undefined ? text : row(text);
    if (line === null) return NO_ROW;
    const batch = this.#envelope.isBatched ? findBatch(line) : null;
    if (batch === null) return this.#message(line);
    const results: LineResult[] = [];
    for (const message of batch)
      results.push(results.length < MAX_MESSAGES ? this.#message(message) : 'too many messages in one line');
    const last = results.pop();
    this.#others = results;
    return last === undefined ? NO_ROW : last;
  }

  #message(line: string): LineResult {
    const message = unwrapLine(this.#unwrapper, line, this.#envelope.depth);
    if (message.partOf !== undefined) return this.#hold(message.partOf, line, message.text);
    const parts = message.endsPart === undefined ? undefined : this.#parts.get(message.endsPart);
    if (parts !== undefined && message.endsPart !== undefined) this.#parts.delete(message.endsPart);
    return this.#readMessage(parts === undefined ? message : this.#join(parts.texts, message));
  }

  #hold(stream: string, line: string, text: string): LineResult {
    const parts = this.#parts.get(stream) ?? { lines: [], texts: [], bytes: 0 };
    parts.bytes += line.length;
    if (parts.bytes > MAX_LINE_BYTES) {
      this.#parts.delete(stream);
      return 'line too long';
    }
    parts.lines.push(line);
    parts.texts.push(text);
    this.#parts.set(stream, parts);
    return NO_ROW;
  }

  /** Joins parts, which are split inside the content of the innermost envelope. */
  #join(texts: readonly string[], message: Message): Message {
    const { text, ...others } = message;
    const whole = unwrapLine(this.#unwrapper, texts.join('') + text, this.#envelope.depth - 1);
    return { ...others, text: whole.text, time: whole.time ?? others.time, tag: whole.tag ?? others.tag };
  }

  #readMessage(message: Message): LineResult {
    const text = this.#envelope.isDated ? formatMessage(message) : message.text;
    const bytes = Buffer.from(text);
    const result = this.#lines.line(bytes, 0, bytes.length);
    const { programs } = this.#envelope;
    const isOther =
      text === message.text &&
      message.tag !== null &&
      programs.size > 0 &&
      !programs.has(tagProgram(message.tag));
    // A row counts under any program name. Any other line belongs to another program.
    return isOther && result !== null ? NO_ROW : result;
  }
}

/** Returns the format for messages in any envelope. */
export function withEnvelopes(format: LogFormat): LogFormat {
  const find = (sample: LogSample, definitions: readonly string[]) =>
    findMessages(sample, (inside) => format.recognizes(inside, definitions), format);
  const findOrPlain = (sample: LogSample, definitions: readonly string[]) =>
    find(sample, definitions) ?? { sample, envelope: null };
  return {
    ...format,
    recognizes: (sample, definitions) => find(sample, definitions) !== null,
    reader(records, options) {
      const reader = format.reader(records, options);
      return {
        ...(reader.tables === undefined ? {} : { tables: reader.tables }),
        describe: (sample) => reader.describe(findOrPlain(sample, options.definitions).sample),
        open(sample) {
          const { sample: inside, envelope } = findOrPlain(sample, options.definitions);
          const lines = reader.open(inside);
          return envelope === null ? lines : new UnwrappingReader(lines, envelope);
        },
        finish: () => reader.finish(),
        settle: (untilUs) => reader.settle?.(untilUs),
        get blindness() {
          return reader.blindness ?? null;
        },
      };
    },
    review: (samples, definitions) =>
      format.review(
        samples.map((sample) => findOrPlain(sample, definitions).sample),
        definitions,
      ),
    misfit: (sample, definitions) =>
      format.misfit?.(findOrPlain(sample, definitions).sample, definitions) ?? null,
  };
}
