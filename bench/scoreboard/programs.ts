// The programs that the scoreboard runs: how to start each, and how to read its output.
import { spawnSync } from 'node:child_process';
import type { ReportDocument } from '../../src/model/report.ts';
import type { Answer } from './answer.ts';
import type { Sighting } from './lists.ts';

/** What one program printed about one capture. */
export interface Reading {
  /** Of a program that names tools; those about providers are not scored. */
  readonly answers: readonly Answer[];
  /** Of a program that prints names and fingerprints: a list of tools turns them into answers. */
  readonly sightings: readonly Sighting[];
  /** Server names of handshakes in its output. */
  readonly serverNames: readonly string[];
}

export interface Job {
  /** Path below captures/, and of the uncompressed file. */
  readonly capture: string;
  readonly file: string;
  readonly timezone: string;
  /** Empty folder; the program runs in it. */
  readonly folder: string;
}

export interface Program {
  readonly name: string;
  /** Prints the version of the program; a failure means that the program is absent. */
  readonly version: readonly string[];
  readonly install: string;
  readonly command: (job: Job) => readonly string[];
  /** `open` returns the text of a file in the folder, '' if it does not exist; `stdout` is a file there. */
  readonly read: (open: (name: string) => string, job: Job) => Reading;
}

export const STDOUT = 'stdout';

/** First version number that the program prints, '' without one; null if the program is absent. */
export function versionOf({ version: [command = '', ...words] }: Program): string | null {
  const { error, status, stdout, stderr } = spawnSync(command, words, { encoding: 'utf8' });
  if (error !== undefined || status === 127) return null;
  const line = `${stdout}\n${stderr}`.split('\n').find((text) => /\d+\.\d+/u.test(text));
  return /\d+\.\d+[\w.]*/u.exec(line ?? '')?.[0] ?? '';
}

const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '');
const objects = (text: string): Fields[] => lines(text).map((line) => JSON.parse(line) as Fields);

/** An object of a JSON log; every part is optional. */
interface Fields {
  readonly [key: string]: unknown;
}

/** Follows the keys; '' if a part is absent. */
function textAt(object: Fields, ...keys: readonly string[]): string {
  let value: unknown = object;
  for (const key of keys) value = isFields(value) ? value[key] : undefined;
  return typeof value === 'string' || typeof value === 'number' ? `${value}` : '';
}

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null;

function readingOf(hellos: readonly Sighting[], questions: readonly Sighting[]): Reading {
  const serverNames = [...new Set(hellos.map(({ name }) => name))].filter((name) => name !== '').sort();
  return { answers: [], sightings: [...hellos, ...questions], serverNames };
}

const WIRETALLY: Program = {
  name: 'wiretally',
  version: [process.execPath, 'dist/cli/main.js', '--version'],
  install: 'npm ci',
  command: ({ file, timezone }) => [
    process.execPath,
    `${process.cwd()}/dist/cli/main.js`,
    'analyze',
    '--format',
    'json',
    '--timezone',
    timezone,
    file,
  ],
  read: (open, { capture }) => readReport(JSON.parse(open(STDOUT)) as ReportDocument, capture),
};

/** A failed attempt is no use: its candidates are answered as possible. */
export function readReport({ hosts, attempts = [] }: ReportDocument, capture: string): Reading {
  const used = hosts.flatMap(({ host, tools }) =>
    tools.flatMap(({ tool, days, requests, firstSeen, confidence }) => {
      // A tool that only asked for names has no day with traffic.
      const seen = days.length > 0 ? days : [{ date: firstSeen, confidence }];
      return seen.map(
        (day, i): Answer => ({
          capture,
          host,
          tool,
          time: day.date,
          confidence: day.confidence,
          ...(i === 0 && requests !== null && { requests }),
        }),
      );
    }),
  );
  const tried = attempts.flatMap(({ host, tools, firstSeen }) =>
    tools.map((tool): Answer => ({ capture, host, tool, time: firstSeen, confidence: 'possible' })),
  );
  const rows = hosts.flatMap(({ tools, providers }) => [...tools, ...providers]);
  const serverNames = rows.flatMap(({ names }) => names.map(({ name }) => name));
  return { answers: [...used, ...tried], sightings: [], serverNames: [...new Set(serverNames)].sort() };
}

const TSHARK: Program = {
  name: 'tshark',
  version: ['tshark', '--version'],
  install: 'apt-get install tshark',
  command: ({ file }) => [
    ...['tshark', '-n', '-r', file, '-T', 'fields', '-E', 'occurrence=f'],
    ...['-Y', 'tls.handshake.type == 1 || (dns && dns.flags.response == 0)'],
    ...TSHARK_FIELDS.flatMap((field) => ['-e', field]),
  ],
  read: (open) => {
    const rows = lines(open(STDOUT)).map((line): Sighting & { question: string } => {
      const [time = '', ip = '', ip6 = '', name = '', ja3 = '', question = ''] = line.split('\t');
      return { host: ip || ip6, seconds: Number(time), name, ja3, label: '', question };
    });
    const questions = rows.filter(({ question }) => question !== '');
    return readingOf(
      rows.filter(({ question }) => question === ''),
      questions.map((row) => ({ ...row, name: row.question })),
    );
  },
};
const TSHARK_FIELDS = [
  'frame.time_epoch',
  'ip.src',
  'ipv6.src',
  'tls.handshake.extensions_server_name',
  'tls.handshake.ja3',
  'dns.qry.name',
];

