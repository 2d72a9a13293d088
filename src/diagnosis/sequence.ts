// Draws the course of connections with the same end from their outcomes, because windows contain no packets.

import type { Sequence, Step } from '../model/diagnosis.ts';
import { findMinimum } from '../model/extremes.ts';
import type { Leg } from '../model/faults.ts';
import { groupBy } from '../model/grouped-by.ts';
import { BEFORE_DATA, BROKEN_OFF, findAlert, IGNORED_ANSWER } from '../model/outcome.ts';
import type { OutcomeCell } from '../model/usage.ts';
import { formatResponseCode } from './dns-rules.ts';
import { sumCounts, sumField, type TimedExchange } from './facts.ts';
import {
  type Finding,
  formatAlert,
  formatConnections,
  formatCount,
  formatDuration,
  formatRefusal,
  isSocks,
} from './finding.ts';

/** Maximum courses. More are variants that a reader does not compare. */
const MAX_SEQUENCES = 2;
const MS = 1000;

/** `leg`: the place of the fault; `name`: the server name. */
export function listSequences({ cells, exchanges = [] }: Finding, leg: Leg, name: string): Sequence[] {
  if (exchanges.length > 0) return [drawExchanges(exchanges)];
  const groups = groupBy(cells, ({ kind, detail, proxied }) => `${kind} ${detail} ${proxied > 0}`);
  return [...groups.values()]
    .sort((a, b) => sumCounts(b) - sumCounts(a))
    .slice(0, MAX_SEQUENCES)
    .sort((a, b) => Number(isQuestion(b)) - Number(isQuestion(a)))
    .map((group) => ({
      of: isQuestion(group) ? 'question' : 'connection',
      count: sumCounts(group),
      steps: listSteps(group, leg, name),
    }));
}

const isQuestion = ([cell]: readonly OutcomeCell[]): boolean => cell?.kind.startsWith('dns') === true;

const draw = (from: Leg, to: Leg, text: string, afterUs: number | null, isLost = false): Step => ({
  from,
  to,
  text,
  isLost,
  afterMs: afterUs === null ? null : Math.round(afterUs / 100) / 10,
});

function drawExchanges(list: readonly TimedExchange[]): Sequence {
  const [first] = list;
  const up = first?.bytesUp ?? 0;
  const down = first?.bytesDown ?? 0;
  const waits = list.map(({ waitMs }) => waitMs);
  return {
    of: 'request',
    count: list.length,
    steps: [
      draw('client', 'provider', `request of ${up} bytes`, 0),
      // Waits are counted in whole tenths of a second.
      draw('provider', 'client', `answer of ${down} bytes`, findMinimum(waits) * MS || null),
    ],
  };
}

const findLeast = (cells: readonly OutcomeCell[], value: (cell: OutcomeCell) => number): number | null => {
  const all = cells.map(value).filter((us) => us > 0);
  return all.length === 0 ? null : findMinimum(all);
};

/** Facts for the text of a course. */
interface Course {
  readonly cells: readonly OutcomeCell[];
  readonly leg: Leg;
  readonly name: string;
  /** The other end of the connection. */
  readonly far: Leg;
  readonly handshakeUs: number | null;
  readonly delayUs: number | null;
  /** Time from the SYN to the packet that decides; null: not measured. */
  readonly endUs: number | null;
  /** The device that answers instead of the other end, if any. */
  readonly device: Leg;
  readonly detail: number;
  /** Number of retransmissions of the unanswered packet. */
  readonly copies: number;
}

function listSteps(cells: readonly OutcomeCell[], leg: Leg, name: string): Step[] {
  const [cell] = cells;
  if (cell === undefined) return [];
  if (cell.kind.startsWith('dns')) return drawQuestions(cells, cell, name);
  const isProxied = cells.some(({ proxied }) => proxied > 0) || leg === 'proxy';
  const far = isProxied && cell.kind !== 'icmp' ? 'proxy' : 'provider';
  const handshakeUs = findLeast(cells, ({ handshakeMinUs }) => handshakeMinUs);
  const delayUs = findLeast(cells, ({ delayMinUs }) => delayMinUs);
  const course: Course = {
    cells,
    leg,
    name,
    far,
    handshakeUs,
    delayUs,
    detail: cell.detail,
    endUs: handshakeUs === null || delayUs === null ? null : handshakeUs + delayUs,
    // The firewall stops a client that ignores its proxy.
    device: leg === 'local-firewall' || leg === 'client' ? 'local-firewall' : far,
    // The value of SYNs counts the first one too.
    copies: sumField(cells, 'value') - (cell.kind === 'synSilent' ? sumCounts(cells) : 0),
  };
  return COURSES[cell.kind]?.(course) ?? drawOpening(course);
}

function drawOpening({ far, handshakeUs }: Course): Step[] {
  if (handshakeUs === null) return [];
  return [draw('client', far, 'SYN', 0), draw(far, 'client', 'SYN-ACK', handshakeUs)];
}

const drawHello = (course: Course, isLost = false): Step[] => [
  ...drawOpening(course),
  draw('client', course.far, `ClientHello for ${course.name}`, null, isLost),
];

const drawRepetitions = ({ far, copies, cells }: Course): Step[] =>
  copies <= 0
    ? []
    : [
        draw(
          'client',
          far,
          `${formatCount(copies, 'repetition')}${sumCounts(cells) > 1 ? ` in ${formatConnections(cells)}` : ''}, no answer`,
          null,
          true,
        ),
      ];