const NDPI: Program = {
  name: 'ndpiReader',
  version: ['ndpiReader', '-h'],
  install: 'apt-get install libndpi-bin',
  command: ({ file }) => ['ndpiReader', '-q', '-i', file, '-C', 'flows.csv'],
  read: (open) => {
    const [head = '', ...rows] = lines(open('flows.csv'));
    const columns = head.replace(/^#/u, '').split(',');
    // The names of columns differ between versions by a suffix.
    const column = (prefix: string): number => columns.findIndex((name) => name.startsWith(prefix));
    const [time, host, name, ja3, label] = [
      'first_seen',
      'src_ip',
      'server_name_sni',
      'ja3c',
      'ndpi_proto',
    ].map((prefix) => (prefix === 'ndpi_proto' ? columns.indexOf(prefix) : column(prefix)));
    const flows = rows.map((row): Sighting => {
      const cells = row.split(',');
      const cell = (at: number | undefined): string => cells[at ?? -1] ?? '';
      return {
        host: cell(host),
        seconds: Number(cell(time)),
        name: cell(name),
        ja3: cell(ja3),
        label: cell(label),
      };
    });
    const isHello = ({ ja3: hash }: Sighting): boolean => hash !== '';
    return readingOf(
      flows.filter(isHello),
      flows.filter((flow) => !isHello(flow)),
    );
  },
};

const SURICATA: Program = {
  name: 'suricata',
  version: ['suricata', '-V'],
  install: 'https://docs.suricata.io/en/latest/install.html',
  command: ({ file, folder }) => [
    ...['suricata', '-r', file, '-l', folder, '-S', '/dev/null'],
    ...['--set', 'app-layer.protocols.tls.ja3-fingerprints=yes'],
  ],
  read: (open) => {
    const events = objects(open('eve.json'));
    const seen = (event: Fields, name: string): Sighting => ({
      host: textAt(event, 'src_ip'),
      seconds: Date.parse(textAt(event, 'timestamp')) / 1000,
      name,
      ja3: textAt(event, 'tls', 'ja3', 'hash') || textAt(event, 'quic', 'ja3', 'hash'),
      label: '',
    });
    const hellos = events.flatMap((event) => {
      const type = textAt(event, 'event_type');
      if (type !== 'tls' && type !== 'quic') return [];
      return [seen(event, textAt(event, type, 'sni'))];
    });
    const questions = events.flatMap((event) =>
      textAt(event, 'event_type') === 'dns' && QUESTION_TYPES.has(textAt(event, 'dns', 'type'))
        ? [seen(event, textAt(event, 'dns', 'rrname') || textAt(event, 'dns', 'queries', '0', 'rrname'))]
        : [],
    );
    return readingOf(hellos, questions);
  },
};
/** Suricata 7 writes `query`, Suricata 8 `request`. */
const QUESTION_TYPES = new Set(['query', 'request']);

const ZEEK: Program = {
  name: 'zeek',
  version: ['zeek', '--version'],
  install: 'https://docs.zeek.org/en/master/install.html',
  command: ({ file }) => ['zeek', '-C', '-r', file, 'LogAscii::use_json=T'],
  read: (open) => {
    const seen = (file: string, field: string): Sighting[] =>
      objects(open(file)).map((row) => ({
        host: textAt(row, 'id.orig_h'),
        seconds: Number(textAt(row, 'ts')),
        name: textAt(row, field),
        ja3: textAt(row, 'ja3'),
        label: '',
      }));
    return readingOf(
      [...seen('ssl.log', 'server_name'), ...seen('quic.log', 'server_name')],
      seen('dns.log', 'query'),
    );
  },
};

const MERCURY: Program = {
  name: 'mercury',
  version: ['mercury', '--version'],
  install: 'https://github.com/cisco/mercury',
  command: ({ file }) => ['mercury', '-r', file, '-f', 'out.json', '--analysis'],
  read: (open) => {
    const hellos = objects(open('out.json')).flatMap((row) => {
      const isHello = isFields(row.fingerprints) && ('tls' in row.fingerprints || 'quic' in row.fingerprints);
      if (!isHello) return [];
      const name =
        textAt(row, 'tls', 'client', 'server_name') || textAt(row, 'quic', 'tls', 'client', 'server_name');
      return [
        {
          host: textAt(row, 'src_ip'),
          seconds: Number(textAt(row, 'event_start')),
          name,
          ja3: '',
          label: textAt(row, 'analysis', 'process'),
        },
      ];
    });
    return readingOf(hellos, []);
  },
};

export const PROGRAMS: readonly Program[] = [WIRETALLY, TSHARK, NDPI, SURICATA, ZEEK, MERCURY];