/** Returns the handshake and a sent request. */
const requestSteps = (course: Course): Step[] => [
  ...drawHello(course),
  draw(course.far, 'client', 'ServerHello, certificate', null),
];

const describeSilence = (us: number | null): string =>
  us === null ? 'silence' : `${formatDuration(us)} of silence`;

const formatEnding = (detail: number): string => (detail % 2 === 1 ? 'RST' : 'FIN');

const COURSES: Readonly<Partial<Record<OutcomeCell['kind'], (course: Course) => Step[]>>> = {
  synSilent: (course) =>
    course.detail === IGNORED_ANSWER
      ? [
          draw('client', course.far, 'SYN', 0),
          draw(course.far, 'client', 'SYN-ACK', null, true),
          draw('client', course.far, 'SYN again', null),
        ]
      : [draw('client', course.far, 'SYN', 0, true), ...drawRepetitions(course)],
  synReset: ({ device, delayUs }) => [
    draw('client', device, 'SYN', 0),
    draw(device, 'client', 'RST', delayUs),
  ],
  icmp: ({ device, delayUs }) => [
    draw('client', device, 'SYN', 0),
    draw(device, 'client', 'ICMP administratively prohibited', delayUs),
  ],
  helloSilent: (course) => [...drawHello(course, true), ...drawRepetitions(course)],
  helloFrontLost: (course) => [
    ...drawOpening(course),
    draw('client', course.far, 'ClientHello, full first segment', null, true),
    draw('client', course.far, 'ClientHello, shorter second segment', null),
    ...drawRepetitions(course),
  ],
  helloRestLost: (course) => [
    ...drawOpening(course),
    draw('client', course.far, 'ClientHello, first segment', null),
    draw('client', course.far, 'ClientHello, second segment', null, true),
    ...drawRepetitions(course),
  ],
  helloReset: (course) => [
    ...(course.detail === BEFORE_DATA ? drawOpening(course) : drawHello(course)),
    draw(course.device, 'client', 'RST', course.endUs),
  ],
  helloClosed: (course) => [...drawHello(course), draw(course.far, 'client', 'FIN', course.endUs)],
  helloUnanswered: (course) => [
    ...drawHello(course),
    draw(course.far, 'client', 'ACK, then no answer', null),
  ],
  serverAlert: (course) => [
    ...drawHello(course),
    draw(course.device, 'client', `TLS alert ${formatAlert(course.detail)}`, course.endUs),
  ],
  answerFrontLost: (course) => [
    ...drawHello(course),
    draw(course.far, 'client', 'ServerHello, full first segments', null, true),
    draw(course.far, 'client', 'later segments', null),
  ],
  answerRefused: (course) => [
    ...requestSteps(course),
    draw(
      'client',
      course.far,
      findAlert(course.detail) === null
        ? 'end, without a request'
        : `TLS alert ${formatAlert(course.detail - 1)}, no request`,
      null,
    ),
  ],
  requestUnheard: (course) => [
    ...requestSteps(course),
    draw(
      'client',
      course.far,
      `data after ${describeSilence(course.delayUs)}, no acknowledgment`,
      null,
      true,
    ),
  ],
  resetInSilence: (course) => [
    ...requestSteps(course),
    draw(course.far, 'client', `RST after ${describeSilence(course.delayUs)}`, null),
  ],
  closedInAnswer: (course) => [
    ...requestSteps(course),
    draw('client', course.far, 'request', null),
    draw(
      course.far,
      'client',
      `${formatEnding(course.detail)} in the middle of the answer`,
      findLeast(course.cells, ({ valueMin }) => valueMin * MS),
    ),
  ],
  connectStatus: (course) => [
    ...drawOpening(course),
    draw(
      'client',
      course.far,
      isSocks(course.detail) ? 'SOCKS request' : `CONNECT ${course.name}`,
      course.handshakeUs,
    ),
    draw(course.far, 'client', formatRefusal(course.detail), course.endUs),
  ],
  connectUnanswered: (course) => [
    ...drawOpening(course),
    draw('client', course.far, `CONNECT ${course.name}, no answer`, course.handshakeUs),
  ],
  requestUnanswered: (course) => [
    ...requestSteps(course),
    draw('client', course.far, 'request', null),
    ...(course.detail === BROKEN_OFF.hole
      ? [
          draw(course.far, 'client', 'a part of the answer', null, true),
          draw(course.far, 'client', 'later bytes of the answer', null),
        ]
      : course.detail === BROKEN_OFF.record
        ? [
            draw(course.far, 'client', 'first bytes of the answer', null),
            draw(course.far, 'client', 'the rest of a record', null, true),
          ]
        : [draw(course.far, 'client', 'ACK, then no answer', null)]),
  ],
};

const ANSWERS: Readonly<Partial<Record<OutcomeCell['kind'], (cell: OutcomeCell) => string>>> = {
  dnsAnswered: () => 'address',
  dnsEmpty: () => 'no error, no address',
  dnsZero: ({ by }) => `address ${by}`,
  dnsPrivate: ({ by }) => `inside address ${by}`,
  dnsError: ({ detail }) => formatResponseCode(detail),
  dnsTruncated: () => 'truncated answer',
};

function drawQuestions(cells: readonly OutcomeCell[], cell: OutcomeCell, name: string): Step[] {
  const answer = ANSWERS[cell.kind]?.(cell);
  const query = draw('client', 'resolver', `query for ${name}`, 0, answer === undefined);
  if (answer === undefined) return [query];
  return [
    query,
    draw(
      'resolver',
      'client',
      answer,
      findLeast(cells, ({ delayMinUs }) => delayMinUs),
    ),
  ];
}
